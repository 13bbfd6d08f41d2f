"""Keys of SIREN, SIRET and VAT numbers, as published for real companies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.partner_company_data.connectors import identifiers


@pytest.mark.parametrize(
    "siret",
    [
        "94471644800013",
        "991 516 428 00018",
        "880.760.681.00010",
        "880-760-681/00010",
        "356 000 000 00048",
        "35600000049837",
        "41816609600069",
    ],
)
def test_valid_siret(siret):
    assert identifiers.is_valid_siret(siret)
    assert identifiers.siren_of(siret) == identifiers.clean(siret)[:9]


@pytest.mark.parametrize(
    "siret",
    [
        "",
        None,
        "94471644800014",
        "9447164480001",
        "944716448000130",
        "35600000049838",
        "00000000000000",
        "9447164480001A",
        "٩٤٤٧١٦٤٤٨٠٠٠١٣",
        False,
    ],
)
def test_invalid_siret(siret):
    assert not identifiers.is_valid_siret(siret)
    assert identifiers.siren_of(siret) is None


def test_siren():
    assert identifiers.is_valid_siren("944 716 448")
    assert identifiers.is_valid_siren("356000000")
    for wrong in ("944716449", "000000000", "94471644", None, "ABCDEFGHI"):
        assert not identifiers.is_valid_siren(wrong)


@pytest.mark.parametrize(
    ("siren", "vat"), [("944716448", "FR58944716448"), ("356000000", "FR39356000000")]
)
def test_vat(siren, vat):
    assert identifiers.vat_of_siren(siren) == vat
    assert identifiers.siren_of_vat(vat) == siren
    assert identifiers.vat_matches_siren(vat, siren) is True
    assert identifiers.vat_matches_siren(f"{vat[:2]} {vat[2:4]} {siren}", siren) is True


@pytest.mark.parametrize(
    ("vat", "siren", "matches"),
    [
        ("FR59944716448", "944716448", False),
        ("FR39356000000", "944716448", False),
        ("FRK7944716448", "944716448", None),
        ("FRK7356000000", "944716448", False),
        ("FR58944716448", "94471644800013", True),
        ("BE0428759497", "944716448", None),
        ("", "944716448", None),
        ("FR58944716448", "", None),
        ("FR58944716448", "944716449", None),
    ],
)
def test_vat_matches_siren(vat, siren, matches):
    assert identifiers.vat_matches_siren(vat, siren) is matches


def test_no_vat_number_of_a_wrong_siren():
    assert identifiers.vat_of_siren("944716449") is None
    assert identifiers.siren_of_vat("FR58944716449") is None


@given(st.text(max_size=30))
def test_any_text_is_judged(value):
    assert identifiers.is_valid_siret(value) in (True, False)
    assert identifiers.siren_of(value) is None or value
    assert identifiers.vat_matches_siren(value, value) in (True, False, None)
