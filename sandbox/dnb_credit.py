"""What D&B's stand-in thinks of a company: near Creditsafe's view, and not always.

It starts from the same standing (what happened to the company is the same everywhere),
and adds an opinion of its own that follows from the seed and the company: one company
in six is seen quite differently, some that Creditsafe does not rate are rated here,
and news may be late. Limits of classes are the stand-in's own.
"""

import datetime
import random
from bisect import bisect
from dataclasses import dataclass, field

#: Lower bounds of the classes 4, 3, 2, 1 in percentiles.
_CLASS_BOUNDS = (15, 35, 60, 80)
#: Lower bounds of the risk indicators 3, 2, 1.
_RISK_BOUNDS = (20, 45, 75)
#: Net worth from which a financial strength is given.
_STRENGTHS = (
    (0, "H"),
    (7_000, "G"),
    (30_000, "E"),
    (60_000, "D"),
    (120_000, "C"),
    (250_000, "B"),
    (350_000, "A"),
    (700_000, "1A"),
    (1_500_000, "2A"),
    (7_000_000, "3A"),
    (15_000_000, "4A"),
    (35_000_000, "5A"),
)
#: Paydex and average days beyond terms, as D&B publishes them.
_PAYDEX_DAYS = (
    (1, 150),
    (20, 120),
    (30, 90),
    (40, 60),
    (50, 30),
    (60, 22),
    (70, 15),
    (80, 0),
    (90, -20),
    (100, -30),
)
FAILURE_TEXTS = {
    1: "Low risk of severe financial stress",
    2: "Moderately low risk of severe financial stress",
    3: "Average risk of severe financial stress",
    4: "Moderately high risk of severe financial stress",
    5: "High risk of severe financial stress",
}


def class_of(percentile):
    """1 (the best) to 5."""
    return 5 - bisect(_CLASS_BOUNDS, percentile)


def paydex_of(days):
    """The index of average days beyond terms."""
    for (low, most), (high, least) in zip(_PAYDEX_DAYS, _PAYDEX_DAYS[1:], strict=False):
        if least <= days <= most:
            return round(low + (high - low) * (most - days) / (most - least))
    return 1 if days > 0 else 100


@dataclass
class Opinion:
    """``percentile`` and ``limit`` are None of a company that is not rated."""

    percentile: int | None = None
    delinquency: int | None = None
    limit: int | None = None
    days: int | None = None
    previous_paydex: int | None = None
    norm: int = 76
    liens: int = 0
    lien_amount: int = 0
    #: kind → day of the filing: ``bankruptcy``, ``liquidation``, ``suspension``.
    filings: dict = field(default_factory=dict)
    turnover: int = 0
    equity: int = 0
    result: int = 0
    employees: int = 0
    year: int = 0
    scored_on: datetime.date | None = None
    status: str | None = None
    name: str | None = None
    street: str | None = None

    @property
    def failure_class(self):
        return None if self.percentile is None else class_of(self.percentile)

    @property
    def risk(self):
        if self.percentile is None:
            return None
        return 4 - bisect(_RISK_BOUNDS, self.percentile)

    @property
    def strength(self):
        bounds = [bound for bound, _name in _STRENGTHS]
        return _STRENGTHS[max(bisect(bounds, self.equity) - 1, 0)][1]

    @property
    def rating(self):
        return None if self.risk is None else f"{self.strength}{self.risk}"

    @property
    def paydex(self):
        return None if self.days is None else paydex_of(self.days)


#: Judgment's code at the courts → the kind of filing here.
_FILINGS = {
    "RJ": "bankruptcy",
    "LJ": "liquidation",
    "CI": "liquidation",
    "SVG": "suspension",
}


def make_opinion(seed, company, standing, today):
    """The opinion of a company at the start."""
    rng = random.Random(f"{seed}:dnb:{company.unit}")
    year = standing.years[0]
    opinion = Opinion(
        norm=rng.randint(70, 80),
        turnover=year["turnover"],
        equity=year["equity"],
        result=year["result"],
        employees=year["employees"],
        year=year["year"],
        scored_on=today - datetime.timedelta(rng.randint(2, 60)),
    )
    is_rated_here = rng.random() < 0.4
    shift = rng.choice((-34, -30, 27, 33)) if rng.random() < 1 / 6 else rng.gauss(0, 6)
    knows_late = rng.random() < 1 / 6
    score = standing.now.score
    if score is None and is_rated_here and standing.case == "not_rated":
        score = rng.randint(25, 70)
    if standing.judgments and not knows_late:
        code, day = standing.judgments[0]
        if code in _FILINGS:
            opinion.filings[_FILINGS[code]] = day
    if score is not None:
        percentile = min(max(round(score + shift), 2), 99)
        opinion.percentile = min(percentile, 4) if opinion.filings else percentile
        opinion.delinquency = min(max(round(percentile + rng.gauss(0, 9)), 1), 100)
        size = opinion.turnover * opinion.percentile / 9000
        opinion.limit = (
            0 if opinion.percentile < 8 else max(int(size) // 500 * 500, 500)
        )
    if standing.dbt is not None:
        opinion.days = max(standing.dbt + round(rng.gauss(0, 4)) - 4, -20)
        opinion.previous_paydex = max(paydex_of(opinion.days) - rng.randint(-6, 6), 1)
    opinion.liens = standing.privileges
    opinion.lien_amount = opinion.liens * rng.randint(12, 190) * 100
    return opinion
