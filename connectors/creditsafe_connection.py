"""Calls of Creditsafe's Connect API: logged in, renewed once, purchases sent once."""

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import quote, urlsplit

from . import parsing
from .creditsafe_tokens import MemoryTokenStore, Token, TokenStore, token_of
from .errors import (
    AuthenticationError,
    MalformedError,
    OutcomeUnknownError,
    RefusedError,
    ServiceError,
)
from .http import Answer, ServiceClient

SERVICE = "creditsafe"
_TOKEN = re.compile(r"[\x21-\x7e]{8,8000}")
_REDIRECTS = (301, 302, 303, 307, 308)


class _Client(ServiceClient):
    """The service's error bodies: ``message`` is general, ``details`` the reason."""

    def read_error(self, body):
        sentence, reset_at = super().read_error(body)
        details = parsing.text(body.get("details"))
        if details and details != sentence:
            sentence = f"{sentence}: {details}" if sentence else details
        return sentence, reset_at


class Connection:
    """One account's session with the service.

    :param base_url: ``https://connect.creditsafe.com/v1`` or another server's
    :param token_store: where the log-in token is kept; in memory without one
    :raises RefusedError: the address cannot be used
    """

    def __init__(
        self,
        base_url: str,
        username: str,
        password: str,
        *,
        token_store: TokenStore | None = None,
        timeout: float,
    ):
        self._credentials = {"username": username, "password": password}
        self._timeout = timeout
        self._tokens = token_store or MemoryTokenStore()
        self._refusal: str | None = None
        common = {
            "timeout": timeout,
            "secrets": (password,),
            # 401 is the token; 403 is what the contract does not have.
            "status_errors": {403: RefusedError},
        }
        self._calls = _Client(SERVICE, base_url, **common)
        self._purchases = _Client(SERVICE, base_url, once=True, **common)
        self._door = _Client(SERVICE, base_url, timeout=timeout, secrets=(password,))

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
        return parsing.require(self.get(path, params), dict, "the answer", SERVICE)

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """One call with a token; see ``ServiceClient.request``.

        :raises AuthenticationError: the log-in was refused, or a new token is, too
        :raises RefusedError: 400, 403 (not in the contract, not one's own), 409 …
        """
        return self._with_token(self._calls, method, path, options)

    def request_once(self, method: str, path: str, **options: Any) -> Answer:
        """One call that costs or makes something: never sent again by itself.

        (After a 401 it is: the service has not looked at it then.)

        :raises OutcomeUnknownError: it failed after it was sent
        """
        return self._with_token(self._purchases, method, path, options)

    def purchase(self, path: str, **options: Any) -> Answer:
        """The answer of a GET that costs, from wherever the service redirects to.

        Large answers wait at another host; it gets no token.

        :raises OutcomeUnknownError: it failed after it was sent
        """
        answer = self.request_once("GET", path, accept=_REDIRECTS, **options)
        if answer.status not in _REDIRECTS:
            return answer
        try:
            return self._fetch(answer.headers.get("Location"))
        except ServiceError as error:
            raise OutcomeUnknownError(
                f"The report was ordered, but could not be fetched. {error}",
                service=SERVICE,
            ) from None

    def decode(self, answer: Answer) -> Any:
        """The answer's JSON.

        :raises MalformedError: the body is no JSON
        """
        return self._calls.decode(answer)

    # -------------------------------------------------------------------- the token

    def _with_token(
        self, client: ServiceClient, method: str, path: str, options: dict
    ) -> Answer:
        token = self._tokens.current()
        if token is None or not token.is_fresh():
            token = self._renew(None)
        client.set_headers({"Authorization": f"Bearer {token.value}"})
        try:
            return client.request(method, path, **options)
        except AuthenticationError:
            token = self._renew(token.value)
        client.set_headers({"Authorization": f"Bearer {token.value}"})
        return client.request(method, path, **options)

    def _renew(self, refused: str | None) -> Token:
        return self._tokens.renew(self._log_in, refused)

    def _log_in(self) -> Token:
        """A new token. A refused log-in is never repeated: the account would be locked.

        :raises AuthenticationError: refused, now or before
        """
        if self._refusal is not None:
            raise AuthenticationError(self._refusal, service=SERVICE)
        try:
            answer = self._door.request("POST", "/authenticate", json=self._credentials)
        except AuthenticationError as error:
            self._refusal = str(error)
            raise
        body = parsing.as_dict(self.decode(answer))
        value = body.get("token")
        if not isinstance(value, str) or not _TOKEN.fullmatch(value):
            raise MalformedError(
                "The service's answer to the log-in holds no token.", service=SERVICE
            )
        return token_of(value)

    # --------------------------------------------------------------- another host

    def _fetch(self, location: str | None) -> Answer:
        try:
            parts = urlsplit(location or "")
        except ValueError:
            raise RefusedError(
                "The address that the service sends to is none.", service=SERVICE
            ) from None
        client = ServiceClient(
            SERVICE, f"{parts.scheme}://{parts.netloc}", timeout=self._timeout
        )
        try:
            query = f"?{parts.query}" if parts.query else ""
            return client.request("GET", f"{parts.path}{query}")
        finally:
            client.close()


def segment(value: Any) -> str:
    """An identifier as one part of a path.

    :raises RefusedError: it is empty, or would change the path
    """
    part = str(value).strip()
    if not part.strip("."):
        raise RefusedError("The company's identifier is missing.", service=SERVICE)
    return quote(part, safe="", errors="replace")


def object_of(connection: Connection, answer: Answer, what: str) -> dict:
    """The answer's JSON object.

    :raises MalformedError: it is something else
    """
    return parsing.require(connection.decode(answer), dict, what, SERVICE)


def list_of(body: Any, *path: str) -> list:
    """The list at a path of keys in an answer.

    :raises MalformedError: it is not there
    """
    for key in path:
        body = parsing.as_dict(body).get(key)
    return parsing.require(body, list, path[-1] if path else "the answer", SERVICE)


def without_unknown(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters that have a value, flags as the service writes them."""
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in params.items()
        if value not in (None, "")
    }


def joined(values: Collection[Any]) -> str:
    """Several values in one parameter."""
    return ",".join(map(str, values))
