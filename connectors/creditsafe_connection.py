"""Calls of Creditsafe's Connect API, reports that wait at another host included."""

from typing import Any
from urllib.parse import urlsplit

from . import bureau_connection, parsing
from .bureau_connection import BureauConnection
from .creditsafe_tokens import token_of
from .errors import OutcomeUnknownError, RefusedError, ServiceError
from .http import Answer, ServiceClient
from .tokens import Token, TokenStore

SERVICE = "creditsafe"
_REDIRECTS = (301, 302, 303, 307, 308)


class _Client(ServiceClient):
    """The service's error bodies: ``message`` is general, ``details`` the reason."""

    def read_error(self, body):
        sentence, reset_at = super().read_error(body)
        details = parsing.text(body.get("details"))
        if details and details != sentence:
            sentence = f"{sentence}: {details}" if sentence else details
        return sentence, reset_at


class Connection(BureauConnection):
    """One account's session with the service.

    :param base_url: ``https://connect.creditsafe.com/v1`` or another server's
    :param token_store: where the log-in token is kept; in memory without one
    :raises RefusedError: the address cannot be used
    """

    service = SERVICE

    def __init__(
        self,
        base_url: str,
        username: str,
        password: str,
        *,
        token_store: TokenStore | None = None,
        timeout: float,
    ):
        def make_client(**options):
            return _Client(
                SERVICE, base_url, timeout=timeout, secrets=(password,), **options
            )

        super().__init__(make_client, token_store=token_store)
        self._credentials = {"username": username, "password": password}
        self._timeout = timeout

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

    def _ask_for_token(self) -> Token:
        answer = self._door.request("POST", "/authenticate", json=self._credentials)
        body = parsing.as_dict(self.decode(answer))
        return token_of(self._token_text(body.get("token")))

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
    return bureau_connection.segment(value, SERVICE)


def list_of(body: Any, *path: str) -> list:
    """The list at a path of keys in an answer.

    :raises MalformedError: it is not there
    """
    for key in path:
        body = parsing.as_dict(body).get(key)
    return parsing.require(body, list, path[-1] if path else "the answer", SERVICE)
