from odoo import fields, models

READ_BAND = "partner_company_data.group_credit_reader"


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_file_id = fields.Many2one(
        "partner.credit.file",
        company_dependent=True,
        copy=False,
        groups=READ_BAND,
        help="The company as the bureau knows it; on the commercial entity.",
    )
    credit_rating = fields.Selection(
        related="credit_file_id.rating", string="Rating", groups=READ_BAND
    )
    credit_risk = fields.Selection(
        related="credit_file_id.risk", string="Rating description", groups=READ_BAND
    )
    credit_score = fields.Float(
        related="credit_file_id.score", string="Solvency score", groups=READ_BAND
    )
    credit_has_score = fields.Boolean(
        related="credit_file_id.has_score", groups=READ_BAND
    )
    credit_bureau_limit = fields.Monetary(
        related="credit_file_id.credit_limit",
        string="Creditsafe limit",
        currency_field="credit_currency_id",
        groups=READ_BAND,
    )
    credit_currency_id = fields.Many2one(
        related="credit_file_id.currency_id", groups=READ_BAND
    )
    credit_updated_on = fields.Datetime(
        related="credit_file_id.updated_on",
        string="Last update of the rating",
        groups=READ_BAND,
    )
    credit_is_monitored = fields.Boolean(
        related="credit_file_id.is_monitored", string="Monitored", groups=READ_BAND
    )
    credit_has_proceedings = fields.Boolean(
        related="credit_file_id.has_proceedings",
        string="Collective proceedings",
        groups=READ_BAND,
    )
