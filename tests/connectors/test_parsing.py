"""Tolerant readers: the right value, or none."""

import unicodedata
from datetime import date, datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.partner_company_data.connectors import nomenclatures, parsing

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.text(st.characters(categories=["Cs", "Cc", "Lu"]))
    | st.sampled_from(
        ["[ND]", "[NON-DIFFUSIBLE]", "0", "2A004", "1900-01-01", "9" * 14]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def is_storable(line):
    """No control character, no lone surrogate, no mask."""
    bad = any(unicodedata.category(sign) in ("Cc", "Cs") for sign in line)
    return not bad and not parsing.is_masked(line)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("AUDION", "AUDION"),
        ("  a \t\n b\u00a0c ", "a b c"),
        ("a\x00b\ud800", "a b"),
        (2607, "2607"),
        ("", None),
        (" ", None),
        (None, None),
        (True, None),
        (1.5, None),
        ([], None),
        ({"value": "x"}, None),
        ("[ND]", None),
        ("12 RUE [ND]", None),
        ("[NON-DIFFUSIBLE]", None),
        ("x" * 401, None),
        ("x" * 10**6, None),
        (" " * 300 + "x", "x"),
        (10**18, None),
    ],
)
def test_text(value, read):
    assert parsing.text(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("75017", "75017"),
        (75017, "75017"),
        (1000, "01000"),
        (1000.0, "01000"),
        ("1000", None),
        ("", None),
        (0, None),
        (-1, None),
        (True, None),
        ("[ND]", None),
        ("7501A", None),
        (123456, None),
        ("٧٥٠١٧", None),
    ],
)
def test_postcode(value, read):
    assert parsing.postcode(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2018-03-12", date(2018, 3, 12)),
        ("2019-05-22T21:05:51+00:00", date(2019, 5, 22)),
        ("2024-05-31T05:29:58.725", date(2024, 5, 31)),
        ("2024-05-31 05:29:58", date(2024, 5, 31)),
        ("2024-05-31T05:29:58Z", date(2024, 5, 31)),
        ("12/03/2018", date(2018, 3, 12)),
        ("20180312", date(2018, 3, 12)),
        (20180312, date(2018, 3, 12)),
        ("2018-02-30", None),
        ("2018-03-12 or so", None),
        ("0001-01-01", None),
        ("9999-12-31", None),
        ("2018", None),
        ("hier", None),
        (1526767200, None),
        (None, None),
        ({}, None),
    ],
)
def test_day(value, read):
    assert parsing.day(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-02-09T06:10:00+00:00", datetime(2026, 2, 9, 6, 10)),
        ("2026-02-09T06:10:00+02:00", datetime(2026, 2, 9, 4, 10)),
        ("2026-02-09T06:10:00Z", datetime(2026, 2, 9, 6, 10)),
        ("2026-02-09T06:10:00", datetime(2026, 2, 9, 6, 10)),
        ("2026-02-09", datetime(2026, 2, 9)),
        ("0001-01-01T00:00:00+14:00", None),
        ("nonsense", None),
        (5, None),
    ],
)
def test_moment(value, read):
    assert parsing.moment(value) == (read and read.replace(tzinfo=timezone.utc))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2023", 2023),
        (2023, 2023),
        (2023.0, 2023),
        ("2023-01-01", 2023),
        ("23", None),
        ("20231", None),
        (1899, None),
        (True, None),
        (None, None),
    ],
)
def test_year(value, read):
    assert parsing.year(value) == read


def test_flag():
    for yes in ("oui", "Oui", "O", "true", True, 1, "1"):
        assert parsing.flag(yes) is True
    for no in ("non", "Non", "N", "false", False, 0, "0"):
        assert parsing.flag(no) is False
    for unknown in (None, "", "peut-être", "[ND]", 2, {}, []):
        assert parsing.flag(unknown) is None


