"""Tolerant readers of foreign values: a value of the right kind, or ``None``.

Whatever JSON value arrives, a reader never raises and never makes up a value. Nulls,
blanks, masks (``[ND]``, ``[NON-DIFFUSIBLE]``) and nonsense are all *not known*.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import date, datetime, timezone
from functools import lru_cache
from typing import Any

from dateutil import parser as date_parser

from . import identifiers, nomenclatures
from .datatypes import Address, Establishment, RejectedRecord
from .errors import MalformedError
from .text import fold

#: What the services write instead of a value that may not be disclosed.
MASKS = ("[ND]", "[NON-DIFFUSIBLE]")

MAX_TEXT = 400

# NUL and lone surrogates cannot be stored by a database, the others be shown.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]+")


class UnreadableRecord(ValueError):
    """One record of an answer cannot be read; the message says why, for people."""


# ------------------------------------------------------------------------ scalars


def is_masked(value: Any) -> bool:
    """Whether a value is, or contains, one of the services' masks."""
    return isinstance(value, str) and (MASKS[0] in value or MASKS[1] in value)


def text(value: Any, maximum: int = MAX_TEXT) -> str | None:
    """One line of text; numbers are taken as text, longer than ``maximum`` is not."""
    if value is None:
        return None
    if isinstance(value, str):
        # All masks begin so.
        if "[N" in value and is_masked(value):
            return None
        if not value.isprintable():
            value = _UNPRINTABLE.sub(" ", value)
        line = " ".join(value.split())
        return line if 0 < len(line) <= maximum else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if 0 <= value < 10**18 else None
    return None


def texts(*values: Any) -> tuple[str, ...]:
    """The known ones among values and lists of values, each once (case aside)."""
    found: dict[str, str] = {}
    for value in values:
        for item in value if isinstance(value, list) else (value,):
            line = text(item)
            if line:
                found.setdefault(fold(line) or line, line)
    return tuple(found.values())


def code(value: Any, pattern: re.Pattern) -> str | None:
    """Upper-case text that matches the whole pattern."""
    line = text(value, 40)
    if line is None:
        return None
    line = line.upper()
    return line if pattern.fullmatch(line) else None


def number(value: Any) -> float | None:
    """A finite number (of euros), also as text (``"12345.6"``)."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) and abs(result) < 1e15 else None


_YEAR = re.compile(r"[0-9]{4}(-.*)?")


def year(value: Any) -> int | None:
    """A year between 1900 and 2100, as number, text or the start of a date."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    line = text(value, 40)
    if line is None or not _YEAR.fullmatch(line):
        return None
    found = int(line[:4])
    return found if 1900 <= found <= 2100 else None


_COMPACT_DAY = re.compile(r"[0-9]{8}")
_FRENCH_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")


def day(value: Any) -> date | None:
    """The day of a date or date-time, as written (zones are not shifted).

    Read are ISO 8601, ``20180312`` and ``12/03/2018``, from 1600 to 2100.
    """
    line = text(value, 40)
    return _day(line) if line else None


@lru_cache(maxsize=1 << 14)
def _day(line: str) -> date | None:
    french = _FRENCH_DAY.fullmatch(line)
    try:
        if french:
            found = date(int(french[3]), int(french[2]), int(french[1]))
        elif _COMPACT_DAY.fullmatch(line):
            found = date(int(line[:4]), int(line[4:6]), int(line[6:]))
        elif len(line) >= 10:
            found = date.fromisoformat(line[:10])
            if len(line) > 10:
                _moment(line)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return found if 1600 <= found.year <= 2100 else None


def moment(value: Any) -> datetime | None:
    """Aware UTC moment of an ISO 8601 date-time (UTC when no zone is given)."""
    line = text(value, 40)
    return _utc_moment(line) if line and len(line) >= 10 else None


@lru_cache(maxsize=1 << 14)
def _utc_moment(line: str) -> datetime | None:
    try:
        found = _moment(line)
        if found.tzinfo is None:
            found = found.replace(tzinfo=timezone.utc)
        found = found.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
    return found if 1900 <= found.year <= 2100 else None


def _moment(line: str) -> datetime:
    line = line.replace(" ", "T", 1)
    if line[10:11] == "T":
        # Far quicker, but it knows fewer forms in Python 3.10.
        with suppress(ValueError):
            return datetime.fromisoformat(line)
    return date_parser.isoparse(line)


