"""OpenDataSoft: what is asked, what is read, what each fault becomes."""

from dataclasses import fields
from datetime import date, datetime, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records import ods_answer, ods_record
from servers import Scripted
from stdnum import luhn
from test_parsing import is_storable, json_values

from odoo.addons.partner_company_data.connectors import (
    nomenclatures,
    opendatasoft,
    parsing,
)
from odoo.addons.partner_company_data.connectors.datatypes import (
    Address,
    Establishment,
    SearchCriteria,
)
from odoo.addons.partner_company_data.connectors.errors import (
    AuthenticationError,
    MalformedError,
    QuotaError,
    RefusedError,
    ServiceError,
    TransientError,
)
from odoo.addons.partner_company_data.connectors.opendatasoft import (
    FIELDS,
    OpenDataSoft,
)

DATASET = "/api/explore/v2.1/catalog/datasets/economicref-france-sirene-v3"

CALLS = {
    "freshness": lambda service: service.freshness(),
    "fetch": lambda service: service.fetch(["83446206100013"]),
    "search": lambda service: service.search(SearchCriteria(name="AUDION")),
    "lookup": lambda service: service.lookup(SearchCriteria(name="AUDION")),
}


def service(server, **options):
    return OpenDataSoft(server.url, timeout=options.pop("timeout", 20), **options)


def read_one(server, **changes):
    server.answers = [Scripted(ods_answer(ods_record(**changes)))]
    page = service(server).search(SearchCriteria())
    assert not page.rejected
    [establishment] = page.establishments
    return establishment


def test_complete_record(server):
    assert read_one(server) == Establishment(
        siren="834462061",
        siret="83446206100013",
        is_head_office=True,
        head_office_siret="83446206100013",
        establishment_state="active",
        unit_state="active",
        legal_name="AUDION",
        naf="70.22Z",
        naf_nomenclature="NAFRev2",
        naf_label=nomenclatures.naf_labels()["70.22Z"],
        legal_form="5710",
        legal_form_label="SAS, société par actions simplifiée",
        category="PME",
        category_year=2023,
        workforce="12",
        workforce_year=2023,
        unit_creation_date=date(2018, 3, 12),
        establishment_creation_date=date(2018, 3, 12),
        last_processed=date(2026, 1, 15),
        address=Address(
            street="85 RUE JOUFFROY D'ABBANS",
            zip="75017",
            city="PARIS",
            country_code="FR",
            commune_code="75117",
            department_code="75",
        ),
    )


def test_sole_trader(server):
    found = read_one(
        server,
        denominationunitelegale=None,
        categoriejuridiqueunitelegale="1000",
        nomunitelegale="DURAND",
        nomusageunitelegale="MARTIN",
        prenom1unitelegale="ANNE",
        prenomusuelunitelegale="ANNIE",
        l1_adressage_unitelegale="MADAME ANNIE MARTIN",
    )
    assert found.is_sole_trader
    assert found.legal_name == "ANNIE MARTIN"


def test_name_of_the_address_line_serves(server):
    found = read_one(
        server,
        denominationunitelegale=None,
        l1_adressage_unitelegale="MONSIEUR JEAN DUPONT",
    )
    assert found.legal_name == "JEAN DUPONT"


def test_partial_disclosure(server):
    found = read_one(
        server,
        statutdiffusionetablissement="P",
        statutdiffusionunitelegale="P",
        denominationunitelegale="[ND]",
        sigleunitelegale="[ND]",
        adresseetablissement="[ND]",
        numerovoieetablissement="[ND]",
        typevoieetablissement="[ND]",
        libellevoieetablissement="[ND]",
        complementadresseetablissement="[ND]",
        codepostaletablissement="[ND]",
    )
    assert found.is_partial
    assert (found.legal_name, found.acronym) == (None, None)
    assert (found.address.street, found.address.zip) == (None, None)
    assert found.address.city == "PARIS"


def test_a_mask_alone_means_partial_disclosure(server):
    assert read_one(server, sigleunitelegale="[ND]").is_partial


