"""Recherche d'entreprises: what is asked, what is read, what each fault becomes."""

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records import unit_answer, unit_result
from servers import Scripted
from test_parsing import json_values

from odoo.addons.partner_company_data.connectors import parsing, recherche_entreprises
from odoo.addons.partner_company_data.connectors.datatypes import SearchCriteria
from odoo.addons.partner_company_data.connectors.errors import (
    AuthenticationError,
    MalformedError,
    QuotaError,
    RefusedError,
    ServiceError,
    TransientError,
)
from odoo.addons.partner_company_data.connectors.recherche_entreprises import (
    RechercheEntreprises,
)

CALLS = {
    "freshness": lambda service: service.freshness(),
    "fetch": lambda service: service.fetch(["35600000000048"]),
    "search": lambda service: service.search(SearchCriteria(name="LA POSTE")),
    "lookup": lambda service: service.lookup(SearchCriteria(name="LA POSTE")),
}


def service(server, **options):
    options = {"timeout": 20, "min_interval": 0} | options
    return RechercheEntreprises(server.url, **options)


def read_head_office(server, **changes):
    server.answers = [Scripted(unit_answer(unit_result(**changes)))]
    [found] = service(server).fetch((), ["356000000"]).establishments
    return found


def test_head_office(server):
    found = read_head_office(server)
    assert server.requests[0].path == "/search"
    assert server.requests[0].query["q"] == "356000000"
    assert (found.siren, found.siret) == ("356000000", "35600000000048")
    assert found.is_head_office is True
    assert (found.establishment_state, found.unit_state) == ("active", "active")
    assert found.legal_name == "LA POSTE"
    assert (found.naf, found.naf_nomenclature) == ("53.10Z", "NAFRev2")
    assert found.legal_form_label == "SA nationale à conseil d'administration"
    assert (found.category, found.category_year) == ("GE", 2023)
    assert (found.workforce, found.workforce_year) == ("53", 2023)
    assert found.unit_creation_date == date(1991, 1, 1)
    assert found.last_processed == date(2026, 3, 21)
    assert (found.turnover, found.turnover_year) == (12e9, 2023)
    assert found.vat_numbers == ("FR39356000000",)
    assert found.address.street == "9 RUE DU COLONEL PIERRE AVIA"
    assert (found.address.zip, found.address.city) == ("75015", "PARIS")


def test_branch(server):
    server.answers = [Scripted(unit_answer(unit_result()))]
    page = service(server).fetch(["35600000049837"])
    [found] = page.establishments
    assert found.siret == "35600000049837"
    assert found.is_head_office is False
    assert found.head_office_siret == "35600000000048"
    assert found.establishment_state == "closed"
    assert found.trade_names == ("LA POSTE DIJON",)
    assert found.address.street == "1 PLACE DU MARCHE"
    assert (found.address.zip, found.address.city) == ("21000", "DIJON")


def test_another_company_than_asked_is_left_out(server):
    server.answers = [Scripted(unit_answer(unit_result()))]
    assert service(server).fetch((), ["834462061"]).establishments == ()


@pytest.mark.parametrize(
    ("code", "has_naf25", "in_force", "nomenclature"),
    [
        ("53.10Z", True, False, "NAFRev2"),
        ("53.10Z", False, False, "NAFRev2"),
        ("53.10Z", True, True, "NAFRev2"),
        ("53.10Z", False, True, None),
        ("74.1J", True, False, None),
    ],
)
def test_nomenclature_is_only_said_when_known(
    server, monkeypatch, code, has_naf25, in_force, nomenclature
):
    moment = date.min if in_force else date.max
    monkeypatch.setattr(recherche_entreprises, "_NAF_2025_IN_FORCE", moment)
    result = unit_result(activite_principale=code)
    result["siege"]["activite_principale"] = None
    if not has_naf25:
        del result["activite_principale_naf25"]
    server.answers = [Scripted(unit_answer(result))]
    [found] = service(server).fetch((), ["356000000"]).establishments
    assert found.naf == code
    assert found.naf_nomenclature == nomenclature


def test_partial_disclosure(server):
    siege = unit_result()["siege"]
    for field in ("adresse", "numero_voie", "type_voie", "libelle_voie"):
        siege[field] = "[NON-DIFFUSIBLE]"
    found = read_head_office(
        server,
        siege=siege,
        nature_juridique="1000",
        nom_complet="[NON-DIFFUSIBLE]",
        nom_raison_sociale=None,
        sigle="[NON-DIFFUSIBLE]",
        statut_diffusion="P",
    )
    assert found.is_partial and found.is_sole_trader
    assert (found.legal_name, found.acronym) == (None, None)
    assert found.address.street is None
    assert found.address.city == "PARIS"


def test_sole_trader_name(server):
    found = read_head_office(
        server,
        nom_complet="ANNE DURAND (CHEZ ANNE)",
        nom_raison_sociale=None,
        nature_juridique="1000",
    )
    assert found.legal_name == "ANNE DURAND"


def test_parameters(server):
    server.answers = [Scripted(unit_answer())]
    criteria = SearchCriteria(
        name="Boulangerie d'Yeu",
        zip="85350",
        city="L'Île-d'Yeu",
        departments=("85", "44"),
        naf_codes=("10.71C",),
        legal_forms=("5499",),
        workforces=("01", "02"),
        categories=("PME",),
        active_only=True,
    )
    service(server).search(criteria, limit=200)
    assert server.requests[0].query == {
        "q": "BOULANGERIE D YEU L ILE D YEU",
        "code_postal": "85350",
        "departement": "85,44",
        "activite_principale": "10.71C",
        "nature_juridique": "5499",
        "tranche_effectif_salarie": "01,02",
        "categorie_entreprise": "PME",
        "etat_administratif": "A",
        "page": "1",
        "per_page": "25",
        "limite_matching_etablissements": "100",
    }


