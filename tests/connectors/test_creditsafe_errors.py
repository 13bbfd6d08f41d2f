"""Every documented error at every call; log-ins are few; purchases are made once."""

import json
import logging
import threading
from datetime import datetime, timedelta, timezone

import pytest
from creditsafe_calls import CALLS, COMPANY, ONCE, PASSWORD, TOKEN, BadServer
from servers import LocalServer, LogsIn, Scripted, ScriptedServer

from odoo.addons.partner_company_data.connectors.creditsafe import Creditsafe
from odoo.addons.partner_company_data.connectors.creditsafe_tokens import token_of
from odoo.addons.partner_company_data.connectors.errors import (
    AuthenticationError,
    MalformedError,
    NotFoundError,
    OutcomeUnknownError,
    QuotaError,
    RefusedError,
    ServiceError,
    TransientError,
)
from odoo.addons.partner_company_data.connectors.tokens import MemoryTokenStore, Token

BODIES = {
    400: {
        "correlationId": "00000000-0000-4000-8000-000000000009",
        "message": "Bad request",
        "details": "the reason",
    },
    401: {"error": "Invalid token."},
    403: {"message": "Access forbidden"},
    404: {"message": "Portfolio resource not found "},
    409: {"message": "Company  FR-X-48213367500017 already in portfolio"},
    429: {"message": "Too many requests"},
    500: {"message": "Internal server error"},
}
ERRORS = {
    400: RefusedError,
    401: AuthenticationError,
    403: RefusedError,
    404: NotFoundError,
    409: RefusedError,
    429: QuotaError,
    500: TransientError,
}
#: What a call answers instead of raising an error.
ANSWERS = {
    (404, "report_options"): (),
    (404, "delete_portfolio"): False,
    (404, "remove_company"): False,
    (404, "portfolio_company"): None,
    (409, "add_company"): False,
}


@pytest.fixture(scope="module")
def bad_server():
    with BadServer() as running:
        yield running


@pytest.mark.parametrize("status", ERRORS)
@pytest.mark.parametrize("call", CALLS)
def test_every_documented_error_at_every_call(bad_server, call, status):
    bad_server.answer(status, BODIES[status])
    bureau = bad_server.bureau()
    if (status, call) in ANSWERS:
        assert CALLS[call](bureau) == ANSWERS[status, call]
        return
    with pytest.raises(ERRORS[status]) as raised:
        CALLS[call](bureau)
    assert raised.value.service == "creditsafe"
    said = str(raised.value)
    assert (BODIES[status].get("details") or "") in said
    if status == 500:
        assert isinstance(raised.value, OutcomeUnknownError) == (call in ONCE)
    # A refused token is renewed exactly once, anything else is asked for once.
    assert len(bad_server.requests) == bad_server.log_ins == (2 if status == 401 else 1)


@pytest.mark.parametrize(
    "body",
    [b"", b'{"data": [', b"[1, 2]", b"7", b"{}"],
)
@pytest.mark.parametrize("call", CALLS)
def test_nonsense_raises_typed_errors_only(bad_server, call, body):
    bad_server.answer(200, body)
    try:
        CALLS[call](bad_server.bureau())
    except (MalformedError, RefusedError) as error:
        assert str(error)


def test_the_wrong_answer_to_a_search_is_no_empty_result(bad_server):
    for status, body in (
        (404, {"message": "Resource not found"}),
        (200, {"totalSize": 3}),
        (200, {"companies": None, "messages": []}),
    ):
        bad_server.answer(status, body)
        with pytest.raises((MalformedError, NotFoundError)):
            bad_server.bureau().search("FR", name="x")


def test_no_results_may_come_with_404_or_200(bad_server):
    body = {
        "totalSize": 0,
        "companies": [],
        "messages": [{"type": "Information", "code": "NoResults", "text": "…"}],
    }
    for status in (200, 404):
        bad_server.answer(status, body)
        page = bad_server.bureau().search("FR", name="x")
        assert (page.items, page.total, page.next_page) == ((), 0, None)


def test_too_many_results_ask_for_more_words(bad_server):
    messages = [{"type": "Error", "code": "TooManyResults", "text": "…"}]
    bad_server.answer(200, {"totalSize": 0, "companies": [], "messages": messages})
    with pytest.raises(RefusedError, match="Far too many"):
        bad_server.bureau().search("FR", name="sarl")


def test_a_company_that_is_not_in_the_portfolio_may_be_a_400(bad_server):
    bad_server.answer(400, {"message": "PortfolioCompany not found"})
    bureau = bad_server.bureau()
    assert bureau.portfolio_company(1, COMPANY) is None
    assert bureau.remove_company(1, COMPANY) is False


# ------------------------------------------------------------------------ log-ins