def test_names_and_branch(server):
    found = read_one(
        server,
        siret="83446206100021",
        etablissementsiege="Non",
        sigleunitelegale="AUD",
        denominationusuelle1unitelegale="AUDION CONSEIL",
        enseigne1etablissement="Audion Conseil",
        enseigne2etablissement="L'ATELIER",
    )
    assert found.is_head_office is False
    assert found.head_office_siret == "83446206100013"
    assert found.acronym == "AUD"
    assert found.trade_names == ("AUDION CONSEIL", "L'ATELIER")


def test_unit_activity_serves_with_its_own_nomenclature(server):
    found = read_one(
        server,
        activiteprincipaleetablissement=None,
        nomenclatureactiviteprincipaleetablissement="NAFRev2",
        activiteprincipaleunitelegale="46.33Y",
        nomenclatureactiviteprincipaleunitelegale="NAF2025",
    )
    assert (found.naf, found.naf_nomenclature) == ("46.33Y", "NAF2025")
    assert found.naf_label is None


def test_states_and_old_types(server):
    found = read_one(
        server,
        etatadministratifetablissement="Fermé",
        etatadministratifunitelegale="Cessée",
        codepostaletablissement=1000,
        siren=834462061,
        siret=83446206100013,
        trancheeffectifsunitelegale=None,
        datederniertraitementunitelegale=None,
        datederniertraitementetablissement=None,
    )
    assert (found.establishment_state, found.unit_state) == ("closed", "ceased")
    assert found.address.zip == "01000"
    assert found.workforce == "12"
    assert found.last_processed is None


@pytest.mark.parametrize("value", [{"value": "Actif"}, ["Actif"], True, 12.5])
def test_what_counts_in_another_kind_makes_a_record_unreadable(server, value):
    record = ods_record(etatadministratifetablissement=value)
    server.answers = [Scripted(ods_answer(record))]
    page = service(server).fetch(["83446206100013"])
    assert page.establishments == ()
    [rejected] = page.rejected
    assert rejected.identifier == "83446206100013"
    assert "etatadministratifetablissement" in rejected.reason


def test_a_year_without_its_value_is_not_kept(server):
    found = read_one(
        server,
        categorieentreprise=None,
        trancheeffectifsunitelegale=None,
        trancheeffectifsunitelegaletriable=None,
    )
    assert (found.category_year, found.workforce_year) == (None, None)


# ------------------------------------------------------------------------- requests


def test_one_request_for_branches_and_head_offices(server):
    server.answers = [Scripted(ods_answer(ods_record()))]
    asking = service(server, api_key="secret")
    page = asking.fetch(["834 462 061 00013", "12345678901234"], ["834462061"] * 2)
    assert [item.siret for item in page.establishments] == ["83446206100013"]
    [seen] = server.requests
    assert seen.path == f"{DATASET}/records"
    assert seen.query == {
        "select": ",".join(FIELDS),
        "where": '(siret in ("83446206100013") or (siren in ("834462061") and '
        'etablissementsiege = "oui"))',
        "order_by": "siret",
        "limit": "100",
    }
    assert seen.headers["Authorization"] == "Apikey secret"
    assert asking.requests_made == 1


def test_nothing_asked_nothing_sent(server):
    assert service(server).fetch([], ["no SIREN"]).establishments == ()
    assert server.requests == []


def test_more_than_a_hundred_are_split(server):
    server.answers = [Scripted(ods_answer())]
    sirens = [f"{number:08d}" for number in range(1, 251)]
    sirens = [siren + _luhn_digit(siren) for siren in sirens]
    service(server).fetch((), sirens)
    assert len(server.requests) == 3


def _luhn_digit(digits):
    return luhn.calc_check_digit(digits)


def test_more_rows_than_a_page_are_all_fetched(server):
    first = ods_record()
    second = ods_record(siret="83446206100021")
    server.answers = [
        Scripted({"total_count": 2, "results": [first]}),
        Scripted({"total_count": 2, "results": [second]}),
    ]
    page = service(server).fetch((), ["834462061"])
    assert len(page.establishments) == 2
    assert server.requests[1].query["offset"] == "1"


def test_a_service_that_counts_badly_is_not_asked_for_ever(server):
    server.answers = [Scripted({"total_count": 10**9, "results": [ods_record()]})]
    page = service(server).fetch((), ["834462061"])
    assert len(page.establishments) == 1
    assert len(server.requests) == 2


