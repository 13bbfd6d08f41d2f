"""Whatever data blocks, a match or a queue hold, facts are sensible or unknown."""

import copy
import dataclasses
import json
from datetime import date
from pathlib import Path

import pytest
from dnb_calls import DUNS, REFERENCE, BadServer
from hypothesis import given, settings
from hypothesis import strategies as st
from nonsense import assert_sensible, spoilt, spoilt_in_each_place, value_at

from odoo.addons.partner_company_data.connectors import credit
from odoo.addons.partner_company_data.connectors.dnb_direct_plus import DnbDirectPlus
from odoo.addons.partner_company_data.connectors.dnb_report import SECTIONS, read_facts
from odoo.addons.partner_company_data.connectors.errors import ServiceError

SAMPLES = Path(__file__).resolve().parents[3] / "shared/data/dnb-samples"

ANSWER = {
    "transactionDetail": {"transactionTimestamp": "2026-11-20T09:00:00.000Z"},
    "inquiryDetail": {"duns": DUNS},
    "organization": {
        "duns": DUNS,
        "primaryName": "EXEMPLE",
        "registeredName": "EXEMPLE SARL",
        "countryISOAlpha2Code": "FR",
        "tradeStyleNames": [{"name": "L'EXEMPLE", "priority": 1}, "EX"],
        "dunsControlStatus": {
            "operatingStatus": {"description": "Active", "dnbCode": 9074}
        },
        "incorporatedDate": "2005-05-12",
        "startDate": "2005-06-01",
        "legalForm": {"description": "SARL"},
        "registrationNumbers": [
            {"registrationNumber": "48213367500017"},
            {
                "registrationNumber": "482133675",
                "isPreferredRegistrationNumber": True,
            },
        ],
        "industryCodes": [
            {
                "code": "4669",
                "description": "Wholesale",
                "typeDescription": "NACE Revision 2",
                "priority": 1,
            },
            {
                "code": "4669B",
                "description": "Commerce de gros",
                "typeDescription": "NAF",
                "priority": 2,
            },
        ],
        "primaryAddress": {
            "streetAddress": {"line1": "12 RUE DE L'EXEMPLE", "line2": None},
            "addressLocality": {"name": "LYON CEDEX 02"},
            "postalCode": "69002",
            "addressCountry": {"isoAlpha2Code": "FR"},
        },
        "registeredAddress": {
            "streetNumber": "3",
            "streetName": "QUAI",
            "addressCountry": {"isoAlpha2Code": "FR"},
        },
        "mailingAddress": {},
        "telephone": [
            {"telephoneNumber": "0478000000", "internationalDialingCode": "33"}
        ],
        "websiteAddress": [{"url": "www.exemple.example"}],
        "email": [{"email": "info@exemple.example"}],
        "numberOfEmployees": [{"value": 42, "employeeFiguresDate": "2025-12-31"}],
        "financials": [
            {"yearlyRevenue": [{"value": 5600000, "currency": "EUR"}]},
        ],
        "latestFiscalFinancials": {
            "financialStatementToDate": "2025-12-31",
            "currency": "EUR",
            "overview": {
                "salesRevenue": 5600000,
                "operatingProfitLoss": 300000,
                "netIncomeLoss": -12000,
                "equity": 800000,
                "totalAssets": 2100000,
            },
        },
        "mostSeniorPrincipals": [
            {"fullName": "Jeanne Exemple", "jobTitles": [{"title": "Gérante"}]}
        ],
        "currentPrincipals": [{"fullName": "Jeanne Exemple"}],
        "corporateLinkage": {
            "globalUltimate": {
                "duns": "260000018",
                "primaryName": "EXEMPLE HOLDING",
                "primaryAddress": {"addressCountry": {"isoAlpha2Code": "LU"}},
            },
            "parent": {},
        },
        "dnbAssessment": {
            "failureScore": {
                "classScore": 4,
                "nationalPercentile": 33,
                "classScoreDescription": "Moderately high",
                "scoreDate": "2026-11-02",
            },
            "delinquencyScore": {"classScore": 2, "nationalPercentile": 78},
            "standardRating": {
                "rating": "5A3",
                "financialStrength": "5A",
                "riskSegment": "3",
                "scoreDate": "2026-11-02",
            },
            "financialCondition": {"description": "Good"},
            "creditLimitRecommendation": {
                "maximumRecommendedLimit": {"value": 1190000, "currency": "USD"}
            },
            "hasSevereNegativeEvents": False,
        },
        "businessTrading": [
            {
                "summary": [
                    {
                        "summaryDate": "2026-11-01",
                        "paydexScore": 73,
                        "threeMonthsPriorPaydexScore": 75,
                        "paymentBehaviorDays": 11,
                        "paymentBehaviorResult": {"description": "beyond terms"},
                        "totalPastDueAmount": 1500,
                        "totalExperiencesCount": 12,
                    }
                ]
            }
        ],
        "businessTradingNorms": [
            {"industryNorms": {"paydexScoreNorms": {"median": 80}}}
        ],
        "legalEvents": {
            "hasOpenBankruptcy": True,
            "hasInsolvency": False,
            "hasLiquidation": False,
            "hasOpenLiens": True,
            "bankruptcy": {"mostRecentFilingDate": "2026-09-01"},
            "mostRecentJudgmentDate": "2026-09-01",
            "liens": [
                {
                    "lienFilings": [
                        {"filingAmount": {"value": 4000, "currency": "EUR"}},
                        {"filingAmount": {"value": 2500.5, "currency": "EUR"}},
                        {
                            "filingAmount": {"value": 9, "currency": "EUR"},
                            "releaseDate": "2024-01-01",
                        },
                    ]
                }
            ],
        },
    },
    "blockStatus": [
        {"blockID": "companyinfo_L2_v1", "status": "ok", "reason": None},
        {"blockID": "hierarchyconnections_L1_v1", "status": "fail", "reason": "Later."},
    ],
}


