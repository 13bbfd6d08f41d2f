"""Whatever a report, a search or a page of events holds, facts are sensible or unknown.

The first part reads shapes that were seen; in the second, hypothesis puts nonsense of
the right and of the wrong type into every field.
"""

import copy
import dataclasses
import json
from datetime import date
from pathlib import Path

import pytest
from creditsafe_calls import CALLS, COMPANY, BadServer
from hypothesis import given, settings
from hypothesis import strategies as st
from nonsense import assert_sensible, spoilt, spoilt_in_each_place

from odoo.addons.partner_company_data.connectors import credit
from odoo.addons.partner_company_data.connectors.credit_monitoring import (
    MonitoringEvent,
    PortfolioCompany,
)
from odoo.addons.partner_company_data.connectors.creditsafe import Creditsafe
from odoo.addons.partner_company_data.connectors.creditsafe_report import (
    SECTIONS,
    read_facts,
)
from odoo.addons.partner_company_data.connectors.errors import ServiceError

SAMPLES = Path(__file__).resolve().parents[3] / "shared/data/creditsafe-samples"

REPORT = {
    "companyId": COMPANY,
    "companySummary": {
        "businessName": "EXEMPLE",
        "country": "FR",
        "companyNumber": "FR90000001",
        "mainActivity": {"code": "4669B", "classification": "NAF/APE"},
        "companyStatus": {"status": "Active", "description": "Active"},
        "latestTurnoverFigure": {"currency": "EUR", "value": 2450000},
        "latestShareholdersEquityFigure": {"currency": "EUR", "value": -61},
    },
    "companyIdentification": {
        "basicInformation": {
            "registeredCompanyName": "EXEMPLE",
            "companyRegistrationNumber": "48213367500017",
            "vatRegistrationNumber": "FR87482133675",
            "companyRegistrationDate": "2007-03-29T00:00:00Z",
            "legalForm": {"providerCode": "5499", "description": "SARL"},
            "commercialCourt": "RCS Lille",
        },
        "previousNames": [{"name": "ANCIEN", "dateChanged": None}],
    },
    "creditScore": {
        "currentCreditRating": {
            "commonValue": "B",
            "commonDescription": "Low Risk",
            "creditLimit": {"currency": "EUR", "value": "32000"},
            "providerValue": {"maxValue": "100", "minValue": "0", "value": "64"},
            "providerDescription": "Low risk",
            "pod": 0.8,
        },
        "previousCreditRating": {
            "commonValue": "C",
            "creditLimit": {"currency": "EUR", "value": "18000"},
            "providerValue": {"maxValue": "100", "minValue": "0", "value": "47"},
        },
        "currentContractLimit": {"currency": "EUR", "value": 49000},
        "latestRatingChangeDate": "2026-09-14T00:00:00Z",
    },
    "contactInformation": {
        "mainAddress": {
            "street": "12 RUE DE LA DEMO",
            "houseNumber": "12",
            "postalCode": "59000",
            "city": "LILLE CEDEX 9",
            "telephone": "0320000000",
        },
        "otherAddresses": [{"street": "Quai 1", "city": "LYON"}],
        "emailAddresses": ["info@exemple.example"],
        "websites": ["www.exemple.example"],
    },
    "shareCapitalStructure": {
        "nominalShareCapital": {"value": 7500},
        "shareHolders": [{"name": "HOLDING", "percentSharesHeld": 51.5}],
    },
    "directors": {
        "currentDirectors": [
            {
                "name": "MME DIRIGEANTE",
                "dateOfBirth": "1968-05-17T00:00:00Z",
                "positions": [{"positionName": "Gérant"}],
            }
        ]
    },
    "otherInformation": {
        "employeesInformation": [{"year": 2025, "numberOfEmployees": "12"}]
    },
    "groupStructure": {
        "ultimateParent": {"name": "MERE", "country": "BE", "id": "BE-X-1"},
        "subsidiaryCompanies": [{"name": "FILLE", "regNo": "1"}],
    },
    "financialStatements": [
        {
            "yearEndDate": "2025-12-31T00:00:00Z",
            "currency": "EUR",
            "profitAndLoss": {"revenue": 2450000, "profitAfterTax": 98000},
            "ratios": {"debtorDays": 41.2},
        }
    ],
    "localFinancialStatements": [
        {"yearEndDate": "2024-12-31T00:00:00Z", "numberOfEmployees": 11}
    ],
    "paymentData": {
        "dbt": "9",
        "industryDbt": "6",
        "paymentTrend": "TrendNotAvailable",
        "averageMonthlyBalance": "18500",
        "balanceP1": "2400",
        "totalTradeLines": "7",
    },
    "negativeInformation": {
        "judgements": [
            {
                "effectiveDate": "2024-03-27T00:00:00Z",
                "typeOfJudgement": {"code": "CRE", "value": "Rulings linked to debts"},
                "court": "Lille",
                "details": "texte",
            }
        ],
        "collectiveProcedures": {
            "bodacc": [
                {
                    "judgment": "Recovery Plan",
                    "effectiveDate": "2023-01-05T00:00:00Z",
                    "publicationDate": "2023-02-01T00:00:00Z",
                }
            ]
        },
        "preferentialRightsDetails": {
            "numberOfActivePreferentialRights": 2,
            "socialSecurityAndPensionFunds": {"numberOfPreferentialRights": 2},
            "taxOffice": {"numberOfPreferentialRights": 0},
        },
    },
    "additionalInformation": {
        "misc": {
            "courtRegistryNumber": "482133675",
            "rcsRegistration": "RCS Lyon B 482 133 675",
            "numberOfBranches": "0",
            "regionDbt": 17,
            "lastJudgement": "2024-03-27T00:00:00Z",
        },
        "trends": {"profitability": "Greater", "liquidity": "Less"},
        "exposureIndicator": {"companyExposure": 0, "activityLoss": 0},
        "ratingHistory": [
            {
                "date": "2026-09-14T00:00:00Z",
                "localRating": "64",
                "commonRating": {"commonValue": "B"},
                "limit": 32000,
            },
            {"date": "2025-07-02T00:00:00Z", "localRating": "-1", "limit": 0},
            {"localRating": "-1", "limit": 0},
        ],
        "creditLimitHistory": [
            {
                "date": "2024-01-01T00:00:00Z",
                "companyValue": {"value": 500, "currency": "GBP"},
            }
        ],
        "commentaries": [{"commentaryText": "…", "positiveOrNegative": "Positive"}],
        "companyHistory": [{"date": "2026-09-14T00:00:00Z", "description": "Update"}],
        "gazettes": [{"publicationDate": "2026-04-17T00:00:00Z", "type": "Bodacc A"}],
        "industryAverages": {"creditLimit": 5649, "creditRating": 35},
        "keyFinancials": [
            {
                "yearToDate": "2025-12-31T00:00:00Z",
                "turnover": 2450000,
                "grossOperatingSurplus": 7.4,
                "employees": "12 employees",
            }
        ],
        "enquiriesTrend": {"month1": 3, "month2": 0},
    },
    "indicators": [{"type": "pbi", "value": "82"}],
}
ANSWER = {
    "report": REPORT,
    "companyId": COMPANY,
    "dateOfOrder": "2026-11-20T09:00:00.000Z",
    "failedSections": ["PaymentDataExtra"],
    "pdfReportStream": "JVBERi0xLjQK",
}


