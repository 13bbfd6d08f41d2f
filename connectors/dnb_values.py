"""D&B's own words and value formats, read into the common ones.

What is empty arrives as ``null``, ``[]`` or ``{}``, whatever it would be otherwise. As
in :mod:`.parsing`, a reader never raises.
"""

import re
from typing import Any

from . import credit_values as common
from . import parsing
from .credit_values import at, first
from .datatypes import Address
from .text import fold

_DIALLING_CODE = re.compile(r"\+?([1-9][0-9]{0,3})")
_DUNS = re.compile(r"[0-9]{9}")
#: ``operatingStatus.dnbCode``.
_STATUS_BY_CODE = {9074: "active", 128: "ceased"}
_STATUS_BY_WORD = {"ACTIVE": "active", "OUT OF BUSINESS": "ceased"}


def duns(value: Any) -> str | None:
    """A D-U-N-S number: nine digits, also written with dashes or as a number."""
    if type(value) is int and 0 < value < 10**9:
        value = f"{value:09d}"
    line = parsing.text(value, 20)
    return parsing.code(line.replace("-", ""), _DUNS) if line else None


def money(value: Any) -> tuple[float | None, str | None]:
    """Amount and currency of ``{"value", "currency"}``."""
    found = common.amount(at(value, "value"))
    if found is None:
        return None, None
    return found, common.currency(at(value, "currency"))


def label(value: Any) -> str | None:
    """The description of a coded value, or the text that stands for it."""
    told = value.get("description") if isinstance(value, dict) else value
    return parsing.text(told)


def status(control: Any) -> str | None:
    """``active`` or ``ceased`` of ``dunsControlStatus``, by its code or its words."""
    told = at(control, "operatingStatus")
    code = common.identifier(at(told, "dnbCode"))
    words = fold(label(told))
    found = _STATUS_BY_CODE.get(code) or _STATUS_BY_WORD.get(words)
    if found is None and words:
        return "other"
    return found


def one(value: Any) -> dict:
    """The object, or the first one of a list of them."""
    if isinstance(value, list):
        value = first(item if isinstance(item, dict) else None for item in value)
    return parsing.as_dict(value)


def within(value: Any, least: int, most: int) -> int | None:
    """A whole number of a scale, also as text."""
    found = common.count(value)
    return found if found is not None and least <= found <= most else None


def address(value: Any) -> Address:
    """An address: its street may be a whole line or number and name."""
    place = parsing.as_dict(value)
    street = parsing.text(at(place, "streetAddress", "line1"))
    if street is None:
        parts = map(parsing.text, (place.get("streetNumber"), place.get("streetName")))
        street = " ".join(part for part in parts if part) or None
    return Address(
        street=street,
        street2=parsing.text(at(place, "streetAddress", "line2")),
        zip=parsing.text(place.get("postalCode"), 20),
        city=parsing.city(at(place, "addressLocality", "name")),
        country_code=common.country(at(place, "addressCountry", "isoAlpha2Code")),
    )


def registration_numbers(organization: dict) -> tuple[str, ...]:
    """Numbers of the national registers, the preferred one first."""
    rows = list(common.rows(organization.get("registrationNumbers")))
    rows.sort(
        key=lambda row: (
            parsing.flag(row.get("isPreferredRegistrationNumber")) is not True
        )
    )
    found = (parsing.text(row.get("registrationNumber"), 60) for row in rows)
    return tuple(dict.fromkeys(number for number in found if number))


def telephones(organization: dict) -> tuple[str, ...]:
    """Telephone numbers, in international form where the dialling code is told."""
    found = []
    for row in common.rows(organization.get("telephone")):
        number = parsing.text(row.get("telephoneNumber"), 40)
        prefix = parsing.text(row.get("internationalDialingCode"), 6)
        code = _DIALLING_CODE.fullmatch(prefix or "")
        national = (number or "").removeprefix("0").strip()
        if code and national and not number.startswith(("+", "00")):
            number = f"+{code[1]} {national}"
        if number:
            found.append(number)
    return tuple(dict.fromkeys(found))


def websites(organization: dict) -> tuple[str, ...]:
    """Addresses of web sites."""
    return parsing.texts(
        *(
            first(parsing.text(row.get(key)) for key in ("url", "domainName"))
            for row in common.rows(organization.get("websiteAddress"))
        )
    )


def trade_names(organization: dict) -> tuple[str, ...]:
    """Trade names, told as texts or as objects."""
    names = organization.get("tradeStyleNames")
    names = names if isinstance(names, list) else []
    return parsing.texts(
        *(at(name, "name") if isinstance(name, dict) else name for name in names)
    )
