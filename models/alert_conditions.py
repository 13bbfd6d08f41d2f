"""Whether a customer's facts fulfil the conditions of an alert; reads no record.

Facts are the dict of ``credit_policy.Facts.as_json`` and what :func:`with_derived`
adds. A fact that is not known fulfils no condition.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .credit_policy import Facts

#: Facts that are amounts, numbers, and yes or no.
AMOUNTS = (
    *("exposure", "overdue", "not_guaranteed", "turnover", "bureau_limit"),
    *("own_limit", "privilege_amount"),
)
NUMBERS = (
    *("risk_class", "score", "use", "own_delay", "worst_overdue", "bureau_delay"),
    *("paydex", "privilege_count", "class_fall", "score_fall", "age_days"),
    "own_score",
)
FLAGS = ("is_in_proceedings", "is_failing", "is_ceased", "has_disagreement")
#: Numbers that bureaus tell, or that are made of them.
TOLD_NUMBERS = (
    *("risk_class", "score", "bureau_limit", "privilege_count", "bureau_delay"),
    *("paydex", "class_fall", "score_fall", "own_score"),
)
#: All that somebody else has to tell before it is known.
TOLD = (
    *TOLD_NUMBERS,
    *("is_failing", "is_ceased", "has_disagreement", "proceeding"),
    *("privilege_amount", "facts_on"),
)
#: Facts that change with the calendar alone.
BY_CALENDAR = ("age_days",)

LEVEL_OPERATORS = ("above", "under")
CHANGE_OPERATORS = ("rises", "falls")

#: How long an event of monitoring is news.
NEWS = timedelta(days=30)

_OPEN_PROCEEDINGS = ("liquidation", "receivership", "insolvency", "safeguard", "plan")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule.

    * ``operator``: ``is`` for flags; ``above`` and ``under`` a ``value``, or another
      fact (``other``); ``rises`` and ``falls`` by ``value`` at least
    * ``days``: within how many days it rose or fell; 0 since it was looked at last
    """

    fact: str
    operator: str
    value: float = 0.0
    other: str | None = None
    days: int = 0

    @property
    def is_change(self):
        return self.operator in CHANGE_OPERATORS


def with_derived(facts: dict[str, Any], today: date) -> dict[str, Any]:
    """Facts with those that follow from others: use, age, open proceedings."""
    limits = [
        facts.get(name)
        for name in ("bureau_limit", "own_limit")
        if facts.get(name) is not None
    ]
    lowest = min(limits, default=None)
    facts_on = facts.get("facts_on")
    return facts | {
        "use": 100 * facts.get("exposure", 0) / lowest if lowest else None,
        "age_days": (today - date.fromisoformat(facts_on)).days if facts_on else None,
        "is_in_proceedings": facts.get("proceeding") in _OPEN_PROCEEDINGS,
    }


#: Of somebody who was never looked at: nothing is known.
NOTHING = Facts().as_json()


def without_first_facts(
    before: dict[str, Any], facts: dict[str, Any]
) -> dict[str, Any]:
    """Earlier facts with those that were not known then as they are now.

    A value that is told for the first time is neither better nor worse than before.
    Where a bureau is new, nothing that bureaus say together is compared: of several
    the more careful one counts.

    :param before: as kept, without what is derived
    :param facts: now, as kept
    """
    if list(before["known_by"]) != list(facts["known_by"]):
        return before | {name: facts[name] for name in TOLD}
    first = (name for name in TOLD_NUMBERS if before[name] is None)
    return before | {name: facts[name] for name in first}


def holds(
    condition: Condition,
    facts: dict[str, Any],
    history: Sequence[tuple[date, dict[str, Any]]] = (),
    today: date | None = None,
) -> bool:
    """Whether a condition is fulfilled.

    :param facts: now, with what is derived
    :param history: earlier facts with their day, the latest last
    :param today: needed for a change within days
    """
    value = facts.get(condition.fact)
    if condition.fact in FLAGS:
        return bool(value)
    if condition.is_change and _is_told_anew(condition, facts, history, today):
        return True
    if value is None:
        return False
    if condition.is_change:
        return _has_changed(condition, facts, history, today)
    limit = facts.get(condition.other) if condition.other else condition.value
    if limit is None:
        return False
    return value > limit if condition.operator == "above" else value < limit


def _is_told_anew(condition, facts, history, today):
    """Whether monitoring has told of a new privilege since.

    It is one more at least, though nobody may have told how many there were before.
    One of long ago is no news, of a company that this customer was found to be.
    """
    event, told_on = facts.get("privilege_event"), facts.get("privilege_told_on")
    if (condition.fact, condition.operator) != ("privilege_count", "rises"):
        return False
    if event is None or not history or condition.value > 1:
        return False
    if today - date.fromisoformat(told_on) > NEWS:
        return False
    earlier = [(day, known.get("privilege_event") or 0) for day, known in history]
    return event > min(_compared(condition, earlier, today))


def _has_changed(condition, facts, history, today):
    """Compared is the best of the period, the value that it began with included.

    What other bureaus said is not compared: a bureau that comes or goes is no change.
    """
    value = facts[condition.fact]
    known_by = list(facts["known_by"])
    earlier = [
        (day, known.get(condition.fact))
        for day, known in history
        if known.get(condition.fact) is not None
        and (condition.fact not in TOLD or list(known.get("known_by", ())) == known_by)
    ]
    if not earlier:
        return False
    values = _compared(condition, earlier, today)
    if condition.operator == "rises":
        return value - min(values) >= condition.value
    return max(values) - value >= condition.value


def _compared(condition, earlier, today):
    """What a value is compared with: pairs of day and value in, values out."""
    if not condition.days:
        return [earlier[-1][1]]
    within = [old for day, old in earlier if (today - day).days < condition.days]
    before = [old for day, old in earlier if (today - day).days >= condition.days]
    return before[-1:] + within
