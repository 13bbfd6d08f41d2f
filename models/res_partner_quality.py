from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# The filters of the partners' search view that find a problem each.
PROBLEM_FILTERS = {
    "registry_siren_missing": Domain("registry_identifier_state", "=", "missing"),
    "registry_siren_invalid": Domain("registry_identifier_state", "=", "invalid"),
    "registry_same_siret": Domain("registry_duplicate_siret", "=", True),
    "registry_vat_mismatch": Domain("registry_vat_mismatch", "=", True)
    & Domain("is_company", "=", True),
}


class ResPartner(models.Model):
    """Whether the partner's identifiers are fit for electronic invoicing."""

    _inherit = "res.partner"

    registry_duplicate_siret = fields.Boolean(
        string="Same SIRET as another company",
        compute="_compute_registry_duplicate_siret",
        search="_search_registry_duplicate_siret",
    )

    def _get_company_registry_labels(self):
        label = self.env._("SIRET number")
        french = self.env["res.company"]._get_france_country_codes()
        return super()._get_company_registry_labels() | dict.fromkeys(french, label)

    @api.depends("l10n_fr_siret", "active")
    def _compute_registry_duplicate_siret(self):
        duplicates = self.with_context(active_test=False).search(
            [("id", "in", self.ids), ("registry_duplicate_siret", "=", True)]
        )
        for partner in self:
            partner.registry_duplicate_siret = partner._origin in duplicates

    def _search_registry_duplicate_siret(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Contacts carry the number of their company: only companies are compared, and
        # only those that could be taken for one another.
        query = SQL(
            """(
            SELECT partner.id
              FROM res_partner partner
              JOIN res_partner other
                ON other.l10n_fr_siret = partner.l10n_fr_siret
               AND other.id != partner.id
               AND other.commercial_partner_id = other.id
               AND other.active
               AND (other.company_id IS NULL OR partner.company_id IS NULL
                    OR other.company_id = partner.company_id)
             WHERE partner.commercial_partner_id = partner.id AND partner.active
            )"""
        )
        self.env["res.partner"].flush_model(
            ["l10n_fr_siret", "commercial_partner_id", "active", "company_id"]
        )
        domain = Domain("id", "in", query)
        return domain if True in value else ~domain

    @api.model
    @api.readonly
    def registry_problem_counts(self, domain):
        """How many companies have each problem.

        :param domain: the companies that count
        :return: dict ``{name of the search filter: number}``
        """
        base = Domain(domain)
        return {
            name: self.search_count(base & problem)
            for name, problem in PROBLEM_FILTERS.items()
        }