def facts_of(**changes):
    """Facts of the answer with other values below ``organization``."""
    answer = copy.deepcopy(ANSWER)
    for path, value in changes.items():
        *parents, last = path.split("__")
        value_at(answer["organization"], parents)[last] = value
    return read_facts(answer)


# ------------------------------------------------------------------ shapes, as seen


def test_every_field_of_the_blocks_is_read():
    facts = read_facts(ANSWER)
    unread = {
        field.name
        for field in dataclasses.fields(facts)
        if getattr(facts, field.name) in (None, (), credit.Group(), credit.Privileges())
    }
    # Direct+ does not tell them.
    assert unread == set(
        "vat_number rcs commercial_court acronym previous_names deregistration_date "
        "rating score_20 industry_score_20 probability_of_default contract_limit "
        "contract_limit_currency previous_rating previous_rating_description "
        "previous_score previous_credit_limit previous_credit_limit_currency "
        "rating_changed_on profitability_trend liquidity_trend net_worth_trend "
        "payment_trend latest_equity latest_equity_currency workforce_label capital "
        "capital_currency industry_credit_limit industry_score legal_form branches "
        "shareholders judgments company_exposure activity_loss commentaries history "
        "gazettes indicators enquiries".split()
    )
    assert (facts.siren, facts.siret) == ("482133675", "48213367500017")
    assert (facts.naf, facts.activity_code) == ("46.69B", "4669B")
    assert (facts.address.city, facts.phones) == ("LYON", ("+33 478000000",))
    assert facts.other_addresses[0].street == "3 QUAI"
    assert facts.trade_names == ("L'EXEMPLE", "EX")
    assert (facts.score, facts.credit_limit, facts.credit_limit_currency) == (
        33,
        1190000,
        "USD",
    )
    assert [(one.kind, one.value) for one in facts.risk_classes] == [
        ("failure", 4),
        ("delinquency", 2),
        ("risk_indicator", 3),
    ]
    assert (facts.payment.paydex, facts.payment.dbt) == (73, 11)
    assert (facts.payment.previous_paydex, facts.payment.industry_paydex) == (75, 80)
    assert facts.payment.overdue_total == 1500
    assert (facts.privileges.number, facts.privileges.amount) == (2, 6500.5)
    assert facts.proceedings[0].decided_on == date(2026, 9, 1)
    assert facts.is_failing and facts.has_open_proceedings
    assert facts.group.ultimate_parent.country_code == "LU"
    assert facts.key_figures[0].net_result == -12000
    assert facts.missing_sections == ("hierarchyconnections",)
    assert facts.failed_sections == ("hierarchyconnections_L1_v1: Later.",)
    assert_sensible(facts)


@pytest.mark.parametrize("empty", [None, [], {}, ""])
def test_what_is_empty_is_not_known_whatever_its_shape(empty):
    facts = facts_of(
        dnbAssessment=empty,
        businessTrading=empty,
        legalEvents=empty,
        financials=empty,
        latestFiscalFinancials=empty,
        industryCodes=empty,
    )
    assert facts.score is facts.credit_limit is facts.is_rated is None
    assert facts.payment.paydex is facts.payment.dbt is facts.latest_turnover is None
    assert facts.has_legal_facts is False
    assert facts.has_open_proceedings is facts.privileges.has_open is None
    assert facts.is_failing is None
    assert facts.risk_classes == facts.key_figures == ()
    assert set(facts.missing_sections) >= {
        "financialstrengthinsight",
        "paymentinsight",
        "eventfilings",
        "companyfinancials",
    }


