"""A bureau's facts as JSON: plain values, dates as ISO text."""

from dataclasses import asdict
from datetime import date


def dump(facts):
    """JSON value of a ``connectors.credit.CreditFacts``."""
    return _plain(asdict(facts))


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value