_YES = frozenset(("OUI", "O", "TRUE", "VRAI", "YES", "1"))
_NO = frozenset(("NON", "N", "FALSE", "FAUX", "NO", "0"))


def flag(value: Any) -> bool | None:
    """``True`` or ``False`` of ``oui``, ``Non``, ``true``, ``1`` …"""
    if isinstance(value, bool):
        return value
    word = fold(text(value, 10))
    return True if word in _YES else False if word in _NO else None


def as_dict(value: Any) -> dict:
    """The value when it is an object, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


# ------------------------------------------------------------------- identifiers


def siren(value: Any) -> str | None:
    """Nine digits with a right key; an integer that lost its zeros is filled up."""
    return _identifier(value, 9, identifiers.is_valid_siren)


def siret(value: Any) -> str | None:
    """Fourteen digits with right keys; an integer is filled up with zeros."""
    return _identifier(value, 14, identifiers.is_valid_siret)


def _identifier(value: Any, length: int, is_valid: Callable) -> str | None:
    line = identifiers.clean(text(value, 40))
    if isinstance(value, int):
        line = line.zfill(length)
    return line if len(line) == length and is_valid(line) else None


# ----------------------------------------------------------- the register's words

_ESTABLISHMENT_STATES = {
    "A": "active",
    "ACTIF": "active",
    "ACTIVE": "active",
    "OUVERT": "active",
    "F": "closed",
    "FERME": "closed",
    "FERMEE": "closed",
}
_UNIT_STATES = {
    "A": "active",
    "ACTIF": "active",
    "ACTIVE": "active",
    "C": "ceased",
    "CESSE": "ceased",
    "CESSEE": "ceased",
}


def establishment_state(value: Any) -> str | None:
    """``active`` or ``closed`` of ``Actif``, ``Fermé``, ``A``, ``F``."""
    return _ESTABLISHMENT_STATES.get(fold(text(value, 20)))


def unit_state(value: Any) -> str | None:
    """``active`` or ``ceased`` of ``Active``, ``Cessée``, ``A``, ``C``."""
    return _UNIT_STATES.get(fold(text(value, 20)))


def is_partially_disclosed(value: Any) -> bool:
    """Whether a diffusion status means partial disclosure (``P``, formerly ``N``)."""
    return fold(text(value, 40)) in ("P", "N", "PARTIELLE", "PARTIEL")


_DIGIT_SPACE = re.compile(r"(?<=[0-9])\s+(?=[0-9]{3}\b)")
_INTEGER = re.compile(r"[0-9]+")


def _bracket_bounds(label: str) -> tuple[int, ...]:
    found = _INTEGER.findall(_DIGIT_SPACE.sub("", label))
    return tuple(int(bound) for bound in found if len(bound) < 9)


_WORKFORCE_BOUNDS = {
    _bracket_bounds(label): bracket
    for bracket, label in nomenclatures.WORKFORCE_LABELS.items()
    if bracket != "NN"
}


def workforce(value: Any) -> str | None:
    """INSEE's bracket code of a code (``"12"``) or label (``"20 à 49 salariés"``).

    All kinds of spaces between thousands are understood, and none.
    """
    line = text(value, 80)
    if line is None:
        return None
    if line.upper() in nomenclatures.WORKFORCE_LABELS:
        return line.upper()
    if "NON EMPLOYEU" in fold(line):
        return "NN"
    if "SALARI" not in fold(line):
        return None
    return _WORKFORCE_BOUNDS.get(_bracket_bounds(line))


def workforce_of_sort_key(value: Any) -> str | None:
    """INSEE's bracket code of a sortable number: −1 is ``NN``, 1 is ``01``."""
    found = number(value)
    if found is None or not found.is_integer():
        return None
    bracket = "NN" if found == -1 else f"{int(found):02d}"
    return bracket if bracket in nomenclatures.WORKFORCE_LABELS else None


def category(value: Any) -> str | None:
    """``PME``, ``ETI`` or ``GE``."""
    line = fold(text(value, 10))
    return line if line in nomenclatures.CATEGORY_LABELS else None


