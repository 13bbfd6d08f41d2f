"""HTTP as all connectors use it: bounded in time, polite, and silent about secrets."""

import json
import logging
import ssl
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from . import parsing
from .errors import (
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

_logger = logging.getLogger(__name__)

DEFAULT_TIMEOUT = 30
USER_AGENT = "partner-company-data/19.0 (Odoo addon)"

#: No attempt starts later than this many seconds after the first one, so that with
#: the default timeout a call ends well within a minute.
RETRY_WINDOW = 15
#: Seconds before a call is repeated for the first time; then twice as long each time.
FIRST_PAUSE = 0.3
#: A service that asks for a short pause is waited for, within the call.
LONGEST_PAUSE = 5
MAX_ATTEMPTS = 3
#: A longer answer is a mistake, and would fill the memory.
MAX_BODY_BYTES = 64 * 1024 * 1024

_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
_BUSY = (502, 503, 504)


@dataclass(frozen=True, slots=True)
class Quota:
    """An allowance as the service's headers tell it; ``None`` is not told.

    ``reset_at`` is an aware UTC moment.
    """

    limit: int | None = None
    remaining: int | None = None
    reset_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: status, headers (case-insensitive) and body."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class _BriefRetry(Retry):
    """Retries of cut connections within a window of time; time-outs are not retried.

    :param deadline: monotonic second after which no attempt starts
    """

    def __init__(self, *args, deadline: float, **kwargs):
        super().__init__(*args, **kwargs)
        self.deadline = deadline

    def new(self, **kwargs):
        return super().new(deadline=self.deadline, **kwargs)

    def increment(self, method=None, url=None, response=None, error=None, **kwargs):
        timed_out = isinstance(
            error, urllib3.exceptions.TimeoutError
        ) and not isinstance(error, urllib3.exceptions.NewConnectionError)
        if error and (timed_out or time.monotonic() > self.deadline):
            raise error
        return super().increment(method, url, response, error, **kwargs)


class _Session(requests.Session):
    """A session with one host, asked in one way."""

    def __init__(self):
        super().__init__()
        self._environment_settings = None

    def merge_environment_settings(self, url, proxies, stream, verify, cert):
        """Read once: to look for a proxy takes as long as to send a request."""
        if self._environment_settings is None:
            self._environment_settings = super().merge_environment_settings(
                url, proxies, stream, verify, cert
            )
        return dict(self._environment_settings)

    def get_redirect_target(self, resp):
        """None: requests would read the address even where it is not to follow it."""
        return None


class _BriefRetryAdapter(HTTPAdapter):
    def __init__(self, attempts: int):
        super().__init__()
        self._attempts = attempts

    def send(self, request, *args, **kwargs):
        self.max_retries = _BriefRetry(
            total=self._attempts - 1 if request.method == "GET" else 0,
            backoff_factor=FIRST_PAUSE,
            # Statuses are looked at by the client: it knows the service's words.
            status=0,
            redirect=0,
            raise_on_status=False,
            respect_retry_after_header=False,
            deadline=time.monotonic() + RETRY_WINDOW,
        )
        return super().send(request, *args, **kwargs)


class ServiceClient:
    """One session with one outside service.

    * Every call has a timeout and ends within a minute (with the default one); only
      GET is ever sent again, few times, after a cut connection or 502, 503, 504.
    * ``Retry-After`` is waited for when short; otherwise, and when the headers say
      that the allowance is used up, :class:`~.errors.QuotaError` tells the moment.
    * Redirections are not followed: nothing, a key least of all, reaches another
      host than that of the base address.
    * Exceptions and log lines hold neither secrets nor full addresses.

    :param service: code of the service, carried by its errors
    :param base_url: ``https`` address of the API (``http`` on this machine only)
    :param headers: sent with every request; treated as secrets
    :param timeout: seconds to connect, and of silence while reading
    :param min_interval: least seconds between the starts of two requests
    :param status_errors: error class by status where the usual one does not fit
    :param secrets: what else is never repeated in an error
    :param once: each request costs or makes something: none is ever sent again, each
        has a connection of its own, and a failure after the sending raises
        :class:`~.errors.OutcomeUnknownError`
    :raises RefusedError: the base address cannot be used
    """

    def __init__(
        self,
        service: str,
        base_url: str,
        *,
        headers: dict[str, str] | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        min_interval: float = 0.0,
        status_errors: dict[int, type[ServiceError]] | None = None,
        secrets: Collection[str] = (),
        once: bool = False,
    ):
        self.service = service
        self.base_url = self._checked(base_url)
        self.timeout = timeout
        self.requests_made = 0
        self.quota = Quota()
        self._headers = self._printable(headers or {})
        self._min_interval = min_interval
        self._next_start = 0.0
        self._status_errors = status_errors or {}
        self._secrets = tuple(secrets)
        self._once = once
        self._attempts = 1 if once else MAX_ATTEMPTS
        self._session = _Session()
        self._session.headers.update(
            {"User-Agent": USER_AGENT, "Accept": "application/json"}
        )
        # As an auth callable the key is neither replaced by a .netrc entry nor kept
        # when requests would leave the host.
        self._session.auth = self._authenticate
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _BriefRetryAdapter(self._attempts))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def set_headers(self, headers: dict[str, str]) -> None:
        """Send these with every request from now on, instead of those before.

        :raises AuthenticationError: a value that no header may hold
        """
        self._headers = self._printable(headers)

    def get_json(self, path: str, params: dict[str, Any] | None = None) -> Any:
        """The decoded JSON answer of a GET.

        :param path: below the base address, beginning with ``/``
        :raises ServiceError: see :meth:`request`
        """
        return self.decode(self.request("GET", path, params=params))

    def request(
        self, method: str, path: str, *, accept: Collection[int] = (), **options: Any
    ) -> Answer:
        """The answer of one call, its body read, its status below 300.

        :param accept: statuses from 300 that are answers too, not errors
        :param options: ``params``, ``json``, ``data``, ``headers`` as in ``requests``
        :raises TransientError: time-out, cut connection, 5xx
        :raises OutcomeUnknownError: the same, sent by a client for calls made ``once``
        :raises AuthenticationError: 401, 403
        :raises QuotaError: 429, or the allowance was already used up
        :raises NotFoundError: 404
        :raises RefusedError: any other 4xx, a redirection
        """
        stop_at = time.monotonic() + RETRY_WINDOW
        for attempt in range(1, self._attempts + 1):
            self._wait_for_turn()
            answer = self._send(method, path, options)
            if answer.status < 300 or answer.status in accept:
                return answer
            pause = self._pause(answer, attempt)
            may_repeat = (
                method == "GET"
                and answer.status in (*_BUSY, 429)
                and attempt < self._attempts
                and pause is not None
                and time.monotonic() + pause < stop_at
            )
            if not may_repeat:
                break
            time.sleep(pause)
        raise self.error_of(answer)

    def decode(self, answer: Answer) -> Any:
        """The answer's JSON.

        :raises MalformedError: the body is no JSON
        """
        try:
            return json.loads(answer.content, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise MalformedError(
                "The service's answer is not JSON, or was cut off.",
                service=self.service,
            ) from None

    def read_error(self, body: dict) -> tuple[str | None, datetime | None]:
        """What an error's JSON body says: the service's sentence, its reset moment."""
        for key in ("message", "error", "erreur", "detail", "title"):
            sentence = parsing.text(body.get(key))
            if sentence:
                break
        return sentence, parsing.moment(body.get("reset_time"))

    # ---------------------------------------------------------------- one request

    def _send(self, method: str, path: str, options: dict) -> Answer:
        url = self.base_url + path
        if urlsplit(url).netloc != urlsplit(self.base_url).netloc:
            raise RefusedError(
                "The request would leave the service's host.", service=self.service
            )
        if self._once:
            # A kept connection may be closed by the other side just when it is used.
            self._session.close()
        self.requests_made += 1
        ends_at = time.monotonic() + self.timeout + RETRY_WINDOW
        try:
            with self._session.request(
                method,
                url,
                timeout=self.timeout,
                allow_redirects=False,
                stream=True,
                **options,
            ) as response:
                body = self._read_body(response, ends_at)
        except ValueError:
            # Nearly always the request; an answer's headers may do it as well.
            kind = OutcomeUnknownError if self._once else RefusedError
            raise kind(
                "The service's address or the request cannot be understood.",
                service=self.service,
            ) from None
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
        ) as error:
            kind = TransientError
            if self._once and not _never_sent(error):
                kind = OutcomeUnknownError
            # Never the exception's own text: it holds the full address.
            raise kind(self._why_it_failed(error), service=self.service) from None
        answer = Answer(response.status_code, response.headers, body)
        # The path alone: a query may hold names of people, or a signature.
        place = urlsplit(url).path
        _logger.debug("%s: %s %s: %s", self.service, method, place, answer.status)
        self._remember_quota(answer)
        return answer

    def _why_it_failed(self, error: Exception) -> str:
        # While the body arrives, requests wraps a time-out in a ConnectionError.
        for cause in (error, *error.args[:1]):
            if isinstance(cause, urllib3.exceptions.NewConnectionError):
                break
            if isinstance(cause, (requests.Timeout, urllib3.exceptions.TimeoutError)):
                return f"The service did not answer within {self.timeout:g} seconds."
        if isinstance(error, requests.exceptions.SSLError):
            return "The service's certificate cannot be trusted."
        return "The service cannot be reached, or cut the connection."

    def _read_body(self, response: requests.Response, ends_at: float) -> bytes:
        """The body, unless it trickles in for too long or is far too long."""
        chunks = []
        size = 0
        read_some = getattr(response.raw, "read1", None)
        if read_some is None:
            parts = response.iter_content(1024)
        else:
            parts = iter(lambda: read_some(65536, decode_content=True), b"")
        for part in parts:
            chunks.append(part)
            size += len(part)
            if time.monotonic() > ends_at:
                raise requests.Timeout()
            if size > MAX_BODY_BYTES:
                raise MalformedError(
                    "The service's answer is far too long.", service=self.service
                )
        response.raw.release_conn()
        return b"".join(chunks)

    def _authenticate(self, request: requests.PreparedRequest):
        request.headers.update(self._headers)
        return request

    def _wait_for_turn(self) -> None:
        if self.quota.remaining == 0 and self.quota.reset_at:
            if datetime.now(timezone.utc) < self.quota.reset_at:
                raise QuotaError(
                    "The service's allowance is used up.",
                    service=self.service,
                    reset_at=self.quota.reset_at,
                )
        if self._min_interval:
            wait = self._next_start - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            self._next_start = time.monotonic() + self._min_interval

    # ------------------------------------------------------------ what it answered

    def _pause(self, answer: Answer, attempt: int) -> float | None:
        """Seconds to wait before the same call again, ``None`` if too long."""
        asked = _retry_after(answer.headers.get("Retry-After"))
        if asked is not None:
            seconds = (asked - datetime.now(timezone.utc)).total_seconds()
            return max(seconds, 0.05) if seconds <= LONGEST_PAUSE else None
        # Without a moment a 429 is an allowance, not a pace.
        return None if answer.status == 429 else FIRST_PAUSE * 2 ** (attempt - 1)

    def error_of(self, answer: Answer) -> ServiceError:
        """The error that an answer of status 300 or more stands for."""
        status = answer.status
        try:
            body = parsing.as_dict(json.loads(answer.content))
        except (ValueError, RecursionError):
            body = {}
        sentence, reset_at = self.read_error(body)
        said = f" It says: {self._without_secrets(sentence)}" if sentence else ""
        kind = self._status_errors.get(status)
        if kind is None:
            kind = _usual_error(status)
        if kind is TransientError and self._once:
            kind = OutcomeUnknownError
        if kind is QuotaError:
            if reset_at is None:
                reset_at = _retry_after(answer.headers.get("Retry-After"))
            return QuotaError(
                f"The service's allowance is used up.{said}",
                service=self.service,
                reset_at=reset_at or self.quota.reset_at,
            )
        return kind(_SENTENCES[kind].format(status=status) + said, service=self.service)

    def _remember_quota(self, answer: Answer) -> None:
        told = {}
        for name in ("limit", "remaining", "reset"):
            for prefix in ("X-RateLimit-", "RateLimit-"):
                value = answer.headers.get(prefix + name)
                if value is not None:
                    told[name] = value
                    break
        if told:
            self.quota = Quota(
                limit=_count(told.get("limit")),
                remaining=_count(told.get("remaining")),
                reset_at=_reset_moment(told.get("reset")),
            )

    # ------------------------------------------------------------------- checking

    def _checked(self, base_url: str) -> str:
        refusal = RefusedError(
            "The service's address must begin with https:// and hold neither a log-in "
            "nor a query.",
            service=self.service,
        )
        try:
            parts = urlsplit(base_url.strip())
            host, _port = parts.hostname, parts.port
        except (ValueError, AttributeError):
            raise refusal from None
        allowed = parts.scheme == "https" or (
            parts.scheme == "http" and host in _LOCAL_HOSTS
        )
        extras = parts.query or parts.fragment or "@" in parts.netloc
        if not allowed or not host or extras:
            raise refusal
        return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"

    def _printable(self, headers: dict[str, str]) -> dict[str, str]:
        for value in headers.values():
            if not value.isascii() or not value.isprintable():
                raise AuthenticationError(
                    "The key holds characters that no key has.", service=self.service
                )
        return dict(headers)

    def _without_secrets(self, sentence: str) -> str:
        for value in (*self._headers.values(), *self._secrets):
            for secret in {value, value.rpartition(" ")[2]}:
                if len(secret) > 3:
                    sentence = sentence.replace(secret, "***")
        return sentence


