"""Altares' SOAP services over real HTTP, against the sandbox and a scripted server."""

import json
from datetime import date, timedelta
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servers import Scripted
from stand_in import IWS_ELEMENTS, IWS_EXTRA, IWS_MONITORING

from odoo.addons.partner_company_data.connectors import soap
from odoo.addons.partner_company_data.connectors.altares_iws import (
    AltaresIws,
    read_report,
)
from odoo.addons.partner_company_data.connectors.credit import PaidAnswer
from odoo.addons.partner_company_data.connectors.errors import (
    AuthenticationError,
    MalformedError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    ServiceError,
    TransientError,
)

GOOD = "482133675"
LIQUIDATION = "827405697"
CEASED = "502719636"
PASSWORD = "s3cret-password"


@pytest.fixture
def bureau(sandbox):
    bureau = sandbox.altares_iws()
    yield bureau
    bureau.close()


def calls(sandbox):
    return sandbox.control("altares_iws")["calls"]


# ----------------------------------------------------------------------- the sandbox


@pytest.mark.parametrize("style", ["object", "plain"])
@pytest.mark.parametrize("form", ["plain", "sha1"])
def test_a_company_is_found_by_number(sandbox, style, form):
    bureau = sandbox.altares_iws(style=style, password_form=form)
    for asked in ({"registration_number": GOOD}, {"vat_number": "FR87482133675"}):
        (found,) = bureau.search("FR", **asked).items
        assert (found.bureau_id, found.status, found.is_head_office) == (
            GOOD,
            "active",
            True,
        )
        assert found.address.city.upper().startswith("LYON")
    assert bureau.match("FR", registration_number=GOOD) == (found,)


def test_companies_are_found_by_name_and_page(bureau):
    page = bureau.search("FR", name="GARAGE DUPONT", page_size=2)
    assert (len(page.items), page.total) == (2, 4)
    rest = bureau.search("FR", name="GARAGE DUPONT", page_size=2, page=2)
    assert {found.siret for found in page.items}.isdisjoint(
        found.siret for found in rest.items
    )


def test_what_is_not_there(bureau):
    assert bureau.search("FR", registration_number="000000018").items == ()
    assert bureau.search("FR", name="zzyzx").items == ()
    before = bureau.requests_made
    assert bureau.search("BE", name="brasserie").items == ()
    assert bureau.search("FR").items == ()
    assert bureau.requests_made == before
    with pytest.raises(NotFoundError):
        bureau.report("000000018")


def test_a_report(bureau, sandbox):
    facts = bureau.report(GOOD).facts
    assert (facts.siren, facts.status, facts.is_rated) == (GOOD, "active", True)
    assert facts.naf and facts.address.zip == "69002"
    assert 0 < facts.score_20 == pytest.approx(facts.score / 5, abs=0.06)
    assert facts.industry_score and facts.industry_score_20
    assert facts.has_open_proceedings is False and facts.proceedings == ()
    assert len(facts.score_history) == 18
    assert facts.score_history[-1].score == facts.score
    days = [point.date for point in facts.score_history]
    assert days == sorted(days)
    assert facts.latest_turnover > 0
    (year,) = facts.key_figures
    assert (year.turnover, year.equity is not None) == (facts.latest_turnover, True)
    assert facts.failed_sections == facts.missing_sections == ()
    assert sum(calls(sandbox).values()) == 4


def test_what_is_not_public_stays_unknown_until_it_is_named(sandbox):
    facts = sandbox.altares_iws().report(GOOD).facts
    assert facts.credit_limit is facts.payment.paydex is facts.payment.dbt is None
    assert facts.privileges.number is facts.privileges.amount is None
    sandbox.control("dnb/change", {"company": GOOD, "liens": 2, "lien_amount": 900})
    named = sandbox.altares_iws(elements=IWS_ELEMENTS, extra_operations=IWS_EXTRA)
    facts = named.report(GOOD).facts
    assert (facts.credit_limit, facts.credit_limit_currency) == (
        sandbox.control("dnb/change", {"company": GOOD})["limit"],
        "EUR",
    )
    assert facts.payment.paydex and facts.payment.dbt is not None
    assert (facts.privileges.number, facts.privileges.amount) == (2, 900)


