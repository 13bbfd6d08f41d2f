"""A company's own score of a customer: weighted criteria, 0 (worst) to 100 (best).

Facts and criteria in, a score with its parts out; no record is read. A criterion whose
fact is not known is left out, and the others count for more; where too little is known
there is no score. The score informs: it holds nothing and grants nothing by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from . import credit_policy

#: What a criterion may look at. All are numbers but the sector, a NAF code.
FACTS = (
    *("score", "risk_class", "own_delay", "worst_overdue", "bureau_delay", "paydex"),
    *("privilege_count", "use", "exposure", "turnover", "guaranteed_share"),
    *("age", "sector"),
)
SECTOR = "sector"
_DAYS_OF_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Step:
    """Points from a value on, or of the sectors whose NAF code begins so."""

    points: float
    value_from: float = 0.0
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """A fact, its weight, and the points that its values bring (0 to 100)."""

    fact: str
    weight: float
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Part:
    """What one criterion brought; ``points`` is ``None`` where nothing is known."""

    fact: str
    value: float | str | None
    points: float | None
    weight: float

    def as_json(self):
        return {
            "fact": self.fact,
            "value": self.value,
            "points": self.points,
            "weight": self.weight,
        }


def own_score(facts, criteria, known_share, today):
    """The score and its parts.

    :type facts: credit_policy.Facts
    :param criteria: iterable of :class:`Criterion`
    :param known_share: percent of the weights that has to be known
    :return: (score or ``None``, tuple of :class:`Part`)
    """
    parts = tuple(_part(facts, criterion, today) for criterion in criteria)
    total = sum(part.weight for part in parts)
    known = [part for part in parts if part.points is not None]
    weight = sum(part.weight for part in known)
    if not weight or 100 * weight < known_share * total:
        return None, parts
    return round(sum(part.points * part.weight for part in known) / weight, 1), parts


def _part(facts, criterion, today):
    value = value_of(facts, criterion.fact, today)
    points = None if value is None else _points(criterion, value)
    return Part(criterion.fact, value, points, criterion.weight)


def _points(criterion, value):
    """Points of the last step that the value reaches, ``None`` below the first."""
    if criterion.fact == SECTOR:
        code = value.replace(".", "")
        fitting = [
            step
            for step in criterion.steps
            if code.startswith(step.prefix.replace(".", ""))
        ]
        best = max(fitting, key=lambda step: len(step.prefix), default=None)
    else:
        fitting = [step for step in criterion.steps if step.value_from <= value]
        best = max(fitting, key=lambda step: step.value_from, default=None)
    return best and best.points


def value_of(facts, fact, today):
    """A fact as a criterion looks at it, ``None`` when it is not known."""
    if fact == SECTOR:
        return facts.naf or None
    if fact == "age":
        if not facts.created_on:
            return None
        return round((today - facts.created_on).days / _DAYS_OF_YEAR, 1)
    if fact == "use":
        use = credit_policy.use_of(facts)
        return None if use is None else round(use, 1)
    if fact == "guaranteed_share":
        if not facts.exposure:
            return None
        return round(min(100.0, 100 * facts.guaranteed / facts.exposure), 1)
    return getattr(facts, fact)
