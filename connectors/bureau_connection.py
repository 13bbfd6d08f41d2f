"""Calls of a bureau's API: logged in, the token renewed once, purchases sent once."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from . import parsing
from .errors import (
    AuthenticationError,
    ForbiddenError,
    MalformedError,
    RefusedError,
)
from .http import Answer, ServiceClient
from .tokens import MemoryTokenStore, Token, TokenStore

_TOKEN = re.compile(r"[\x21-\x7e]{8,8000}")


class BureauConnection(ABC):
    """One account's session with a service that hands out tokens.

    Three clients: ``_calls``, ``_purchases`` (each request once) and ``_door``, which
    logs in.

    :param make_client: a client of the service with the options given
    :param token_store: where the log-in token is kept; in memory without one
    :raises RefusedError: the address cannot be used
    """

    service = ""

    def __init__(
        self,
        make_client: Callable[..., ServiceClient],
        *,
        token_store: TokenStore | None = None,
    ):
        # 401 is the token; 403 is what the contract does not have.
        common = {"status_errors": {403: ForbiddenError}}
        self._calls = make_client(**common)
        self._purchases = make_client(once=True, **common)
        self._door = make_client()
        self._tokens = token_store or MemoryTokenStore()
        # Good until it ends or is refused: no need to look it up for each call.
        self._token: Token | None = None
        self._refusal: str | None = None

    def close(self) -> None:
        """Close the connections."""
        for client in (self._calls, self._purchases, self._door):
            client.close()

    @property
    def requests_made(self) -> int:
        """Number of requests sent so far, log-ins included."""
        clients = (self._calls, self._purchases, self._door)
        return sum(client.requests_made for client in clients)

    def get(self, path: str, params: dict[str, Any] | None = None, **options) -> Any:
        """The JSON of a GET; see :meth:`request`."""
        answer = self.request("GET", path, params=params, **options)
        return self.decode(answer)

    def get_object(self, path: str, params: dict[str, Any] | None = None) -> dict:
        """The JSON object of a GET.

        :raises MalformedError: it is something else
        """
        return self.require(self.get(path, params), dict, "the answer")

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """One call with a token; see ``ServiceClient.request``.

        :raises AuthenticationError: the log-in was refused, or a new token is, too
        :raises ForbiddenError: 403: not in the contract, or not one's own
        :raises RefusedError: 400, 409 …
        """
        return self._with_token(self._calls, method, path, options)

    def request_once(self, method: str, path: str, **options: Any) -> Answer:
        """One call that costs or makes something: never sent again by itself.

        (After a 401 it is: the service has not looked at it then.)

        :raises OutcomeUnknownError: it failed after it was sent
        """
        return self._with_token(self._purchases, method, path, options)

    def decode(self, answer: Answer) -> Any:
        """The answer's JSON.

        :raises MalformedError: the body is no JSON
        """
        return self._calls.decode(answer)

    def require(self, value: Any, kind: type, what: str) -> Any:
        """The value if it is of that JSON kind.

        :raises MalformedError: it is not
        """
        return parsing.require(value, kind, what, self.service)

    def object_of(self, answer: Answer, what: str) -> dict:
        """The answer's JSON object.

        :raises MalformedError: it is something else
        """
        return self.require(self.decode(answer), dict, what)

    # -------------------------------------------------------------------- the token

    def ensure_logged_in(self) -> None:
        """Log in unless a fresh token is there.

        :raises AuthenticationError: the log-in is refused
        """
        self._fresh_token()

    @abstractmethod
    def _ask_for_token(self) -> Token:
        """A new token, by one request through ``_door``."""

    def _with_token(
        self, client: ServiceClient, method: str, path: str, options: dict
    ) -> Answer:
        token = self._fresh_token()
        client.set_headers({"Authorization": f"Bearer {token.value}"})
        try:
            return client.request(method, path, **options)
        except AuthenticationError:
            self._token = None
            token = self._token = self._tokens.renew(self._log_in, token.value)
        client.set_headers({"Authorization": f"Bearer {token.value}"})
        return client.request(method, path, **options)

    def _fresh_token(self) -> Token:
        token = self._token
        if token is None or not token.is_fresh():
            token = self._tokens.current()
            if token is None or not token.is_fresh():
                token = self._tokens.renew(self._log_in)
            self._token = token
        return token

    def _log_in(self) -> Token:
        """A new token. A refused log-in is never repeated: the account would be locked.

        :raises AuthenticationError: refused, now or before
        """
        if self._refusal is not None:
            raise AuthenticationError(self._refusal, service=self.service)
        try:
            return self._ask_for_token()
        except AuthenticationError as error:
            self._refusal = str(error)
            raise

    def _token_text(self, value: Any) -> str:
        if not isinstance(value, str) or not _TOKEN.fullmatch(value):
            raise MalformedError(
                "The service's answer to the log-in holds no token.",
                service=self.service,
            )
        return value


def segment(value: Any, service: str) -> str:
    """An identifier as one part of a path.

    :raises RefusedError: it is empty, or would change the path
    """
    part = str(value).strip()
    if not part.strip("."):
        raise RefusedError("The company's identifier is missing.", service=service)
    return quote(part, safe="", errors="replace")


def without_unknown(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters that have a value, flags as services write them."""
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in params.items()
        if value not in (None, "")
    }
