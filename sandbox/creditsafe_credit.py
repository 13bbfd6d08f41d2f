"""Credit standing of the stand-in's companies: history, accounts, what went wrong.

All of it follows from the seed, the company and the day, so it is the same in every
process. A few of the demo companies have a fixed, telling case; changes made through
the control address come on top.

Cases: ``A``–``D``; ``improving``, ``falling`` (B to D within months, payments late,
privileges); ``privileges``; ``not_rated``; ``safeguard``, ``plan``; ``receivership``
and ``liquidation`` (failing, still active); ``closed`` (ceased, failing).
"""

import datetime
import random
from bisect import bisect
from dataclasses import dataclass, field
from typing import NamedTuple

#: By SIREN; see ``data/demo_companies.csv``.
FIXED_CASES = {
    "482133675": "A",
    "519088421": "B",
    "792455305": "C",
    "880312749": "D",
    "433771201": "privileges",
    "814560934": "not_rated",
    "901277459": "not_rated",
    "449820315": "falling",
    "457183309": "safeguard",
    "389145079": "improving",
    "823370416": "receivership",
    "540721966": "plan",
    "827405697": "liquidation",
    "538174061": "B",
    "412650889": "A",
    "830955472": "A",
    "841209364": "B",
    "852077189": "falling",
    "318420767": "A",
    "488260175": "improving",
    "420931875": "C",
    "562097139": "D",
}
_CASES = (
    ("A", 24),
    ("B", 24),
    ("C", 18),
    ("D", 10),
    ("improving", 5),
    ("falling", 5),
    ("privileges", 2),
    ("not_rated", 8),
    ("safeguard", 1),
    ("plan", 1),
    ("receivership", 1),
    ("liquidation", 1),
)
#: case → span of the score today.
_TARGETS = {
    "A": (72, 98),
    "B": (52, 70),
    "C": (31, 50),
    "D": (5, 29),
    "improving": (60, 90),
    "falling": (8, 27),
    "privileges": (12, 40),
    "safeguard": (4, 18),
    "plan": (15, 32),
}
_FAILING = ("receivership", "liquidation", "closed")
#: case → score some years ago, where it was quite another one.
_BEGINNINGS = {
    "improving": (28, 45),
    "falling": (58, 72),
    "privileges": (45, 62),
    "safeguard": (40, 60),
    "plan": (35, 55),
    "receivership": (25, 55),
    "liquidation": (20, 50),
    "closed": (15, 45),
}
MONTHS = 40
DESCRIPTIONS = {
    "A": "Very Low Risk",
    "B": "Low Risk",
    "C": "Moderate Risk",
    "D": "High Risk",
    "E": "Not Scored",
}
#: (text in English, in French) of a score's band.
_PROVIDER_TEXTS = {
    "A": ("Very low risk", "Risque très faible"),
    "B": ("Low risk", "Risque faible"),
    "C": ("Moderate risk", "Risque modéré"),
    "D": ("High risk", "Risque élevé"),
    None: ("Not rated", "Non noté"),
    0: (
        "Company in situation of failure and with a very high risk of winding up",
        "Entreprise en situation de défaillance, à très fort risque de disparition",
    ),
}
#: Lower bounds of INSEE's workforce brackets by their code as a number.
_HEADS = {1: 1, 2: 3, 3: 6, 11: 10, 12: 20, 21: 50, 22: 100, 31: 200, 32: 250}
_MOST_HEADS = 500


def letter_of(score):
    """The international letter that the stand-in gives a score."""
    if score is None or score <= 0:
        return "E"
    return "DCBA"[bisect((30, 51, 71), score)]


class Point(NamedTuple):
    """Score (None: not rated) and limit from a day on."""

    day: datetime.date
    score: int | None
    limit: int | None

    @property
    def letter(self):
        return letter_of(self.score)