def facts_of(**changes):
    """Facts of the report with other values; paths are written with two underscores."""
    report = copy.deepcopy(REPORT)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = report
        for key in parents:
            place = place[key]
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return read_facts({"report": report})


# ------------------------------------------------------------------ shapes, as seen


def test_every_field_of_a_report_is_read():
    facts = read_facts(ANSWER)
    unread = {
        field.name
        for field in dataclasses.fields(facts)
        if getattr(facts, field.name) in (None, (), credit.Group(), credit.Privileges())
    }
    # This report does not tell them.
    assert unread == {
        "trade_names",
        "acronym",
        "deregistration_date",
        "operations_start_date",
        "assessment",
        "previous_rating_description",
        "net_worth_trend",
        "payment_trend",
        "workforce_label",
        "capital_currency",
        "activity_label",
        "missing_sections",
        # Other bureaus' alone.
        "score_20",
        "industry_score_20",
        "risk_classes",
        "has_open_proceedings",
    }
    assert facts.has_legal_facts
    assert (facts.rating, facts.score, facts.is_rated, facts.is_failing) == (
        "B",
        64,
        True,
        False,
    )
    assert (facts.siren, facts.siret, facts.naf) == (
        "482133675",
        "48213367500017",
        "46.69B",
    )
    assert facts.address.street == "12 RUE DE LA DEMO"
    assert (facts.address.city, facts.address.zip) == ("LILLE", "59000")
    assert facts.officers == (credit.Officer("MME DIRIGEANTE", "Gérant"),)
    assert facts.latest_equity == -61
    assert [(point.date.year, point.score) for point in facts.score_history] == [
        (2024, None),
        (2025, None),
        (2026, 64),
    ]
    assert facts.score_history[0].limit == 500
    assert facts.score_history[0].currency == "GBP"
    assert facts.score_history[1].is_rated is False
    assert facts.key_figures[0].employees == 12
    assert facts.key_figures[0].debtor_days == 41.2
    assert facts.failed_sections == ("PaymentDataExtra",)
    assert facts.judgments[0].kind == "debt_ruling"
    assert facts.proceedings[0].kind == "plan"


