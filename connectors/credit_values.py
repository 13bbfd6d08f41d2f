"""What credit bureaus answer, read into the common values: amounts, scales, rulings.

As in :mod:`.parsing`, a reader never raises: what makes no sense is ``None``.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any, TypeVar

from . import identifiers, parsing
from .text import fold

Item = TypeVar("Item")

#: No list of a report is longer in earnest.
MAX_ITEMS = 2000

_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")


def at(value: Any, *path: str) -> Any:
    """The value at a path of keys, ``None`` as soon as one is missing."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def rows(value: Any) -> Iterator[dict]:
    """The objects of a list; nothing when it is none."""
    items = value if isinstance(value, list) else ()
    return islice((item for item in items if isinstance(item, dict)), MAX_ITEMS)


def read_all(value: Any, read: Callable[[dict], Item | None]) -> tuple[Item, ...]:
    """What a reader makes of a list's objects, without its ``None``."""
    found = (read(item) for item in rows(value))
    return tuple(item for item in found if item is not None)


def first(values: Iterable[Any]) -> Any:
    """The first known one."""
    return next((value for value in values if value is not None), None)


def amount(value: Any) -> float | None:
    """A number, of either sign; text such as ``Not Rated`` is none."""
    return parsing.number(value)


def limit(value: Any) -> float | None:
    """An amount of at least 0 (``Credit Limit not applicable`` is none)."""
    found = amount(value)
    return found if found is not None and found >= 0 else None


def count(value: Any) -> int | None:
    """A whole number from 0 to two thousand millions, also as text."""
    found = identifier(value)
    return found if found is not None and found < 2**31 else None


def identifier(value: Any) -> int | None:
    """A whole number of at least 0, also as text, that a float holds exactly."""
    if type(value) is int:
        # Nearly all of them; there are thousands on a page of events.
        return value if 0 <= value < 10**15 else None
    found = amount(value)
    if found is None or found < 0 or not found.is_integer():
        return None
    return int(found)


def score(value: Any, low: float = 0.0, high: float = 100.0) -> float | None:
    """A number within the scale (``-1``, ``NC`` and ``Not Rated`` are none)."""
    found = amount(value)
    return found if found is not None and low <= found <= high else None


def currency(value: Any) -> str | None:
    """ISO 4217 code."""
    return parsing.code(value, _CURRENCY)


def country(value: Any) -> str | None:
    """ISO 3166 alpha-2 code."""
    return parsing.code(value, _COUNTRY)


def day(value: Any) -> date | None:
    """The day of any of the service's dates; years before 1600 are fillers."""
    return parsing.day(value)


def snake(value: Any) -> str | None:
    """``HeadOffice`` and ``headOffice`` as ``head_office``."""
    line = parsing.text(value, 40)
    if line is None or not line.isascii() or not line.isalpha():
        return None
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", line).lower()


def siren_and_siret(country_code: str | None, *values: Any) -> tuple[str | None, ...]:
    """SIREN and SIRET among the values, of French companies."""
    if country_code not in (None, "FR"):
        return None, None
    siret = first(map(parsing.siret, values))
    siren = first(map(parsing.siren, values))
    return siren or (identifiers.siren_of(siret) if siret else None), siret


_KINDS_BY_CODE = {
    "RJ": "receivership",
    "LJ": "liquidation",
    "PCR": "plan",
    "CI": "closure",
    "CRE": "debt_ruling",
    "SVG": "safeguard",
}
#: In this order: a "plan of receivership" is a plan, the end of a liquidation an end.
_KINDS_BY_WORD = (
    ("closure", ("CLOSURE", "CLOTURE", "INSUFFICIENT ASSETS", "INSUFFISANCE")),
    ("plan", ("PLAN",)),
    ("safeguard", ("SAFEGUARD", "SAUVEGARDE")),
    ("liquidation", ("LIQUIDATION", "WINDING UP")),
    ("receivership", ("RECEIVERSHIP", "REDRESSEMENT")),
    ("conciliation", ("CONCILIATION", "AD HOC")),
    ("insolvency", ("INSOLVEN", "BANKRUPT", "FAILLISSEMENT")),
    ("debt_ruling", ("LINKED TO DEBTS",)),
)


def proceeding_kind(code: Any, label: Any) -> str:
    """Kind of a ruling by its code, or else by the words of its label."""
    known = _KINDS_BY_CODE.get(fold(parsing.text(code, 10)))
    if known:
        return known
    words = fold(parsing.text(label))
    for kind, marks in _KINDS_BY_WORD:
        if any(mark in words for mark in marks):
            return kind
    return "other"
