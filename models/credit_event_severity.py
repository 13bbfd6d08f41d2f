"""How bad an event is, and which ones a person is told of at once.

Events are ``connectors.credit_monitoring.MonitoringEvent`` or records of
``partner.credit.event`` turned into :class:`EventParts`: nothing here reads a database.
"""

from typing import NamedTuple

#: A limit that falls by this share, or more, is told at once.
LIMIT_DROP = 0.3
#: The worst ratings.
BAD_RATINGS = ("D", "E")
#: Rulings that end proceedings; all others open them or carry them on.
_ENDS = ("closure",)


class EventParts(NamedTuple):
    """What is certain of an event; ``None`` (or ``False``) is not known.

    ``old`` and ``new`` are numbers: an amount, a score from 0 to 100 (the higher, the
    safer), a count of privileges, days beyond terms.
    """

    kind: str | None = None
    old: float | None = None
    new: float | None = None
    old_rating: str | None = None
    new_rating: str | None = None
    status: str | None = None
    ruling: str | None = None


def severity_of(parts):
    """``critical``, ``warning``, ``info`` or ``good``; what is not known is neither."""
    judge = _JUDGES.get(parts.kind)
    return judge(parts) if judge else "info"


def is_urgent(parts):
    """Whether somebody is to be told, beside the list of events."""
    if parts.kind == "proceedings":
        return True
    if parts.kind == "privileges":
        return _has_new_privilege(parts)
    if parts.kind == "status":
        return parts.status == "ceased"
    if parts.kind == "rating":
        return _falls_to_bad_rating(parts)
    return parts.kind == "limit" and limit_drop(parts.old, parts.new) >= LIMIT_DROP


def limit_drop(old, new):
    """By what share a limit falls, 0 when it does not or when it is not known."""
    if old is None or new is None or old <= 0 or new >= old:
        return 0
    return (old - new) / old


def _falls_to_bad_rating(parts):
    new, old = parts.new_rating, parts.old_rating
    if new not in BAD_RATINGS:
        return False
    # From D to E it falls again; from an unknown letter it may have.
    return not old or new > old


def _has_new_privilege(parts):
    return parts.new is None or parts.new > (parts.old or 0)


def _of_rating(parts):
    old, new = parts.old_rating, parts.new_rating
    if old and new and old != new:
        if new < old:
            return "good"
        return "critical" if new in BAD_RATINGS else "warning"
    if new in BAD_RATINGS and not old:
        return "critical"
    return _of_number(parts, worse_when="lower")


def _of_limit(parts):
    if parts.new == 0 and parts.old != 0:
        return "critical"
    if parts.old is None or parts.new is None or parts.old == parts.new:
        return "info"
    if parts.new > parts.old:
        return "good"
    return "warning" if limit_drop(parts.old, parts.new) >= LIMIT_DROP else "info"


def _of_proceedings(parts):
    return "info" if parts.ruling in _ENDS else "critical"


def _of_privileges(parts):
    if _has_new_privilege(parts):
        return "critical"
    return "good" if parts.old is not None and parts.new < parts.old else "info"


def _of_status(parts):
    return {"ceased": "critical", "pending": "warning"}.get(parts.status, "info")


def _of_number(parts, worse_when):
    if parts.old is None or parts.new is None or parts.old == parts.new:
        return "info"
    is_lower = parts.new < parts.old
    return "warning" if is_lower == (worse_when == "lower") else "good"


def _of_payment(parts):
    return _of_number(parts, worse_when="higher")


_JUDGES = {
    "rating": _of_rating,
    "limit": _of_limit,
    "proceedings": _of_proceedings,
    "privileges": _of_privileges,
    "status": _of_status,
    "payment": _of_payment,
}