def test_dates_of_birth_are_not_read():
    assert "1968" not in repr(read_facts(ANSWER))


@pytest.mark.parametrize("value", ["Not Rated", "-1", "NC", "101", "", None, True])
def test_a_score_is_within_its_scale_or_unknown(value):
    rating = "creditScore__currentCreditRating"
    facts = facts_of(**{f"{rating}__providerValue": {"value": value}})
    assert facts.score is None
    assert facts.is_rated is True  # The letter says so.
    facts = facts_of(
        **{
            f"{rating}__providerValue": {"value": value},
            f"{rating}__commonValue": "E",
        }
    )
    assert (facts.is_rated, facts.is_failing) == (False, False)


def test_letter_e_is_failing_or_not_rated():
    rating = "creditScore__currentCreditRating"
    e = {f"{rating}__commonValue": "E", f"{rating}__providerValue": {"value": "0"}}
    facts = facts_of(**e)
    assert (facts.score, facts.is_rated, facts.is_failing) == (0, False, True)
    unscored = {**e, f"{rating}__providerValue": {"value": "Not Rated"}}
    closed = {"companySummary__companyStatus": {"status": "NonActive"}}
    assert facts_of(**unscored).is_failing is False
    assert facts_of(**unscored, **closed).is_failing is True
    for code, failing in (("LJ", True), ("RJ", True), ("PCR", False), ("CRE", False)):
        judgment = {"effectiveDate": "2026-01-05", "typeOfJudgement": {"code": code}}
        facts = facts_of(**unscored, negativeInformation={"judgements": [judgment]})
        assert facts.is_failing is failing, code


def test_a_rated_company_is_not_failing_because_of_an_old_judgment():
    judgment = {"effectiveDate": "2019-01-05", "typeOfJudgement": {"code": "RJ"}}
    facts = facts_of(negativeInformation={"judgements": [judgment]})
    assert facts.is_failing is False


def test_nothing_known_is_nothing_said():
    facts = read_facts({"report": {}})
    assert (facts.rating, facts.is_rated, facts.is_failing) == (None, None, None)
    assert facts.missing_sections == SECTIONS
    blank = {"score_min", "score_max", "missing_sections"}
    for field in dataclasses.fields(facts):
        if field.name not in blank:
            value = getattr(facts, field.name)
            assert value is None or value == () or value == type(value)(), field.name


def test_a_limit_in_words_is_unknown_and_has_no_currency():
    facts = facts_of(
        creditScore__currentCreditRating__creditLimit={
            "value": "Credit Limit not applicable",
            "currency": "EUR",
        }
    )
    assert (facts.credit_limit, facts.credit_limit_currency) == (None, None)


def test_the_rating_is_taken_from_the_summary_when_its_section_is_missing():
    rating = {"commonValue": "D", "providerValue": {"value": "22"}}
    facts = facts_of(creditScore=None, companySummary__creditRating=rating)
    assert (facts.rating, facts.score) == ("D", 22)
    assert "creditScore" in facts.missing_sections


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-09-14T00:00:00Z", date(2026, 9, 14)),
        ("2026-09-14T00:00:00.000000Z", date(2026, 9, 14)),
        ("2026-09-14 08:23:37", date(2026, 9, 14)),
        ("2026-09-14", date(2026, 9, 14)),
        ("0001-01-01T00:00:00Z", None),
        ("0921-01-01T00:00:00Z", None),
        ("202-01-01T00:00:00Z", None),
        ("09/2026", None),
    ],
)
def test_dates(written, day):
    facts = facts_of(creditScore__latestRatingChangeDate=written)
    assert facts.rating_changed_on == day


