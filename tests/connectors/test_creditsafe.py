"""Every call of the Creditsafe connector over real HTTP, against the sandbox."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from odoo.addons.partner_company_data.connectors.credit_monitoring import (
    SharingPermission,
)
from odoo.addons.partner_company_data.connectors.creditsafe import MATCH_BY_NAME
from odoo.addons.partner_company_data.connectors.errors import (
    AuthenticationError,
    NotFoundError,
    OutcomeUnknownError,
    QuotaError,
    RefusedError,
    TransientError,
)
from odoo.addons.partner_company_data.connectors.tokens import MemoryTokenStore

GOOD = "FR-X-48213367500017"
FALLING = "449820315"
RECEIVERSHIP = "823370416"
CEASED = "502719636"
NOT_RATED = "814560934"
LARGE = "318420767"


@pytest.fixture
def bureau(sandbox):
    bureau = sandbox.creditsafe()
    yield bureau
    bureau.close()


def state(sandbox):
    return sandbox.control("creditsafe")


def company(bureau, siren):
    return bureau.search("FR", registration_number=siren).items[0].bureau_id


def used(bureau, country="FR"):
    return next(
        counter.used
        for counter in bureau.access()
        if (counter.service, counter.country_code) == ("reports", country)
    )


# --------------------------------------------------------------------------- search


def test_search_by_identifier(bureau):
    (found,) = bureau.search("FR", registration_number="482133675").items
    assert (found.bureau_id, found.siren) == (GOOD, "482133675")
    assert (found.address.zip, found.address.city) == ("69002", "LYON")
    assert found.vat_numbers == ("FR87482133675",)
    for asked in (
        {"registration_number": found.siret},
        {"vat_number": found.vat_numbers[0]},
        {"bureau_id": found.bureau_id},
        {"bureau_number": found.bureau_number},
    ):
        assert bureau.search("FR", **asked).items == (found,)


def test_search_by_name_in_pages(bureau):
    first = bureau.search("FR", name="GARAGE DUPONT", page_size=3)
    rest = bureau.search("FR", name="GARAGE DUPONT", page_size=3, page=first.next_page)
    assert (len(first.items), first.total, len(rest.items)) == (3, 4, 1)
    assert rest.next_page is None
    assert len({found.bureau_id for found in first.items + rest.items}) == 4


def test_search_tells_seats_from_branches(bureau):
    page = bureau.search("FR", registration_number="412650889")
    seats = [found for found in page.items if found.is_head_office]
    assert len(page.items) > len(seats) == 1


def test_search_finds_nothing(bureau):
    page = bureau.search("FR", registration_number="000000018")
    assert (page.items, page.total, page.next_page) == ((), 0, None)


def test_search_abroad(bureau):
    (found,) = bureau.search("GB,BE", name="harbour").items
    assert (found.country_code, found.siren) == ("GB", None)
    (found,) = bureau.search("BE", vat_number="BE0799990011").items
    assert found.vat_numbers == ("BE0799990011",)
    assert found.websites == ("www.brasserieducanal.example",)


def test_match(bureau):
    found = bureau.match(
        "FR", threshold=MATCH_BY_NAME, name="BROSSETTE & FILS PLOMBERIE", city="LYON"
    )
    assert found[0].bureau_id == GOOD
    assert found[0].match_score >= MATCH_BY_NAME
    assert found[0].address.zip == "69002"


def test_criteria_schema_and_options(bureau):
    assert {"name", "regNo"} <= set().union(
        *bureau.search_criteria("FR")["criteriaSets"]
    )
    assert bureau.report_schema("FR")["type"] == "object"
    assert bureau.report_options("FR") == ()
    (option,) = bureau.report_options("DE")
    assert (option.key, option.is_required, len(option.values)) == (
        "de_reason_code",
        True,
        8,
    )


# -------------------------------------------------------------------------- reports


def test_a_report_costs_one_credit(sandbox, bureau):
    before = used(bureau)
    report = bureau.report(GOOD)
    assert used(bureau) == before + 1
    assert report.facts.siren == "482133675"
    assert (report.facts.rating, report.facts.is_rated) == ("A", True)
    assert 71 <= report.facts.score <= 100
    assert report.facts.contract_limit > report.facts.credit_limit > 0
    assert report.pdf is None
    assert abs(datetime.now(timezone.utc) - report.ordered_at) < timedelta(minutes=5)
    history = report.facts.score_history
    assert (history[-1].date - history[0].date).days > 35 * 30
    assert state(sandbox)["reports_bought"] == 1


@pytest.mark.parametrize("form", ["json+pdf", "pdf"])
def test_a_report_with_its_pdf(bureau, form):
    before = used(bureau)
    report = bureau.report(GOOD, form=form)
    assert used(bureau) == before + 1
    assert report.pdf.startswith(b"%PDF-")
    assert report.pdf.rstrip().endswith(b"%%EOF")
    assert (report.facts is None) == (form == "pdf")
    assert "pdfReportStream" not in (report.raw or {})


def test_reports_of_telling_cases(bureau):
    falling = bureau.report(company(bureau, FALLING)).facts
    assert falling.rating == "D"
    assert falling.privileges.number > 0
    assert max(point.score or 0 for point in falling.score_history) > falling.score + 20
    failing = bureau.report(company(bureau, RECEIVERSHIP)).facts
    assert (failing.rating, failing.score) == ("E", 0)
    assert (failing.is_rated, failing.is_failing) == (False, True)
    assert failing.judgments[0].kind == "receivership"
    assert {step.source for step in failing.proceedings} == {"court", "gazette"}
    ceased = bureau.report(company(bureau, CEASED)).facts
    assert (ceased.status, ceased.is_failing) == ("ceased", True)
    assert (ceased.score, ceased.credit_limit) == (None, None)
    unknown = bureau.report(company(bureau, NOT_RATED)).facts
    assert (unknown.rating, unknown.is_rated, unknown.is_failing) == ("E", False, False)
    assert all(point.score is None for point in unknown.score_history)


def test_a_report_in_another_language_has_the_same_facts(sandbox, bureau):
    french = bureau.report(company(bureau, RECEIVERSHIP)).facts
    english = sandbox.creditsafe(language="en").report(french.bureau_id).facts
    assert french.provider_description != english.provider_description
    assert [step.kind for step in french.judgments] == [
        step.kind for step in english.judgments
    ]
    assert french.is_failing is english.is_failing is True


def test_reports_of_other_countries(bureau):
    british = bureau.report("GB-0-99000001").facts
    assert (british.country_code, british.credit_limit_currency) == ("GB", "GBP")
    assert british.profitability_trend is None
    assert all(
        point.currency == "GBP" for point in british.score_history if point.limit
    )
    with pytest.raises(RefusedError, match="de_reason_code"):
        bureau.report("DE-0-HRB990101")
    german = bureau.report("DE-0-HRB990101", custom_data={"de_reason_code": "1"}).facts
    assert german.rating == "A"
    belgian = bureau.report("BE-X-0799990022").facts
    assert belgian.is_rated is False


def test_a_group_and_indicators(bureau):
    facts = bureau.report(company(bureau, "841209364"), include_indicators=True).facts
    assert facts.group.ultimate_parent.name == "ORPHEA HOLDING"
    assert [indicator.type for indicator in facts.indicators] == ["pbi"]
    parent = bureau.report(facts.group.ultimate_parent.bureau_id).facts
    assert facts.name in [member.name for member in parent.group.subsidiaries]


def test_a_large_report_is_fetched_elsewhere(sandbox, bureau):
    identifier = company(bureau, LARGE)
    sandbox.control("requests", method="DELETE")
    assert bureau.report(identifier, form="json+pdf").pdf
    paths = [entry["path"] for entry in sandbox.control("requests")["last"]]
    assert paths[0] == f"/v1/companies/{identifier}"
    assert len(paths) == 2
    assert paths[1].startswith("/downloads/")


def test_outside_the_contract(sandbox, bureau):
    for call in (
        lambda: bureau.search("IT", name="lombarda"),
        lambda: bureau.report("IT-0-MI990001"),
        lambda: bureau.match("IT", name="lombarda"),
    ):
        with pytest.raises(RefusedError, match="Access forbidden"):
            call()
    sandbox.control("creditsafe/contract", {"reports": {"FR": {"paid": 1, "used": 0}}})
    bureau.report(GOOD)
    with pytest.raises(RefusedError):
        bureau.report(GOOD)
    assert used(bureau) == 1


def test_an_unknown_company_costs_nothing(sandbox, bureau):
    with pytest.raises(NotFoundError):
        bureau.report("FR-X-00000000000000")
    assert state(sandbox)["reports_bought"] == 0


@pytest.mark.parametrize(
    "kind", ["500", "503", "cut_connection", "drop_connection", "timeout"]
)
def test_a_failed_purchase_reaches_the_sandbox_once(sandbox, kind):
    store = MemoryTokenStore()
    sandbox.creditsafe(token_store=store).access()
    is_late = kind == "timeout"
    bureau = sandbox.creditsafe(token_store=store, timeout=0.5 if is_late else 20)
    sandbox.control("requests", method="DELETE")
    sandbox.fault(kind, service="creditsafe", seconds=1 if is_late else None, times=1)
    with pytest.raises(OutcomeUnknownError):
        bureau.report(GOOD)
    seen = [
        entry
        for entry in sandbox.control("requests")["last"]
        if entry["path"] == f"/v1/companies/{GOOD}"
    ]
    # The sandbox notes a request that it keeps waiting when it gives it up.
    assert len(seen) in ((0, 1) if is_late else (1,))
    bought = state(sandbox)["reports_bought"]
    assert bought == (1 if kind == "cut_connection" else 0)


def test_safe_calls_are_repeated(sandbox, bureau):
    bureau.access()
    sandbox.fault("drop_connection", service="creditsafe", times=1)
    assert bureau.access()
    sandbox.fault("503", service="creditsafe", times=1)
    assert bureau.access()
    sandbox.fault("429", service="creditsafe", times=1, seconds=600)
    with pytest.raises(QuotaError) as raised:
        bureau.access()
    assert raised.value.reset_at > datetime.now(timezone.utc)


# -------------------------------------------------------------------------- log-ins


def test_one_log_in_for_many_clients(sandbox):
    store = MemoryTokenStore()
    for _client in range(5):
        client = sandbox.creditsafe(token_store=store)
        client.access()
        client.search("FR", registration_number="482133675")
    assert state(sandbox)["log_ins"] == 1


def test_an_expired_token_is_renewed_once(sandbox, bureau):
    bureau.access()
    sandbox.control("creditsafe/tokens", {"expire": True})
    bureau.access()
    bureau.access()
    assert state(sandbox)["log_ins"] == 2


def test_short_tokens_are_renewed_before_their_end(sandbox, bureau):
    sandbox.control("creditsafe/tokens", {"lifetime": 0})
    bureau_calls = 3
    for _call in range(bureau_calls):
        with pytest.raises(AuthenticationError):
            bureau.access()
    # Each token is refused at once: renewed once a call, not for ever.
    assert state(sandbox)["log_ins"] <= 2 * bureau_calls


def test_wrong_passwords_are_not_tried_again(sandbox):
    bureau = sandbox.creditsafe(password="wrong")
    for _attempt in range(4):
        with pytest.raises(AuthenticationError, match="case sensitive"):
            bureau.access()
    assert bureau.requests_made == 1
    for _attempt in range(4):
        with pytest.raises(AuthenticationError):
            sandbox.creditsafe(password="wrong").access()
    with pytest.raises(QuotaError):
        sandbox.creditsafe(password="wrong").access()


# ----------------------------------------------------------------------- portfolios


@pytest.fixture
def portfolio(bureau):
    return bureau.create_portfolio("Odoo").id


def listed(bureau, portfolio_id, **options):
    pages = bureau.portfolio_companies(portfolio_id, **options)
    return [company for page in pages for company in page.items]


def test_portfolios(bureau, portfolio):
    bureau.update_portfolio(
        portfolio,
        "Clients",
        is_default=True,
        emails=[{"emailAddress": "credit@example.com"}],
        email_subject="{{portfolioName}}",
        send_emails=True,
    )
    found = bureau.portfolio(portfolio)
    assert (found.name, found.is_default) == ("Clients", True)
    assert (found.emails, found.email_subject) == (
        ("credit@example.com",),
        "{{portfolioName}}",
    )
    names = {one.name: one for one in bureau.portfolios()}
    assert set(names) == {"Default", "Clients", "Clients Nord"}
    assert names["Clients Nord"].is_foreign
    assert not names["Default"].is_default
    assert bureau.portfolios(search="Clients")[0].id == portfolio
    assert bureau.delete_portfolio(portfolio) is True
    assert bureau.delete_portfolio(portfolio) is False
    with pytest.raises(RefusedError):
        bureau.delete_portfolio(names["Clients Nord"].id)


def test_companies_of_a_portfolio(bureau, portfolio):
    assert bureau.add_company(portfolio, GOOD, reference="C0042") is True
    assert bureau.add_company(portfolio, GOOD) is False
    with pytest.raises(NotFoundError):
        bureau.add_company(portfolio, "FR-X-00000000000000")
    (row,) = listed(bureau, portfolio)
    assert row == bureau.portfolio_company(portfolio, GOOD)
    assert (row.bureau_id, row.rating, row.is_rated) == (GOOD, "A", True)
    assert (row.status, row.is_failing) == ("active", False)
    assert (row.personal_reference, row.free_text) == ("C0042", None)
    bureau.update_company(portfolio, GOOD, free_text="note", personal_limit="500")
    row = bureau.portfolio_company(portfolio, row.bureau_number)
    assert (row.free_text, row.personal_limit, row.personal_reference) == (
        "note",
        "500",
        None,
    )
    assert bureau.portfolio_countries(portfolio) == ("FR",)
    assert bureau.risk_summary(portfolio).by_rating[0] == ("A", 1)
    assert bureau.remove_company(portfolio, GOOD) is True
    assert bureau.remove_company(portfolio, GOOD) is False
    assert bureau.portfolio_company(portfolio, GOOD) is None


def test_companies_come_in_pages(sandbox, bureau, portfolio):
    sandbox.control("creditsafe/monitor", {"portfolio_id": portfolio, "count": 250})
    made = bureau.requests_made
    rows = listed(bureau, portfolio, page_size=100)
    assert bureau.requests_made == made + 3
    assert len({row.bureau_number for row in rows}) == 250
    assert listed(bureau, portfolio) == rows
    assert bureau.requests_made == made + 4
    assert [row.name for row in listed(bureau, portfolio, search=rows[7].bureau_number)]


def test_copy_move_clear(bureau, portfolio):
    other = bureau.create_portfolio("Other").id
    for siren in (FALLING, RECEIVERSHIP, CEASED):
        bureau.add_company(portfolio, company(bureau, siren))
    bureau.add_company(other, company(bureau, FALLING))
    result = bureau.copy_companies(portfolio, [other])
    assert (result.attempted, result.succeeded, result.failed) == (3, 2, 1)
    assert "Duplicate" in result.reason
    bureau.clear_companies(other, [company(bureau, FALLING)])
    assert len(listed(bureau, other)) == 2
    bureau.clear_companies(other)
    assert listed(bureau, other) == []
    result = bureau.move_companies(portfolio, [other], [company(bureau, FALLING)])
    assert result.succeeded == 1
    assert len(listed(bureau, portfolio)) == 2
    assert len(listed(bureau, other)) == 1


def test_failing_and_not_rated_companies_of_a_portfolio(bureau, portfolio):
    for siren in (RECEIVERSHIP, NOT_RATED, CEASED):
        bureau.add_company(portfolio, company(bureau, siren))
    failing, unknown, ceased = listed(bureau, portfolio)
    assert (failing.rating, failing.score, failing.is_failing) == ("E", 0, True)
    assert (unknown.is_rated, unknown.is_failing) == (False, None)
    assert (ceased.status, ceased.is_rated, ceased.is_failing) == (
        "ceased",
        False,
        None,
    )


def test_import_and_sync(bureau, portfolio):
    numbers = [
        bureau.search("FR", registration_number=siren).items[0].bureau_number
        for siren in (FALLING, RECEIVERSHIP, CEASED)
    ]
    first = bureau.import_companies(portfolio, numbers[:2], "credit@example.com")
    assert len(listed(bureau, portfolio)) == 2
    assert bureau.sync_companies(portfolio, numbers[2:]) == first + 1
    assert [row.bureau_number for row in listed(bureau, portfolio)] == numbers[2:]


def test_sharing(sandbox, bureau, portfolio):
    colleague = sandbox.creditsafe(username="collegue@example.com")
    with pytest.raises(RefusedError):
        colleague.portfolio(portfolio)
    number = colleague.monitoring_user().user_id
    bureau.share(portfolio, [SharingPermission(number, permissions=("Add",))])
    (permission,) = bureau.sharing(portfolio)
    assert permission.user_name == "collegue@example.com"
    assert permission.permissions == ("View", "Add")
    assert colleague.add_company(portfolio, GOOD) is True
    with pytest.raises(RefusedError):
        colleague.remove_company(portfolio, GOOD)
    bureau.share(portfolio, revoke_all=True)
    assert bureau.sharing(portfolio) == ()
    assert bureau.monitoring_user().is_auto_tracker is False


# --------------------------------------------------------------------- rules, events


def activate(bureau, portfolio, *countries):
    for country in countries or ("XX", "FR"):
        rules = bureau.event_rules(country)
        assert not any(rule.is_active for rule in rules)
        bureau.set_event_rules(
            portfolio, country, [replace(rule, is_active=True) for rule in rules]
        )


def test_event_rules(bureau, portfolio):
    rules = bureau.event_rules("XX", portfolio_id=portfolio)
    assert {rule.code for rule in rules} == {101, 102, 104, 105, 107}
    assert not any(rule.is_active for rule in rules)
    wanted = [
        replace(rule, is_active=rule.code == 102, params=("true", "30", ""))
        for rule in rules
        if rule.code in (101, 102)
    ]
    kept = bureau.set_event_rules(portfolio, "XX", wanted)
    (active,) = [rule for rule in kept if rule.is_active]
    assert (active.code, active.params[:2]) == (102, ("true", "30"))
    assert {rule.country_code for rule in bureau.event_rules()} == {"XX", "FR", "GB"}
    bureau.reset_event_rules(portfolio)
    rules = bureau.event_rules(portfolio_id=portfolio)
    assert not any(rule.is_active for rule in rules)
    assert {rule.code: rule.kind for rule in rules} == {
        101: "rating",
        102: "limit",
        104: "name",
        105: "address",
        107: "officers",
        302: "status",
        601: "limit",
        704: "financials",
        802: "capital",
        1801: "limit",
        1802: "rating",
        1901: "proceedings",
        1902: "privileges",
    }
    with pytest.raises(NotFoundError):
        bureau.set_event_rules(portfolio, "XX", [replace(active, code=999)])


def test_events_arise_for_active_rules_only(sandbox, bureau, portfolio):
    bureau.add_company(portfolio, GOOD)
    change = {"events": [{"company": GOOD, "score": 40, "limit": 3000}]}
    assert sandbox.control("creditsafe/events", change)["count"] == 0
    activate(bureau, portfolio)
    change["events"][0].update(score=25, limit=1000, judgment="RJ")
    assert sandbox.control("creditsafe/events", change)["count"] == 3
    (page,) = bureau.notification_events(portfolio)
    assert [(event.kind, event.rule_code) for event in page.items] == [
        ("rating", 101),
        ("limit", 102),
        ("proceedings", 1901),
    ]
    rating, limit, _judgment = page.items
    assert (rating.old_value, rating.new_value) == ("40", "25")
    assert (limit.old_number, limit.new_number) == (3000, 1000)
    assert {event.portfolio_id for event in page.items} == {portfolio}
    row = bureau.portfolio_company(portfolio, GOOD)
    assert (row.rating, row.score, row.limit) == ("D", 25, 1000)
    assert row.last_event_at == limit.happened_at
    (page,) = bureau.company_notification_events(portfolio, GOOD)
    assert len(page.items) == 3
    (page,) = bureau.company_events(GOOD)
    assert len(page.items) == 5
    facts = bureau.report(GOOD).facts
    assert (facts.score, facts.judgments[0].kind) == (25, "receivership")


def test_a_company_that_fails_and_one_that_ends(sandbox, bureau, portfolio):
    bureau.add_company(portfolio, GOOD)
    activate(bureau, portfolio)
    failing = {"events": [{"company": GOOD, "judgment": "LJ"}]}
    sandbox.control("creditsafe/events", failing)
    (page,) = bureau.notification_events(portfolio)
    assert [event.kind for event in page.items] == ["rating", "limit", "proceedings"]
    facts = bureau.report(GOOD).facts
    assert (facts.score, facts.is_failing) == (0, True)
    ended = {"events": [{"company": "519088421", "status": "NonActive"}]}
    sandbox.control("creditsafe/events", ended)
    facts = bureau.report(company(bureau, "519088421")).facts
    assert (facts.status, facts.rating, facts.is_failing) == ("ceased", "E", True)


def test_events_arrive_by_day_and_by_page(sandbox, bureau, portfolio):
    sandbox.control("creditsafe/monitor", {"portfolio_id": portfolio, "count": 50})
    activate(bureau, portfolio)
    made = sandbox.control(
        "creditsafe/events", {"portfolio_id": portfolio, "count": 230, "days": 10}
    )["notification_event_ids"]
    pages = list(bureau.notification_events(portfolio, page_size=100))
    ids = [event.id for page in pages for event in page.items]
    assert sorted(ids) == sorted(made)
    assert len(pages) == -(-len(made) // 100)
    assert pages[0].total == len(made)
    since = datetime.now(timezone.utc) - timedelta(days=5)
    (recent,) = bureau.notification_events(portfolio, since=since)
    assert 0 < len(recent.items) < len(made)
    assert all(event.created_at >= since - timedelta(1) for event in recent.items)
    (older,) = bureau.notification_events(portfolio, until=since)
    assert len(older.items) + len(recent.items) == len(made)
    tomorrow = {"events": [{"company": GOOD, "score": 2, "in_days": 1}]}
    bureau.add_company(portfolio, GOOD)
    (later,) = sandbox.control("creditsafe/events", tomorrow)["notification_event_ids"]
    seen = {event.id for page in bureau.notification_events() for event in page.items}
    assert later not in seen
    sandbox.control("creditsafe/advance", {"days": 1})
    seen = {event.id for page in bureau.notification_events() for event in page.items}
    assert later in seen


def test_a_change_of_model_moves_many_on_one_day(sandbox, bureau, portfolio):
    sandbox.control("creditsafe/monitor", {"portfolio_id": portfolio, "count": 100})
    activate(bureau, portfolio, "XX")
    sandbox.control(
        "creditsafe/events", {"portfolio_id": portfolio, "model_change": 0.5}
    )
    (page,) = bureau.notification_events(portfolio)
    assert 25 < len(page.items) < 75
    assert {event.kind for event in page.items} == {"rating"}


def test_the_monitoring_contract_ends_somewhere(sandbox, bureau, portfolio):
    places = state(sandbox)["monitored"]
    sandbox.control("creditsafe/contract", {"monitoring": {"paid": places}})
    with pytest.raises(RefusedError):
        bureau.add_company(portfolio, company(bureau, CEASED))


@pytest.mark.parametrize(
    "kind", ["html", "no_body", "cut_json", "wrong_types", "not_an_object", "empty"]
)
def test_bad_days(sandbox, bureau, portfolio, kind):
    bureau.add_company(portfolio, GOOD)
    sandbox.fault(kind, service="creditsafe")
    for call in (
        lambda: bureau.search("FR", name="brossette").items,
        lambda: listed(bureau, portfolio),
        lambda: [bureau.report(GOOD).facts.score],
    ):
        try:
            found = call()
        except (TransientError, RefusedError, NotFoundError) as error:
            pytest.fail(f"{kind}: {error!r}")
        except Exception as error:
            assert error.__class__.__name__ == "MalformedError"
        else:
            assert kind in ("wrong_types", "empty")
            assert all(value is None or hasattr(value, "name") for value in found)
