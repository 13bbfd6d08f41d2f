from odoo import api, fields, models
from odoo.fields import Domain

from .res_partner_credit import READ_BAND


class ResPartner(models.Model):
    """What alerts have found of a customer, and how it is followed up."""

    _inherit = "res.partner"

    credit_alert_count = fields.Integer(
        string="Alerts", compute="_compute_credit_alerts", groups=READ_BAND
    )
    credit_scenario_id = fields.Many2one(
        "partner.credit.scenario",
        string="Follow-up scenario",
        compute="_compute_credit_alerts",
        groups=READ_BAND,
        help="Of the last alert that has one, or else of the strategic matrix.",
    )

    @api.depends("commercial_partner_id.l10n_fr_siren")
    @api.depends_context("company", "uid")
    def _compute_credit_alerts(self):
        company = self.env.company.root_id
        by_unit = {}
        for hit in self.env["partner.credit.alert.hit"].search(
            self._alert_domain() & Domain("state", "=", "new")
        ):
            by_unit.setdefault(hit.unit, []).append(hit)
        assessments = self.env["partner.credit.assessment"]._of(self, company)
        policy = self.env["partner.credit.policy"]._of(company)
        for partner in self:
            hits = by_unit.get(partner._credit_unit(), ())
            partner.credit_alert_count = len(hits)
            scenario = next((hit.scenario_id for hit in hits if hit.scenario_id), None)
            found = assessments.get(partner.id)
            if not scenario and found and not found.is_supplier:
                scenario = policy._cell(found.row, found.level).scenario_id
            partner.credit_scenario_id = scenario

    def _alert_domain(self):
        return Domain("company_id", "=", self.env.company.root_id.id) & Domain(
            "unit", "in", list({partner._credit_unit() for partner in self})
        )

    def action_open_credit_alerts(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Alerts"),
            "res_model": "partner.credit.alert.hit",
            "views": [(False, "list"), (False, "form")],
            "domain": self._alert_domain(),
        }