def test_states():
    for word in ("Actif", "Active", "A", "actif"):
        assert parsing.establishment_state(word) == "active"
        assert parsing.unit_state(word) == "active"
    for word in ("Fermé", "F", "ferme", "FERMÉE"):
        assert parsing.establishment_state(word) == "closed"
        assert parsing.unit_state(word) is None
    for word in ("Cessée", "C", "cessee"):
        assert parsing.unit_state(word) == "ceased"
        assert parsing.establishment_state(word) is None
    for word in (None, "", "[ND]", 1, True, {}):
        assert parsing.establishment_state(word) is None
        assert parsing.unit_state(word) is None


@pytest.mark.parametrize("space", ["", " ", "\u00a0", "\u202f", "\u2009"])
@pytest.mark.parametrize(("code", "label"), nomenclatures.WORKFORCE_LABELS.items())
def test_workforce_labels(code, label, space):
    assert parsing.workforce(label.replace("1 ou 2", "1 ou 2")) == code
    thousands = label
    for written in ("1 000", "1 999", "2 000", "4 999", "5 000", "9 999", "10 000"):
        thousands = thousands.replace(written, written.replace(" ", space))
    assert parsing.workforce(thousands) == code
    assert parsing.workforce(code) == code


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("Etablissement non employeur", "NN"),
        ("10000 salariés et plus", "53"),
        ("1000 à 1999 salariés", "42"),
        ("1 OU 2 SALARIES", "01"),
        ("21 à 50 salariés", None),
        ("salariés", None),
        ("20 à 49", None),
        (12, "12"),
        (4, None),
        (None, None),
        ("[ND]", None),
    ],
)
def test_workforce(value, read):
    assert parsing.workforce(value) == read


def test_workforce_sort_key():
    keys = {-1: "NN", 0: "00", 1: "01", 3: "03", 11: "11", 53: "53", "12": "12"}
    for key, code in keys.items():
        assert parsing.workforce_of_sort_key(key) == code
    for key in (4, -2, 1.5, None, "x", True, float("nan"), 10**30):
        assert parsing.workforce_of_sort_key(key) is None


def test_code_lists():
    assert len(nomenclatures.naf_labels()) == 732
    assert len(nomenclatures.legal_form_labels()) == 260
    assert len(nomenclatures.DEPARTMENTS) == 107
    assert nomenclatures.naf_label("62.02A", "NAFRev2").startswith("Conseil en")
    assert nomenclatures.naf_label("62.02A", "NAF2025") is None
    assert nomenclatures.naf_label(None, "NAFRev2") is None
    for labels in (nomenclatures.naf_labels(), nomenclatures.legal_form_labels()):
        for label in labels.values():
            assert label == label.strip() and "&" not in label and "  " not in label


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("62.02A", "62.02A"),
        ("6202A", "62.02A"),
        ("62.02a", "62.02A"),
        ("74.1J", "74.1J"),
        ("70.9", "70.9"),
        ("7009", "70.09"),
        ("", None),
        ("[ND]", None),
        ("A62.02", None),
        ("62.02AB", None),
        (6202, "62.02"),
        ({}, None),
    ],
)
def test_naf(value, read):
    assert parsing.naf(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [("5710", "5710"), (5710, "5710"), (0, "0000"), ("57", None), (True, None)],
)
def test_legal_form(value, read):
    assert parsing.legal_form(value) == read