def test_an_assessment_without_a_mark_is_not_rated():
    facts = facts_of(
        dnbAssessment={"failureScore": {}, "hasSevereNegativeEvents": False}
    )
    assert (facts.is_rated, facts.score) == (False, None)


@pytest.mark.parametrize(
    ("paydex", "days", "dbt"),
    [(73, 11, 11), (90, 20, -20), (80, 0, 0), (None, 11, 11), (90, -20, -20)],
)
def test_days_early_are_below_zero(paydex, days, dbt):
    trading = [{"summary": [{"paydexScore": paydex, "paymentBehaviorDays": days}]}]
    assert facts_of(businessTrading=trading).payment.dbt == dbt


@pytest.mark.parametrize(
    ("value", "number"), [(True, None), (False, 0), (None, None), ("x", None)]
)
def test_liens_without_a_number(value, number):
    facts = facts_of(legalEvents={"hasOpenLiens": value, "hasLiquidation": False})
    assert facts.privileges.number == number
    assert facts.privileges.amount is None


def test_amounts_of_two_currencies_have_no_sum():
    filings = [
        {"filingAmount": {"value": 1, "currency": currency}}
        for currency in ("EUR", "USD")
    ]
    privileges = facts_of(
        legalEvents={"hasOpenLiens": True, "liens": {"lienFilings": filings}}
    ).privileges
    assert (privileges.number, privileges.amount) == (2, None)


def test_out_of_business_is_failing():
    status = {"operatingStatus": {"description": "Out of business", "dnbCode": 128}}
    facts = facts_of(dunsControlStatus=status, legalEvents={})
    assert (facts.status, facts.is_failing) == ("ceased", True)


def test_blocks_whose_state_is_not_told_are_known_by_what_they_hold():
    answer = {"organization": {**ANSWER["organization"], "businessTrading": []}}
    assert read_facts(answer).missing_sections == ("paymentinsight",)
    assert read_facts({}).missing_sections == SECTIONS


def test_a_lien_below_zero_is_no_amount():
    answer = copy.deepcopy(ANSWER)
    filings = answer["organization"]["legalEvents"]["liens"][0]["lienFilings"]
    before = read_facts(answer).privileges
    filings.append({"filingAmount": {"value": -99999, "currency": "EUR"}})
    after = read_facts(answer).privileges
    assert after.amount == before.amount > 0


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_the_samples_are_read():
    answer = json.loads((SAMPLES / "data_duns_test_response.json").read_text())
    facts = read_facts(answer)
    assert (facts.bureau_id, facts.country_code) == ("141592653", "GB")
    assert (facts.status, facts.is_failing, facts.siren) == ("ceased", True, None)
    assert facts.activity_nomenclature == "NACE Revision 2" and facts.naf is None
    assert [officer.name for officer in facts.officers][0] == "Malcolm Lipman"
    assert facts.employees == 8
    assert_sensible(facts)
    body = (SAMPLES / "company_list_v2_test_response.json").read_bytes()
    with BadServer() as server:
        server.answer(200, body)
        (found,) = server.bureau().search("US", name="x").items
    assert (found.bureau_id, found.match_score) == ("141592653", 10)
    assert found.address.city == "Murrieta" and found.is_head_office


# ------------------------------------------------------------------------ nonsense


@settings(max_examples=150)
@given(spoilt(ANSWER))
def test_nonsense_in_a_report_never_becomes_a_fact(answer):
    assert_sensible(read_facts(answer))


def test_nonsense_in_each_single_field_of_a_report():
    for answer in spoilt_in_each_place(ANSWER, ({}, [], -7, 10**400, "x")):
        assert_sensible(read_facts(answer))


@settings(max_examples=50)
@given(st.binary(max_size=60) | spoilt(ANSWER).map(json.dumps).map(str.encode))
def test_a_paid_answer_is_read_or_malformed(content):
    try:
        report = DnbDirectPlus.read_report(credit.PaidAnswer(content))
    except ServiceError:
        return
    assert report.facts is not None and report.raw is not None


