from odoo import api, models


class AccountMove(models.Model):
    """An invoice takes credit until it is posted."""

    _name = "account.move"
    _inherit = ["account.move", "partner.credit.document"]
    _credit_hold = "hold_invoices"

    @api.depends(
        *("partner_id", "company_id", "state", "move_type", "amount_total_signed"),
        *("credit_override_by_id", "credit_override_amount"),
    )
    def _compute_credit_notice(self):
        return super()._compute_credit_notice()

    def _takes_credit(self):
        return self.state == "draft" and self.move_type in (
            "out_invoice",
            "out_receipt",
        )

    def _credit_amounts(self):
        # A draft that is saved is in the exposure already.
        return (
            self.amount_total_signed,
            self.amount_total_signed - self._origin.amount_total_signed,
        )

    def _post(self, soft=True):
        self._check_credit_hold()
        return super()._post(soft)
