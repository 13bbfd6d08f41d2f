"""The client: each fault becomes the right error, in time and without secrets."""

import logging
import time
from datetime import datetime, timedelta, timezone

import pytest
from servers import Scripted

from odoo.addons.partner_company_data.connectors import http
from odoo.addons.partner_company_data.connectors.errors import (
    AuthenticationError,
    MalformedError,
    NotFoundError,
    QuotaError,
    RefusedError,
    ServiceError,
    TransientError,
)
from odoo.addons.partner_company_data.connectors.http import ServiceClient

SECRET = "k3y-that-nobody-may-see"


@pytest.fixture(autouse=True)
def _quick_pauses(monkeypatch):
    monkeypatch.setattr(http, "RETRY_WINDOW", 2)


def client(server, **options):
    options.setdefault("timeout", 20)
    return ServiceClient(
        "tested", server.url, headers={"Authorization": f"Apikey {SECRET}"}, **options
    )


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, RefusedError),
        (400, RefusedError),
        (401, AuthenticationError),
        (402, RefusedError),
        (403, AuthenticationError),
        (404, NotFoundError),
        (408, TransientError),
        (418, RefusedError),
        (422, RefusedError),
        (429, QuotaError),
        (500, TransientError),
        (501, TransientError),
        (502, TransientError),
        (503, TransientError),
        (504, TransientError),
    ],
)
def test_status_becomes_error(server, status, error):
    server.answers = [Scripted({"message": f"no, {SECRET}"}, status)]
    with pytest.raises(error) as caught:
        client(server).get_json("/x")
    assert type(caught.value) is error
    assert caught.value.service == "tested"
    assert str(caught.value).endswith("It says: no, ***")


def test_error_class_of_a_status_can_be_chosen(server):
    server.answers = [Scripted({}, 404)]
    with pytest.raises(RefusedError):
        client(server, status_errors={404: RefusedError}).get_json("/x")


@pytest.mark.parametrize(
    "body",
    [
        b"<html>maintenance</html>",
        b'{"results": [',
        b"",
        b"\xff\xfe{}",
        b'{"value": NaN}',
        b"[" * 100_000,
    ],
)
def test_no_json_is_malformed(server, body):
    server.answers = [Scripted(body)]
    with pytest.raises(MalformedError):
        client(server).get_json("/x")


def test_far_too_long_answer_is_malformed(server, monkeypatch):
    monkeypatch.setattr(http, "MAX_BODY_BYTES", 1000)
    server.answers = [Scripted(b"[" + b"1," * 1000 + b"1]")]
    with pytest.raises(MalformedError):
        client(server).get_json("/x")


def test_silence_is_transient_and_not_waited_for_twice(server):
    server.answers = [Scripted({}, delay=3)]
    started = time.monotonic()
    with pytest.raises(TransientError, match="within 0.3 seconds"):
        client(server, timeout=0.3).get_json("/x")
    assert time.monotonic() - started < 3
    assert len(server.requests) == 1


def test_trickling_answer_ends(server, monkeypatch):
    monkeypatch.setattr(http, "RETRY_WINDOW", 0.5)
    server.answers = [Scripted([1] * 1000, trickle=0.05)]
    started = time.monotonic()
    with pytest.raises(TransientError, match="within"):
        client(server, timeout=0.5).get_json("/x")
    # To its end it would take 150 seconds.
    assert time.monotonic() - started < 30


def test_body_that_stops_is_transient(server):
    server.answers = [Scripted({"results": []}, missing=100)]
    with pytest.raises(TransientError):
        client(server).get_json("/x")


def test_unreachable_service_is_transient(server):
    unreachable = client(server)
    server.__exit__()
    with pytest.raises(TransientError, match="cannot be reached"):
        unreachable.get_json("/x")
    server.__enter__()


def test_cut_connection_and_busy_service_are_asked_again(server):
    server.answers = [Scripted(hang_up=True), Scripted({}, 503), Scripted({"a": 1})]
    assert client(server).get_json("/x") == {"a": 1}
    assert len(server.requests) == 3


def test_only_few_times(server):
    server.answers = [Scripted({}, 503)]
    with pytest.raises(TransientError):
        client(server).get_json("/x")
    assert len(server.requests) == http.MAX_ATTEMPTS


@pytest.mark.parametrize("fault", [Scripted(hang_up=True), Scripted({}, 503)])
def test_post_is_never_sent_again(server, fault):
    server.answers = [fault, Scripted({})]
    with pytest.raises(TransientError):
        client(server).request("POST", "/x", json={})
    assert len(server.requests) == 1


def test_short_retry_after_is_waited_for(server):
    server.answers = [
        Scripted({"erreur": "doucement"}, 429, {"Retry-After": "1"}),
        Scripted({"a": 1}),
    ]
    started = time.monotonic()
    assert client(server).get_json("/x") == {"a": 1}
    assert time.monotonic() - started > 0.9


def test_long_retry_after_is_told(server):
    server.answers = [Scripted({}, 429, {"Retry-After": "3600"})]
    with pytest.raises(QuotaError) as caught:
        client(server).get_json("/x")
    expected = datetime.now(timezone.utc) + timedelta(hours=1)
    assert abs(caught.value.reset_at - expected) < timedelta(seconds=10)
    assert len(server.requests) == 1