@pytest.mark.parametrize(
    ("commune", "zip_code", "country", "department"),
    [
        ("75117", "75017", "FR", "75"),
        ("2A004", "20000", "FR", "2A"),
        (None, "20000", "FR", "2A"),
        (None, "20200", "FR", "2B"),
        ("2B033", None, "FR", "2B"),
        ("97101", "97139", "GP", "971"),
        ("97209", "97200", "MQ", "972"),
        ("97302", "97300", "GF", "973"),
        ("97411", "97400", "RE", "974"),
        ("97502", "97500", "PM", "975"),
        ("97608", "97600", "YT", "976"),
        ("97701", "97133", "BL", "977"),
        ("97801", "97150", "MF", "978"),
        (None, "97133", "BL", "977"),
        (None, "97150", "MF", "978"),
        (None, "97150", "MF", "978"),
        ("98611", "98600", "WF", "986"),
        ("98735", "98714", "PF", "987"),
        ("98818", "98800", "NC", "988"),
        (None, None, None, None),
        (None, "00123", None, None),
    ],
)
def test_country_and_department(commune, zip_code, country, department):
    found = parsing.address(zip_code=zip_code, commune=commune)
    assert (found.country_code, found.department_code) == (country, department)


def test_address_of_parts():
    found = parsing.address(
        number="0012",
        repetition="B",
        kind="Rue",
        name="DE L'ÉGLISE",
        line="something else",
        complement="BATIMENT A",
        distribution="BP 12",
        zip_code=1000,
        city_name="BOURG-EN-BRESSE CEDEX 9",
        commune="01053",
        cedex_code="01009",
        cedex_city="BOURG EN BRESSE CEDEX 9",
    )
    assert found.street == "12 BIS RUE DE L'ÉGLISE"
    assert found.street2 == "BATIMENT A - BP 12"
    assert (found.zip, found.city) == ("01000", "BOURG-EN-BRESSE")
    assert (found.commune_code, found.department_code) == ("01053", "01")


def test_ready_made_line_serves_without_parts():
    assert parsing.address(line="3087 Rue DE LA GARE").street == "3087 Rue DE LA GARE"


def test_half_an_address_line_is_none():
    masked = parsing.address(number="12", name="[ND]", line="12 [ND]", zip_code="75001")
    assert (masked.street, masked.street2, masked.zip) == (None, None, "75001")
    assert parsing.address(complement="BAT A", distribution="[ND]").street2 is None


def test_cedex_serves_when_the_commune_is_missing():
    found = parsing.address(cedex_code="92055", cedex_city="LA DEFENSE CEDEX")
    assert (found.zip, found.city) == ("92055", "LA DEFENSE")


def test_abroad():
    found = parsing.address(foreign_city="BRUXELLES", foreign_country="99131")
    assert (found.city, found.country_code, found.zip) == ("BRUXELLES", "BE", None)
    assert parsing.address(foreign_country="99404").country_code is None


@given(json_values)
def test_any_json_value_is_read_or_not_known(value):
    readers = {
        parsing.text: str,
        parsing.number: float,
        parsing.year: int,
        parsing.day: date,
        parsing.moment: datetime,
        parsing.flag: bool,
        parsing.siren: str,
        parsing.siret: str,
        parsing.establishment_state: str,
        parsing.unit_state: str,
        parsing.workforce: str,
        parsing.workforce_of_sort_key: str,
        parsing.category: str,
        parsing.naf: str,
        parsing.naf_nomenclature: str,
        parsing.legal_form: str,
        parsing.postcode: str,
        parsing.commune_code: str,
        parsing.city: str,
    }
    for read, kind in readers.items():
        found = read(value)
        assert found is None or type(found) is kind, read.__name__
        if isinstance(found, str):
            assert found.strip() == found and is_storable(found)


@given(st.dictionaries(st.sampled_from(["number", "repetition", "kind", "name", "line",
    "complement", "distribution", "zip_code", "city_name", "commune", "cedex_code",
    "cedex_city", "foreign_city", "foreign_country"]), json_values))  # fmt: skip
def test_any_json_makes_an_address(parts):
    found = parsing.address(**parts)
    for field in found.__slots__:
        value = getattr(found, field)
        assert value is None or (value and is_storable(value))
    assert found.country_code is None or len(found.country_code) == 2
    known = found.department_code
    assert known is None or known in nomenclatures.DEPARTMENTS