CANDIDATES = {
    "candidatesMatchedQuantity": 1,
    "matchCandidates": [
        {
            "displaySequence": 1,
            "organization": {
                key: ANSWER["organization"][key]
                for key in (
                    "duns",
                    "primaryName",
                    "dunsControlStatus",
                    "primaryAddress",
                    "registrationNumbers",
                    "telephone",
                    "tradeStyleNames",
                    "websiteAddress",
                )
            },
            "matchQualityInformation": {"confidenceCode": 10, "nameMatchScore": 90.5},
        }
    ],
}
NOTIFICATIONS = {
    "notifications": [
        {
            "type": "UPDATE",
            "organization": {"duns": DUNS},
            "deliveryTimeStamp": "2026-11-20T09:00:00.000Z",
            "elements": [
                {
                    "element": "organization.dnbAssessment.failureScore.classScore",
                    "previous": 2,
                    "current": 4,
                    "timestamp": "2026-11-19T00:00:00Z",
                },
                {
                    "element": "primaryAddress.streetAddress",
                    "previous": {"line1": "12 RUE"},
                    "current": {"line1": "3 QUAI"},
                },
                {"element": "legalEvents.hasOpenLiens", "current": True},
            ],
        },
        {"type": "EXIT", "organization": {"duns": DUNS}, "elements": []},
    ]
}


@pytest.fixture(scope="module")
def bad_server():
    with BadServer() as running:
        yield running


@settings(max_examples=50)
@given(spoilt(CANDIDATES))
def test_nonsense_in_a_match(bad_server, body):
    bad_server.answer(200, body)
    bureau = bad_server.bureau()
    try:
        page = bureau.search("FR", name="x")
    except ServiceError:
        return
    finally:
        bureau.close()
    for candidate in page.items:
        assert_sensible(candidate)


def test_what_is_read_of_sound_notifications(bad_server):
    bad_server.answer(200, NOTIFICATIONS)
    batch = bad_server.bureau().pull_notifications(REFERENCE)
    rating, address, liens, gone = batch.events
    assert batch.notifications == 2
    assert (rating.kind, rating.old_number, rating.new_number) == ("rating", 2, 4)
    assert rating.happened_at.isoformat() == "2026-11-19T00:00:00+00:00"
    assert (address.kind, address.new_value) == ("address", '{"line1": "3 QUAI"}')
    assert (liens.kind, liens.old_value, liens.new_value) == (
        "privileges",
        None,
        "true",
    )
    assert (gone.kind, gone.change_type, gone.element) == ("status", "exit", None)
    ids = [event.id for event in batch.events]
    assert len(set(ids)) == 4 and all(0 < number < 2**53 for number in ids)
    again = DnbDirectPlus.read_notifications(json.dumps(NOTIFICATIONS).encode())
    assert [event.id for event in again.events] == ids


@pytest.mark.parametrize(
    ("element", "current", "fact"),
    [
        ("organization.dnbAssessment.failureScore.nationalPercentile", 33, "score"),
        ("dnbAssessment.failureScore.nationalPercentile", 133, None),
        (
            "dnbAssessment.creditLimitRecommendation.maximumRecommendedLimit",
            {"value": 33, "currency": "EUR"},
            "credit_limit",
        ),
        (
            "dnbAssessment.creditLimitRecommendation.maximumRecommendedLimit.value",
            33,
            "credit_limit",
        ),
        ("businessTrading[0].summary[0].paydexScore", "33", "paydex"),
        ("dunsControlStatus.operatingStatus.dnbCode", 33, None),
        ("legalEvents.hasLiquidation", False, None),
        ("something.else", 33, None),
    ],
)
def test_what_an_event_says_of_now(element, current, fact):
    row = {"element": element, "current": current}
    body = {"notifications": [{"organization": {"duns": DUNS}, "elements": [row]}]}
    (event,) = DnbDirectPlus.read_notifications(json.dumps(body).encode()).events
    assert (event.fact, event.fact_value) == (fact, 33 if fact else None)


@pytest.mark.parametrize(
    ("paydex", "days", "dbt"), [(90, 20, -20), (50, 30, 30), (None, 30, None)]
)
def test_days_are_early_or_late_by_the_paydex_beside_them(paydex, days, dbt):
    summary = "businessTrading[0].summary[0]"
    rows = [{"element": f"{summary}.paymentBehaviorDays", "current": days}]
    if paydex:
        rows.append({"element": f"{summary}.paydexScore", "current": paydex})
    body = {"notifications": [{"organization": {"duns": DUNS}, "elements": rows}]}
    event, *_rest = DnbDirectPlus.read_notifications(json.dumps(body).encode()).events
    assert (event.fact, event.fact_value) == ("dbt" if dbt else None, dbt)


def test_an_empty_queue(bad_server):
    for body in (b"", b"{}", {"notifications": []}):
        bad_server.answer(200, body)
        batch = bad_server.bureau().pull_notifications(REFERENCE)
        assert (batch.notifications, batch.events) == (0, ())


@settings(max_examples=80)
@given(spoilt(NOTIFICATIONS) | st.binary(max_size=30))
def test_nonsense_in_notifications(body):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        batch = DnbDirectPlus.read_notifications(raw)
    except ServiceError:
        return
    for event in batch.events:
        assert_sensible(event)
        assert event.bureau_id