_NAF = re.compile(r"([0-9]{2})\.?([0-9]{1,2}[A-Z]?|[0-9][A-Z])")
_NOMENCLATURE = re.compile(r"NA[FP][0-9A-Za-z]*")
_LEGAL_FORM = re.compile(r"[0-9]{4}")


def naf(value: Any) -> str | None:
    """An activity code with its dot, of any nomenclature: ``62.02A``, ``74.1J``."""
    line = text(value, 10)
    found = _NAF.fullmatch(line.upper()) if line else None
    return f"{found[1]}.{found[2]}" if found else None


def naf_nomenclature(value: Any) -> str | None:
    """``NAFRev2``, ``NAF2025``, ``NAF1993``, ``NAP``… as INSEE writes it."""
    line = text(value, 20)
    return line if line and _NOMENCLATURE.fullmatch(line) else None


def legal_form(value: Any) -> str | None:
    """INSEE's four-digit legal form; an integer that lost its zeros is filled up."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10000:
        return f"{value:04d}"
    return code(value, _LEGAL_FORM)


# ---------------------------------------------------------------------- addresses

_ZIP = re.compile(r"[0-9]{5}")
_COMMUNE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_CEDEX = re.compile(r"\s*\bCEDEX\b.*", re.IGNORECASE)

#: Overseas departments and territories with an ISO code of their own, by the first
#: three characters of INSEE's commune code.
_OVERSEAS = {
    "971": "GP",
    "972": "MQ",
    "973": "GF",
    "974": "RE",
    "975": "PM",
    "976": "YT",
    "977": "BL",
    "978": "MF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}
#: Saint-Barthélemy and Saint-Martin kept postcodes of Guadeloupe.
_OVERSEAS_ZIP = {"97133": "977", "97150": "978"}

#: ISO code of INSEE's codes of foreign countries, neighbours of France only.
_FOREIGN_COUNTRIES = {
    "99109": "DE",
    "99110": "AT",
    "99127": "IT",
    "99130": "AD",
    "99131": "BE",
    "99132": "GB",
    "99134": "ES",
    "99135": "NL",
    "99136": "IE",
    "99137": "LU",
    "99138": "MC",
    "99139": "PT",
    "99140": "CH",
}

_REPETITIONS = {"B": "BIS", "T": "TER", "Q": "QUATER"}
_ADDRESS_NUMBER = re.compile(r"[0-9]{1,6}( ?[A-Z])?")


def postcode(value: Any) -> str | None:
    """Five digits; an integer that lost its zero gets it back (1000 → ``01000``)."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value:05d}"
    line = code(value, _ZIP)
    return line if line != "00000" else None


