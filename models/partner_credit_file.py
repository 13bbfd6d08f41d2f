from odoo import fields, models

RATINGS = [("A", "A"), ("B", "B"), ("C", "C"), ("D", "D"), ("E", "E")]
# What the letter means: E alone says nothing, a company that failed and one that
# nobody rated have it both.
RISKS = [
    ("very_low", "Very low risk"),
    ("low", "Low risk"),
    ("moderate", "Moderate risk"),
    ("high", "High risk"),
    ("failing", "Failing"),
    ("not_rated", "Not rated"),
]
TRENDS = [("up", "Up"), ("flat", "Flat"), ("down", "Down")]


class PartnerCreditFile(models.Model):
    """A company as a bureau knows it now. Partners of one legal unit share it."""

    _name = "partner.credit.file"
    _description = "Credit File"
    _order = "id DESC"

    name = fields.Char(required=True)
    source_id = fields.Many2one(
        "partner.data.source", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="source_id.company_id", store=True)
    bureau_id = fields.Char(
        string="Identifier", required=True, help="The company's identifier there."
    )
    bureau_number = fields.Char(help="Creditsafe: Safe Number.")
    siren = fields.Char(string="SIREN number", index="btree_not_null")
    country_code = fields.Char(size=2)
    status = fields.Char()
    # Rating and score; not known is empty, never 0 (see has_score).
    rating = fields.Selection(RATINGS)
    risk = fields.Selection(RISKS, string="Rating description")
    rating_description = fields.Char(string="Rating in the bureau's words")
    has_score = fields.Boolean()
    score = fields.Float(string="Solvency score", digits=(6, 1), aggregator=None)
    score_max = fields.Float(default=100, aggregator=None)
    probability_of_default = fields.Char(string="Probability of default over 12 months")
    previous_rating = fields.Selection(RATINGS)
    rating_changed_on = fields.Date()
    # Limits: has_… tells a limit of 0 from no limit.
    has_credit_limit = fields.Boolean()
    credit_limit = fields.Monetary(currency_field="currency_id", aggregator=None)
    has_contract_limit = fields.Boolean()
    contract_limit = fields.Monetary(currency_field="currency_id", aggregator=None)
    currency_id = fields.Many2one("res.currency")
    trend_profitability = fields.Selection(TRENDS, string="Profitability trend")
    trend_liquidity = fields.Selection(TRENDS, string="Liquidity trend")
    trend_net_worth = fields.Selection(TRENDS, string="Net worth trend")
    trend_payment = fields.Selection(TRENDS, string="Payment trend")
    dbt = fields.Integer(string="Days beyond terms (DBT)", aggregator=None)
    has_dbt = fields.Boolean()
    has_proceedings = fields.Boolean(string="Collective proceedings")
    judgment_count = fields.Integer(string="Judgments", aggregator=None)
    privilege_count = fields.Integer(string="Privileges", aggregator=None)
    facts = fields.Json(
        help="The normalised facts of the last report, as "
        "connectors.credit.CreditFacts, dates as text."
    )
    updated_on = fields.Datetime(
        string="Last update", help="When these values were read from the bureau."
    )
    is_monitored = fields.Boolean(string="Monitored")
    partner_ids = fields.One2many("res.partner", "credit_file_id")
    score_ids = fields.One2many("partner.credit.score", "file_id", string="History")
    report_ids = fields.One2many("partner.credit.report", "file_id")

    _source_bureau_uniq = models.UniqueIndex(
        "(source_id, bureau_id)", "The credit file exists already."
    )
