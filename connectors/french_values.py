"""Values as people write them in French tables: numbers, dates, words for nothing.

Read by importers of files; as in :mod:`.parsing`, a reader never raises.
"""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from . import parsing
from .text import fold

#: What stands for "not known" (folded); a value beside them is a value.
_UNKNOWN = frozenset(
    (
        "",
        "NC",
        "ND",
        "NR",
        "NA",
        "N A",
        "N C",
        "N D",
        "NS",
        "INCONNU",
        "INCONNUE",
        "NON COMMUNIQUE",
        "NON COMMUNIQUEE",
        "NON CONNU",
        "NON DEFINI",
        "NON DISPONIBLE",
        "NON NOTE",
        "NON NOTEE",
        "NON RENSEIGNE",
        "NON SCORE",
        "SANS OBJET",
        "NULL",
        "NONE",
    )
)
#: What says that there is none (folded).
_NOTHING = frozenset(
    ("NEANT", "AUCUN", "AUCUNE", "NON", "N", "NIL", "RAS", "0", "FALSE", "FAUX")
)
_NUMBER = re.compile(
    r"(?P<sign>[-−(])?(?P<digits>[0-9][0-9.,]*)"
    r"(?P<exponent>[eE][+-]?[0-9]{1,3})?\)?(?P<unit>.*)"
)
_UNITS = {
    "": 1,
    "€": 1,
    "eur": 1,
    "euro": 1,
    "euros": 1,
    "k": 1_000,
    "k€": 1_000,
    "keur": 1_000,
    "m€": 1_000_000,
    "meur": 1_000_000,
    "md€": 1_000_000_000,
    "%": 1,
    "j": 1,
    "jour": 1,
    "jours": 1,
    "/20": 1,
    "/100": 1,
}
_THOUSANDS_POINT = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+")
_THOUSANDS_COMMA = re.compile(r"[0-9]{1,3}(,[0-9]{3}){2,}")
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009']+")
_SHORT_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{2})")
_MONTH = re.compile(r"([0-9]{1,2})[/.-]([0-9]{4})")
#: Day 0 of a spreadsheet's calendar, and the span that is a day in earnest.
_SPREADSHEET_START = date(1899, 12, 30)
_SPREADSHEET_DAYS = (20_000, 80_000)


def is_unknown(value: Any) -> bool:
    """Whether a cell is empty, or holds a word for "not known"."""
    if value is None:
        return True
    # Nearly all cells are numbers.
    return (
        isinstance(value, str)
        and (value[:1] < "0" or value[:1] > "9")
        and (fold(value) in _UNKNOWN)
    )


def is_nothing(value: Any) -> bool:
    """Whether a cell says that there is none (``Néant``, ``Non``, 0)."""
    if isinstance(value, int | float):
        return value == 0
    return isinstance(value, str) and fold(value) in _NOTHING


def number(value: Any) -> float | None:
    """``12 345,67 €``, ``1.234.567``, ``25 k€``, ``12/20``, ``(1 200)``, ``1,5E6``.

    One comma is a decimal comma; points between groups of three digits are none.
    """
    if not isinstance(value, str):
        return parsing.number(value)
    if len(value) < 15 and value.isascii() and value.isdigit():
        return float(value)
    return _number(value) if len(value) <= 60 else None


@lru_cache(maxsize=1 << 14)
def _number(text: str) -> float | None:
    found = _NUMBER.fullmatch(_SPACES.sub("", text))
    if found is None:
        return None
    unit = _UNITS.get(found["unit"].lower())
    if unit is None:
        return None
    digits = found["digits"]
    if "," in digits and "." in digits:
        # The last one of them is the decimal sign.
        thousands, decimal = (
            (".", ",") if digits.rfind(",") > digits.rfind(".") else (",", ".")
        )
        digits = digits.replace(thousands, "").replace(decimal, ".")
    elif _THOUSANDS_POINT.fullmatch(digits) and not found["exponent"]:
        digits = digits.replace(".", "")
    elif _THOUSANDS_COMMA.fullmatch(digits):
        digits = digits.replace(",", "")
    else:
        digits = digits.replace(",", ".")
    amount = parsing.number(digits + (found["exponent"] or ""))
    if amount is None:
        return None
    amount = round(amount * unit, 6)
    return parsing.number(-amount if found["sign"] else amount)


def day(value: Any) -> date | None:
    """``31/12/2024``, ``31-12-24``, ISO, a spreadsheet's date or its day number."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value if 1600 <= value.year <= 2100 else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        least, most = _SPREADSHEET_DAYS
        if least <= value <= most:
            return _SPREADSHEET_START + timedelta(days=int(value))
        return None
    line = parsing.text(value, 40)
    if line is None:
        return None
    found = _SHORT_DAY.fullmatch(line)
    if found:
        century = "20" if int(found[3]) < 70 else "19"
        line = f"{found[1]}/{found[2]}/{century}{found[3]}"
    return parsing.day(line.partition(" ")[0] if "/" in line[:10] else line)


def end_of_period(value: Any) -> date | None:
    """A day, or the last one of a month (``12/2024``) or year (2024)."""
    found = day(value)
    if found is not None:
        return found
    year = parsing.year(value)
    if year is not None:
        return date(year, 12, 31)
    line = parsing.text(value, 10)
    month = _MONTH.fullmatch(line) if line else None
    if month is None or not 1 <= int(month[1]) <= 12:
        return None
    if not 1900 <= int(month[2]) <= 2100:
        return None
    following = date(int(month[2]) + int(month[1]) // 12, int(month[1]) % 12 + 1, 1)
    return following - timedelta(days=1)