def commune_code(value: Any) -> str | None:
    """INSEE's commune code: five characters, ``2A`` and ``2B`` in Corsica."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value:05d}"
    line = code(value, _COMMUNE)
    return line if line != "00000" else None


def city(value: Any) -> str | None:
    """Name of a city without its CEDEX mention."""
    line = text(value, 120)
    return (_CEDEX.sub("", line).strip() or None) if line else None


def department_of(commune: str | None, zip_code: str | None) -> str | None:
    """Department code of a commune code, or else of a postcode (``2A``, ``974``)."""
    place = commune
    if place is None:
        if zip_code is None:
            return None
        if zip_code in _OVERSEAS_ZIP:
            return _OVERSEAS_ZIP[zip_code]
        place = zip_code
        if place.startswith("20"):
            place = ("2A" if place < "20200" else "2B") + place[2:]
    department = place[:3] if place[:2] in ("97", "98") else place[:2]
    return department if department in nomenclatures.DEPARTMENTS else None


def country_of(
    commune: str | None, zip_code: str | None, foreign_code: Any = None
) -> str | None:
    """ISO country: overseas places have their own, abroad is known for neighbours.

    The commune code decides before the postcode: Saint-Barthélemy and Saint-Martin
    share Guadeloupe's.
    """
    foreign = text(foreign_code, 10)
    if foreign:
        return _FOREIGN_COUNTRIES.get(foreign)
    department = department_of(commune, zip_code)
    if department is None:
        return None
    return _OVERSEAS.get(department, "FR")


def address(
    *,
    number: Any = None,
    repetition: Any = None,
    kind: Any = None,
    name: Any = None,
    line: Any = None,
    complement: Any = None,
    distribution: Any = None,
    zip_code: Any = None,
    city_name: Any = None,
    commune: Any = None,
    cedex_code: Any = None,
    cedex_city: Any = None,
    foreign_city: Any = None,
    foreign_country: Any = None,
) -> Address:
    """An address of the register's parts, each of them as the service gives it.

    * ``street`` is number + repetition index + kind and name of the street, or the
      ready-made ``line`` when there are no parts; ``street2`` the complement and the
      special distribution (BP, CS), joined by " - ".
    * A masked part leaves the whole line unknown: half a line would be wrong.
    * ``zip`` and ``city`` are the commune's own, without CEDEX, so that they fit each
      other, the commune code and what people write; the CEDEX ones serve when the
      commune's are missing.
    """
    street_parts = (number, repetition, kind, name)
    if any(map(is_masked, street_parts)):
        street = None
    elif text(name):
        street = _street(*street_parts)
    else:
        street = text(line)
    zip_value = postcode(zip_code) or postcode(cedex_code)
    commune_value = commune_code(commune)
    if is_masked(complement) or is_masked(distribution):
        street2 = None
    else:
        street2 = " - ".join(texts(complement, distribution)) or None
    return Address(
        street=street,
        street2=street2,
        zip=zip_value,
        city=city(city_name) or city(cedex_city) or city(foreign_city),
        country_code=country_of(commune_value, zip_value, foreign_country),
        commune_code=commune_value,
        department_code=department_of(commune_value, zip_value),
    )


def _street(number: Any, repetition: Any, kind: Any, name: Any) -> str:
    name = text(name)
    kind = text(kind, 40)
    number = text(number, 20)
    if number and not _ADDRESS_NUMBER.fullmatch(number.upper().lstrip("0")):
        number = None
    # "0012" is a number with filling zeros; a lone "0" is none.
    number = number.lstrip("0") if number else None
    repetition = text(repetition, 12)
    if repetition and number:
        repetition = _REPETITIONS.get(repetition.upper(), repetition.upper())
    else:
        repetition = None
    if kind and name.isupper():
        kind = kind.upper()
    return " ".join(part for part in (number, repetition, kind, name) if part)


# ------------------------------------------------------------------------ answers


def require(value: Any, kind: type, what: str, service: str) -> Any:
    """The value if it is of that JSON kind; the answer is malformed otherwise."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise MalformedError(
            f"The service's answer makes no sense: {what} is missing or of a wrong "
            "type.",
            service=service,
        )
    return value


#: What JSON has beside texts, whole numbers and nulls.
_NO_TEXTS = frozenset((bool, float, list, dict))


def check_texts(record: dict, names: Collection[str]) -> None:
    """Have a record read only when these are texts, numbers or nulls.

    A single odd value is *not known*; where what counts is of another kind, taking the
    record for one that says nothing would call a partner up to date.

    :raises UnreadableRecord: one is an object, a list, a fraction or a truth value
    """
    for name in names:
        if type(record.get(name)) in _NO_TEXTS:
            raise UnreadableRecord(f"The field “{name}” is of another kind.")


def read_records(
    records: list,
    read: Callable[[dict], Iterable[Establishment]],
    *,
    essential: Collection[str],
    service: str,
    identifier: str = "siret",
) -> tuple[list[Establishment], list[RejectedRecord]]:
    """Establishments of an answer's records; the unreadable ones are set aside.

    :param read: establishments of one record, or :class:`UnreadableRecord`
    :param essential: fields that each service's record has, be it with a null
    :param identifier: key that names a record in its rejection
    :raises MalformedError: an essential field is in none of the records: the service
        has renamed it
    """
    objects = [record for record in records if isinstance(record, dict)]
    for name in essential if objects else ():
        if not any(name in record for record in objects):
            raise MalformedError(
                f"The service's answer has no field “{name}” any more.",
                service=service,
            )
    found: dict[str, Establishment] = {}
    rejected = []
    for record in records:
        try:
            if not isinstance(record, dict):
                raise UnreadableRecord("The record is not an object.")
            for establishment in read(record):
                found.setdefault(establishment.siret, establishment)
        except UnreadableRecord as error:
            name = text(as_dict(record).get(identifier), 40)
            rejected.append(RejectedRecord(identifier=name, reason=str(error)))
    return list(found.values()), rejected
