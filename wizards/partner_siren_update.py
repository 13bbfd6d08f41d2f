from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.partner_company_data.connectors import identifiers, matching
from odoo.addons.partner_company_data.models.open_records import open_records


def _is_closed(establishment):
    return (
        establishment.establishment_state == "closed"
        or establishment.unit_state == "ceased"
    )


class PartnerSirenUpdate(models.TransientModel):
    """Update from SIREN: one partner beside what the register says, cell by cell."""

    _name = "partner.siren.update"
    _description = "Update from SIREN"
    _inherit = "partner.company.lookup"

    partner_id = fields.Many2one(
        domain="['|', ('is_company', '=', True), ('parent_id', '=', False)]"
    )
    active_only = fields.Boolean(default=False)
    search_mode = fields.Selection(
        [
            ("siren", "SIREN"),
            ("siret", "SIRET"),
            ("name", "Name and address"),
        ],
        string="Search mode",
        required=True,
        default="siren",
    )
    ignore_siren = fields.Boolean(string="SIREN")
    ignore_siret = fields.Boolean(string="SIRET")
    ignore_address = fields.Boolean(string="Address")
    ignore_legal_name = fields.Boolean(string="Legal name")
    candidate_ids = fields.One2many(
        "partner.siren.update.candidate", "wizard_id", string="Results"
    )
    partner_siret = fields.Char(
        related="partner_id.l10n_fr_siret", string="SIRET number of the partner"
    )
    partner_siren = fields.Char(
        related="partner_id.l10n_fr_siren", string="SIREN number of the partner"
    )
    partner_legal_name = fields.Char(
        related="partner_id.registry_legal_name",
        string="Legal name of the partner",
        readonly=True,
    )
    partner_street = fields.Char(
        related="partner_id.street", string="Street of the partner", readonly=True
    )
    partner_street2 = fields.Char(
        related="partner_id.street2", string="Street 2 of the partner", readonly=True
    )
    partner_zip = fields.Char(
        related="partner_id.zip", string="Postcode of the partner", readonly=True
    )
    partner_city = fields.Char(
        related="partner_id.city", string="City of the partner", readonly=True
    )

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        """The partner's own words are what is looked for first."""
        criteria = self.partner_id._prepare_lookup_criteria()
        self.update(criteria)
        self.search_mode = "siren" if criteria["siren"] else "name"
        self.candidate_ids = False
        self.searched = False

    def _search_criteria(self):
        criteria = super()._search_criteria()
        if self.search_mode == "siren":
            return replace(criteria, siret=None)
        if self.search_mode == "siret":
            return replace(criteria, siren=None)
        return replace(criteria, siren=None, siret=None)

    def _check_criteria(self):
        if self.search_mode == "siren" and not self.siren:
            raise UserError(self.env._("Give the SIREN to look for."))
        if self.search_mode == "siret" and not self.siret:
            raise UserError(self.env._("Give the SIRET to look for."))
        return super()._check_criteria()

    def _find(self):
        criteria = self._search_criteria()
        connector = self.source_id._connector()
        if self.search_mode == "name":
            return matching.rank(criteria, connector.lookup(criteria))
        if self.search_mode == "siret":
            found = connector.fetch([self.siret], []).establishments
            return matching.rank(criteria, found)
        # The seat and the other establishments: a partner may be any of them, and
        # beyond those of one page as well.
        wanted = replace(criteria, name=None, street=None, zip=None, city=None)
        is_own = self.partner_siren == identifiers.clean(self.siren)
        own = [self.partner_siret] if is_own and self.partner_siret else []
        establishments = [
            *connector.fetch(own, [self.siren]).establishments,
            *connector.search(wanted).establishments,
        ]
        by_siret = {item.siret: item for item in establishments}
        found = matching.rank(criteria, by_siret.values())
        # An address that a closed establishment shares with the partner is the old one.
        return sorted(found, key=lambda one: _is_closed(one.establishment))

    def _prepare_lines_vals(self, found):
        lines = super()._prepare_lines_vals(found)
        for vals in lines:
            vals["comparison"] = self.candidate_ids._compare(vals, self.partner_id)
        if len(lines) == 1:
            lines[0]["selected"] = True
        return lines

    def action_update(self):
        """Write the ticked company's values and open the partner."""
        self.ensure_one()
        parts = {"facts"}
        parts |= set() if self.ignore_address else {"address"}
        parts |= set() if self.ignore_legal_name else {"legal_name"}
        candidate = self._selected_candidate()
        candidate._write_on_partner(
            self.partner_id, self.source_id, parts, number=self._number(candidate)
        )
        self._check_partner()
        return open_records(self.partner_id)

    def _number(self, candidate):
        """What ``company_registry`` becomes: it holds both, SIREN and SIRET.

        :return: the number to write, ``False`` to leave it as it is
        """
        ours = identifiers.siren_of(self.partner_id.company_registry)
        if self.ignore_siren and ours and ours != candidate.siren:
            return False
        if not self.ignore_siret:
            return False if self.ignore_siren and not ours else candidate.siret
        if self.ignore_siren or ours == candidate.siren:
            return False
        return candidate.siren

    def _open(self):
        return open_records(self, name=self.env._("Update from SIREN"))


class PartnerSirenUpdateCandidate(models.TransientModel):
    _name = "partner.siren.update.candidate"
    _description = "Company Compared with a Partner"
    _inherit = "partner.company.candidate"

    wizard_id = fields.Many2one(
        "partner.siren.update", required=True, ondelete="cascade"
    )
    comparison = fields.Json(readonly=True)