_SENTENCES = {
    TransientError: "The service is out of order for the moment (status {status}).",
    OutcomeUnknownError: "The service failed while it was at work (status {status}).",
    AuthenticationError: "The service refuses the key or log-in (status {status}).",
    NotFoundError: "The service does not know what was asked (status {status}).",
    RefusedError: "The service refuses the request (status {status}).",
    ForbiddenError: "The contract does not allow this (status {status}).",
    MalformedError: "The service's answer makes no sense (status {status}).",
}


class ConnectorBase:
    """What connectors of one :class:`ServiceClient` tell of it."""

    _client: ServiceClient

    @property
    def requests_made(self) -> int:
        """Number of requests sent so far."""
        return self._client.requests_made

    @property
    def quota(self) -> Quota:
        """The allowance as the service last told it."""
        return self._client.quota

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _causes(error: Exception) -> Iterator[Exception]:
    """An error and those that it was made of, as far as they are told."""
    seen = []
    waiting = [error]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, Exception) and cause not in seen:
            seen.append(cause)
            waiting += [*cause.args[:1], getattr(cause, "reason", None)]
            yield cause


def _never_sent(error: Exception) -> bool:
    """Whether a request failed before anything of it can have reached the service."""
    return any(
        isinstance(
            cause,
            (
                requests.ConnectTimeout,
                urllib3.exceptions.ConnectTimeoutError,
                urllib3.exceptions.NewConnectionError,
                ssl.SSLCertVerificationError,
            ),
        )
        for cause in _causes(error)
    )


