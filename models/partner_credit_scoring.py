from odoo import api, fields, models
from odoo.fields import Command

from . import credit_scoring
from .notification import notification
from .open_records import open_records

FACTS = [
    ("score", "Solvency score of the bureau"),
    ("risk_class", "Risk class"),
    ("own_delay", "Days that it pays us late"),
    ("worst_overdue", "Days of its worst delay"),
    ("bureau_delay", "Days beyond terms (DBT)"),
    ("paydex", "Paydex (index)"),
    ("privilege_count", "Privileges"),
    ("use", "Exposure in percent of the limit"),
    ("exposure", "Exposure"),
    ("turnover", "Turnover of the last 12 months"),
    ("guaranteed_share", "Guaranteed share of the exposure (%)"),
    ("age", "Age of the company (years)"),
    ("sector", "Sector (NAF code)"),
]
# Delivered: fact, weight, (from, points) or for sectors (beginning of the NAF, points).
_EARLY = -999
_DELIVERED = [
    ("score", 40, [(0, 0), (21, 25), (30, 50), (51, 75), (71, 100)]),
    ("own_delay", 25, [(_EARLY, 100), (5, 80), (15, 50), (30, 20), (60, 0)]),
    ("bureau_delay", 10, [(_EARLY, 100), (10, 70), (30, 30), (60, 0)]),
    ("use", 10, [(0, 100), (50, 70), (80, 40), (100, 0)]),
    ("age", 10, [(0, 20), (2, 40), (5, 70), (10, 100)]),
    ("sector", 5, [("", 80), ("41", 40), ("43", 40), ("49", 50), ("56", 40)]),
]


class PartnerCreditScoring(models.Model):
    """How a company scores its customers itself."""

    _name = "partner.credit.scoring"
    _description = "Scoring"
    _rec_name = "company_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    known_share = fields.Float(
        string="Known at least (%)",
        default=50,
        help="Without a score when less of the weights is known.",
    )
    criterion_ids = fields.One2many("partner.credit.scoring.criterion", "scoring_id")

    _company_uniq = models.UniqueIndex("(company_id)", "A company has one scoring.")
    _share_check = models.Constraint(
        "CHECK(known_share BETWEEN 0 AND 100)", "A share lies between 0 and 100 %."
    )

    @api.model
    def _of(self, company):
        """The scoring of a company's legal entity, made when missing.

        sudo: whoever sees a customer's score needs the criteria behind it.
        """
        company = company.root_id
        scoring = self.sudo().search([("company_id", "=", company.id)])
        return scoring or self.sudo().create([{"company_id": company.id}])

    @api.model
    def action_open(self):
        """Open the scoring of the current company."""
        self.browse().check_access("read")
        return open_records(self._of(self.env.company), name=self.env._("Scoring"))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.setdefault("criterion_ids", self._delivered_criteria())
        return super().create(vals_list)

    def _delivered_criteria(self):
        return [
            Command.create(
                {
                    "fact": fact,
                    "weight": weight,
                    "step_ids": [
                        Command.create(
                            {
                                "prefix" if fact == "sector" else "value_from": start,
                                "points": points,
                            }
                        )
                        for start, points in steps
                    ],
                }
            )
            for fact, weight, steps in _DELIVERED
        ]

    def _scorer(self):
        """A function that makes a score of ``credit_policy.Facts``.

        It gives a dict: ``own_score`` (or ``None``) and its ``parts`` as JSON. It has
        all criteria at hand: call it as often as there are customers.
        """
        self.ensure_one()
        criteria = self._criteria()
        known_share = self.known_share
        today = fields.Date.context_today(self)

        def score(facts):
            value, parts = credit_scoring.own_score(facts, criteria, known_share, today)
            return {"own_score": value, "parts": [part.as_json() for part in parts]}

        return score

    def _criteria(self):
        """The criteria as ``credit_scoring`` wants them."""
        self.ensure_one()
        return [
            credit_scoring.Criterion(
                criterion.fact,
                criterion.weight,
                [
                    credit_scoring.Step(step.points, step.value_from, step.prefix or "")
                    for step in criterion.step_ids
                ],
            )
            for criterion in self.criterion_ids
        ]

    def action_score_again(self):
        """Score all customers again, by the criteria as they are now."""
        self.check_access("write")
        self.env["partner.credit.assessment"]._refresh_soon()
        return notification(
            self.env._("The customers are being scored: come back in some minutes.")
        )


class PartnerCreditScoringCriterion(models.Model):
    """One fact that counts in the score, and how much."""

    _name = "partner.credit.scoring.criterion"
    _description = "Criterion of the Scoring"
    _order = "sequence, id"
    _rec_name = "fact"

    scoring_id = fields.Many2one(
        "partner.credit.scoring", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    fact = fields.Selection(FACTS, string="Criterion", required=True)
    weight = fields.Float(required=True, default=10, digits=(6, 1), aggregator=None)
    step_ids = fields.One2many("partner.credit.scoring.step", "criterion_id")
    summary = fields.Char(string="Points", compute="_compute_summary")

    _weight_check = models.Constraint(
        "CHECK(weight > 0)", "A weight is more than zero."
    )
    _fact_uniq = models.UniqueIndex(
        "(scoring_id, fact)", "A criterion counts once in a scoring."
    )

    @api.depends("fact", "step_ids.value_from", "step_ids.prefix", "step_ids.points")
    def _compute_summary(self):
        for criterion in self:
            criterion.summary = " · ".join(
                self.env._(
                    "%(start)s: %(points)s",
                    start=step.prefix or self.env._("others")
                    if criterion.fact == "sector"
                    else f"≥ {step.value_from:g}"
                    if step.value_from > _EARLY
                    else self.env._("less"),
                    points=f"{step.points:g}",
                )
                for step in criterion.step_ids
            )


class PartnerCreditScoringStep(models.Model):
    """The points that a value brings, up to the next step."""

    _name = "partner.credit.scoring.step"
    _description = "Step of a Criterion"
    _order = "value_from, prefix, id"

    criterion_id = fields.Many2one(
        "partner.credit.scoring.criterion",
        required=True,
        ondelete="cascade",
        index=True,
    )
    fact = fields.Selection(related="criterion_id.fact", string="Fact")
    value_from = fields.Float(string="From", digits=(16, 2), aggregator=None)
    prefix = fields.Char(
        string="NAF code begins with", size=6, help="Empty: every other sector."
    )
    points = fields.Float(digits=(5, 1), aggregator=None)

    _points_check = models.Constraint(
        "CHECK(points BETWEEN 0 AND 100)", "Points lie between 0 and 100."
    )
