"""Calls of D&B Direct+: logged in with key and secret, paced, purchases sent once."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from . import bureau_connection, parsing
from . import credit_values as common
from .bureau_connection import BureauConnection
from .credit_values import at, first
from .errors import ServiceError
from .http import Answer, ServiceClient
from .tokens import Token, TokenStore

SERVICE = "dnb_direct_plus"
#: Also ``/v2/token``, which tells ``expiresIn`` instead of a date.
TOKEN_PATH = "/v3/token"
#: Of a token whose end is not told; clients of version 2 were told a day.
_SHORT_LIFETIME = timedelta(hours=1)
_LONGEST_LIFETIME = timedelta(days=2)
#: No limit is public; clients keep to five calls a second.
_SECONDS_BETWEEN_CALLS = 0.2
#: Statuses whose body may say that all is well.
_EXPLAINED = (400, 404, 409, 422)


class _Client(ServiceClient):
    """Error bodies: ``{"error": {"errorCode", "errorMessage", "errorDetails"}}``."""

    def read_error(self, body):
        error = body.get("error")
        if not isinstance(error, dict):
            return super().read_error(body)
        parts = [parsing.text(error.get("errorMessage"))]
        details = error.get("errorDetails")
        for row in details if isinstance(details, list) else ():
            parts += [
                parsing.text(at(row, "parameter"), 80),
                parsing.text(at(row, "description")),
            ]
        code = parsing.text(error.get("errorCode"), 20)
        sentence = ": ".join(part for part in parts if part)
        if code:
            sentence = f"{sentence} ({code})" if sentence else code
        return sentence or None, None


class Connection(BureauConnection):
    """One account's session with the service.

    :param base_url: ``https://plus.dnb.com`` or another server's
    :param token_store: where the log-in token is kept; in memory without one
    :raises RefusedError: the address cannot be used
    """

    service = SERVICE

    def __init__(
        self,
        base_url: str,
        key: str,
        secret: str,
        *,
        token_path: str = TOKEN_PATH,
        token_store: TokenStore | None = None,
        calls_per_second: float | None = None,
        timeout: float,
    ):
        pair = base64.b64encode(f"{key}:{secret}".encode()).decode()
        pause = _SECONDS_BETWEEN_CALLS
        if calls_per_second:
            pause = 1 / calls_per_second

        def make_client(**options):
            return _Client(
                SERVICE,
                base_url,
                timeout=timeout,
                min_interval=pause,
                secrets=(secret, pair),
                **options,
            )

        super().__init__(make_client, token_store=token_store)
        self._token_path = token_path
        self._door.set_headers({"Authorization": f"Basic {pair}"})

    def request_explained(
        self, method: str, path: str, **options: Any
    ) -> tuple[str | None, ServiceError | None]:
        """One call whose refusal is about what is in the path; (code, refusal).

        The code is that of the body, if it has one; the refusal is ``None`` when the
        status says that all is well.
        """
        answer = self.request(method, path, accept=_EXPLAINED, **options)
        refusal = self._calls.error_of(answer) if answer.status >= 300 else None
        return _code(answer), refusal

    def _ask_for_token(self) -> Token:
        answer = self._door.request(
            "POST", self._token_path, json={"grant_type": "client_credentials"}
        )
        body = parsing.as_dict(self.decode(answer))
        value = self._token_text(body.get("access_token"))
        return Token.issued_now(value, _lifetime(body))


def _code(answer: Answer) -> str | None:
    """D&B's own code of an answer, of an error or not."""
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
    told = (at(body, "error", "errorCode"), at(body, "information", "code"))
    return first(parsing.text(value, 20) for value in told)


def _lifetime(body: Mapping[str, Any]) -> timedelta:
    """How long a token lasts, told as seconds or as a moment."""
    seconds = first(
        common.amount(body.get(name)) for name in ("expiresIn", "expires_in")
    )
    ends_at = parsing.moment(body.get("expirationDateTime"))
    lifetime = _SHORT_LIFETIME
    if seconds is not None:
        lifetime = timedelta(seconds=min(seconds, _LONGEST_LIFETIME.total_seconds()))
    elif ends_at is not None:
        lifetime = ends_at - datetime.now(timezone.utc)
    if lifetime <= timedelta(0):
        return _SHORT_LIFETIME
    return min(lifetime, _LONGEST_LIFETIME)


def segment(value: Any) -> str:
    """An identifier as one part of a path.

    :raises RefusedError: it is empty, or would change the path
    """
    return bureau_connection.segment(value, SERVICE)
