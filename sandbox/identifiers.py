"""SIREN and SIRET keys."""

#: Digit sum of twice a digit.
_DOUBLED = dict(zip("0123456789", (0, 2, 4, 6, 8, 1, 3, 5, 7, 9), strict=True))


def luhn_digit(body):
    """The digit that makes ``body`` + digit pass Luhn's check."""
    backwards = body[::-1]
    total = sum(map(_DOUBLED.__getitem__, backwards[::2]))
    total += sum(map(int, backwards[1::2]))
    return str(-total % 10)


def make_siren(body):
    """SIREN of an eight-digit body."""
    return body + luhn_digit(body)


def make_nic(siren, number):
    """NIC of a unit's establishment number ``number`` (1 for the first)."""
    body = f"{number:04d}"
    return body + luhn_digit(siren + body)


def is_valid(identifier):
    """Whether a SIREN or SIRET passes its key, La Poste's exception included."""
    if not identifier.isdigit() or len(identifier) not in (9, 14):
        return False
    if luhn_digit(identifier[:-1]) == identifier[-1]:
        return True
    return identifier.startswith("356000000") and sum(map(int, identifier)) % 5 == 0


def french_vat(siren):
    """VAT number computed from the SIREN (not every unit has one)."""
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"