def test_a_british_report_has_two_histories_and_no_trends():
    facts = read_facts(
        {
            "companyId": "GB-0-03836192",
            "report": {
                "companySummary": {"country": "GB"},
                "additionalInformation": {
                    "ratingHistory": [
                        {
                            "date": "2026-02-01T00:00:00Z",
                            "companyValue": 78,
                            "ratingDescription": "Very Low Risk",
                        },
                        {"date": "2025-02-01T00:00:00Z", "companyValue": "Not Rated"},
                    ],
                    "creditLimitHistory": [
                        {
                            "date": "2026-02-01T00:00:00Z",
                            "companyValue": {"value": "9000", "currency": "GBP"},
                        }
                    ],
                },
            },
        }
    )
    older, newer = facts.score_history
    assert (newer.score, newer.limit, newer.currency) == (78, 9000, "GBP")
    assert (older.score, older.is_rated) == (None, False)
    assert facts.siren is None
    assert facts.profitability_trend is None


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Receivership", "receivership"),
        ("Redressement Judiciaire", "receivership"),
        ("Involuntary Liquidation", "liquidation"),
        ("Liquidation judiciaire simplifiée", "liquidation"),
        ("Clôture pour insuffisance d'actif", "closure"),
        ("Recovery Plan", "plan"),
        ("Plan de sauvegarde", "plan"),
        ("Procédure de sauvegarde", "safeguard"),
        ("Ouverture d'une procédure de conciliation", "conciliation"),
        ("Tout autre chose", "other"),
    ],
)
def test_kinds_of_proceedings(label, kind):
    facts = facts_of(
        negativeInformation__collectiveProcedures={"courts": [{"judgment": label}]}
    )
    assert facts.proceedings[0].kind == kind


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_the_samples_are_read():
    active, insolvent = (
        read_facts(json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(SAMPLES.glob("synthetic-report-FR-*.json"))
    )
    assert (active.rating, active.score, active.credit_limit) == ("B", 64, 32000)
    assert active.contract_limit == 49000
    assert (insolvent.is_rated, insolvent.is_failing) == (False, True)
    assert insolvent.credit_limit is None
    assert insolvent.privileges.number == 2
    for facts in (active, insolvent):
        assert_sensible(facts)


# ------------------------------------------------------------------------ nonsense


@settings(max_examples=100)
@given(spoilt(ANSWER))
def test_nonsense_in_a_report_never_becomes_a_fact(answer):
    assert_sensible(read_facts(answer))


def test_nonsense_in_each_single_field_of_a_report():
    for answer in spoilt_in_each_place(ANSWER, ({}, -7, 10**400, "x")):
        assert_sensible(read_facts(answer))


@settings(max_examples=50)
@given(st.binary(max_size=60) | spoilt(ANSWER).map(json.dumps).map(str.encode))
def test_a_paid_answer_is_read_or_malformed(content):
    try:
        report = Creditsafe.read_report(credit.PaidAnswer(content))
    except ServiceError:
        return
    assert report.pdf is None or report.pdf.startswith(b"%PDF-")
    assert report.facts is None or report.raw is not None


CANDIDATES = {
    "totalSize": 1,
    "companies": [
        {
            "id": COMPANY,
            "country": "FR",
            "regNo": "48213367500017",
            "vatNo": ["FR87482133675"],
            "safeNo": "FR90000001",
            "name": "EXEMPLE",
            "tradingNames": ["EX"],
            "address": {
                "street": "RUE",
                "houseNo": "12",
                "city": "L",
                "postCode": "59",
            },
            "status": "Active",
            "officeType": "HeadOffice",
            "type": "Ltd",
            "phoneNumbers": ["0300000000"],
            "activityCode": "4669B",
            "dateOfLatestAccounts": "2025-12-31T00:00:00.000000Z",
            "dateOfLatestChange": "2026-09-14T01:27:52.000Z",
        }
    ],
    "messages": [],
}
EVENTS = {
    "totalCount": 1,
    "data": [
        {
            "company": {
                "id": COMPANY,
                "safeNumber": "FR90000001",
                "name": "EXEMPLE",
                "countryCode": "FR",
                "portfolioId": 589960,
                "portfolioName": "Odoo",
            },
            "eventId": 512812323,
            "eventDate": "2026-11-18T05:33:02",
            "createdDate": "2026-11-19 00:16:47",
            "newValue": "32000",
            "oldValue": "18000",
            "notificationEventId": 81051991,
            "processedDate": None,
            "ruleCode": 102,
            "ruleName": "Limit",
            "localEventCode": "LI",
        }
    ],
    "paging": {"size": 50, "prev": None, "next": None, "last": 0},
}
COMPANIES = {
    "totalCount": 1,
    "data": [
        {
            "id": COMPANY,
            "safeNumber": "FR90000001",
            "name": "EXEMPLE",
            "address": "12 RUE",
            "countryCode": "FR",
            "portfolioId": 589960,
            "creditLimit": 10000,
            "dateLastEvent": "2026-06-14 00:59:06",
            "ratingCommon": "A",
            "ratingLocal": "86",
            "companyStatus": "Active",
            "dateAdded": "2026-06-14T00:59:06",
            "dateModified": "2026-06-14T00:59:06",
        }
    ],
    "paging": {"size": 1000, "prev": None, "next": None, "last": 0},
}


@pytest.fixture(scope="module")
def bad_server():
    with BadServer() as running:
        yield running


def _read(server, body, call):
    """What a call reads from a body; typed errors are fine, endless pages are not."""
    server.answer(200, body)
    bureau = server.bureau()
    try:
        found = call(bureau)
    except ServiceError:
        return []
    finally:
        bureau.close()
        assert len(server.requests) <= 3
    return found


def test_what_is_read_of_sound_answers(bad_server):
    page = _read(bad_server, CANDIDATES, lambda bureau: bureau.search("FR", name="x"))
    candidate = page.items[0]
    assert (candidate.siren, candidate.is_head_office) == ("482133675", True)
    assert candidate.address.street == "12 RUE"
    (page,) = _read(bad_server, EVENTS, CALLS["notification_events"])
    event = page.items[0]
    assert (event.kind, event.old_number, event.new_number) == ("limit", 18000, 32000)
    assert event.created_at.isoformat() == "2026-11-19T00:16:47+00:00"
    (page,) = _read(bad_server, COMPANIES, CALLS["portfolio_companies"])
    company = page.items[0]
    assert (company.rating, company.score, company.is_rated) == ("A", 86, True)


def _first_pages(pages):
    """Two pages are enough: nonsense may promise any number of them."""
    return [page for page, _turn in zip(pages, range(2), strict=False)]


@settings(max_examples=40)
@given(spoilt(CANDIDATES))
def test_nonsense_in_a_search(bad_server, body):
    page = _read(bad_server, body, lambda bureau: bureau.search("FR", name="x"))
    for candidate in page.items if page else ():
        assert_sensible(candidate)


@settings(max_examples=40)
@given(spoilt(EVENTS))
def test_nonsense_in_events(bad_server, body):
    pages = _read(
        bad_server, body, lambda bureau: _first_pages(bureau.notification_events())
    )
    for page in pages:
        for event in page.items:
            assert isinstance(event, MonitoringEvent)
            assert_sensible(event)


@settings(max_examples=40)
@given(spoilt(COMPANIES))
def test_nonsense_in_a_portfolio(bad_server, body):
    pages = _read(
        bad_server, body, lambda bureau: _first_pages(bureau.portfolio_companies(1))
    )
    for page in pages:
        for company in page.items:
            assert isinstance(company, PortfolioCompany)
            assert_sensible(company)


def test_a_page_that_leads_back_ends_the_list(bad_server):
    body = {**EVENTS, "paging": {"size": 1, "next": 0, "last": 7}}
    pages = _read(bad_server, body, CALLS["notification_events"])
    assert len(pages) == 1


def test_rows_without_a_number_are_set_aside(bad_server):
    rows = [
        {**EVENTS["data"][0], "notificationEventId": None},
        "row",
        EVENTS["data"][0],
    ]
    body = {**EVENTS, "data": rows}
    (page,) = _read(bad_server, body, CALLS["notification_events"])
    assert [event.id for event in page.items] == [81051991]
    assert [row.identifier for row in page.rejected] == [COMPANY, None]
