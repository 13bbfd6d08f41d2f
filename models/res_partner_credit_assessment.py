from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from . import credit_exposure
from .partner_credit_action import ACTIONS
from .res_partner_credit import READ_BAND


class ResPartner(models.Model):
    """What the credit policy says of a partner's legal unit in the current company."""

    _inherit = "res.partner"

    credit_action = fields.Selection(
        ACTIONS,
        string="Credit policy",
        compute="_compute_credit_action",
        search="_search_credit_action",
        groups=READ_BAND,
        help="What the strategic matrix and its overrides said last.",
    )
    credit_reasons = fields.Text(
        string="Reasons", compute="_compute_credit_action", groups=READ_BAND
    )

    @api.depends("commercial_partner_id.l10n_fr_siren")
    @api.depends_context("company", "lang")
    def _compute_credit_action(self):
        found = self.env["partner.credit.assessment"]._of(self, self.env.company)
        for partner in self:
            assessment = found.get(partner.id)
            # The policy is for customers.
            known = assessment and not assessment.is_supplier
            partner.credit_action = known and assessment.action
            partner.credit_reasons = known and assessment.reason_text

    def _search_credit_action(self, operator, value):
        # Odoo asks for no right before a computed field is searched.
        self._check_field_access(self._fields["credit_action"], "read")
        if operator not in ("in", "not in"):
            return NotImplemented
        is_negative = operator == "not in"
        with_empty = (False in value) != is_negative
        # Whoever was not assessed is found with those that have no action.
        wanted = [
            action
            for action, _name in ACTIONS
            if ((action in value) != is_negative) != with_empty
        ]
        partners = SQL(
            """(
            SELECT partner.id
              FROM res_partner partner
              JOIN partner_credit_assessment assessment
                ON assessment.unit = %s
             WHERE assessment.company_id = %s
               AND assessment.action = ANY(%s)
               AND assessment.is_supplier IS NOT TRUE
            )""",
            credit_exposure.unit("partner"),
            self.env.company.root_id.id,
            wanted,
        )
        return Domain(
            "commercial_partner_id", "not in" if with_empty else "in", partners
        )
