"""Both connectors against the sandbox, over real HTTP."""

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stand_in import StandIn

from odoo.addons.partner_company_data.connectors import odsql, opendatasoft
from odoo.addons.partner_company_data.connectors.datatypes import SearchCriteria
from odoo.addons.partner_company_data.connectors.errors import (
    AuthenticationError,
    MalformedError,
    QuotaError,
    RefusedError,
    ServiceError,
    TransientError,
)

REGISTRIES = ("opendatasoft", "recherche_entreprises")

CALLS = {
    "freshness": lambda registry: registry.freshness(),
    "fetch": lambda registry: registry.fetch(["83446206100013"], ["356000000"]),
    "search": lambda registry: registry.search(SearchCriteria(name="GARAGE")),
    "lookup": lambda registry: registry.lookup(SearchCriteria(name="AUDION")),
}

FAULTS = [
    ({"kind": "400"}, RefusedError),
    ({"kind": "401"}, AuthenticationError),
    ({"kind": "429", "seconds": 3600}, QuotaError),
    ({"kind": "500"}, TransientError),
    ({"kind": "503"}, TransientError),
    ({"kind": "timeout", "seconds": 0.6}, TransientError),
    ({"kind": "drop_connection"}, TransientError),
    ({"kind": "cut_connection"}, TransientError),
    ({"kind": "cut_json"}, MalformedError),
    ({"kind": "html"}, MalformedError),
    ({"kind": "no_body"}, MalformedError),
    ({"kind": "not_an_object"}, MalformedError),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("code", REGISTRIES)
@pytest.mark.parametrize(("fault", "error"), FAULTS, ids=lambda value: str(value)[:40])
def test_each_fault_at_each_call(sandbox, code, call, fault, error):
    timeout = 0.3 if fault["kind"] == "timeout" else 5
    registry = sandbox.registry(code, timeout=timeout)
    sandbox.fault(service=code, **fault)
    with pytest.raises(ServiceError) as caught:
        CALLS[call](registry)
    assert type(caught.value) is error
    if error is QuotaError:
        wait = caught.value.reset_at - datetime.now(timezone.utc)
        assert 3500 < wait.total_seconds() < 3700


@pytest.mark.parametrize("code", REGISTRIES)
def test_a_fault_that_passes_is_not_noticed(sandbox, code):
    registry = sandbox.registry(code)
    sandbox.fault("503", service=code, times=1)
    assert registry.fetch(["83446206100013"]).establishments
    assert registry.requests_made == 2


@pytest.mark.parametrize("code", REGISTRIES)
@pytest.mark.parametrize("call", ["fetch", "search", "lookup"])
def test_renamed_field(sandbox, code, call):
    registry = sandbox.registry(code)
    sandbox.fault("renamed_field", service=code)
    with pytest.raises(MalformedError, match="any more"):
        CALLS[call](registry)


def test_renamed_field_that_the_service_refuses(sandbox):
    registry = sandbox.opendatasoft()
    sandbox.fault("renamed_field", service="opendatasoft", strict=True)
    with pytest.raises(RefusedError, match="Unknown field: denominationunitelegale"):
        registry.fetch(["83446206100013"])


@pytest.mark.parametrize("code", REGISTRIES)
def test_wrong_types_are_not_known(sandbox, code):
    registry = sandbox.registry(code)
    [before] = registry.fetch(["83446206100013"]).establishments
    sandbox.fault("wrong_types", service=code)
    page = registry.fetch(["83446206100013"])
    assert len(page.establishments) + len(page.rejected) == 1
    for found in page.establishments:
        for field in found.__slots__:
            value = getattr(found, field)
            known = getattr(before, field)
            assert value in (None, (), known, False) or field in (
                "address",
                "category_year",
                "is_head_office",
                "is_sole_trader",
            )


@pytest.mark.parametrize("code", REGISTRIES)
def test_empty_answer_is_nobody(sandbox, code):
    registry = sandbox.registry(code)
    sandbox.fault("empty", service=code)
    assert registry.fetch(["83446206100013"]).establishments == ()
    assert registry.lookup(SearchCriteria(name="AUDION")) == ()


# ----------------------------------------------------------------------- what is read


def test_both_registers_say_the_same(sandbox):
    """Seats and branches of all kinds, field by field."""
    sirets = {
        record["siret"]
        for case in (
            "plain",
            "moved_seat",
            "homonym",
            "branches",
            "overseas",
            "acronym",
        )
        for record in sandbox.companies(case)
    }
    pages = [
        sandbox.registry(code).fetch(sorted(sirets)).establishments
        for code in REGISTRIES
    ]
    copies, dailies = ({item.siret: item for item in page} for page in pages)
    assert set(copies) == set(dailies) == sirets
    for siret, copy in copies.items():
        # What only one of the two tells, or tells in other words.
        daily = replace(
            dailies[siret],
            turnover=None,
            turnover_year=None,
            vat_numbers=(),
            trade_names=copy.trade_names,
            last_processed=copy.last_processed,
            naf_nomenclature=copy.naf_nomenclature,
            naf_label=copy.naf_label,
        )
        assert daily == copy


@pytest.mark.parametrize("code", REGISTRIES)
def test_partial_disclosure(sandbox, code):
    records = sandbox.companies("partial")
    page = sandbox.registry(code).fetch([record["siret"] for record in records])
    assert page.establishments
    for found in page.establishments:
        assert found.is_partial
        assert found.address.street is None
        assert "[ND]" not in str(found) and "DIFFUSIBLE" not in str(found)


@pytest.mark.parametrize("code", REGISTRIES)
def test_overseas_countries(sandbox, code):
    records = [
        record
        for record in sandbox.companies("overseas")
        if record["codecommuneetablissement"].startswith(("97", "98"))
    ]
    page = sandbox.registry(code).fetch([record["siret"] for record in records])
    countries = {found.address.country_code for found in page.establishments}
    assert countries and "FR" not in countries and None not in countries


@pytest.mark.parametrize("code", REGISTRIES)
def test_la_poste(sandbox, code):
    records = sandbox.companies("la_poste")
    sirets = {record["siret"] for record in records}
    page = sandbox.registry(code).fetch(sirets)
    assert {found.siret for found in page.establishments} == sirets


def test_reloading_is_seen(sandbox):
    moment = datetime(2026, 11, 21, 5, 30, tzinfo=timezone.utc)
    sandbox.control("register/reload", {"date": moment.isoformat()})
    assert sandbox.opendatasoft().freshness().loaded_at == moment


def test_a_hundred_in_one_request(sandbox):
    records = sandbox.control("sample?count=100&seed=1")["results"]
    registry = sandbox.opendatasoft()
    page = registry.fetch(
        [record["siret"] for record in records[:50]],
        [record["siren"] for record in records[50:]],
    )
    assert {found.siret for found in page.establishments} == {
        record["siret"] for record in records
    }
    assert registry.requests_made == 1
    assert not page.rejected


# ------------------------------------------------------------------ keys, allowances


def test_key_and_allowance(sandbox):
    sandbox.control("keys", {"add": ["good-key"]})
    with pytest.raises(AuthenticationError) as caught:
        sandbox.opendatasoft(api_key="wrong-key").freshness()
    assert "wrong-key" not in str(caught.value)
    sandbox.control("quota", {"key": "good-key", "limit": 2})
    registry = sandbox.opendatasoft(api_key="good-key")
    registry.freshness()
    registry.freshness()
    assert registry.quota.remaining == 0
    with pytest.raises(QuotaError) as caught:
        registry.freshness()
    assert caught.value.reset_at > datetime.now(timezone.utc)
    # The next run does not know yet; the service's own words tell it the same.
    with pytest.raises(QuotaError) as told:
        sandbox.opendatasoft(api_key="good-key").freshness()
    assert told.value.reset_at == caught.value.reset_at


def test_pace_of_the_daily_register(sandbox):
    registry = sandbox.recherche_entreprises(min_interval=0.15)
    sandbox.control("quota", {"requests_per_second": 7})
    sirens = [record["siren"] for record in sandbox.companies("plain")][:12]
    assert len(registry.fetch((), sirens).establishments) == len(set(sirens))
    assert registry.requests_made == len(set(sirens))


# --------------------------------------------------------------------------- searching


@pytest.mark.parametrize("window", [10_000, 300])
def test_every_page_once(sandbox, monkeypatch, window):
    monkeypatch.setattr(opendatasoft, "MAX_WINDOW", window)
    registry = sandbox.opendatasoft()
    total = sandbox.control("health")["establishments"]
    sirets = []
    cursor = None
    while True:
        page = registry.search(SearchCriteria(), limit=100, after=cursor)
        assert page.total == total
        sirets += [found.siret for found in page.establishments]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(sirets) == len(set(sirets)) == total
    assert sirets == sorted(sirets)


@pytest.mark.parametrize("code", REGISTRIES)
@pytest.mark.parametrize(
    ("criteria", "fits"),
    [
        ({"departments": ("69",)}, lambda item: item.address.department_code == "69"),
        ({"zip": "75015"}, lambda item: item.address.zip == "75015"),
        ({"naf_codes": ("62.02A",)}, lambda item: item.naf == "62.02A"),
        ({"legal_forms": ("5710",)}, lambda item: item.legal_form == "5710"),
        ({"workforces": ("12", "42")}, lambda item: item.workforce in ("12", "42")),
        ({"categories": ("ETI",)}, lambda item: item.category == "ETI"),
        (
            {"name": "Boulangerie", "city": "Paris"},
            lambda item: item.address.city == "PARIS",
        ),
    ],
)
def test_criteria(sandbox, code, criteria, fits):
    criteria = SearchCriteria(
        **criteria, active_only=True, head_offices_only=True, disclosed_only=True
    )
    page = sandbox.registry(code).search(criteria, limit=25)
    assert page.establishments
    for found in page.establishments:
        assert fits(found)
        assert found.is_head_office and not found.is_partial
        assert (found.establishment_state, found.unit_state) == ("active", "active")


@pytest.mark.parametrize("code", REGISTRIES)
def test_lookup_by_identifier_is_one_request(sandbox, code):
    registry = sandbox.registry(code)
    criteria = SearchCriteria(name="whatever", siret="834 462 061 00013")
    [found] = registry.lookup(criteria)
    assert found.legal_name == "AUDION"
    assert registry.requests_made == 1


# ---------------------------------------------------------------------- no injection

any_text = st.text(max_size=40) | st.text(
    st.sampled_from("\"'\\()%*:=,oritandselct \n\x00\ud800é"), max_size=40
)
over_http = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@over_http
@given(any_text)
def test_a_literal_means_its_text_and_nothing_else(sandbox_url, text):
    client = opendatasoft.OpenDataSoft(f"{sandbox_url}/opendatasoft/api/explore/v2.1")
    known = odsql.equals("siret", "83446206100013")
    either = odsql.any_of(known, odsql.equals("siret", text))
    both = odsql.all_of(known, odsql.equals("siret", text))
    assert client._page(either, limit=1)[0].total == 1
    assert client._page(both, limit=1)[0].total == 0
    client.close()


@over_http
@given(any_text, any_text, any_text, any_text)
def test_any_criteria_make_a_query(sandbox_url, name, street, city, zip_code):
    client = opendatasoft.OpenDataSoft(f"{sandbox_url}/opendatasoft/api/explore/v2.1")
    criteria = SearchCriteria(
        name=name,
        street=street,
        city=city,
        zip=zip_code,
        naf_codes=(name,),
        departments=(city,),
        legal_forms=(street,),
        workforces=(name,),
        categories=(zip_code,),
    )
    client.search(criteria, limit=1)
    client.lookup(SearchCriteria(name=name, street=street, city=city, zip=zip_code))
    client.close()


@over_http
@given(any_text, any_text, any_text)
def test_any_criteria_make_parameters(sandbox_url, name, street, city):
    sandbox = StandIn(sandbox_url)
    registry = sandbox.recherche_entreprises()
    registry.lookup(SearchCriteria(name=name, street=street, city=city, zip="75015"))
    registry.close()
