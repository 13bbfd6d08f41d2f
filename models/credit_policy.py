"""From what is known of a customer to what to do: the matrix and its overrides.

Nothing here reads a record: facts and rules in, an assessment with its reasons out.
What is not known is ``None`` and overrides nothing; it never counts as the worst.
At an equal volume, a higher risk never has a better outcome.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

#: From the best to the worst; *develop* and *keep* differ by the customer's size.
ACTIONS = ("develop", "keep", "watch", "secure", "reduce", "cash", "stop")
#: Columns of the matrix.
LEVELS = ("small", "medium", "large")
#: Rows of the matrix. Companies without a class are looked at by hand.
ROWS = ("1", "2", "3", "4", "5", "none")
WORST_CLASS = 5
#: The class that an override starts from where no class is known.
ASSUMED_CLASS = 2

#: A limit is not used more than that, in percent.
MOST_USED = 9999.0

#: Suggested limits are round.
LIMIT_STEP = 100

#: What the law knows about a company; ``insolvency``: proceedings of unknown kind.
PROCEEDINGS = (
    "liquidation",
    "receivership",
    "insolvency",
    "safeguard",
    "plan",
    "closed",
)
_FLOOR_OF_PROCEEDING = {
    "liquidation": "stop",
    # Deliveries go on: claims of the time after the judgment come first.
    "receivership": "cash",
    "safeguard": "cash",
    "insolvency": "cash",
    "plan": "watch",
    "closed": "develop",
}

#: What an exposure above the limit makes of an action, and a good record of it.
_ONE_WORSE = {
    "develop": "watch",
    "keep": "watch",
    "watch": "secure",
    "secure": "reduce",
}
_ONE_BETTER = {"watch": "keep", "secure": "watch", "reduce": "secure"}

#: The matrix as delivered: rows of :data:`ROWS`, columns of :data:`LEVELS`.
DELIVERED_MATRIX = {
    "1": ("develop", "develop", "keep"),
    "2": ("develop", "keep", "keep"),
    "3": ("watch", "watch", "watch"),
    "4": ("reduce", "secure", "secure"),
    "5": ("reduce", "reduce", "secure"),
    "none": ("watch", "watch", "watch"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a customer (legal unit) on a day; amounts in one currency.

    * ``risk_class`` is 1 to 5; ``is_failing`` is a bureau's word, no class.
    * ``proceeding`` is one of :data:`PROCEEDINGS`, the latest that is known.
    * ``bureau_delay`` and ``own_delay`` are days beyond terms on average, ``paydex``
      D&B's index, the higher the better.
    * ``class_fall`` and ``score_fall`` (points in percent of the scale) are what was
      lost within the rules' ``fall_days``.
    * ``worst_overdue`` are days, ``invoices`` the number of paid or due invoices, both
      within the months of the payment behaviour.
    * ``naf`` and ``created_on`` (day of the company's creation) are the register's.
    * ``own_score`` is made of the others: it informs, and decides on nothing.
    * ``privilege_event`` is the monitoring event (its id) that last told of a new one,
      read on ``privilege_told_on``.
    * ``score`` is the lowest that a bureau gives, in percent of its scale.
    * ``known_by`` names the bureaus that have told something, by their codes; those
      that told of judgments as well are there once more, with ``:legal``.
    """

    risk_class: int | None = None
    is_failing: bool = False
    has_disagreement: bool = False
    exposure: float = 0.0
    guaranteed: float = 0.0
    turnover: float = 0.0
    bureau_limit: float | None = None
    own_limit: float | None = None
    is_ceased: bool = False
    proceeding: str | None = None
    proceeding_on: date | None = None
    privilege_count: int | None = None
    privilege_amount: float | None = None
    privilege_event: int | None = None
    privilege_told_on: date | None = None
    company_turnover: float | None = None
    own_delay: float | None = None
    bureau_delay: float | None = None
    paydex: float | None = None
    class_fall: int | None = None
    score_fall: float | None = None
    facts_on: date | None = None
    worst_overdue: float | None = None
    invoices: int | None = None
    score: float | None = None
    overdue: float = 0.0
    not_guaranteed: float = 0.0
    naf: str | None = None
    created_on: date | None = None
    own_score: float | None = None
    known_by: tuple[str, ...] = ()

    def as_json(self):
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, values):
        days = {
            name: values.get(name) and date.fromisoformat(values[name])
            for name in (
                *("proceeding_on", "facts_on", "created_on"),
                "privilege_told_on",
            )
        }
        known_by = tuple(values.get("known_by", ()))
        return cls(**(values | days | {"known_by": known_by}))