def test_what_was_not_asked_is_set_aside(server):
    other = ods_record(siren="944716448", siret="94471644800013")
    server.answers = [Scripted(ods_answer(ods_record(), other))]
    page = service(server).fetch(["83446206100013"])
    assert [item.siren for item in page.establishments] == ["834462061"]
    [rejected] = page.rejected
    assert rejected.identifier == "94471644800013"


def test_unreadable_records_are_set_aside(server):
    answer = ods_answer(
        ods_record(),
        ods_record(siret=None),
        ods_record(siret="12345678901234"),
        ods_record(siren="944716448"),
        "text",
        None,
    )
    server.answers = [Scripted(answer)]
    page = service(server).search(SearchCriteria())
    assert len(page.establishments) == 1
    assert [item.reason for item in page.rejected] == [
        "The record has no valid SIRET.",
        "The record has no valid SIRET.",
        "The record's SIREN is not that of its SIRET.",
        "The record is not an object.",
        "The record is not an object.",
    ]


@pytest.mark.parametrize(
    "field", ["siret", "siren", "denominationunitelegale", "codepostaletablissement"]
)
def test_renamed_field_is_malformed(server, field):
    record = ods_record()
    record[f"{field}_v2"] = record.pop(field)
    server.answers = [Scripted(ods_answer(record, record))]
    with pytest.raises(MalformedError, match=field):
        service(server).fetch(["83446206100013"])


@pytest.mark.parametrize(
    ("criteria", "where"),
    [
        (SearchCriteria(), None),
        (SearchCriteria(siren="834 462 061"), 'siren = "834462061"'),
        (SearchCriteria(zip="75017"), 'codepostaletablissement = "75017"'),
        (SearchCriteria(zip="75"), 'startswith(codepostaletablissement, "75")'),
        (
            SearchCriteria(departments=("2A", "974")),
            '(startswith(codecommuneetablissement, "2A") or '
            'startswith(codecommuneetablissement, "974"))',
        ),
        (
            SearchCriteria(naf_codes=("62.02A", "70.22Z", "58")),
            '(activiteprincipaleetablissement in ("62.02A", "70.22Z") or '
            'startswith(activiteprincipaleetablissement, "58"))',
        ),
        (
            SearchCriteria(workforces=("NN", "42")),
            "trancheeffectifsunitelegale in "
            '("Etablissement non employeur", "Unité non employeuse", '
            '"1000 à 1999 salariés", "1 000 à 1 999 salariés")',
        ),
        (
            SearchCriteria(
                city="St-Ouen Cedex 2", head_offices_only=True, active_only=True
            ),
            '(search(libellecommuneetablissement, "SAINT OUEN") and '
            '(etatadministratifetablissement = "Actif" and '
            'etatadministratifunitelegale = "Active") and etablissementsiege = "oui")',
        ),
        (
            SearchCriteria(
                legal_forms=("5710",), categories=("PME",), disclosed_only=True
            ),
            '(categoriejuridiqueunitelegale in ("5710") and '
            'categorieentreprise in ("PME") and (statutdiffusionetablissement = "O" '
            'and statutdiffusionunitelegale = "O"))',
        ),
    ],
)
def test_criteria(server, criteria, where):
    server.answers = [Scripted(ods_answer())]
    service(server).search(criteria, limit=20)
    [seen] = server.requests
    assert seen.query.get("where") == where
    assert seen.query["limit"] == "20"


def test_pages(server):
    record = ods_record()
    asking = service(server)
    server.answers = [Scripted({"total_count": 3, "results": [record]})]
    first = asking.search(SearchCriteria(), limit=1)
    second = asking.search(SearchCriteria(), limit=1, after=first.next_cursor)
    third = asking.search(SearchCriteria(), limit=1, after=second.next_cursor)
    assert [seen.query.get("offset") for seen in server.requests] == [None, "1", "2"]
    assert third.next_cursor is None
    assert {first.total, second.total, third.total} == {3}


def test_pages_go_on_beyond_the_service_s_window(server):
    record = ods_record()
    server.answers = [Scripted({"total_count": 25_000, "results": [record] * 100})]
    asking = service(server)
    cursor = ".9900.25000"
    page = asking.search(SearchCriteria(zip="75017"), after=cursor)
    assert page.total == 25_000
    asking.search(SearchCriteria(zip="75017"), after=page.next_cursor)
    seen = server.requests[-1].query
    assert "offset" not in seen
    assert seen["where"] == (
        '(codepostaletablissement = "75017" and siret > "83446206100013")'
    )


