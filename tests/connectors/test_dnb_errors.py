"""Every documented error at every call; log-ins are few; paid calls are made once."""

import base64
import json
import logging
import time
from datetime import datetime, timedelta, timezone

import pytest
from dnb_calls import CALLS, DUNS, KEY, ONCE, REFERENCE, SECRET, TOKEN, BadServer
from servers import LogsIn, Scripted, ScriptedServer

from odoo.addons.partner_company_data.connectors.dnb_direct_plus import DnbDirectPlus
from odoo.addons.partner_company_data.connectors.errors import (
    AuthenticationError,
    ForbiddenError,
    MalformedError,
    NotFoundError,
    OutcomeUnknownError,
    QuotaError,
    RefusedError,
    ServiceError,
    TransientError,
)
from odoo.addons.partner_company_data.connectors.tokens import MemoryTokenStore, Token


def error(code, message="the reason", details=()):
    return {
        "transactionDetail": {"transactionID": "rrt-0"},
        "error": {
            "errorCode": code,
            "errorMessage": message,
            "errorDetails": list(details),
        },
    }


ERRORS = {
    400: RefusedError,
    401: AuthenticationError,
    403: ForbiddenError,
    404: NotFoundError,
    429: QuotaError,
    500: TransientError,
}
#: Calls that answer which company was refused, and why, instead of raising.
TELLING = ("add", "remove")


@pytest.fixture(scope="module")
def bad_server():
    with BadServer() as running:
        yield running


@pytest.mark.parametrize("status", ERRORS)
@pytest.mark.parametrize("call", CALLS)
def test_every_documented_error_at_every_call(bad_server, call, status):
    bad_server.answer(status, error("10101"))
    bureau = bad_server.bureau()
    if status in (400, 404) and call in TELLING:
        found = CALLS[call](bureau)
        gone = (status, call) == (404, "remove")
        assert [row.identifier for row in found] == ([] if gone else [DUNS])
        assert all("the reason" in row.reason for row in found)
        return
    if status == 404 and call in ("search", "match"):
        # Nothing fits.
        assert not getattr(CALLS[call](bureau), "items", ())
        return
    with pytest.raises(ERRORS[status]) as raised:
        CALLS[call](bureau)
    assert raised.value.service == "dnb_direct_plus"
    assert "the reason (10101)" in str(raised.value)
    if status == 500:
        assert isinstance(raised.value, OutcomeUnknownError) == (call in ONCE)
    # A refused token is renewed exactly once, anything else is asked for once.
    assert len(bad_server.requests) == bad_server.log_ins == (2 if status == 401 else 1)


@pytest.mark.parametrize("body", [b"", b'{"data": [', b"[1, 2]", b"7", b"{}"])
@pytest.mark.parametrize("call", CALLS)
def test_nonsense_raises_typed_errors_only(bad_server, call, body):
    bad_server.answer(200, body)
    try:
        CALLS[call](bad_server.bureau())
    except (MalformedError, RefusedError) as raised:
        assert str(raised)


@pytest.mark.parametrize("code", ["21012", "21113"])
@pytest.mark.parametrize("status", [200, 400, 409])
@pytest.mark.parametrize("key", ["error", "information"])
def test_a_company_that_is_monitored_already_is_no_error(bad_server, code, status, key):
    body = error(code) if key == "error" else {"information": {"code": code}}
    bad_server.answer(status, body)
    assert bad_server.bureau().add_subjects(REFERENCE, [DUNS]) == ()


def test_details_of_an_error_are_told(bad_server):
    details = [{"parameter": "blockIDs", "description": "unknown block"}]
    bad_server.answer(400, error("10001", "Invalid.", details))
    with pytest.raises(RefusedError, match="Invalid.: blockIDs: unknown block"):
        bad_server.bureau().report(DUNS)


def test_a_404_that_is_none_of_the_service_is_no_empty_result(bad_server):
    bad_server.answer(404, {"fault": {"faultstring": "Unable to identify proxy"}})
    with pytest.raises(NotFoundError):
        bad_server.bureau().search("FR", name="x")


def test_a_pause_that_is_asked_for(bad_server):
    bad_server.answer(429, error("00047"), {"Retry-After": "600"})
    with pytest.raises(QuotaError) as raised:
        bad_server.bureau().report(DUNS)
    wait = raised.value.reset_at - datetime.now(timezone.utc)
    assert timedelta(seconds=590) < wait <= timedelta(seconds=600)
    assert len(bad_server.requests) == 1


# ------------------------------------------------------------------------ log-ins


