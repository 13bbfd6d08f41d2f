"""An establishment as JSON and back, to keep it between two steps of a dialog."""

from dataclasses import asdict
from datetime import date

from odoo.addons.partner_company_data.connectors.datatypes import (
    Address,
    Establishment,
)

_DATES = ("unit_creation_date", "establishment_creation_date", "last_processed")
_TUPLES = ("trade_names", "vat_numbers")


def dump(establishment):
    """JSON value of a ``connectors.datatypes.Establishment``."""
    facts = asdict(establishment)
    for name in _DATES:
        facts[name] = facts[name] and facts[name].isoformat()
    for name in _TUPLES:
        facts[name] = list(facts[name])
    return facts


def load(facts):
    """The establishment that :func:`dump` was given."""
    values = dict(facts, address=Address(**facts["address"]))
    for name in _DATES:
        values[name] = values[name] and date.fromisoformat(values[name])
    for name in _TUPLES:
        values[name] = tuple(values[name])
    return Establishment(**values)
