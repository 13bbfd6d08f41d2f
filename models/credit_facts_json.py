"""A bureau's facts as JSON: plain values, dates as ISO text."""

from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache

_PLAIN = (str, int, float, bool, type(None))


def dump(facts):
    """JSON value of a ``connectors.credit.CreditFacts``."""
    return _plain(facts)


def dump_told(facts):
    """The same without what is not known: short, for thousands of rows."""
    return {
        name: plain
        for name in _names(type(facts))
        if (plain := _told(getattr(facts, name))) is not None
    }


@cache
def _names(kind):
    """Names of a dataclass's fields; none for any other type."""
    if not is_dataclass(kind):
        return ()
    return tuple(field.name for field in fields(kind))


def _told(value):
    if value is None or value == ():
        return None
    kind = type(value)
    if kind not in _PLAIN and _names(kind):
        return dump_told(value) or None
    return _plain(value)


def _plain(value):
    if type(value) in _PLAIN:
        return value
    if names := _names(type(value)):
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value
