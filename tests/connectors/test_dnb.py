"""Every call of the D&B Direct+ connector over real HTTP, against the sandbox."""

from datetime import datetime, timedelta, timezone

import pytest

from odoo.addons.partner_company_data.connectors.dnb_direct_plus import CERTAIN_MATCH
from odoo.addons.partner_company_data.connectors.dnb_monitoring import MonitoringPaths
from odoo.addons.partner_company_data.connectors.errors import (
    AuthenticationError,
    NotFoundError,
    OutcomeUnknownError,
    QuotaError,
    RefusedError,
    TransientError,
)
from odoo.addons.partner_company_data.connectors.tokens import MemoryTokenStore

GOOD = "482133675"
FALLING = "449820315"
LIQUIDATION = "827405697"
CEASED = "502719636"
REFERENCE = "SANDBOX-FR"
EACH = MonitoringPaths()
LIST = MonitoringPaths(subjects="/v1/monitoring/registrations/{reference}/duns")
FILE = MonitoringPaths(
    subjects="/v1/monitoring/registrations/{reference}/duns/{change}"
)


@pytest.fixture
def bureau(sandbox):
    bureau = sandbox.dnb()
    yield bureau
    bureau.close()


def state(sandbox):
    return sandbox.control("dnb")


def duns(bureau, siren):
    (seat,) = (
        found
        for found in bureau.match("FR", registration_number=siren)
        if found.is_head_office
    )
    return seat.bureau_id


def facts(bureau, siren, **options):
    return bureau.report(duns(bureau, siren), **options).facts


# ---------------------------------------------------------------------------- match


def test_match_by_siren(bureau):
    found, *_rest = bureau.match("FR", registration_number=GOOD)
    assert (found.siren, found.siret[:9], found.status) == (GOOD, GOOD, "active")
    assert found.match_score >= CERTAIN_MATCH
    assert (found.address.zip, found.address.city) == ("69002", "LYON")
    assert found.is_head_office
    for asked in ({"vat_number": "FR87482133675"}, {"bureau_id": found.bureau_id}):
        assert bureau.search("FR", **asked).items == (found,)


def test_search_by_name_tells_its_confidence(bureau):
    page = bureau.search("FR", name="BROSSETTE & FILS PLOMBERIE", city="LYON")
    assert page.items[0].siren == GOOD
    assert page.next_page is None
    scores = [found.match_score for found in page.items]
    assert scores == sorted(scores, reverse=True)
    assert bureau.match("FR", name="BROSSETTE ET PLOMBERIE", threshold=10) == ()


def test_nothing_fits(bureau):
    page = bureau.search("FR", registration_number="000000018")
    assert (page.items, page.total, page.next_page) == ((), 0, None)
    assert bureau.search("FR", name="zzyzx qwertz").items == ()
    # A foreign VAT number is asked for nowhere.
    before = bureau.requests_made
    assert bureau.search("BE", vat_number="BE0799990011").items == ()
    assert bureau.requests_made == before


# ---------------------------------------------------------------------------- facts


def test_a_report(bureau, sandbox):
    number = duns(bureau, GOOD)
    report = bureau.report(number)
    told = report.facts
    assert (told.siren, told.country_code, told.bureau_id) == (GOOD, "FR", number)
    assert told.naf and told.naf[2] == "." and told.activity_nomenclature
    assert 1 <= told.score <= 100 and (told.score_min, told.score_max) == (1, 100)
    assert (told.is_rated, told.is_failing, told.rating) == (True, False, None)
    failure, delinquency, indicator = told.risk_classes
    assert (failure.kind, failure.percentile) == ("failure", told.score)
    assert failure.value in range(1, 6) and delinquency.value in range(1, 6)
    assert indicator.value in range(1, 5)
    assert indicator.rating.endswith(str(indicator.value))
    assert told.credit_limit > 0 and told.credit_limit_currency == "EUR"
    assert told.payment.paydex and told.payment.industry_paydex
    assert (told.payment.dbt <= 0) == (told.payment.paydex >= 80)
    assert told.has_legal_facts and told.has_open_proceedings is False
    assert (told.privileges.number, told.privileges.has_open) == (0, False)
    assert told.latest_turnover > 0 and told.latest_turnover_currency == "EUR"
    (point,) = told.score_history
    assert (point.score, point.limit) == (told.score, told.credit_limit)
    assert set(told.missing_sections) == {
        "companyfinancials",
        "hierarchyconnections",
        "principalscontacts",
    }
    assert report.ordered_at
    assert state(sandbox)["data_calls"] == 1