def test_a_kept_answer_is_read_with_names_learnt_later(sandbox):
    bureau = sandbox.altares_iws(extra_operations=IWS_EXTRA)
    paid = bureau.order_report(GOOD)
    assert bureau.read_report(paid).facts.credit_limit is None
    assert read_report(paid, IWS_ELEMENTS).facts.credit_limit > 0


def test_failing_and_ceased_companies(bureau, sandbox):
    sandbox.control("dnb/change", {"company": GOOD, "filing": "liquidation"})
    facts = bureau.report(GOOD).facts
    assert [one.kind for one in facts.proceedings] == ["liquidation"]
    assert facts.has_open_proceedings and facts.is_failing
    facts = bureau.report(CEASED).facts
    assert (facts.status, facts.is_failing) == ("ceased", True)


def test_a_company_that_is_not_rated(bureau, sandbox):
    sandbox.control("dnb/change", {"company": GOOD, "percentile": None})
    facts = bureau.report(GOOD).facts
    assert (facts.score, facts.score_20, facts.is_rated) == (None, None, False)
    assert facts.score_history == ()


def test_both_ways_in_tell_the_same(bureau, sandbox):
    dnb = sandbox.dnb()
    number = dnb.match("FR", registration_number=GOOD)[0].bureau_id
    theirs, mine = dnb.report(number).facts, bureau.report(GOOD).facts
    assert (mine.score, mine.latest_turnover) == (theirs.score, theirs.latest_turnover)


def test_monitoring(sandbox):
    bureau = sandbox.altares_iws(monitoring=IWS_MONITORING)
    assert [bureau.start_monitoring(GOOD) for _time in range(2)] == [True, False]
    sandbox.control(
        "altares_iws/alerts", {"siren": GOOD, "codes": ["ALTA_SCO", "ALTA_ADR"]}
    )
    sandbox.control("altares_iws/alerts", {"siren": GOOD, "codes": ["ALTA_BIL"]})
    today = date.today()
    days = today - timedelta(days=1), today + timedelta(days=1)
    page = bureau.alerts(*days, page_size=1)
    assert page.next_page == 2
    rest = bureau.alerts(*days, page_size=1, page=2)
    assert rest.next_page is None
    events = page.items + rest.items
    assert [event.kind for event in events] == ["rating", "address", "financials"]
    assert len({event.id for event in events}) == 3
    assert events[0].bureau_id == GOOD and events[0].happened_at
    bureau.mark_read(events[0].event_id)
    assert len(bureau.alerts(*days).items) == 1
    assert len(bureau.alerts(*days, unread=False).items) == 2
    assert len(bureau.alerts(*days, unread=None).items) == 3
    assert [bureau.stop_monitoring(GOOD) for _time in range(2)] == [True, False]


def test_monitoring_needs_names(bureau):
    for call in (
        lambda: bureau.start_monitoring(GOOD),
        lambda: bureau.alerts(date.today(), date.today()),
    ):
        with pytest.raises(RefusedError, match="no public names"):
            call()
    assert bureau.requests_made == 0


def test_a_refused_log_in_is_never_repeated(sandbox):
    bureau = sandbox.altares_iws(password="wrong-password")
    for _attempt in range(3):
        with pytest.raises(AuthenticationError) as raised:
            bureau.access()
        assert "wrong-password" not in str(raised.value)
    assert bureau.requests_made == 1


def test_what_was_answered_is_kept_when_the_rest_fails(bureau, sandbox):
    sandbox.fault("500", service="altares_iws", after=1, times=1)
    report = bureau.report(GOOD)
    assert report.facts.name and report.facts.failed_sections == ("getScore",)
    assert report.facts.score is None and "getScore" in report.facts.missing_sections


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("500", TransientError),
        ("503", OutcomeUnknownError),
        ("drop_connection", OutcomeUnknownError),
        ("cut_connection", OutcomeUnknownError),
        ("html", MalformedError),
        ("no_body", MalformedError),
        ("cut_json", MalformedError),
        ("401", AuthenticationError),
    ],
)
def test_nothing_is_ever_sent_twice(bureau, sandbox, kind, error):
    sandbox.fault(kind, service="altares_iws")
    with pytest.raises(error):
        bureau.order_report(GOOD)
    assert bureau.requests_made == 1


