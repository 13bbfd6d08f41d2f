from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.partner_company_data.connectors import identifiers

KINDS = [
    ("insurance", "Credit insurance"),
    ("surety", "Surety"),
    ("deposit", "Deposit"),
    ("factoring", "Factoring"),
]


class PartnerCreditGuarantee(models.Model):
    """What covers a legal unit's debt to one of our companies while it is in force.

    It stands on one commercial entity and counts for all partners of its SIREN.
    """

    _name = "partner.credit.guarantee"
    _description = "Credit Guarantee"
    _inherit = ["mail.thread"]
    _order = "date_end, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
        domain="[('commercial_partner_id', '=', id)]",
    )
    siren = fields.Char(
        string="SIREN number",
        compute="_compute_siren",
        inverse="_inverse_siren",
        search="_search_siren",
        help="Imports name the customer by it.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        domain="[('parent_id', '=', False)]",
        default=lambda self: self.env.company.root_id,
    )
    kind = fields.Selection(KINDS, required=True, default="insurance")
    insurer = fields.Char(
        string="Insurer or guarantor", help="Who pays when the customer doesn't."
    )
    reference = fields.Char(help="Number of the policy, the agreement or the deed.")
    amount = fields.Monetary(required=True, tracking=True)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    date_start = fields.Date(
        string="In force from", required=True, default=fields.Date.context_today
    )
    date_end = fields.Date(
        string="In force until",
        tracking=True,
        help="Last day; empty when it holds until it is ended.",
    )
    state = fields.Selection(
        [("coming", "To come"), ("in_force", "In force"), ("ended", "Ended")],
        compute="_compute_state",
        search="_search_state",
    )
    note = fields.Text()
    active = fields.Boolean(default=True)

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "The amount of a guarantee is above zero."
    )
    _dates_in_order = models.Constraint(
        "CHECK(date_end IS NULL OR date_end >= date_start)",
        "A guarantee ends on the day it begins or later.",
    )

    @api.depends("kind", "insurer", "reference")
    @api.depends_context("lang")
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for guarantee in self:
            words = (kinds[guarantee.kind], guarantee.insurer, guarantee.reference)
            guarantee.name = " – ".join(filter(None, words))

    # === The customer by SIREN, for imports === #

    @api.depends("partner_id.l10n_fr_siren")
    def _compute_siren(self):
        for guarantee in self:
            guarantee.siren = guarantee.partner_id.l10n_fr_siren

    def _inverse_siren(self):
        entities = self._entities_of_sirens(self.mapped("siren"))
        for guarantee in self:
            guarantee.partner_id = entities[identifiers.clean(guarantee.siren)]

    def _search_siren(self, operator, value):
        return [("partner_id.l10n_fr_siren", operator, value)]

    @api.model
    def get_import_templates(self):
        """Sheets to fill in, their headings in the user's language."""
        french = (self.env.lang or "").startswith("fr")
        sheet = "garanties" if french else "guarantees"
        return [
            {
                "label": self.env._("Import template for guarantees"),
                "template": f"/partner_company_data/static/import/{sheet}.xlsx",
            }
        ]

    @api.model_create_multi
    def create(self, vals_list):
        by_siren = [
            vals
            for vals in vals_list
            if vals.get("siren") and not vals.get("partner_id")
        ]
        entities = self._entities_of_sirens([vals["siren"] for vals in by_siren])
        for vals in by_siren:
            siren = identifiers.clean(vals.pop("siren"))
            vals["partner_id"] = entities[siren].id
        return super().create(vals_list)

    def _entities_of_sirens(self, sirens):
        """The first commercial entity of each SIREN.

        :raise ValidationError: nobody here has one of them
        """
        sirens = {identifiers.clean(siren) for siren in sirens}
        found = self.env["res.partner"]._read_group(
            [("l10n_fr_siren", "in", [*sirens]), ("parent_id", "=", False)],
            ["l10n_fr_siren"],
            ["id:recordset"],
        )
        entities = {siren: partners.sorted("id")[:1] for siren, partners in found}
        if missing := sirens - set(entities):
            raise ValidationError(
                self.env._(
                    "No customer has this SIREN: %s.", ", ".join(sorted(missing))
                )
            )
        return entities

    # === In force === #

    @api.depends("date_start", "date_end")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for guarantee in self:
            if guarantee.date_start and guarantee.date_start > today:
                guarantee.state = "coming"
            elif guarantee.date_end and guarantee.date_end < today:
                guarantee.state = "ended"
            else:
                guarantee.state = "in_force"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        domains = {
            "coming": fields.Domain("date_start", ">", today),
            "ended": fields.Domain("date_end", "<", today)
            & fields.Domain("date_start", "<=", today),
            "in_force": fields.Domain("date_start", "<=", today)
            & (
                fields.Domain("date_end", "=", False)
                | fields.Domain("date_end", ">=", today)
            ),
        }
        return fields.Domain.OR(domains[state] for state in value if state in domains)