def test_a_refused_log_in_is_never_repeated(server):
    server.answers = [Scripted({"message": "Access denied"}, 401)]
    bureau = Creditsafe(server.url, "user", PASSWORD)
    for _attempt in range(3):
        with pytest.raises(AuthenticationError, match="Access denied"):
            bureau.access()
    assert [seen.path for seen in server.requests] == ["/authenticate"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Scripted({"message": "Too many requests"}, 429), QuotaError),
        (Scripted({"message": "…"}, 500), TransientError),
        (Scripted(hang_up=True), TransientError),
        (Scripted({"token": ""}), MalformedError),
        (Scripted({"token": "line\r\nbreak: 1234567"}), MalformedError),
        (Scripted([]), MalformedError),
        (Scripted(b"<html>"), MalformedError),
    ],
)
def test_a_failed_log_in_is_not_repeated_within_a_call(server, answer, error):
    server.answers = [answer]
    with pytest.raises(error) as raised:
        Creditsafe(server.url, "user", PASSWORD).report(COMPANY)
    assert not isinstance(raised.value, OutcomeUnknownError)
    assert len(server.requests) == 1


class Expiring(LocalServer):
    """Accepts only the token given last."""

    def __init__(self):
        self.log_ins = 0
        self.calls = 0

    def handle(self, handler):
        seen = self.seen(handler)
        if seen.path == "/authenticate":
            self.log_ins += 1
            status, body = 200, {"token": f"token-{self.log_ins:03d}"}
        else:
            self.calls += 1
            last = f"Bearer token-{self.log_ins:03d}"
            good = seen.headers.get("Authorization") == last
            status = 200 if good else 401
            body = {"countryAccess": {}} if good else {"error": "Invalid token."}
        content = json.dumps(body).encode()
        self.send(handler, status, content, {})
        handler.wfile.write(content)


