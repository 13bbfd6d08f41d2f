"""What a partner's own values say about its place in the French register.

Plain functions: the ORM's computed fields call them for a partner, and the installation
for all partners at once.
"""

from odoo.addons.partner_company_data.connectors import identifiers, parsing

# Countries whose companies are in SIRENE; New Caledonia and French Polynesia keep
# registers of their own.
SIRENE_COUNTRY_CODES = {"FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF"}


def in_sirene(country_code):
    """Whether the register covers the country; it does when none is known."""
    return not country_code or country_code in SIRENE_COUNTRY_CODES


def french_identifiers(number, country_code):
    """SIREN and SIRET of a number as typed, ``False`` when not valid."""
    if not in_sirene(country_code):
        return False, False
    number = identifiers.clean(number)
    if identifiers.is_valid_siret(number):
        return identifiers.siren_of(number), number
    if identifiers.is_valid_siren(number):
        return number, False
    return False, False


def identifier_state(number, siren, siret, country_code, is_company):
    """Value of ``res.partner.registry_identifier_state``."""
    if not is_company or not in_sirene(country_code):
        return False
    if siret:
        return "siret"
    if siren:
        return "siren"
    return "invalid" if number else "missing"


def has_vat_mismatch(vat, siren):
    # None: the key tells nothing (letters, another country).
    return identifiers.vat_matches_siren(vat, siren) is False


def department(zip_code, country_code):
    """Department code of a postcode, ``False`` when there is none."""
    if not in_sirene(country_code):
        return False
    return parsing.department_of(None, zip_code or None) or False


def stored_values(number, country_code, is_company, vat, zip_code):
    """All stored fields that follow from these values, by name."""
    siren, siret = french_identifiers(number, country_code)
    return {
        "l10n_fr_siren": siren,
        "l10n_fr_siret": siret,
        "registry_identifier_state": identifier_state(
            number, siren, siret, country_code, is_company
        ),
        "registry_vat_mismatch": has_vat_mismatch(vat, siren),
        "registry_department": department(zip_code, country_code),
    }
