"""A bureau's facts as JSON: plain values, dates as ISO text."""

from dataclasses import asdict, fields, is_dataclass
from datetime import date
from functools import cache


def dump(facts):
    """JSON value of a ``connectors.credit.CreditFacts``."""
    return _plain(asdict(facts))


def dump_told(facts):
    """The same without what is not known: fast, for thousands of short rows."""
    return {
        name: plain
        for name in _names(type(facts))
        if (plain := _told(getattr(facts, name))) is not None
    }


@cache
def _names(kind):
    return tuple(field.name for field in fields(kind))


def _told(value):
    if value is None or value == ():
        return None
    if is_dataclass(value):
        return dump_told(value) or None
    if isinstance(value, tuple):
        return [_plain(asdict(item)) if is_dataclass(item) else item for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value