def test_clients_with_one_store_log_in_once():
    store = MemoryTokenStore()
    with Expiring() as server:
        clients = [
            Creditsafe(server.url, "user", PASSWORD, token_store=store)
            for _client in range(12)
        ]
        threads = [threading.Thread(target=client.access) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.log_ins == 1
        assert server.calls == 12


def test_an_expired_token_is_renewed_once_by_all_together():
    store = MemoryTokenStore()
    with Expiring() as server:
        clients = [
            Creditsafe(server.url, "user", PASSWORD, token_store=store)
            for _client in range(8)
        ]
        clients[0].access()
        server.log_ins += 1  # The service has forgotten the token.
        threads = [threading.Thread(target=client.access) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # One more log-in, and each client was refused at most once.
        assert server.log_ins == 3
        assert server.calls <= 1 + 2 * len(clients)


def test_a_token_is_renewed_before_its_end():
    store = MemoryTokenStore()
    now = datetime.now(timezone.utc)
    stale = Token("old-token", now - timedelta(seconds=1), now + timedelta(minutes=4))
    store.renew(lambda: stale)
    with Expiring() as server:
        Creditsafe(server.url, "user", PASSWORD, token_store=store).access()
        assert (server.log_ins, server.calls) == (1, 1)
        assert store.current().value == "token-001"


def test_a_token_tells_its_lifetime():
    now = datetime.now(timezone.utc)
    # {"nbf": 1000000000, "exp": 1000001200}: twenty minutes, by a clock far off ours.
    claims = "eyJuYmYiOiAxMDAwMDAwMDAwLCAiZXhwIjogMTAwMDAwMTIwMH0"
    for value, minutes in (
        (f"head.{claims}.signature", 20),
        ("head.bm9uc2Vuc2U.signature", 60),
        ("head.e30.signature", 60),
        ("no-jwt-at-all", 60),
    ):
        token = token_of(value)
        lifetime = (token.expires_at - now).total_seconds()
        assert lifetime == pytest.approx(minutes * 60, abs=5)
        assert now < token.renew_at < token.expires_at
        assert value not in repr(token)


# ---------------------------------------------------------------------- purchases


class Shop(LogsIn, ScriptedServer):
    """Logs in, and answers what ``answers`` hold to anything else."""

    door = ("/authenticate", {"token": TOKEN})


@pytest.fixture
def shop():
    with Shop() as running:
        yield running


@pytest.mark.parametrize("call", ONCE)
@pytest.mark.parametrize(
    "answer",
    [
        Scripted({}, delay=1.2),
        Scripted({"report": {}}, trickle=0.4),
        Scripted(hang_up=True),
        Scripted({"report": {}}, missing=50),
        Scripted({}, 500),
        Scripted({}, 502),
        Scripted({}, 503, headers={"Retry-After": "0"}),
        Scripted({}, 504),
        Scripted({}, 408),
    ],
    ids=["timeout", "trickle", "hang up", "cut", "500", "502", "503", "504", "408"],
)
def test_a_purchase_that_fails_is_not_repeated(shop, call, answer):
    shop.answers = [answer]
    store = MemoryTokenStore()
    store.renew(lambda: token_of(TOKEN))
    options = {"timeout": answer.patience, "token_store": store}
    bureau = Creditsafe(shop.url, "user", PASSWORD, **options)
    with pytest.raises(OutcomeUnknownError):
        CALLS[call](bureau)
    assert len(shop.requests) == 1


def test_each_purchase_has_a_connection_of_its_own(shop):
    """A kept one may be closed by the other side just when it is used."""

    def close_without_a_word(handler):
        Shop.handle(shop, handler)
        handler.close_connection = True

    shop.handle = close_without_a_word
    shop.answers = [Scripted({"report": {}})]
    bureau = Creditsafe(shop.url, "user", PASSWORD)
    for _purchase in range(30):
        bureau.order_report(COMPANY)
    assert len(shop.requests) == 30


def test_a_purchase_with_an_expired_token_is_sent_again(shop):
    shop.answers = [
        Scripted({"error": "Invalid token."}, 401),
        Scripted({"report": {}}),
    ]
    assert Creditsafe(shop.url, "user", PASSWORD).report(COMPANY).facts is not None
    assert len(shop.requests) == 2


@pytest.mark.parametrize(
    ("status", "error"), [(400, RefusedError), (403, RefusedError), (429, QuotaError)]
)
def test_a_refused_purchase_was_not_made(shop, status, error):
    shop.answers = [Scripted(BODIES[status], status)]
    with pytest.raises(error) as raised:
        Creditsafe(shop.url, "user", PASSWORD).report(COMPANY)
    assert not isinstance(raised.value, TransientError)
    assert len(shop.requests) == 1


def test_a_purchase_that_never_left_is_not_in_doubt():
    store = MemoryTokenStore()
    store.renew(lambda: token_of(TOKEN))
    with ScriptedServer() as gone:
        url = gone.url
    bureau = Creditsafe(url, "user", PASSWORD, token_store=store)
    with pytest.raises(TransientError) as raised:
        bureau.report(COMPANY)
    assert not isinstance(raised.value, OutcomeUnknownError)


def test_a_paid_answer_is_kept_whatever_it_is(shop):
    shop.answers = [Scripted(b'{"report": {"companySumm')]
    bureau = Creditsafe(shop.url, "user", PASSWORD)
    paid = bureau.order_report(COMPANY)
    assert paid.content == b'{"report": {"companySumm'
    with pytest.raises(MalformedError):
        bureau.read_report(paid)


def test_a_large_report_is_fetched_without_the_token(shop):
    with ScriptedServer() as store:
        store.answers = [Scripted({"report": {"companyId": COMPANY}})]
        # Another host's name, as clients see it.
        host = store.url.replace("127.0.0.1", "localhost")
        location = f"{host}/bucket/report.json?X-Amz-Signature=abc"
        shop.answers = [Scripted(b"", 302, headers={"Location": location})]
        report = Creditsafe(shop.url, "user", PASSWORD).report(COMPANY)
        assert report.facts.bureau_id == COMPANY
        assert len(shop.requests) == len(store.requests) == 1
        assert "Authorization" not in store.requests[0].headers
        assert store.requests[0].query == {"X-Amz-Signature": "abc"}


@pytest.mark.parametrize(
    "location",
    [
        None,
        "",
        "/relative",
        "http://example.com/x",
        "file:///etc/passwd",
        "https://[::",
    ],
)
def test_a_report_that_waits_nowhere_is_in_doubt(shop, location):
    headers = {} if location is None else {"Location": location}
    shop.answers = [Scripted(b"", 302, headers=headers)]
    with pytest.raises(OutcomeUnknownError, match="ordered"):
        Creditsafe(shop.url, "user", PASSWORD).report(COMPANY)
    assert len(shop.requests) == 1


# ------------------------------------------------------------------------ secrets


def test_secrets_are_in_no_error_and_no_log(bad_server, caplog):
    caplog.set_level(logging.DEBUG)
    echo = f"What is {TOKEN}, what is {PASSWORD}?"
    for status in (400, 401, 403, 404, 429, 500):
        bad_server.answer(status, {"message": echo, "details": echo})
        with pytest.raises(ServiceError) as raised:
            bad_server.bureau().report(COMPANY)
        for said in (str(raised.value), repr(raised.value)):
            assert TOKEN not in said
            assert PASSWORD not in said
    assert TOKEN not in caplog.text
    assert PASSWORD not in caplog.text


def test_the_password_echoed_by_a_refused_log_in_is_hidden(server):
    server.answers = [Scripted({"message": f"Wrong: {PASSWORD}"}, 401)]
    with pytest.raises(AuthenticationError) as raised:
        Creditsafe(server.url, "user", PASSWORD).access()
    assert PASSWORD not in str(raised.value)


@pytest.mark.parametrize("identifier", ["", " ", ".", "..", "../access"])
def test_an_identifier_cannot_change_the_path(bad_server, identifier):
    bad_server.answer(404, BODIES[404])
    with pytest.raises((RefusedError, NotFoundError)):
        bad_server.bureau().report(identifier)
    for seen in bad_server.requests:
        assert seen.path == "/companies/..%2Faccess"
