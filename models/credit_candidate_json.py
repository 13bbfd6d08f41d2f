"""A company that a bureau's search found, as JSON: kept until a person decides."""

from odoo.addons.partner_company_data.connectors.credit import CreditCandidate
from odoo.addons.partner_company_data.connectors.datatypes import Address

from . import credit_facts_json

_LISTS = ("vat_numbers", "trade_names", "previous_names", "phones", "websites")
_DATES = ("latest_accounts_on", "last_changed_on")


def dump(candidate):
    """JSON value of a ``connectors.credit.CreditCandidate``, without its dates."""
    value = credit_facts_json.dump(candidate)
    return {name: item for name, item in value.items() if name not in _DATES}


def load(value):
    """The ``connectors.credit.CreditCandidate`` of a JSON value."""
    lists = {name: tuple(value[name]) for name in _LISTS}
    return CreditCandidate(**{**value, **lists, "address": Address(**value["address"])})
