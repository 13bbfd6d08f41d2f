from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from odoo.addons.partner_company_data.connectors.credit import ScorePoint

from .partner_data_source_purchase import BureauCompany

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
STATUSES = [
    ("active", "Active"),
    ("ceased", "Ceased"),
    ("pending", "Pending"),
    ("other", "Other"),
]
TRENDS = [("up", "Up"), ("flat", "Flat"), ("down", "Down")]
# Values that monitoring brings as well, free of charge and more often.
NEWER_BY_MONITORING = (
    *("rating", "risk", "rating_description", "has_score", "score"),
    *("has_credit_limit", "credit_limit", "status"),
)
COLLECTIVE_KINDS = ("safeguard", "receivership", "liquidation", "insolvency")


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
    bureau_number = fields.Char(help="A second number that some bureaus give.")
    siren = fields.Char(string="SIREN number", index="btree_not_null")
    country_code = fields.Char(size=2)
    status = fields.Selection(STATUSES, string="Activity status")
    # Rating and score; not known is empty, never 0 (see has_score).
    rating = fields.Selection(RATINGS)
    risk = fields.Selection(RISKS, string="Rating description")
    rating_description = fields.Char(string="Rating in the bureau's words")
    has_score = fields.Boolean()
    score = fields.Float(string="Solvency score", digits=(6, 1), aggregator=None)
    score_max = fields.Float(default=100, aggregator=None)
    probability_of_default = fields.Char(
        string="Probability of default over 12 months",
        help="As the bureau gives it; it does not say on which scale.",
    )
    previous_rating = fields.Selection(RATINGS)
    rating_changed_on = fields.Date()
    # Limits: has_… tells a limit of 0 from no limit.
    has_credit_limit = fields.Boolean()
    credit_limit = fields.Monetary(
        string="Credit limit",
        currency_field="currency_id",
        aggregator=None,
        help="Recommendation of the highest amount of credit that should be offered "
        "to an organisation at any time.",
    )
    has_contract_limit = fields.Boolean()
    contract_limit = fields.Monetary(
        string="Contract limit",
        currency_field="currency_id",
        aggregator=None,
        help="Highest capacity for a single contract over 12 months (recommendation).",
    )
    currency_id = fields.Many2one("res.currency")
    trend_profitability = fields.Selection(TRENDS, string="Profitability trend")
    trend_liquidity = fields.Selection(TRENDS, string="Liquidity trend")
    trend_net_worth = fields.Selection(TRENDS, string="Net worth trend")
    trend_payment = fields.Selection(TRENDS, string="Payment trend")
    dbt = fields.Integer(string="Days beyond terms (DBT)", aggregator=None)
    has_dbt = fields.Boolean()
    has_proceedings = fields.Boolean(string="Collective proceedings")
    has_legal_facts = fields.Boolean(
        string="Legal facts told",
        help="Without it, judgments and privileges are not known: no number is zero.",
    )
    judgment_count = fields.Integer(string="Judgments", aggregator=None)
    privilege_count = fields.Integer(string="Privileges", aggregator=None)
    has_uncounted_privileges = fields.Boolean(
        string="Open privileges", help="There are privileges; how many is not told."
    )
    facts = fields.Json(
        help="The normalised facts of the last report, as "
        "connectors.credit.CreditFacts, dates as text."
    )
    updated_on = fields.Datetime(
        string="Last update", help="When these values were read from the bureau."
    )
    is_monitored = fields.Boolean(string="Monitored")
    partner_ids = fields.Many2many(
        "res.partner",
        "partner_credit_file_partner_rel",
        "file_id",
        "partner_id",
        string="Partners",
        help="Commercial entities: a partner has one file a bureau.",
    )
    score_ids = fields.One2many("partner.credit.score", "file_id", string="History")
    report_ids = fields.One2many("partner.credit.report", "file_id")

    _source_bureau_uniq = models.UniqueIndex(
        "(source_id, bureau_id)", "The credit file exists already."
    )

    # === Reading a report === #

    def _apply_report(self, report, facts):
        """Take a report's facts over: today's values if it is the newest, and history.

        :param report: ``partner.credit.report``
        :param facts: ``connectors.credit.CreditFacts``
        """
        self.ensure_one()
        self._store_points(facts.score_history, "history", facts.credit_limit_currency)
        newest = self.report_ids.filtered("facts").sorted("ordered_on")[-1:]
        if report == newest:
            vals = self._facts_vals(facts)
            if self.updated_on and self.updated_on > report.ordered_on:
                # What monitoring brought later stays.
                for name in NEWER_BY_MONITORING:
                    vals.pop(name, None)
            else:
                vals["updated_on"] = report.ordered_on
            vals["facts"] = report.facts
            self.write(vals)
            self._keep_judgment_since(report.ordered_on)
            self._keep_privileges_since(report.ordered_on)
            self._propose_updates()
        point = ScorePoint(
            date=report.ordered_on.date(),
            rating=facts.rating,
            score=facts.score,
            limit=facts.credit_limit,
            currency=facts.credit_limit_currency,
            is_rated=facts.is_rated,
            paydex=facts.payment.paydex,
            delay=facts.payment.dbt,
        )
        if any(
            value is not None
            for value in (point.rating, point.score, point.limit, point.paydex)
        ):
            self._store_points((point,), "report", facts.credit_limit_currency)

    def _keep_judgment_since(self, moment):
        """Have what monitoring told of proceedings after a report outlast it."""
        event = self.env["partner.credit.event"].search(
            [
                ("file_id", "=", self.id),
                ("kind", "=", "proceedings"),
                ("ruling", "in", COLLECTIVE_KINDS),
                ("created_on", ">", moment),
            ],
            limit=1,
        )
        if event:
            self.has_proceedings = True
            # After it: in one write, the step would be computed from the flag.
            self.write(
                {
                    "proceeding": event.ruling,
                    "proceeding_on": event.happened_on,
                }
            )

    def _keep_privileges_since(self, moment):
        """Have what monitoring told of privileges after a report outlast it."""
        event = self.env["partner.credit.event"].search(
            [
                ("file_id", "=", self.id),
                ("kind", "=", "privileges"),
                ("created_on", ">", moment),
            ],
            limit=1,
        )
        if event.has_new_number:
            self.privilege_count = round(event.new_number)
        if event:
            self.has_uncounted_privileges = not event.has_new_number

    def _facts_vals(self, facts):
        """Values of this file that a bureau's facts give."""
        vals = {
            "status": facts.status if facts.status in dict(STATUSES) else False,
            "rating": facts.rating if facts.rating in dict(RATINGS) else False,
            "risk": risk_of(facts),
            "rating_description": facts.rating_description,
            "has_score": facts.score is not None,
            "score": facts.score or 0,
            "score_max": facts.score_max,
            "probability_of_default": (
                str(facts.probability_of_default)
                if facts.probability_of_default is not None
                else False
            ),
            "previous_rating": (
                facts.previous_rating
                if facts.previous_rating in dict(RATINGS)
                else False
            ),
            "rating_changed_on": facts.rating_changed_on,
            "has_credit_limit": facts.credit_limit is not None,
            "credit_limit": facts.credit_limit or 0,
            "has_contract_limit": facts.contract_limit is not None,
            "contract_limit": facts.contract_limit or 0,
            "currency_id": self._currency(
                facts.credit_limit_currency or facts.contract_limit_currency
            ).id,
            "trend_profitability": facts.profitability_trend,
            "trend_liquidity": facts.liquidity_trend,
            "trend_net_worth": facts.net_worth_trend,
            "trend_payment": facts.payment_trend,
            "has_dbt": facts.payment.dbt is not None,
            "dbt": round(facts.payment.dbt or 0),
            "has_legal_facts": facts.has_legal_facts,
            "has_proceedings": _has_proceedings(facts),
            "judgment_count": len(facts.judgments),
            "privilege_count": facts.privileges.number or 0,
            "has_uncounted_privileges": bool(facts.privileges.has_open)
            and facts.privileges.number is None,
        }
        # What identifies the company is kept when a report leaves it out.
        vals |= {
            name: value
            for name, value in (
                ("name", facts.name or facts.legal_name),
                ("siren", facts.siren),
                ("bureau_number", facts.bureau_number),
                ("country_code", facts.country_code),
            )
            if value
        }
        return {name: value or False for name, value in vals.items()}

    def _currency(self, code):
        """The currency of an ISO code, active or not; empty when unknown."""
        Currency = self.env["res.currency"].with_context(active_test=False)
        if not code:
            return Currency
        # An import asks it for thousands of companies.
        known = self.env.cr.cache.setdefault("partner_credit_currencies", {})
        if code not in known:
            known[code] = Currency.search([("name", "=", code)], limit=1).id
        return Currency.browse(known[code])

    def _currency_told(self, code, country_code):
        """The currency of an amount: as told, or the euro where the country has it.

        Elsewhere it is not known: bureaus tell foreign amounts in euros as well.
        """
        if code:
            return self._currency(code)
        known = self.env.cr.cache.setdefault("partner_credit_euro_countries", {})
        if country_code not in known:
            country = self.env["res.country"].search([("code", "=", country_code)])
            known[country_code] = country.currency_id == self._currency("EUR")
        return self._currency("EUR" if known[country_code] else None)

    def _store_points(self, points, origin, currency_code=None):
        """Add dated points to the history: one a day, later news complete it.

        :param points: iterable of ``connectors.credit.ScorePoint``
        :param origin: a value of ``partner.credit.score.origin``
        :param currency_code: of points that tell none
        """
        self.ensure_one()
        self._store_points_of(
            [(self.id, point) for point in points], origin, currency_code
        )

    @api.model
    def _store_points_of(self, points, origin, currency_code=None):
        """The same for many files at once.

        :param points: list of (file's id, point), no two of a file on one day
        """
        codes = {point.currency or currency_code for _file_id, point in points}
        currencies = {code: self._currency(code).id or None for code in codes}
        rows = [
            (
                file_id,
                point.date,
                point.rating if point.rating in dict(RATINGS) else None,
                point.score is not None,
                point.score,
                point.limit is not None,
                point.limit,
                currencies[point.currency or currency_code],
                point.paydex is not None,
                point.paydex,
                point.delay is not None,
                point.delay,
                origin,
            )
            for file_id, point in points
        ]
        if not rows:
            return
        Score = self.env["partner.credit.score"]
        Score.flush_model()
        for chunk in split_every(500, rows):
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO partner_credit_score AS score
                           (file_id, date, rating, has_score, score, has_limit,
                            "limit", currency_id, has_paydex, paydex, has_delay,
                            delay, origin)
                    VALUES %s
               ON CONFLICT (file_id, date) DO UPDATE
                       SET rating = COALESCE(EXCLUDED.rating, score.rating),
                           has_score = EXCLUDED.has_score
                                    OR (score.has_score AND EXCLUDED.rating IS NULL),
                           score = COALESCE(EXCLUDED.score, score.score),
                           has_limit = EXCLUDED.has_limit OR score.has_limit,
                           "limit" = COALESCE(EXCLUDED."limit", score."limit"),
                           currency_id = COALESCE(
                               EXCLUDED.currency_id, score.currency_id
                           ),
                           has_paydex = EXCLUDED.has_paydex OR score.has_paydex,
                           paydex = COALESCE(EXCLUDED.paydex, score.paydex),
                           has_delay = EXCLUDED.has_delay OR score.has_delay,
                           delay = COALESCE(EXCLUDED.delay, score.delay),
                           origin = CASE WHEN EXCLUDED.origin = 'history'
                                         THEN score.origin ELSE EXCLUDED.origin END
                    """,
                    SQL(", ").join(SQL("%s", row) for row in chunk),
                )
            )
        Score.invalidate_model()

    def _bureau_company(self):
        """This company as a purchase wants it."""
        self.ensure_one()
        return BureauCompany(
            bureau_id=self.bureau_id,
            name=self.name,
            siren=self.siren,
            country_code=self.country_code,
            bureau_number=self.bureau_number,
        )


def risk_of(facts):
    """What the letter means; E is nothing before it is known why."""
    if facts.is_failing:
        return "failing"
    if facts.is_rated is False:
        return "not_rated"
    return {"A": "very_low", "B": "low", "C": "moderate", "D": "high"}.get(facts.rating)


def _has_proceedings(facts):
    """Whether collective proceedings are under way, as far as the bureau tells."""
    if facts.has_open_proceedings is not None:
        return facts.has_open_proceedings
    steps = [
        *facts.proceedings,
        *(one for one in facts.judgments if one.kind in COLLECTIVE_KINDS),
    ]
    if not steps:
        return False
    last = max(steps, key=lambda step: step.decided_on or date.min)
    return getattr(last, "state", None) != "closed" and last.kind != "closure"