@dataclass
class Standing:
    """A unit's credit standing; ``points`` oldest first."""

    case: str
    points: list
    judgments: list = field(default_factory=list)
    social_privileges: int = 0
    tax_privileges: int = 0
    years: list = field(default_factory=list)
    employees: int = 0
    capital: int = 0
    dbt: int | None = None
    industry_dbt: int = 0
    trends: tuple = ()
    status: str | None = None
    name: str | None = None
    address: str | None = None
    director: str | None = None
    previous_director: str | None = None

    @property
    def now(self):
        return self.points[-1]

    @property
    def previous(self):
        """The last point that differed from today's, if there is one."""
        for point in reversed(self.points[:-1]):
            if (point.score, point.limit) != (self.now.score, self.now.limit):
                return point
        return None

    @property
    def changed_on(self):
        """Day since which score and limit are what they are."""
        day = self.now.day
        for point in reversed(self.points):
            if (point.score, point.limit) != (self.now.score, self.now.limit):
                break
            day = point.day
        return day

    @property
    def is_failing(self):
        return self.case in _FAILING

    @property
    def privileges(self):
        return self.social_privileges + self.tax_privileges

    def provider_text(self, point, french):
        if point.score is not None and point.score > 0:
            key = point.letter
        else:
            key = 0 if self.is_failing or point.score == 0 else None
        return _PROVIDER_TEXTS[key][french]

    def set_point(self, day, **values):
        """Set today's score or limit."""
        now = self.now
        new = Point(
            day,
            values.get("score", now.score),
            values.get("limit", now.limit),
        )
        if now.day >= day:
            self.points[-1] = Point(now.day, new.score, new.limit)
        else:
            self.points.append(new)


class Credit:
    """Standings by unit, made when first asked for."""

    def __init__(self, seed):
        self._seed = seed
        self._standings = {}

    def reset(self):
        self._standings.clear()

    def of(self, company, today):
        standing = self._standings.get(company.unit)
        if standing is None:
            standing = self._make(company, today)
            self._standings[company.unit] = standing
        if company.is_ceased and standing.case != "closed":
            # It ended after the standing was made.
            standing.case = "closed"
            standing.set_point(today, score=None, limit=None)
        return standing

    def _make(self, company, today):
        rng = random.Random(f"{self._seed}:credit:{company.unit}")
        # Always drawn, so that a fixed case changes nothing else.
        drawn = rng.choices(
            [name for name, _weight in _CASES], [weight for _name, weight in _CASES]
        )[0]
        case = company.case or FIXED_CASES.get(company.unit) or drawn
        if company.is_ceased:
            case = "closed"
        rank = int(1 if company.workforce_rank is None else company.workforce_rank)
        heads = _MOST_HEADS if rank > 32 else _HEADS.get(rank, 0)
        employees = int(heads * rng.uniform(1, 1.6))
        turnover = int((employees + 0.6) * rng.uniform(70_000, 210_000))
        standing = Standing(case, [], employees=employees)
        scores = _scores(case, rng)
        size = turnover * rng.uniform(0.008, 0.02)
        standing.points = _points(case, scores, size, rng, today)
        standing.capital = rng.choice((1000, 2000, 7500, 10000, 37000, 50000, 100000))
        standing.years = _years(case, turnover, employees, rng, today)
        standing.industry_dbt = rng.randint(3, 14)
        if case != "not_rated" and rng.random() < 0.8:
            late = case in ("D", "falling", "privileges", *_FAILING)
            standing.dbt = rng.randint(18, 60) if late else rng.randint(0, 14)
        standing.trends = _trends(case, rng)
        _trouble(standing, rng, today)
        return standing


