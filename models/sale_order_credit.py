from odoo import api, fields, models

from .res_partner_credit import READ_BAND


class SaleOrder(models.Model):
    """The customer's rating and credit, for those who may see them."""

    _name = "sale.order"
    _inherit = ["sale.order", "partner.credit.guard", "partner.credit.document"]

    credit_rating = fields.Selection(
        related="partner_id.credit_rating", groups=READ_BAND
    )
    credit_risk = fields.Selection(related="partner_id.credit_risk", groups=READ_BAND)
    credit_updated_on = fields.Datetime(
        related="partner_id.credit_updated_on", groups=READ_BAND
    )
    credit_is_old = fields.Boolean(related="partner_id.credit_is_old", groups=READ_BAND)

    @api.depends(
        *("partner_id", "company_id", "state", "amount_total", "currency_rate"),
        "credit_override_by_id",
    )
    def _compute_credit_notice(self):
        return super()._compute_credit_notice()

    def _takes_credit(self):
        return self.state in ("draft", "sent")

    def _credit_amounts(self):
        amount = (self.amount_total - self.amount_paid) / (self.currency_rate or 1)
        return amount, max(0, amount)

    def _policy_holds(self, standing):
        return standing.hold_orders

    def _is_held(self, standing):
        # What is paid already is no credit.
        return self._credit_amounts()[0] > 0 and super()._is_held(standing)

    def action_confirm(self):
        self._check_credit_hold()
        return super().action_confirm()
