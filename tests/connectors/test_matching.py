"""The match rate: what raises it, what lowers it, what doesn't count."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.partner_company_data.connectors.datatypes import (
    Address,
    Establishment,
    SearchCriteria,
)
from odoo.addons.partner_company_data.connectors.matching import match_rate, rank

AUDION = Establishment(
    siren="834462061",
    siret="83446206100013",
    is_head_office=True,
    establishment_state="active",
    unit_state="active",
    legal_name="AUDION",
    address=Address(
        street="85 RUE JOUFFROY D'ABBANS",
        zip="75017",
        city="PARIS 17E ARRONDISSEMENT",
    ),
)


def named(legal_name, acronym=None, *trade_names):
    return replace(
        AUDION, legal_name=legal_name, acronym=acronym, trade_names=trade_names
    )


def name_rate(asked, establishment):
    return dict(match_rate(SearchCriteria(name=asked), establishment).details)["name"]


@pytest.mark.parametrize(
    ("asked", "registered"),
    [
        ("Audion", "AUDION"),
        ("SARL Dupont & Fils", "DUPONT ET FILS"),
        ("Dupont et Fils (S.A.R.L.)", "DUPONT ET FILS"),
        ("Ets Durand", "ETABLISSEMENTS DURAND"),
        ("DURAND & CIE", "DURAND ET COMPAGNIE"),
        ("Hélionet (HOLDING)", "HELIONET"),
        ("HELIONET", "HELIONET (HOLDING)"),
        ("L'Étoile du Nord", "L ETOILE DU NORD"),
        ("Inter Marché", "INTERMARCHE"),
        ("SNCF", "S.N.C.F."),
        ("M. Jean Dupont", "JEAN DUPONT"),
    ],
)
def test_the_same_name(asked, registered):
    assert name_rate(asked, named(registered)) == 100


@pytest.mark.parametrize(
    ("asked", "registered", "least"),
    [
        ("Fils et Dupont Menuiserie", "MENUISERIE DUPONT ET FILS", 95),
        ("Menuisrie Dupont", "MENUISERIE DUPONT", 90),
        ("LE BISTROT DU PRAC", "LE BISTROT DU PARC", 85),
        ("BOUL. DUFOUR", "BOULANGERIE DUFOUR", 90),
        ("DUPONT", "MENUISERIE DUPONT", 70),
        ("AUDION (compta)", "AUDION", 100),
        ("AUDION - siège", "AUDION", 80),
    ],
)
def test_nearly_the_same_name(asked, registered, least):
    assert name_rate(asked, named(registered)) >= least


@pytest.mark.parametrize(
    ("asked", "registered", "most"),
    [
        ("TRANSPORTS LECOMTE", "TRANSPORTS PERRIER", 30),
        ("GARAGE DUPONT", "GARAGE RENAULT", 30),
        ("ETABLISSEMENTS DUPONT", "ETABLISSEMENTS OLIVIER", 30),
        ("AUDION", "ODIBAT", 30),
        ("SCI LES TILLEULS", "SCI LES CHENES", 40),
        ("BATIMENT SERVICES", "MEDICAL SERVICES", 30),
        ("VASSEUR ET ROYER", "VASSEUR & FILS", 75),
    ],
)
def test_another_name(asked, registered, most):
    assert name_rate(asked, named(registered)) <= most


def test_any_of_its_names_will_do():
    company = named("COMPAGNIE GENERALE DES PINS", "CGP", "LE PIN BLEU", "PINEDE")
    for asked in ("Compagnie générale des pins", "C.G.P.", "Le Pin bleu", "pinède"):
        assert name_rate(asked, company) == 100


def test_initials_that_nobody_registered():
    company = named("SOCIETE NOUVELLE DES TRANSPORTS DU RHIN")
    assert name_rate("SNTR", company) == 85
    assert name_rate("SN", company) < 50


def rate(**criteria):
    return match_rate(SearchCriteria(**criteria), AUDION)


def test_everything_fits():
    found = rate(
        name="Audion SAS",
        street="85, r. Jouffroy d’Abbans",
        zip="75 017",
        city="Paris",
        siret="834 462 061 00013",
    )
    assert found.rate == 100
    assert dict(found.details) == {
        "name": 100,
        "zip": 100,
        "city": 100,
        "street": 100,
        "identifier": 100,
    }


def test_what_one_side_lacks_does_not_count():
    assert rate(name="AUDION").rate == 100
    assert rate(name="AUDION", zip="75017").rate == 100
    no_street = replace(AUDION, address=replace(AUDION.address, street=None))
    criteria = SearchCriteria(name="AUDION", zip="75017", street="1 RUE X")
    assert match_rate(criteria, no_street).rate == 100
    assert rate().rate == 0
    assert rate().details == ()


def test_place():
    assert dict(rate(zip="75008").details) == {"zip": 50}
    assert dict(rate(zip="69001").details) == {"zip": 0}
    assert rate(zip="75817", city="PARIS CEDEX 17").details == (("city", 100),)
    assert dict(rate(city="Lyon").details) == {"city": 0}
    assert dict(rate(street="87 rue Jouffroy d'Abbans").details) == {"street": 80}
    assert dict(rate(street="12 avenue Foch").details) == {"street": 0}


def test_who_moved_is_still_better_than_the_neighbour():
    criteria = SearchCriteria(
        name="AUDION", zip="69001", city="LYON", street="1 RUE DE LA GARE"
    )
    place = Address(street="1 RUE DE LA GARE", zip="69001", city="LYON")
    neighbour = replace(named("BATIPLUS"), address=place, siret="neighbour")
    homonym = replace(AUDION, address=place, siret="homonym")
    ranked = rank(criteria, [neighbour, AUDION, homonym])
    assert [item.establishment for item in ranked] == [homonym, AUDION, neighbour]


def test_an_address_alone_is_capped():
    found = rate(zip="75017", city="Paris", street="85 rue Jouffroy d'Abbans")
    assert found.rate == 60


def test_identifiers_weigh_most():
    assert rate(name="OTHER NAME", siren="834462061").rate >= 60
    assert dict(rate(siret="83446206100021").details) == {"identifier": 90}
    assert rate(name="AUDION", siren="944716448").rate < 40


def test_ties_are_always_in_the_same_order():
    branch = replace(AUDION, is_head_office=False, siret="2")
    closed = replace(AUDION, establishment_state="closed", siret="1")
    ceased = replace(AUDION, unit_state="ceased", siret="0")
    later = replace(AUDION, siret="9")
    undisclosed = replace(AUDION, address=Address(), siret="00")
    criteria = SearchCriteria(name="AUDION", zip="75017")
    expected = [AUDION, later, branch, closed, ceased, undisclosed]
    for order in (expected, expected[::-1]):
        ranked = rank(criteria, order)
        assert [item.establishment for item in ranked] == expected
        assert {item.match.rate for item in ranked} == {100}


words = st.one_of(st.none(), st.text(max_size=60))


@given(words, words, words, words, words, words)
def test_any_text_is_rated(name, street, city, zip_code, legal_name, siren):
    criteria = SearchCriteria(
        name=name, street=street, city=city, zip=zip_code, siren=siren
    )
    establishment = replace(
        named(legal_name), address=Address(street, None, None, city)
    )
    found = match_rate(criteria, establishment)
    assert 0 <= found.rate <= 100
    assert all(0 <= rate <= 100 for _element, rate in found.details)
