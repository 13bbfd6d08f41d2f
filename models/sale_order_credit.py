from odoo import fields, models

from .res_partner_credit import READ_BAND


class SaleOrder(models.Model):
    """The customer's rating beside the name, for those who may see it."""

    _name = "sale.order"
    _inherit = ["sale.order", "partner.credit.guard"]

    credit_rating = fields.Selection(
        related="partner_id.credit_rating", groups=READ_BAND
    )
    credit_risk = fields.Selection(related="partner_id.credit_risk", groups=READ_BAND)
    credit_updated_on = fields.Datetime(
        related="partner_id.credit_updated_on", groups=READ_BAND
    )
    credit_is_old = fields.Boolean(related="partner_id.credit_is_old", groups=READ_BAND)
