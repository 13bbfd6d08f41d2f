from odoo import api, fields, models
from odoo.tools import format_date

READ_RISK = "partner_company_data.group_credit_risk_reader"


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_decision_count = fields.Integer(
        string="Credit decisions",
        compute="_compute_credit_decision",
        groups=READ_RISK,
    )
    credit_decision_id = fields.Many2one(
        "partner.credit.decision",
        string="Credit decision",
        compute="_compute_credit_decision",
        groups=READ_RISK,
        help="The decision in force in the current company, expired or not.",
    )
    credit_decision_notice = fields.Char(
        compute="_compute_credit_decision_notice", groups=READ_RISK
    )

    @api.depends("commercial_partner_id.l10n_fr_siren")
    @api.depends_context("company")
    def _compute_credit_decision(self):
        entities = self.commercial_partner_id
        decisions = self.env["partner.credit.decision"].search(
            [
                *entities._credit_decisions_domain(),
                ("company_id", "=", self.env.company.root_id.id),
            ]
        )
        by_siren = decisions.grouped("siren")
        by_partner = decisions.grouped("partner_id")
        none = decisions.browse()
        for partner in self:
            entity = partner.commercial_partner_id
            own = by_partner.get(entity._origin, none)
            if entity.l10n_fr_siren:
                own |= by_siren.get(entity.l10n_fr_siren, none)
            partner.credit_decision_count = len(own)
            partner.credit_decision_id = own.filtered(
                lambda decision: decision.state in ("granted", "expired")
            )[:1]

    @api.depends("credit_decision_id.valid_until")
    @api.depends_context("lang")
    def _compute_credit_decision_notice(self):
        today = fields.Date.context_today(self)
        for partner in self:
            day = partner.credit_decision_id.valid_until
            partner.credit_decision_notice = (
                self.env._(
                    "Expired on %s. The limit stays until you decide anew.",
                    format_date(self.env, day),
                )
                if day and day < today
                else False
            )

    def _credit_decisions_domain(self):
        """What finds the decisions on these commercial entities' legal units."""
        sirens = [siren for siren in self.mapped("l10n_fr_siren") if siren]
        return ["|", ("partner_id", "in", self.ids), ("siren", "in", sirens)]

    def action_open_credit_decisions(self):
        """The decisions on this customer, or a new one when there is none."""
        self.ensure_one()
        entity = self.commercial_partner_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit decisions"),
            "res_model": "partner.credit.decision",
            "views": [(False, "list"), (False, "form")]
            if self.credit_decision_count
            else [(False, "form")],
            "domain": entity._credit_decisions_domain(),
            "context": {"default_partner_id": entity.id},
        }

    def action_new_credit_decision(self):
        """Prepare a decision on this customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit decision"),
            "res_model": "partner.credit.decision",
            "views": [(False, "form")],
            "context": {"default_partner_id": self.commercial_partner_id.id},
        }