def test_privileges_with_their_amount(bureau, sandbox):
    sandbox.control(
        "dnb/change", {"company": FALLING, "liens": 3, "lien_amount": 18000}
    )
    privileges = facts(bureau, FALLING).privileges
    assert (privileges.number, privileges.amount, privileges.currency) == (
        3,
        18000,
        "EUR",
    )
    assert privileges.has_open


def test_proceedings(bureau, sandbox):
    sandbox.control("dnb/change", {"company": GOOD, "filing": "liquidation"})
    told = facts(bureau, GOOD)
    (proceeding,) = told.proceedings
    assert (proceeding.kind, proceeding.decided_on is not None) == ("liquidation", True)
    assert (told.has_open_proceedings, told.is_failing) == (True, True)


def test_ceased_companies_fail(bureau):
    told = facts(bureau, CEASED)
    assert (told.status, told.is_failing) == ("ceased", True)


def test_both_bureaus_know_the_same_companies_and_disagree_at_times(sandbox, bureau):
    creditsafe = sandbox.creditsafe()
    differences = []
    for seat in sandbox.control("sample?count=25&seed=1&fields=siren")["results"]:
        mine = facts(bureau, seat["siren"])
        (theirs, *_rest) = creditsafe.search(
            "FR", registration_number=seat["siren"]
        ).items
        assert mine.siren == theirs.siren
        score = creditsafe.report(theirs.bureau_id).facts.score
        if score and mine.score:
            differences.append(abs(mine.score - score))
    differences.sort()
    assert differences[len(differences) // 2] < 15 and differences[-1] > 20


def test_a_company_that_is_not_rated(bureau, sandbox):
    sandbox.control(
        "dnb/change", {"company": GOOD, "percentile": None, "limit": None, "days": None}
    )
    told = facts(bureau, GOOD)
    assert (told.score, told.is_rated, told.is_failing) == (None, False, False)
    assert (told.credit_limit, told.payment.paydex, told.payment.dbt) == (None,) * 3
    assert told.risk_classes == told.score_history == ()


def test_paying_early_is_days_before_the_terms(bureau, sandbox):
    sandbox.control("dnb/change", {"company": GOOD, "days": -20})
    told = facts(bureau, GOOD).payment
    assert (told.paydex, told.dbt) == (90, -20)
    sandbox.control("dnb/change", {"company": GOOD, "days": 30})
    told = facts(bureau, GOOD).payment
    assert (told.paydex, told.dbt) == (50, 30)


def test_a_block_fails_alone(bureau, sandbox):
    sandbox.control(
        "dnb/contract", {"failing_blocks": {"paymentinsight": "Try again later."}}
    )
    told = facts(bureau, GOOD)
    assert told.failed_sections == ("paymentinsight_L1_v1: Try again later.",)
    assert "paymentinsight" in told.missing_sections
    assert told.payment.paydex is None and told.score is not None


def test_abroad(bureau, sandbox):
    (found, *_rest) = bureau.search("GB", name="harbour").items
    told = bureau.report(found.bureau_id).facts
    assert (told.country_code, told.siren, told.naf) == ("GB", None, None)
    assert told.registration_number
    (german, *_rest) = bureau.search("DE", name="gmbh").items
    with pytest.raises(RefusedError, match="orderReason"):
        bureau.order_report(german.bureau_id)
    assert bureau.report(german.bureau_id, country="DE").facts.country_code == "DE"
    (italian, *_rest) = bureau.search("IT", name="srl").items
    with pytest.raises(RefusedError, match="entitled"):
        bureau.report(italian.bureau_id)


def test_unknown_companies_and_forms(bureau):
    with pytest.raises(NotFoundError):
        bureau.report("123456789")
    with pytest.raises(RefusedError):
        bureau.report(duns(bureau, GOOD), form="pdf")


def test_all_blocks(sandbox):
    from odoo.addons.partner_company_data.connectors.dnb_direct_plus import (
        DEFAULT_BLOCKS,
    )

    bureau = sandbox.dnb(
        blocks=(
            *DEFAULT_BLOCKS,
            "companyfinancials_L1_v2",
            "hierarchyconnections_L1_v1",
            "principalscontacts_L1_v2",
        )
    )
    told = facts(bureau, GOOD)
    assert told.missing_sections == ()
    assert told.officers and told.key_figures[0].turnover == told.latest_turnover


# ----------------------------------------------------------------------- monitoring


def pull_all(bureau):
    events = []
    while True:
        batch = bureau.pull_notifications(REFERENCE)
        if not batch.notifications:
            return events
        assert bureau.read_notifications(batch.raw) == batch
        events += batch.events


@pytest.mark.parametrize("paths", [EACH, LIST, FILE], ids=["each", "list", "file"])
def test_companies_are_put_in_and_taken_out(sandbox, paths):
    bureau = sandbox.dnb(monitoring_paths=paths)
    number = duns(bureau, GOOD)
    for _time in range(2):
        # The second time it is there already.
        assert bureau.add_subjects(REFERENCE, [number]) == ()
    assert state(sandbox)["registrations"][0]["companies"] == 1
    for _time in range(2):
        assert bureau.remove_subjects(REFERENCE, [number]) == ()
    assert state(sandbox)["registrations"][0]["companies"] == 0
    before = bureau.requests_made
    assert bureau.add_subjects(REFERENCE, []) == ()
    assert bureau.requests_made == before


@pytest.mark.parametrize("paths", [EACH, LIST], ids=["each", "list"])
def test_an_unknown_company_is_told(sandbox, paths):
    bureau = sandbox.dnb(monitoring_paths=paths)
    known = duns(bureau, GOOD)
    (rejected,) = bureau.add_subjects(REFERENCE, ["123456789", known])
    assert rejected.identifier == "123456789" and rejected.reason
    assert state(sandbox)["registrations"][0]["companies"] == 1


def test_events_tell_what_changed(bureau, sandbox):
    number = duns(bureau, GOOD)
    bureau.add_subjects(REFERENCE, [number])
    sandbox.control(
        "dnb/events",
        {
            "events": [
                {"company": GOOD, "percentile": 12, "limit": 2500},
                {"company": GOOD, "days": 45},
                {"company": GOOD, "filing": "bankruptcy"},
                {"company": GOOD, "liens": 2},
                {"company": GOOD, "type": "EXIT"},
            ]
        },
    )
    events = pull_all(bureau)
    assert {event.bureau_id for event in events} == {number}
    assert {event.kind for event in events} == {
        "rating",
        "limit",
        "payment",
        "proceedings",
        "privileges",
        "status",
    }
    assert len({event.id for event in events}) == len(events)
    limit = next(event for event in events if event.kind == "limit")
    assert limit.new_number == 2500 and limit.old_number > 0
    assert limit.change_type == "update" and limit.happened_at and limit.created_at
    told = {event.fact: event.fact_value for event in events if event.fact}
    assert set(told) == {
        "score",
        "credit_limit",
        "paydex",
        "dbt",
        "has_open_proceedings",
        "has_open_privileges",
    }
    now = bureau.report(number).facts
    assert (told["score"], told["paydex"]) == (now.score, now.payment.paydex)
    assert told["dbt"] == now.payment.dbt
    assert told["credit_limit"] == now.credit_limit
    assert events[-1].change_type == "exit" and events[-1].element is None
    assert pull_all(bureau) == []


def test_a_batch_is_told_once_and_replayed_on_demand(bureau, sandbox):
    bureau.add_subjects(REFERENCE, [duns(bureau, GOOD)])
    sandbox.control(
        "dnb/events",
        {"events": [{"company": GOOD, "limit": 100 * step} for step in range(1, 6)]},
    )
    first = bureau.pull_notifications(REFERENCE, 2)
    assert first.notifications == 2
    rest = pull_all(bureau)
    since = datetime.now(timezone.utc) - timedelta(hours=1)
    again = bureau.replay_notifications(REFERENCE, since)
    assert again.events == (*first.events, *rest)


def test_notifications_are_kept_four_days(bureau, sandbox):
    bureau.add_subjects(REFERENCE, [duns(bureau, GOOD)])
    for limit in (1000, 2000):
        sandbox.control("dnb/events", {"events": [{"company": GOOD, "limit": limit}]})
        sandbox.control("dnb/advance", {"days": 3})
    assert [event.new_number for event in pull_all(bureau)] == [2000]


def test_seeds(bureau, sandbox):
    sandbox.control("dnb/registrations", {"reference": REFERENCE, "seeds": True})
    number = duns(bureau, GOOD)
    bureau.add_subjects(REFERENCE, [number])
    batch = bureau.pull_notifications(REFERENCE)
    (event,), (seed,) = batch.events, batch.seeds
    assert (event.change_type, event.bureau_id) == ("seed", number)
    assert (seed.siren, seed.score) == (GOOD, bureau.report(number).facts.score)
    assert event.company_name == "BROSSETTE & FILS PLOMBERIE"


def test_thousands_of_notifications(bureau, sandbox):
    sandbox.control("dnb/monitor", {"count": 200})
    told = sandbox.control("dnb/events", {"count": 2000, "days": 3})["count"]
    before = bureau.requests_made
    events = pull_all(bureau)
    assert len({event.id for event in events}) == len(events) >= told
    assert bureau.requests_made - before <= told / 100 + 3


def test_an_unknown_registration(bureau):
    with pytest.raises(NotFoundError):
        bureau.pull_notifications("OTHER")


# ------------------------------------------------------------- log-in, faults, cost


@pytest.mark.parametrize("token_path", ["/v2/token", "/v3/token"])
def test_one_log_in_for_many_calls(sandbox, token_path):
    store = MemoryTokenStore()
    for _run in range(3):
        bureau = sandbox.dnb(token_store=store, token_path=token_path)
        assert bureau.access() == ()
        bureau.search("FR", registration_number=GOOD)
    assert state(sandbox)["log_ins"] == 1
    lasts = store.current().expires_at - datetime.now(timezone.utc)
    assert timedelta(hours=23) < lasts <= timedelta(hours=24)


def test_an_expired_token_is_renewed_once(bureau, sandbox):
    number = duns(bureau, GOOD)
    sandbox.control("dnb/tokens", {"expire": True})
    assert bureau.report(number).facts.siren == GOOD
    assert state(sandbox)["log_ins"] == 2
    assert state(sandbox)["data_calls"] == 1


def test_a_wrong_secret_is_tried_once(sandbox):
    bureau = sandbox.dnb(secret="wrong-secret")
    for _attempt in range(3):
        with pytest.raises(AuthenticationError, match="not valid") as raised:
            bureau.access()
        assert "wrong-secret" not in str(raised.value)
    assert bureau.requests_made == 1


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("500", OutcomeUnknownError),
        ("drop_connection", OutcomeUnknownError),
        ("cut_connection", OutcomeUnknownError),
        ("429", QuotaError),
        ("403", RefusedError),
    ],
)
def test_a_paid_call_is_never_repeated(bureau, sandbox, kind, error):
    number = duns(bureau, GOOD)
    sandbox.fault(kind, service="dnb", path_contains="/data/")
    before = bureau.requests_made
    with pytest.raises(error):
        bureau.order_report(number)
    assert bureau.requests_made == before + 1


def test_a_free_call_is_repeated(bureau, sandbox):
    bureau.access()
    sandbox.fault("drop_connection", service="dnb", path_contains="/match/", times=1)
    assert bureau.search("FR", registration_number=GOOD).items
    sandbox.fault("500", service="dnb", path_contains="/match/")
    with pytest.raises(TransientError) as raised:
        bureau.search("FR", registration_number=GOOD)
    assert not isinstance(raised.value, OutcomeUnknownError)