def test_foreign_cursor_is_refused(server):
    for cursor in ("", "x", "1.2", '"; drop', "83446206100013.-1.3"):
        with pytest.raises(RefusedError):
            service(server).search(SearchCriteria(), after=cursor)


def test_dataset_is_part_of_the_address(server):
    server.answers = [Scripted(ods_answer())]
    service(server, dataset="sirene@public").search(SearchCriteria())
    assert server.requests[0].path.endswith("/catalog/datasets/sirene@public/records")
    with pytest.raises(RefusedError):
        service(server, dataset="../x")


# ----------------------------------------------------------------- freshness, faults


@pytest.mark.parametrize(
    ("default", "moment"),
    [
        (
            {
                "data_processed": "2026-02-09T06:10:00+00:00",
                "metadata_processed": "2026-05-01T00:00:00+00:00",
            },
            datetime(2026, 2, 9, 6, 10, tzinfo=timezone.utc),
        ),
        (
            {"data_processed": None, "metadata_processed": "2026-05-01T00:00:00Z"},
            datetime(2026, 5, 1, tzinfo=timezone.utc),
        ),
        ({}, None),
        (None, None),
    ],
)
def test_freshness(server, default, moment):
    server.answers = [Scripted({"metas": {"default": default}})]
    assert service(server).freshness().loaded_at == moment
    assert server.requests[0].path == DATASET


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (
            Scripted(
                {"message": "ODSQL query is malformed", "error_code": "ODSQLError"}, 400
            ),
            RefusedError,
        ),
        (Scripted({}, 401), AuthenticationError),
        (Scripted({"error": "Unknown dataset"}, 404), RefusedError),
        (
            Scripted(
                {"errorcode": 10002, "reset_time": "2031-01-26T00:00:00Z"},
                429,
            ),
            QuotaError,
        ),
        (Scripted({}, 500), TransientError),
        (Scripted({}, delay=3), TransientError),
        (Scripted({"results": []}, missing=9), TransientError),
        (Scripted(b'{"total_count": 1, "res'), MalformedError),
        (Scripted(b"<html>"), MalformedError),
        (Scripted([1, "two", None]), MalformedError),
    ],
)
def test_each_fault_at_each_call(server, call, fault, error):
    server.answers = [fault]
    with pytest.raises(ServiceError) as caught:
        CALLS[call](service(server, timeout=fault.patience, api_key="hidden-key"))
    assert type(caught.value) is error
    assert caught.value.service == "opendatasoft"
    assert "hidden-key" not in str(caught.value)
    if error is QuotaError:
        assert caught.value.reset_at == datetime(2031, 1, 26, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "answer",
    [
        {"results": []},
        {"total_count": "1", "results": []},
        {"total_count": True, "results": []},
        {"total_count": 1},
        {"total_count": 1, "results": {}},
        {"total_count": 1, "results": None},
    ],
)
def test_answer_of_another_shape_is_malformed(server, answer):
    server.answers = [Scripted(answer)]
    with pytest.raises(MalformedError):
        service(server).search(SearchCriteria())


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.dictionaries(
        st.sampled_from([field for field in FIELDS if field not in ("siret", "siren")]),
        json_values,
        max_size=12,
    ),
    st.sampled_from(["siret", "siren", None]),
    json_values,
)
def test_any_json_in_any_field(changes, identifier, nonsense):
    """Read through the same function as answers: nothing breaks, no nonsense kept."""
    record = ods_record(**changes)
    if identifier:
        record[identifier] = nonsense
    found, rejected = parsing.read_records(
        [record],
        opendatasoft._read_record,
        essential=("siret",),
        service="opendatasoft",
    )
    assert len(found) + len(rejected) == 1
    for item in found:
        assert item.siret == "83446206100013" and item.siren == "834462061"
        assert item.establishment_state in ("active", "closed", None)
        assert item.unit_state in ("active", "ceased", None)
        assert item.category in ("PME", "ETI", "GE", None)
        assert item.workforce in {None, *nomenclatures.WORKFORCE_LABELS}
        for value in fields(item):
            content = getattr(item, value.name)
            if isinstance(content, str):
                assert content and is_storable(content)
