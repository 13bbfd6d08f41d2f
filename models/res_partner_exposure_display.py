from odoo import api, fields, models

from .credit_exposure import PARTS

SEE_RISK = "partner_company_data.group_credit_risk_reader"


def _amount(string, compute="_compute_exposure", **attributes):
    return fields.Monetary(
        string=string,
        compute=compute,
        currency_field="exposure_currency_id",
        groups=SEE_RISK,
        **attributes,
    )


class ResPartner(models.Model):
    """What the partner's form shows of exposure, limits and payments."""

    _name = "res.partner"
    _inherit = ["res.partner", "partner.credit.exposure.mixin"]

    exposure_currency_id = fields.Many2one(
        "res.currency", compute="_compute_exposure", groups=SEE_RISK
    )
    exposure_receivable = _amount("Receivable")
    exposure_credits = _amount("Deducted")
    exposure_overdue = _amount("Overdue")
    exposure_draft_invoices = _amount("Draft invoices")
    exposure_orders_to_invoice = _amount("Orders to invoice")
    exposure_in_progress = _amount("Bills and payments in progress")
    exposure_guaranteed = _amount("Guaranteed")
    exposure_total = _amount(
        "Exposure", help="Of all partners of this SIREN in this company."
    )
    exposure_not_guaranteed = _amount("Exposure not guaranteed")

    exposure_has_granted_limit = fields.Boolean(
        compute="_compute_exposure_limit", groups=SEE_RISK
    )
    exposure_granted_limit = _amount(
        "Limit granted",
        compute="_compute_exposure_limit",
        help="Odoo's own limit; the lowest where the partners of this SIREN have "
        "different ones.",
    )
    exposure_has_limit = fields.Boolean(
        compute="_compute_exposure_limit", groups=SEE_RISK
    )
    exposure_limit = fields.Monetary(
        string="Lowest limit",
        compute="_compute_exposure_limit",
        currency_field="exposure_currency_id",
        groups=SEE_RISK,
        help="The lower one of the limit granted and the bureaus' limits.",
    )
    exposure_has_use = fields.Boolean(
        compute="_compute_exposure_limit", groups=SEE_RISK
    )
    exposure_use = fields.Float(
        string="Use", compute="_compute_exposure_limit", groups=SEE_RISK
    )
    exposure_is_over = fields.Boolean(
        string="Over limit", compute="_compute_exposure_limit", groups=SEE_RISK
    )
    exposure_trend = fields.Json(
        string="Trend of 12 months", compute="_compute_exposure_trend", groups=SEE_RISK
    )

    payment_has_delay = fields.Boolean(
        compute="_compute_payment_behaviour", groups=SEE_RISK
    )
    payment_average_delay = fields.Float(
        string="Own average delay (days)",
        digits=(6, 1),
        compute="_compute_payment_behaviour",
        groups=SEE_RISK,
        help="From the due date to the payment, over 12 months, weighted by amount. "
        "What is late today counts as well.",
    )
    payment_share_late = fields.Float(
        string="Paid late", compute="_compute_payment_behaviour", groups=SEE_RISK
    )
    payment_worst_delay = fields.Integer(
        string="Longest delay (days)",
        compute="_compute_payment_behaviour",
        groups=SEE_RISK,
    )
    payment_worst_overdue = fields.Integer(
        string="Oldest overdue (days)",
        compute="_compute_payment_behaviour",
        groups=SEE_RISK,
    )
    payment_has_dso = fields.Boolean(
        compute="_compute_payment_behaviour", groups=SEE_RISK
    )
    payment_dso = fields.Float(
        string="Days sales outstanding (DSO)",
        digits=(6, 0),
        compute="_compute_payment_behaviour",
        groups=SEE_RISK,
    )
    payment_turnover = fields.Monetary(
        string="Invoiced over 12 months",
        compute="_compute_payment_behaviour",
        currency_field="exposure_currency_id",
        groups=SEE_RISK,
    )

    @api.depends_context("company")
    def _compute_exposure(self):
        company = self.env.company
        self.exposure_currency_id = company.currency_id
        # sudo: the sums are for whoever sees the risk.
        exposures = self.sudo()._credit_exposures(company)
        for partner in self:
            exposure = exposures.get(partner.commercial_partner_id._origin.id)
            for part in PARTS:
                partner[f"exposure_{part}"] = exposure and getattr(exposure, part)
            partner.exposure_total = exposure and exposure.total
            partner.exposure_not_guaranteed = exposure and exposure.not_guaranteed

    @api.depends("credit_limit", "credit_file_ids.credit_limit")
    @api.depends_context("company")
    def _compute_exposure_limit(self):
        company = self.env.company
        today = fields.Date.context_today(self)
        # sudo: the limit is for whoever sees the risk.
        granted_limits = self.sudo()._granted_limits(company)
        for partner in self:
            files = partner.sudo().credit_company_file_ids
            limits = [
                file.currency_id._convert(
                    file.credit_limit, company.currency_id, company, today
                )
                for file in files
                if file.has_credit_limit and file.currency_id
            ]
            # A bureau's zero is a limit.
            granted = granted_limits.get(partner.commercial_partner_id._origin.id)
            if granted is not None:
                limits.append(granted)
            partner.exposure_has_granted_limit = granted is not None
            partner.exposure_granted_limit = granted
            limit = min(limits, default=None)
            partner.exposure_has_limit = limit is not None
            partner.exposure_limit = limit
            # The smallest amount stands for no credit: no use of it can be told.
            has_use = bool(limit) and limit > company.currency_id.rounding
            partner.exposure_has_use = has_use
            partner.exposure_use = has_use and partner.exposure_total / limit
            partner.exposure_is_over = (
                limit is not None and partner.exposure_total > limit
            )

    @api.depends_context("company")
    def _compute_exposure_trend(self):
        Snapshot = self.env["partner.credit.snapshot"].sudo()
        trends = Snapshot._trends(self.env.company, self.commercial_partner_id)
        for partner in self:
            today = {name: partner[f"exposure_{name}"] for name in PARTS}
            partner.exposure_trend = [
                *trends.get(partner.commercial_partner_id._origin, ()),
                {
                    "date": fields.Date.to_string(fields.Date.context_today(self)),
                    "exposure": partner.exposure_total,
                    "not_guaranteed": partner.exposure_not_guaranteed,
                    **today,
                },
            ]

    @api.depends_context("company")
    def _compute_payment_behaviour(self):
        behaviours = self.sudo()._payment_behaviours(self.env.company)
        for partner in self:
            behaviour = behaviours.get(partner.commercial_partner_id._origin.id)
            known = behaviour and behaviour.average_delay is not None
            partner.payment_has_delay = known
            partner.payment_average_delay = known and behaviour.average_delay
            partner.payment_share_late = known and behaviour.share_late
            partner.payment_worst_delay = known and behaviour.worst_delay
            partner.payment_worst_overdue = behaviour and behaviour.worst_overdue
            partner.payment_has_dso = behaviour and behaviour.dso is not None
            partner.payment_dso = behaviour and behaviour.dso
            partner.payment_turnover = behaviour and behaviour.turnover

    def _exposure_partner(self):
        return self.commercial_partner_id

    def _exposure_company(self):
        return self.env.company

    def action_open_credit_risk(self):
        """Open this customer's line of the risk report."""
        self.ensure_one()
        entities = self._credit_unit_entities()
        risk = self.env["partner.credit.risk"].search(
            [
                ("partner_id", "in", entities.ids),
                ("company_id", "=", self.env.company.root_id.id),
            ],
            limit=1,
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Customer risk"),
            "res_model": "partner.credit.risk",
            "res_id": risk.id,
            "views": [(False, "form" if risk else "list")],
            "domain": [("partner_id", "in", entities.ids)],
        }