def test_a_search_for_nothing_is_refused_here(server):
    with pytest.raises(RefusedError, match="three letters"):
        service(server).search(SearchCriteria(name="ab"))
    assert server.requests == []


def test_place_chooses_the_establishment(server):
    server.answers = [Scripted(unit_answer(unit_result()))]
    asking = service(server)
    for criteria, sirets in (
        (SearchCriteria(name="LA POSTE"), ["35600000000048"]),
        (SearchCriteria(name="LA POSTE", zip="21000"), ["35600000049837"]),
        (SearchCriteria(name="LA POSTE", city="dijon"), ["35600000049837"]),
        (SearchCriteria(name="LA POSTE", departments=("75",)), ["35600000000048"]),
        (SearchCriteria(name="LA POSTE", zip="21000", active_only=True), []),
        (SearchCriteria(name="LA POSTE", zip="21000", head_offices_only=True), []),
        (SearchCriteria(siret="35600000049837"), ["35600000049837"]),
    ):
        page = asking.search(criteria)
        assert [item.siret for item in page.establishments] == sirets


def test_pages(server):
    result = unit_result()
    answer = unit_answer(result) | {"total_results": 60}
    server.answers = [Scripted(answer)]
    asking = service(server)
    first = asking.search(SearchCriteria(name="LA POSTE"))
    second = asking.search(SearchCriteria(name="LA POSTE"), after=first.next_cursor)
    third = asking.search(SearchCriteria(name="LA POSTE"), after=second.next_cursor)
    assert [seen.query["page"] for seen in server.requests] == ["1", "2", "3"]
    assert third.next_cursor is None
    assert first.total == 60


def test_pages_end_where_the_service_s_end(server):
    server.answers = [Scripted(unit_answer(unit_result()) | {"total_results": 50_000})]
    page = service(server).search(SearchCriteria(name="LA POSTE"), after="400")
    assert page.next_cursor is None
    assert page.total == 50_000


def test_foreign_cursor_is_refused(server):
    for cursor in ("", "-1", "1.5", "٣", "1" * 6):
        with pytest.raises(RefusedError):
            service(server).search(SearchCriteria(name="LA POSTE"), after=cursor)


def test_pace(server):
    server.answers = [Scripted(unit_answer())]
    started = time.monotonic()
    RechercheEntreprises(server.url).fetch((), ["356000000", "834462061", "944716448"])
    assert time.monotonic() - started > 2 / 7


def test_freshness_is_not_said(server):
    server.answers = [Scripted(unit_answer(unit_result()))]
    assert service(server).freshness().loaded_at is None
    assert len(server.requests) == 1


def test_unknown_company_is_left_out(server):
    server.answers = [
        Scripted({"erreur": "inconnu"}, 404),
        Scripted(unit_answer(unit_result())),
    ]
    page = service(server).fetch(["83446206100013"], ["356000000"])
    assert [item.siren for item in page.establishments] == ["356000000"]


def test_unreadable_results_are_set_aside(server):
    answer = unit_answer(unit_result(), unit_result(siren="1"), unit_result(siege=None))
    server.answers = [Scripted(answer)]
    page = service(server).search(SearchCriteria(name="LA POSTE"))
    assert len(page.establishments) == 1
    assert [item.reason for item in page.rejected] == [
        "The record has no valid SIREN.",
        "The record has no valid head office.",
    ]


@pytest.mark.parametrize("field", ["siren", "siege", "nom_complet"])
def test_renamed_field_is_malformed(server, field):
    result = unit_result()
    result[f"{field}_v2"] = result.pop(field)
    server.answers = [Scripted(unit_answer(result))]
    with pytest.raises(MalformedError, match=field):
        service(server).fetch((), ["356000000"])


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Scripted({"erreur": "paramètre"}, 400), RefusedError),
        (Scripted({}, 403), AuthenticationError),
        (Scripted({"erreur": "trop"}, 429, {"Retry-After": "600"}), QuotaError),
        (Scripted({"erreur": "panne"}, 500), TransientError),
        (Scripted({}, delay=3), TransientError),
        (Scripted(b'{"results": [{"sir'), MalformedError),
        (Scripted(b"<html>"), MalformedError),
        (Scripted([1]), MalformedError),
        (Scripted({"results": {}}), MalformedError),
        (Scripted({"results": []}), MalformedError),
    ],
)
def test_each_fault_at_each_call(server, call, fault, error):
    server.answers = [fault]
    with pytest.raises(ServiceError) as caught:
        CALLS[call](service(server, timeout=fault.patience))
    assert type(caught.value) is error
    assert caught.value.service == "recherche_entreprises"


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(unit_result())), json_values, max_size=8),
    st.dictionaries(
        st.sampled_from(sorted(unit_result()["siege"])), json_values, max_size=8
    ),
)
def test_any_json_in_any_field(changes, siege_changes):
    result = unit_result()
    result["siege"] |= siege_changes
    found, rejected = parsing.read_records(
        [result | changes],
        recherche_entreprises._read_unit,
        essential=("siren",),
        service="recherche_entreprises",
    )
    assert found or rejected
    for item in found:
        assert item.siret[:9] == item.siren
        assert item.establishment_state in ("active", "closed", None)
        assert "[NON-DIFFUSIBLE]" not in str(item)