def test_the_log_in_holds_key_and_secret(server):
    server.answers = [
        Scripted({"access_token": TOKEN, "expiresIn": 60}),
        Scripted({"matchCandidates": []}),
    ]
    DnbDirectPlus(server.url, KEY, SECRET).search("FR", name="x")
    log_in, call = server.requests
    pair = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    assert (log_in.method, log_in.path) == ("POST", "/v3/token")
    assert log_in.headers["Authorization"] == f"Basic {pair}"
    assert json.loads(log_in.content) == {"grant_type": "client_credentials"}
    assert call.headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({"expiresIn": 86400}, 86400),
        ({"expiresIn": "3600"}, 3600),
        ({"expires_in": 600}, 600),
        ({"expiresIn": 10**9}, 2 * 86400),
        ({"expiresIn": -5}, 3600),
        ({"expirationDateTime": "soon"}, 3600),
        ({"expirationDateTime": "2000-01-01T00:00:00Z"}, 3600),
        ({}, 3600),
    ],
)
def test_how_long_a_token_lasts(server, told, seconds):
    server.answers = [Scripted({"access_token": TOKEN, **told})]
    store = MemoryTokenStore()
    DnbDirectPlus(server.url, KEY, SECRET, token_store=store).access()
    lasts = (store.current().expires_at - datetime.now(timezone.utc)).total_seconds()
    assert lasts == pytest.approx(seconds, abs=5)


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (Scripted(error("00047"), 429), QuotaError),
        (Scripted({}, 500), TransientError),
        (Scripted(hang_up=True), TransientError),
        (Scripted({"access_token": ""}), MalformedError),
        (Scripted({"access_token": "line\r\nbreak: 1234567"}), MalformedError),
        (Scripted([]), MalformedError),
        (Scripted(b"<html>"), MalformedError),
    ],
)
def test_a_failed_log_in_is_not_repeated_within_a_call(server, answer, raised):
    server.answers = [answer]
    with pytest.raises(raised) as found:
        DnbDirectPlus(server.url, KEY, SECRET).report(DUNS)
    assert not isinstance(found.value, OutcomeUnknownError)
    assert len(server.requests) == 1


# ------------------------------------------------------------------------ paid calls


class Shop(LogsIn, ScriptedServer):
    """Logs in, and answers what ``answers`` hold to anything else."""

    door = ("/v3/token", {"access_token": TOKEN, "expiresIn": 60})


@pytest.mark.parametrize("call", ONCE)
@pytest.mark.parametrize(
    "answer",
    [
        Scripted({}, delay=1.2),
        Scripted(hang_up=True),
        Scripted({"organization": {}, "notifications": []}, missing=50),
        Scripted({}, 500),
        Scripted({}, 503, headers={"Retry-After": "0"}),
    ],
    ids=["timeout", "hang up", "cut", "500", "503"],
)
def test_what_is_paid_or_taken_off_a_queue_is_not_repeated(call, answer):
    with Shop() as shop:
        shop.answers = [answer]
        store = MemoryTokenStore()
        store.renew(lambda: Token.issued_now(TOKEN, timedelta(hours=1)))
        options = {"timeout": answer.patience, "token_store": store}
        bureau = DnbDirectPlus(shop.url, KEY, SECRET, **options)
        with pytest.raises(OutcomeUnknownError):
            CALLS[call](bureau)
        assert len(shop.requests) == 1


def test_a_paid_answer_is_kept_whatever_it_is():
    with Shop() as shop:
        shop.answers = [Scripted(b'{"organization": {"dun')]
        bureau = DnbDirectPlus(shop.url, KEY, SECRET)
        paid = bureau.order_report(DUNS)
        assert paid.content == b'{"organization": {"dun'
        with pytest.raises(MalformedError):
            bureau.read_report(paid)


def test_calls_keep_their_distance(bad_server):
    bad_server.answer(200, {"matchCandidates": []})
    bureau = bad_server.bureau(calls_per_second=10)
    started = time.monotonic()
    for _call in range(4):
        bureau.search("FR", name="x")
    assert time.monotonic() - started > 0.29


# ------------------------------------------------------------------------ secrets


def test_secrets_are_in_no_error_and_no_log(bad_server, caplog):
    caplog.set_level(logging.DEBUG)
    pair = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    secrets = (TOKEN, SECRET, pair)
    for status in (400, 401, 403, 404, 429, 500):
        bad_server.answer(status, error("1", f"What is {' '.join(secrets)}?"))
        with pytest.raises(ServiceError) as raised:
            bad_server.bureau().report(DUNS)
        for secret in secrets:
            assert secret not in str(raised.value)
            assert secret not in repr(raised.value)
            assert secret not in caplog.text


@pytest.mark.parametrize("identifier", ["", " ", ".", "..", "../token", "1?x=2"])
def test_an_identifier_cannot_change_the_path(bad_server, identifier):
    bad_server.answer(404, error("10101"))
    for call in (
        lambda: bad_server.bureau().report(identifier),
        lambda: bad_server.bureau().pull_notifications(identifier),
    ):
        with pytest.raises((RefusedError, NotFoundError)):
            call()
    for seen in bad_server.requests:
        assert "/.." not in seen.path.replace("..%2F", "")
        assert "x" not in seen.query
