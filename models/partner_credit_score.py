from odoo import fields, models

from .partner_credit_file import RATINGS


class PartnerCreditScore(models.Model):
    """One dated point of a credit file's history."""

    _name = "partner.credit.score"
    _description = "Credit Score History"
    _order = "date DESC"
    _log_access = False

    file_id = fields.Many2one(
        "partner.credit.file", required=True, ondelete="cascade", index=True
    )
    date = fields.Date(required=True)
    rating = fields.Selection(RATINGS)
    has_score = fields.Boolean()
    score = fields.Float(digits=(6, 1), aggregator=None)
    has_limit = fields.Boolean()
    limit = fields.Monetary(
        string="Credit limit", currency_field="currency_id", aggregator=None
    )
    currency_id = fields.Many2one("res.currency")
    has_paydex = fields.Boolean()
    paydex = fields.Integer(string="Paydex (index)", aggregator=None)
    has_delay = fields.Boolean()
    delay = fields.Float(string="Average delay (days)", digits=(6, 1), aggregator=None)
    origin = fields.Selection(
        [
            ("report", "Report"),
            ("history", "Bureau's history"),
            ("monitoring", "Monitoring"),
            ("import", "Imported file"),
        ],
        required=True,
        default="report",
    )

    _file_date_uniq = models.UniqueIndex(
        "(file_id, date)", "A file has one point a day."
    )