def test_reset_time_of_the_body_is_told(server):
    body = {
        "errorcode": 10002,
        "reset_time": "2031-01-26T00:00:00Z",
        "limit_time_unit": "day",
        "call_limit": 10000,
        "error": "Too many requests on the domain.",
    }
    server.answers = [Scripted(body, 429)]
    with pytest.raises(QuotaError, match="Too many requests on the domain") as caught:
        client(server).get_json("/x")
    assert caught.value.reset_at == datetime(2031, 1, 26, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "reset",
    ["1926633600", "1926633600000", "2031-01-20T00:00:00Z"]
    + ["2031-01-20T01:00:00+01:00", "Mon, 20 Jan 2031 00:00:00 GMT"],
)
def test_used_up_allowance_stops_before_asking(server, reset):
    moment = datetime(2031, 1, 20, tzinfo=timezone.utc)
    headers = {
        "X-RateLimit-Limit": "10000",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": reset,
    }
    server.answers = [Scripted({"a": 1}, headers=headers)]
    asking = client(server)
    assert asking.get_json("/x") == {"a": 1}
    assert asking.quota == http.Quota(10000, 0, moment)
    with pytest.raises(QuotaError) as caught:
        asking.get_json("/x")
    assert caught.value.reset_at == moment
    assert asking.requests_made == len(server.requests) == 1


@pytest.mark.parametrize("reset", ["", "soon", "-1", "9" * 40])
def test_nonsense_in_headers_is_not_known(server, reset):
    headers = {"X-RateLimit-Remaining": "many", "X-RateLimit-Reset": reset}
    server.answers = [Scripted({"a": 1}, headers=headers)]
    asking = client(server)
    assert asking.get_json("/x") == {"a": 1}
    assert asking.quota == http.Quota()


def test_redirection_is_not_followed(server):
    server.answers = [
        Scripted({}, 302, {"Location": "http://127.0.0.2:1/steal"}),
        Scripted({"a": 1}),
    ]
    with pytest.raises(RefusedError):
        client(server).get_json("/x")
    assert len(server.requests) == 1


def test_path_cannot_leave_the_host(server):
    with pytest.raises(RefusedError, match="leave"):
        client(server).get_json(".evil.example/x")
    with pytest.raises(RefusedError, match="leave"):
        client(server).get_json("@evil.example/x")
    assert not server.requests


@pytest.mark.parametrize(
    "address",
    [
        "http://service.example",
        "ftp://localhost/x",
        "file:///etc/passwd",
        "https://user:password@service.example",
        "https://service.example/?apikey=1",
        "https://service.example/#a",
        "https://",
        "https://service.example:port/",
        "https://[::1",
        "service.example",
        "",
        None,
    ],
)
def test_address_is_checked(address):
    with pytest.raises(RefusedError):
        ServiceClient("tested", address)


@pytest.mark.parametrize(
    "address",
    ["https://service.example/api/", "http://localhost:8069", "http://[::1]:80/x"],
)
def test_good_address_is_taken(address):
    assert ServiceClient("tested", address).base_url == address.rstrip("/")


def test_key_that_cannot_be_sent_is_refused():
    for key in ("clé", "a\r\nHost: evil"):
        with pytest.raises(AuthenticationError):
            ServiceClient("tested", "https://x.example", headers={"Authorization": key})


def test_client_says_who_it_is_and_sends_the_key(server):
    server.answers = [Scripted({})]
    client(server).get_json("/x", {"q": "a b"})
    [seen] = server.requests
    assert seen.headers["User-Agent"] == http.USER_AGENT
    assert seen.headers["Authorization"] == f"Apikey {SECRET}"
    assert seen.query == {"q": "a b"}


def test_pace_is_kept(server):
    server.answers = [Scripted({})]
    asking = client(server, min_interval=0.1)
    started = time.monotonic()
    for _turn in range(4):
        asking.get_json("/x")
    assert time.monotonic() - started > 0.29


@pytest.mark.parametrize(
    "fault",
    [
        Scripted(hang_up=True),
        Scripted({"message": SECRET}, 400),
        Scripted({"message": SECRET}, 401),
        Scripted({"error": SECRET}, 429),
        Scripted({"error": SECRET}, 500),
        Scripted(SECRET.encode(), 200),
        Scripted({}, delay=1),
    ],
)
def test_no_fault_tells_the_secret(server, fault, caplog):
    caplog.set_level(logging.DEBUG)
    server.answers = [fault]
    with pytest.raises(ServiceError) as caught:
        client(server, timeout=fault.patience).get_json("/x", {"q": "DURAND"})
    chain = []
    error = caught.value
    while error is not None:
        chain.append(repr(error) + str(error))
        error = error.__cause__ or (
            None if error.__suppress_context__ else error.__context__
        )
    assert SECRET not in "".join(chain)
    assert SECRET not in caplog.text


def test_each_call_goes_through_the_proxy_of_the_environment(server, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "elsewhere.example")
    server.answers = [Scripted({"a": 1})]
    asking = ServiceClient("tested", "http://localhost:1", timeout=5)
    assert [asking.get_json(path) for path in ("/x", "/y")] == [{"a": 1}] * 2
    assert [seen.path for seen in server.requests] == ["/x", "/y"]
