import logging

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.tools import mute_logger

from odoo.addons.partner_company_data.connectors import (
    identifiers,
    nomenclatures,
    parsing,
)

from . import registry_fields
from .open_records import open_records
from .res_partner_credit import READ_REPORTS

_logger = logging.getLogger(__name__)

# What is that of one establishment, not of the whole company.
_PLACE_FIELDS = ("street", "street2", "zip", "city", "country_id", "phone")


class PartnerCreditFile(models.Model):
    """What a bureau's facts say otherwise about partners becomes a proposal."""

    _inherit = "partner.credit.file"

    def _propose_updates(self, partners=None):
        """Bring the proposals of these files' partners up to date.

        Nothing is written on a partner. What a report leaves out proposes nothing.

        :param partners: only these ones; all partners of the files without
        """
        Proposal = self.env["partner.update.proposal"]
        # sudo: whoever buys or links may have the result proposed to others.
        files = self.sudo().filtered("facts")
        for source, of_source in files.grouped("source_id").items():
            checks = of_source._prepare_checks(source, partners)
            if not checks:
                continue
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    Proposal._sync(source, checks)
            except UniqueViolation:
                # Another worker proposes for the same partners, of the same facts.
                _logger.info("%s: proposals are being made elsewhere", source.code)

    def _prepare_checks(self, source, partners):
        """What the bureau says, as ``partner.update.proposal._sync`` takes it."""
        wanted = self.partner_ids
        if partners is not None:
            wanted &= partners.sudo()
        governed = source._governed_by_register(wanted)
        checks = {}
        for file in self:
            values = file._facts_partner_values(file.facts)
            for partner in file.partner_ids & wanted:
                own = file._partner_values(values, partner, partner in governed)
                checks[partner] = (own, False)
        return checks

    def _partner_values(self, values, partner, is_governed):
        """What is left of a file's values for one of its partners.

        :param values: from :meth:`_facts_partner_values`
        :param is_governed: whether a register keeps the partner true: it wins
        """
        facts = self.facts
        values = {
            name: value
            for name, value in values.items()
            if not (is_governed and name in registry_fields.REGISTER_FIELDS)
        }
        siret = partner.l10n_fr_siret
        if siret and facts.get("siret") != siret:
            # The report is about the seat, the partner is a branch.
            for name in _PLACE_FIELDS:
                values.pop(name, None)
        if partner.phone and any(
            registry_fields.same_phone(partner.phone, number)
            for number in facts.get("phones") or ()
        ):
            values.pop("phone", None)
        if partner.email:
            # People write to a person; what a bureau has is a letter-box.
            values.pop("email", None)
        return values

    def _facts_partner_values(self, facts):
        """The same for any partner; ``False`` where the facts say nothing.

        :param facts: ``connectors.credit.CreditFacts`` as JSON
        """
        Partner = self.env["res.partner"]
        country = self._facts_country(facts)
        address = facts.get("address") or {}
        website = next(iter(facts.get("websites") or ()), False)
        return {
            "name": facts.get("name") or facts.get("legal_name"),
            "registry_legal_name": facts.get("legal_name") or facts.get("name"),
            "street": address.get("street"),
            "zip": address.get("zip"),
            "city": address.get("city"),
            "country_id": country.id,
            "registry_unit_state": (
                facts.get("status") in ("active", "ceased") and facts["status"]
            ),
            **_legal_form_values(facts),
            **_activity_values(facts),
            "vat": facts.get("vat_number")
            and Partner._valid_vat(facts["vat_number"], country),
            "phone": Partner._international_phone(facts.get("phones") or (), country),
            "email": next(iter(facts.get("emails") or ()), False),
            "website": website and Partner._clean_website(website),
        }

    def _facts_country(self, facts):
        """The country of the facts' address; overseas places have their own."""
        address = facts.get("address") or {}
        code = address.get("country_code") or facts.get("country_code")
        if code == "FR":
            code = parsing.country_of(None, address.get("zip")) or code
        Country = self.env["res.country"]
        return Country.browse(Country._registry_country_id(code) or [])


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    def _governed_by_register(self, partners):
        """Partners whose facts the register in use keeps true.

        :return: those with a SIREN, without those that it doesn't find
        """
        register = self._active_registry()
        if not register:
            return partners.browse()
        unknown = (
            self.env["partner.data.link"]
            .sudo()
            .search(
                [
                    ("source_id", "=", register.id),
                    ("partner_id", "in", partners.ids),
                    ("state", "=", "not_found"),
                ]
            )
            .partner_id
        )
        return partners.filtered("l10n_fr_siren") - unknown


class ResPartner(models.Model):
    """The mark that a bureau's proposal waits."""

    _inherit = "res.partner"

    credit_proposal_count = fields.Integer(
        string="Updates that credit bureaus propose",
        compute="_compute_credit_proposal_count",
        groups=READ_REPORTS,
    )

    @api.depends("registry_proposal_ids.state")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_credit_proposal_count(self):
        Proposal = self.env["partner.update.proposal"]
        counts = {}
        # Who sees reports need not see partner updates.
        if Proposal.has_access("read"):
            counts = dict(
                Proposal._read_group(
                    self._credit_proposals_domain(), ["partner_id"], ["__count"]
                )
            )
        for partner in self:
            partner.credit_proposal_count = counts.get(partner.commercial_partner_id, 0)

    def _credit_proposals_domain(self):
        return [
            ("partner_id", "in", self.commercial_partner_id.ids),
            ("source_id.kind", "=", "credit"),
            ("state", "=", "new"),
        ]

    def action_credit_proposals(self):
        """What credit bureaus say otherwise about this company."""
        proposals = self.env["partner.update.proposal"].search(
            self._credit_proposals_domain()
        )
        return open_records(proposals, name=self.env._("Partner updates"))

    def _international_phone(self, numbers, country):
        """The first of these numbers that can be dialled, in international form."""
        for number in numbers:
            if found := self._phone_format(
                number=number, country=country, force_format="INTERNATIONAL"
            ):
                return found
        return False

    def _valid_vat(self, number, country):
        """A VAT number as Odoo writes it; ``False`` when it is not valid."""
        vat, _country_code = self._run_vat_checks(
            country, identifiers.clean(number), validation="setnull"
        )
        return vat or False


def _legal_form_values(facts):
    """INSEE's code in France, elsewhere what the form is called."""
    form = facts.get("legal_form")
    if facts.get("country_code") == "FR":
        form = form if form in nomenclatures.legal_form_labels() else False
    else:
        form = facts.get("legal_form_label") or form
    return {"registry_legal_form": form}


def _activity_values(facts):
    """Code and nomenclature of the activity; a French code that is none is left out."""
    if facts.get("country_code") == "FR":
        naf = facts.get("naf")
        is_current = naf in nomenclatures.naf_labels()
        return {
            "registry_naf": naf,
            "registry_naf_nomenclature": "NAFRev2" if is_current else False,
        }
    return {
        "registry_naf": facts.get("activity_code"),
        "registry_naf_nomenclature": facts.get("activity_nomenclature"),
    }