@dataclass(frozen=True, slots=True)
class Rules:
    """The thresholds of a policy.

    ``matrix`` has an action for each (row, level) of :data:`ROWS` and :data:`LEVELS`.
    Shares are in percent.
    """

    matrix: Mapping[tuple[str, str], str] = field(
        default_factory=lambda: {
            (row, level): action
            for row, actions in DELIVERED_MATRIX.items()
            for level, action in zip(LEVELS, actions, strict=True)
        }
    )
    volume_basis: str = "business"  # or "limit"
    medium_from: float = 10_000
    large_from: float = 50_000
    privilege_share: float = 10
    late_days: int = 30
    very_late_days: int = 60
    late_paydex: int = 50
    very_late_paydex: int = 40
    fall_classes: int = 2
    fall_points: float = 20
    fall_days: int = 90
    amber_use: float = 80
    red_use: float = 90
    old_after_days: int = 365
    good_history: bool = False
    good_invoices: int = 8
    good_overdue_days: int = 15


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an assessment is what it is: a code with its values, put into words later.

    ``effect`` is ``worse``, ``better`` or ``info``.
    """

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    effect: str = "worse"

    def as_json(self):
        return {"code": self.code, "params": self.params, "effect": self.effect}


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the policy says of a customer.

    ``row`` and ``level`` are the cell after the overrides of the class, ``action`` what
    is left after all overrides; ``use`` is exposure in percent of the lower limit.
    """

    row: str
    level: str
    action: str
    volume: float
    use: float | None
    reasons: tuple[Reason, ...]


def rank(action):
    """Place of an action, 0 the best."""
    return ACTIONS.index(action)


def worse_of(*actions):
    return max(actions, key=rank)


def is_monotonous(matrix):
    """Whether no higher class has a better action than a lower one at equal volume."""
    classes = [row for row in ROWS if row != "none"]
    return all(
        rank(matrix[lower, level]) <= rank(matrix[higher, level])
        for level in LEVELS
        for lower, higher in zip(classes, classes[1:], strict=False)
    )


def volume_of(facts, rules):
    """What the volume is measured by, and whether it is the rules' own measure."""
    if rules.volume_basis == "limit":
        if facts.bureau_limit is not None:
            return facts.bureau_limit, True
        return max(facts.exposure, facts.turnover), False
    return max(facts.exposure, facts.turnover), True


def level_of(volume, rules):
    if volume >= rules.large_from:
        return "large"
    return "medium" if volume >= rules.medium_from else "small"


def use_of(facts):
    """Exposure in percent of the lower of both limits, ``None`` without a limit.

    A limit of zero that is used at all is told as :data:`MOST_USED`.
    """
    limits = [
        limit for limit in (facts.bureau_limit, facts.own_limit) if limit is not None
    ]
    if not limits:
        return None
    lowest = min(limits)
    if lowest <= 0:
        return MOST_USED if facts.exposure > 0 else 0.0
    return min(MOST_USED, 100 * facts.exposure / lowest)


