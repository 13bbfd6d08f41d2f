from odoo import api, models


class SaleOrder(models.Model):
    """An order takes credit until it is confirmed."""

    _name = "sale.order"
    _inherit = ["sale.order", "partner.credit.document"]
    _credit_hold = "hold_orders"

    @api.depends(
        *("partner_id", "company_id", "state", "amount_total", "currency_rate"),
        *("credit_override_by_id", "credit_override_amount"),
    )
    def _compute_credit_notice(self):
        return super()._compute_credit_notice()

    def _takes_credit(self):
        return self.state in ("draft", "sent")

    def _credit_amounts(self):
        amount = (self.amount_total - self.amount_paid) / (self.currency_rate or 1)
        return amount, max(0, amount)

    def _is_held(self, standing):
        # What is paid already is no credit.
        return self._credit_amounts()[0] > 0 and super()._is_held(standing)

    def action_confirm(self):
        self._check_credit_hold()
        return super().action_confirm()