# ------------------------------------------------------------------------ error codes

ANSWER = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:x="http://www.w3.org/2001/XMLSchema-instance"><e:Body><a:r xmlns:a="any">
<a:return>{}</a:return></a:r></e:Body></e:Envelope>"""


def answered(server, content, **options):
    server.answers = [Scripted(ANSWER.format(content).encode())]
    server.requests.clear()
    return AltaresIws(server.url, "login", PASSWORD, timeout=5, **options)


def exception(code, text="…"):
    return (
        "<correct>false</correct><exception>"
        f"<code>{code}</code><description>{text}</description></exception>"
    )


@pytest.mark.parametrize(
    ("code", "error"),
    [
        *((code, NotFoundError) for code in ("101", "102", "106", "108", "109")),
        *((str(code), TransientError) for code in (-1, 0, 1, 2, 3, 4, 5, 7, 8)),
        ("118", NotFoundError),
        ("999", RefusedError),
        ("", RefusedError),
    ],
)
def test_error_codes(server, code, error):
    bureau = answered(server, exception(code))
    if error is NotFoundError and code != "118":
        assert bureau.search("FR", registration_number=GOOD).items == ()
    elif code != "118":
        with pytest.raises(error):
            bureau.search("FR", registration_number=GOOD)
    if code == "118":
        assert bureau.report(GOOD).facts.missing_sections
    else:
        with pytest.raises(error):
            answered(server, exception(code)).report(GOOD)
        assert len(server.requests) == 1


def test_secrets_stay_out_of_errors(server):
    bureau = answered(server, exception("9", f"Identification login|{PASSWORD}"))
    with pytest.raises(AuthenticationError) as raised:
        bureau.report(GOOD)
    assert PASSWORD not in str(raised.value)


def test_an_answer_that_is_well_has_no_error(server):
    # A code of 0 beside "correct" is none; numbers come with exponents.
    content = (
        "<correct>true</correct><exception><code>0</code></exception>"
        "<myInfo><siret>48213367500017</siret><raisonSociale>A &amp; B</raisonSociale>"
        "<chiffreAffaire>6.9974169E8</chiffreAffaire><etat>1</etat>"
        "<scoreCent>-1</scoreCent></myInfo>"
    )
    facts = answered(server, content).report(GOOD).facts
    assert (facts.name, facts.latest_turnover) == ("A & B", 699_741_690)
    assert facts.score is None


def test_entities_are_refused():
    for content in (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><e><Body><x>&a;</x></Body></e>',
    ):
        with pytest.raises(MalformedError):
            soap.body_of(content, "test")


def test_values_cannot_break_the_envelope():
    name = "<x>&\x00\x08]]>"
    content = soap.request("op", {"qui": name}, "urn:x", ("request", "urn:y"))
    body = soap.body_of(content, "test")
    assert soap.first_leaf(body, "qui") == "<x>&]]>"


@settings(max_examples=80)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                "siret scoreCent scoreVingt dateValeur etat chiffreAffaire effectif "
                "procedureCollective scoreList bilans raisonSociale".split()
            ),
            st.text(
                st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")),
                max_size=12,
            )
            | st.sampled_from(["-1", "1e999", "NaN", "2026-02-30", "150", "72"]),
        ),
        max_size=8,
    ),
    st.binary(max_size=60),
)
def test_nonsense_never_becomes_a_fact(leaves, noise):
    content = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in leaves)
    answers = {
        name: ANSWER.format(f"<myInfo>{content}</myInfo>")
        for name in ("getIdentiteAltaN3Entreprise", "getScore", "getHistoriqueScore")
    }
    paid = PaidAnswer(json.dumps({"siren": GOOD, "answers": answers}).encode())
    facts = read_report(paid).facts
    assert facts.score is None or 0 <= facts.score <= 100
    assert facts.score_20 is None or 0 <= facts.score_20 <= 20
    assert facts.employees is None or facts.employees >= 0
    try:
        read_report(PaidAnswer(noise))
    except ServiceError as error:
        assert isinstance(error, MalformedError)
