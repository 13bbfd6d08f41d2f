"""Creditsafe's own words and value formats, read into the common ones.

What other bureaus write as well is read by :mod:`.credit_values`.
"""

import re
from typing import Any

from . import credit_values as common
from . import identifiers, parsing
from .credit_values import first
from .datatypes import Address
from .text import fold

#: Letters of companies that are rated; E is failing or not rated.
RATED = ("A", "B", "C", "D")
LETTERS = (*RATED, "E")
_STATUSES = {
    "ACTIVE": "active",
    "NONACTIVE": "ceased",
    "PENDING": "pending",
    "OTHER": "other",
}
_DIRECTIONS = {
    "GREATER": "up",
    "EQUAL": "flat",
    "STABLE": "flat",
    "SAME": "flat",
    "LESS": "down",
}
_PAYMENT_DIRECTIONS = {
    **_DIRECTIONS,
    "BETTER": "up",
    "IMPROVING": "up",
    "WORSE": "down",
    "WORSENING": "down",
}
_HEAD_COUNT = re.compile(r"([0-9]{1,7})(?: (?:employees?|salari[ée]s?))?", re.I)


def letter(value: Any) -> str | None:
    """``A`` to ``E``."""
    found = parsing.text(value, 3)
    return found if found in LETTERS else None


def scale(value: dict) -> tuple[float, float]:
    """A score's lowest and highest value: 0–100 unless told otherwise."""
    low, high = (
        common.amount(value.get("minValue")),
        common.amount(value.get("maxValue")),
    )
    if low is None or high is None or not 0 <= low < high:
        return 0.0, 100.0
    return low, high


def is_rated(rating: str | None, found_score: float | None) -> bool | None:
    """Whether a company is rated: letters A–D and scores above 0 are, E alone isn't.

    A score of 0 is that of a failing company: no more a rating than ``Not Rated``.
    """
    if found_score is not None:
        return found_score > 0
    if rating is None:
        return None
    return rating != "E"


def status(value: Any) -> str | None:
    """``active``, ``ceased``, ``pending`` or ``other``."""
    return _STATUSES.get(fold(parsing.text(value, 20)))


def direction(value: Any) -> str | None:
    """A trend: ``up``, ``flat``, ``down``."""
    return _DIRECTIONS.get(fold(parsing.text(value, 40)))


def payment_direction(value: Any) -> str | None:
    """The trend of payments; ``TrendNotAvailable`` is none."""
    return _PAYMENT_DIRECTIONS.get(fold(parsing.text(value, 40)))


def head_count(value: Any) -> int | None:
    """Employees of ``12``, ``"12"`` or ``"12 employees"``."""
    line = parsing.text(value, 40)
    found = _HEAD_COUNT.fullmatch(line) if line else None
    return int(found[1]) if found else None


def siren_of_id(bureau_id: str | None) -> str | None:
    """SIREN inside the identifier of a French company, ``FR-X-<SIRET>``."""
    country, _, rest = (bureau_id or "").partition("-")
    if country != "FR":
        return None
    return identifiers.siren_of(rest.rpartition("-")[2])


def address(value: Any, country_code: str | None = None) -> Address:
    """An address of a report (``postalCode``) or of the search (``postCode``)."""
    source = parsing.as_dict(value)
    street = parsing.text(source.get("street"))
    number = first(
        parsing.text(source.get(key), 20) for key in ("houseNo", "houseNumber")
    )
    if street and number and street.split(" ")[0] != number:
        street = f"{number} {street}"
    return Address(
        street=street,
        zip=first(
            parsing.text(source.get(key), 20)
            for key in ("postCode", "postalCode", "postcode")
        ),
        city=parsing.city(source.get("city")),
        country_code=common.country(source.get("country")) or country_code,
    )