def assess(facts, rules, today):
    """What the policy says of a customer.

    :type facts: Facts
    :type rules: Rules
    :rtype: Assessment
    """
    reasons = []
    floor = _law(facts, reasons)
    volume, is_own_measure = volume_of(facts, rules)
    level = level_of(volume, rules)
    if not is_own_measure:
        reasons.append(Reason("volume_without_limit", effect="info"))
    if facts.risk_class is None and not facts.is_failing:
        reasons.append(Reason("no_class", effect="info"))
    if facts.has_disagreement:
        reasons.append(Reason("bureaus_disagree", effect="info"))

    worse_classes = _privileges(facts, rules, reasons) + _delays(facts, rules, reasons)
    row, action = _cell(facts, rules, level, worse_classes)
    if _has_fallen(facts, rules, reasons):
        action = worse_of(action, "watch")
    use = use_of(facts)
    if _is_over_limit(use, facts, rules, reasons):
        action = _ONE_WORSE.get(action, action)
    if _is_old(facts, rules, today, reasons):
        action = worse_of(action, "keep")
    if _has_good_history(facts, rules, reasons):
        action = _ONE_BETTER.get(action, action)
    return Assessment(
        row=row,
        level=level,
        action=worse_of(action, floor),
        volume=volume,
        use=use,
        reasons=tuple(reasons),
    )


def suggested_limit(facts, assessment, share):
    """The limit to suggest for a customer, and why.

    A share of what the bureau recommends, and what is guaranteed on top; nothing where
    the action leaves no credit. Without a bureau's limit there is no suggestion.

    :param share: the cell's, in percent
    :return: (amount or ``None``, list of :class:`Reason`)
    """
    if rank(assessment.action) >= rank("cash"):
        return 0.0, [Reason("no_credit")]
    if facts.bureau_limit is None:
        return None, [Reason("no_bureau_limit", effect="info")]
    amount = facts.bureau_limit * share / 100
    reasons = [
        Reason("share_of_limit", {"share": share, "limit": facts.bureau_limit}, "info")
    ]
    if facts.guaranteed:
        amount += facts.guaranteed
        reasons.append(Reason("guaranteed", {"amount": facts.guaranteed}, "better"))
    return amount // LIMIT_STEP * LIMIT_STEP, reasons


# === Overrides, in the order in which they count === #


def _law(facts, reasons):
    """The best action that the law leaves."""
    floor = "develop"
    if facts.is_ceased:
        reasons.append(Reason("ceased"))
        floor = "stop"
    if facts.proceeding:
        on = facts.proceeding_on.isoformat() if facts.proceeding_on else None
        effect = "info" if facts.proceeding == "closed" else "worse"
        reasons.append(Reason(f"law_{facts.proceeding}", {"on": on}, effect))
        floor = worse_of(floor, _FLOOR_OF_PROCEEDING[facts.proceeding])
    if facts.is_failing:
        reasons.append(Reason("failing"))
        floor = worse_of(floor, "cash")
    return floor


def _privileges(facts, rules, reasons):
    """How many classes registered privileges cost."""
    if not (facts.privilege_count or facts.privilege_amount):
        return 0
    share = None
    if facts.privilege_amount and facts.company_turnover:
        share = 100 * facts.privilege_amount / facts.company_turnover
    steps = 2 if share is not None and share > rules.privilege_share else 1
    # A share that reads 0.0 % says nothing.
    share = share and round(share, 1)
    reasons.append(
        Reason(
            "privileges_share" if share else "privileges",
            {
                "count": facts.privilege_count,
                "amount": facts.privilege_amount,
                "share": share,
                "steps": steps,
            },
        )
    )
    return steps


def _delays(facts, rules, reasons):
    """How many classes paying late costs: the worse of own and bureau's experience."""
    steps = 0
    for code, days in (
        ("own_delay", facts.own_delay),
        ("bureau_delay", facts.bureau_delay),
    ):
        late = _beyond(days, rules.late_days, rules.very_late_days)
        if late:
            reasons.append(Reason(code, {"days": round(days), "steps": late}))
        steps = max(steps, late)
    if facts.paydex is None:
        return steps
    late = _beyond(-facts.paydex, -rules.late_paydex, -rules.very_late_paydex)
    if late:
        reasons.append(Reason("paydex", {"paydex": round(facts.paydex), "steps": late}))
    return max(steps, late)


