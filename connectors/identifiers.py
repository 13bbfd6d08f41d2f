"""French company identifiers: SIREN, SIRET and the VAT number made from a SIREN."""

import re
from functools import lru_cache

from stdnum import luhn
from stdnum.fr import siret as stdnum_siret

_LA_POSTE = "356000000"
_SEPARATORS = re.compile(r"[\s.\-/_\u00a0\u202f\u2009]+")
_VAT = re.compile(r"FR([0-9A-Z]{2})([0-9]{9})")


def clean(value: str | None) -> str:
    """Digits as typed, without spaces, dots and dashes; ``""`` when there is none.

    Letters stay, so that nonsense is still recognised as such afterwards.
    """
    if not isinstance(value, str):
        return ""
    # Nearly all are clean already.
    return value if value.isdigit() else _SEPARATORS.sub("", value).upper()


def is_valid_siren(value: str | None) -> bool:
    """Whether the text holds nine digits whose Luhn key is right."""
    number = clean(value)
    return _is_digits(number, 9) and number != "0" * 9 and _has_siren_key(number)


def is_valid_siret(value: str | None) -> bool:
    """Whether the text holds a SIRET: both keys, with La Poste's exception.

    La Poste's establishments (SIREN 356000000) don't follow Luhn: their digits add up
    to a multiple of five instead.
    """
    number = clean(value)
    return (
        _is_digits(number, 14)
        and not number.startswith("0" * 9)
        and _has_siret_keys(number)
    )


def siren_of(value: str | None) -> str | None:
    """SIREN of a valid SIRET or SIREN, ``None`` when the text is neither."""
    number = clean(value)
    if is_valid_siret(number) or is_valid_siren(number):
        return number[:9]
    return None


def vat_key(siren: str) -> str:
    """Two-digit key of the usual French VAT number of a SIREN (nine digits)."""
    return f"{(12 + 3 * (int(siren) % 97)) % 97:02d}"


def vat_of_siren(siren: str) -> str | None:
    """The VAT number that a SIREN usually has, ``FR`` + key + SIREN.

    It is computed, so no proof that the company is registered for VAT at all.
    """
    number = clean(siren)
    if not is_valid_siren(number):
        return None
    return f"FR{vat_key(number)}{number}"


def siren_of_vat(vat: str | None) -> str | None:
    """SIREN inside a French VAT number, ``None`` when there is no valid one."""
    match = _VAT.fullmatch(clean(vat))
    if not match or not is_valid_siren(match[2]):
        return None
    return match[2]


def vat_matches_siren(vat: str | None, siren: str | None) -> bool | None:
    """Whether a French VAT number belongs to a SIREN; ``None`` when nothing can tell.

    Nothing can tell when one is missing, when the VAT number is not French, or when
    the SIRENs agree and the key holds letters (new keys are not computable).
    """
    match = _VAT.fullmatch(clean(vat))
    siren = siren_of(siren)
    if not match or siren is None:
        return None
    key, vat_siren = match.groups()
    if vat_siren != siren:
        return False
    if not key.isdigit():
        return None
    return key == vat_key(siren)


# A number is met several times while it is asked for, answered and stored.
@lru_cache(maxsize=1 << 12)
def _has_siren_key(number: str) -> bool:
    return luhn.is_valid(number)


@lru_cache(maxsize=1 << 12)
def _has_siret_keys(number: str) -> bool:
    if number.startswith(_LA_POSTE):
        return stdnum_siret.is_valid(number)
    # The same as stdnum's own, without cleaning once more what is clean.
    return luhn.is_valid(number) and _has_siren_key(number[:9])


def _is_digits(number: str, length: int) -> bool:
    return len(number) == length and number.isascii() and number.isdigit()
