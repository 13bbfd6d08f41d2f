from odoo import fields, models

# Documents whose hold can be lifted.
_MODELS = [("sale.order", "Order"), ("account.move", "Invoice")]


class PartnerCreditOverride(models.TransientModel):
    """A credit manager lifts the hold of one document, and says why."""

    _name = "partner.credit.override"
    _description = "Override of a Credit Hold"

    res_model = fields.Selection(_MODELS, required=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True)
    notice = fields.Char(compute="_compute_notice")
    reason = fields.Char(required=True)

    def _document(self):
        document = self.env[self.res_model].browse(self.res_id).exists()
        document.check_access("read")
        return document

    def _compute_notice(self):
        for wizard in self:
            wizard.notice = wizard._document().credit_notice

    def action_override(self):
        """Lift the hold; the document can be confirmed then."""
        self.ensure_one()
        self._document()._override_credit_hold(self.reason)
        return {"type": "ir.actions.act_window_close"}