def _usual_error(status: int) -> type[ServiceError]:
    if status in (401, 403):
        return AuthenticationError
    if status == 404:
        return NotFoundError
    if status == 429:
        return QuotaError
    if status in (408, 425) or status >= 500:
        return TransientError
    return RefusedError


def _no_constant(name: str):
    raise ValueError(f"{name} is not JSON")


def _count(value: str | None) -> int | None:
    value = (value or "").partition(",")[0].partition(";")[0].strip()
    return int(value) if value.isascii() and value.isdigit() else None


def _retry_after(value: str | None) -> datetime | None:
    """Moment of a ``Retry-After`` header: seconds from now or an HTTP date."""
    seconds = _count(value)
    if seconds is not None:
        return _from_now(seconds)
    return _http_date(value)


def _reset_moment(value: str | None) -> datetime | None:
    """Moment of a rate-limit reset: epoch, seconds from now, ISO or HTTP date."""
    seconds = _count(value)
    if seconds is None:
        return parsing.moment(value) or _http_date(value)
    # Services differ; no allowance lasts for thirty years.
    if seconds < 10**9:
        return _from_now(seconds)
    if seconds > 10**11:
        seconds //= 1000
    try:
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None


def _from_now(seconds: int) -> datetime | None:
    try:
        return datetime.now(timezone.utc) + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _http_date(value: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=timezone.utc)
    return found.astimezone(timezone.utc)