def _scores(case, rng):
    """Scores of ``MONTHS`` months, oldest first; None is not rated."""
    if case == "not_rated":
        return [None] * MONTHS
    low, high = _TARGETS.get(case, (3, 20))
    last = rng.randint(low, high)
    first_low, first_high = _BEGINNINGS.get(
        case, (max(low - 15, 2), min(high + 10, 99))
    )
    value = first = rng.randint(first_low, first_high)
    # Most of the way is done at one time, not evenly.
    turn = rng.randint(MONTHS // 2, MONTHS - 4)
    scores = []
    for month in range(MONTHS):
        if rng.random() < 0.3 or month == turn:
            goal = first if month < turn else last
            value = round(goal + (value - goal) * 0.3 + rng.gauss(0, 2.5))
            value = min(max(value, 1), 100)
        scores.append(value)
    scores[-1] = last
    if case in _FAILING:
        end = MONTHS - rng.randint(3, 14)
        scores[end:] = [0 if case == "receivership" else None] * (MONTHS - end)
    elif case in ("B", "C") and rng.random() < 0.2:
        # Nothing was known at first.
        unknown = rng.randint(4, 14)
        scores[:unknown] = [None] * unknown
    return scores


def _points(case, scores, size, rng, today):
    points = []
    month = today.year * 12 + today.month - 1 - len(scores)
    for score in scores:
        month += 1
        day = datetime.date(month // 12, month % 12 + 1, 1 + int(rng.random() * 27))
        if score is None:
            limit = None if case == "closed" else 0
        elif score < 21:
            limit = 0 if score == 0 else int(size * score / 400) // 100 * 100
        else:
            limit = max(int(size * score / 55) // 500 * 500, 500)
        points.append(Point(day, score, limit))
    points[-1] = points[-1]._replace(day=min(points[-1].day, today))
    return points


def _years(case, turnover, employees, rng, today):
    """Accounts of three years, newest first."""
    margins = {"A": 0.07, "B": 0.045, "C": 0.015, "improving": 0.05, "not_rated": 0.01}
    margin = margins.get(case, -0.05)
    last_year = today.year - (1 if today.month > 6 else 2)
    equity = turnover * (0.3 if margin > 0.02 else 0.04 if margin > 0 else -0.1)
    years = []
    for back in range(3):
        result = turnover * (margin + rng.gauss(0, 0.012))
        years.append(
            {
                "year": last_year - back,
                "turnover": int(turnover),
                "result": int(result),
                "equity": int(equity),
                "employees": max(employees - back, 0),
                "margin": round(100 * (margin + rng.uniform(0.01, 0.05)), 1),
            }
        )
        turnover *= rng.uniform(0.86, 1.0) if margin > 0.02 else rng.uniform(0.95, 1.18)
        equity -= result
    return years


def _trends(case, rng):
    """Profitability, liquidity, net worth as the service writes them, or nothing."""
    if case in ("not_rated", "closed"):
        return ()
    weights = {"A": (6, 3, 1), "B": (5, 3, 2), "improving": (8, 1, 0)}
    return tuple(
        rng.choices(("Greater", "Equal", "Less"), weights.get(case, (1, 2, 5)))[0]
        for _trend in range(3)
    )


def _trouble(standing, rng, today):
    """Privileges, judgments and proceedings of a case."""
    case = standing.case
    if case in ("privileges", "falling", "receivership"):
        standing.social_privileges = rng.randint(1, 4)
        standing.tax_privileges = rng.randint(0, 2)
    elif case == "liquidation":
        standing.social_privileges = 2
    steps = {
        "safeguard": (("SVG", 120),),
        "plan": (("RJ", 700), ("PCR", 330)),
        "receivership": (("RJ", 110),),
        "liquidation": (("RJ", 400), ("LJ", 95)),
        "closed": (("RJ", 620), ("LJ", 380), ("CI", 60)),
    }.get(case, ())
    if case == "closed" and rng.random() < 0.5:
        # Ended of its own will.
        steps = ()
    for code, days in steps:
        add_judgment(standing, code, today - datetime.timedelta(days))


#: code → (label in English, in French, sentence)
JUDGMENTS = {
    "RJ": (
        "Receivership",
        "Redressement Judiciaire",
        "Jugement d'ouverture d'une procédure de redressement judiciaire",
    ),
    "LJ": (
        "Involuntary Liquidation",
        "Liquidation Judiciaire",
        "Jugement prononçant la liquidation judiciaire",
    ),
    "PCR": (
        "Recovery Plan",
        "Plan de redressement",
        "Jugement arrêtant le plan de redressement",
    ),
    "CI": (
        "Closure for Insufficient Assets",
        "Clôture pour insuffisance d'actif",
        "Jugement de clôture pour insuffisance d'actif",
    ),
    "SVG": (
        "Safeguard procedure",
        "Procédure de sauvegarde",
        "Jugement d'ouverture d'une procédure de sauvegarde",
    ),
}


def add_judgment(standing, code, day):
    """Record a judgment; the latest stands first."""
    standing.judgments.insert(0, (code, day))
    standing.judgments.sort(key=lambda judgment: judgment[1], reverse=True)