def _beyond(value, first, second):
    """How many of two thresholds a value exceeds, none when it is not known."""
    return 0 if value is None else int(value > first) + int(value > second)


def _cell(facts, rules, level, worse_classes):
    """Row of the matrix and its action, after what makes the class worse."""
    if facts.risk_class is not None:
        row = str(min(WORST_CLASS, facts.risk_class + worse_classes))
        return row, rules.matrix[row, level]
    action = rules.matrix["none", level]
    if worse_classes:
        row = str(min(WORST_CLASS, ASSUMED_CLASS + worse_classes))
        action = worse_of(action, rules.matrix[row, level])
    return "none", action


def _has_fallen(facts, rules, reasons):
    has_fallen = False
    if facts.class_fall is not None and facts.class_fall >= rules.fall_classes:
        reasons.append(
            Reason("class_fall", {"classes": facts.class_fall, "days": rules.fall_days})
        )
        has_fallen = True
    if facts.score_fall is not None and facts.score_fall >= rules.fall_points:
        reasons.append(
            Reason(
                "score_fall",
                {"points": round(facts.score_fall), "days": rules.fall_days},
            )
        )
        has_fallen = True
    return has_fallen


def _is_over_limit(use, facts, rules, reasons):
    if use is None or use < rules.amber_use:
        return False
    is_over = use > 100
    code = "over_limit" if is_over else "red" if use >= rules.red_use else "amber"
    reasons.append(
        Reason(
            f"use_{code}",
            {
                "use": round(use),
                "exposure": facts.exposure,
                "limit": min(
                    limit
                    for limit in (facts.bureau_limit, facts.own_limit)
                    if limit is not None
                ),
            },
            "worse" if is_over else "info",
        )
    )
    return is_over


def _is_old(facts, rules, today, reasons):
    if not facts.facts_on or not rules.old_after_days:
        return False
    if facts.facts_on >= today - timedelta(days=rules.old_after_days):
        return False
    reasons.append(Reason("old_data", {"on": facts.facts_on.isoformat()}))
    return True


def _has_good_history(facts, rules, reasons):
    """Whether the customer's own record may make up for a bureau's doubts.

    Not for one whom something else has just made worse: that is news of today.
    """
    if (
        not rules.good_history
        or facts.invoices is None
        or facts.invoices < rules.good_invoices
        or (facts.worst_overdue or 0) > rules.good_overdue_days
        or any(reason.effect == "worse" for reason in reasons)
    ):
        return False
    reasons.append(Reason("good_history", {"invoices": facts.invoices}, "better"))
    return True


# === Proceedings as a report tells them === #

_DECISIVE_KINDS = {
    "liquidation": "liquidation",
    "receivership": "receivership",
    "insolvency": "insolvency",
    "safeguard": "safeguard",
    "plan": "plan",
    "closure": "closed",
}


def latest_proceeding(facts):
    """What collective proceedings a company is in, from a report's facts in Json.

    The latest step decides; of several on one day, the one that leaves least.

    :param facts: ``connectors.credit.CreditFacts`` as plain values, or ``None``
    :return: (one of :data:`PROCEEDINGS` or ``None``, ISO date or ``None``)
    """
    facts = facts or {}
    steps = [
        (
            step.get("decided_on") or step.get("published_on") or "",
            "closed"
            if step.get("state") == "closed"
            else _DECISIVE_KINDS[step["kind"]],
        )
        for step in (*(facts.get("judgments") or ()), *(facts.get("proceedings") or ()))
        if step.get("kind") in _DECISIVE_KINDS or step.get("state") == "closed"
    ]
    if not steps:
        return None, None
    last_day = max(day for day, _state in steps)
    state = min(
        (state for day, state in steps if day == last_day), key=PROCEEDINGS.index
    )
    if facts.get("has_open_proceedings") is False and state != "plan":
        state = "closed"
    return state, last_day or None
