"""What every company register answers, whichever service stands behind it."""

from collections.abc import Collection
from typing import Protocol

from .datatypes import (
    Establishment,
    EstablishmentPage,
    RegisterFreshness,
    SearchCriteria,
)
from .http import Quota
from .opendatasoft import OpenDataSoft
from .recherche_entreprises import RechercheEntreprises


class CompanyRegistry(Protocol):
    """A register of French companies.

    Every method that calls the service may raise any
    :class:`~.errors.ServiceError`; its type says what to do next. One object is one
    run: it keeps a connection, counts its requests and remembers the quota. It is
    meant for one thread at a time.
    """

    #: Code of the service.
    service: str
    #: How many establishments and units :meth:`fetch` should be asked for at once.
    max_batch: int

    @property
    def requests_made(self) -> int:
        """Number of HTTP requests so far; those cut off and sent again count once."""

    @property
    def quota(self) -> Quota:
        """The allowance as the service last told it."""

    def freshness(self) -> RegisterFreshness:
        """When the service last loaded the register (one request)."""

    def fetch(
        self, sirets: Collection[str] = (), sirens: Collection[str] = ()
    ) -> EstablishmentPage:
        """Establishments by identifier.

        :param sirets: establishments asked for, 14 digits each
        :param sirens: legal units of which the head office is asked for
        :return: in no particular order; what the register does not know is left out,
            what was not asked or cannot be read is in ``rejected``
        """

    def search(
        self, criteria: SearchCriteria, limit: int = 100, after: str | None = None
    ) -> EstablishmentPage:
        """One page of what fits all the criteria, in a stable order.

        :param limit: at most this many (the service may give fewer)
        :param after: ``next_cursor`` of the page before; opaque
        """

    def lookup(self, criteria: SearchCriteria) -> tuple[Establishment, ...]:
        """Establishments that may be the company described, mistakes allowed for.

        Widens step by step and stops at the first convincing answer: one to four
        requests. The order means nothing, see :func:`~.matching.rank`.
        """

    def close(self) -> None:
        """Close the connection."""


_REGISTRIES = {
    registry.service: registry for registry in (OpenDataSoft, RechercheEntreprises)
}


def make_registry(code: str, base_url: str = "", **options) -> CompanyRegistry:
    """The connector of a register by its code.

    :param base_url: address of the API, the service's public one when empty
    :param options: passed on: ``api_key``, ``timeout``, ``dataset``…
    :raises KeyError: no register has that code
    """
    registry = _REGISTRIES[code]
    return registry(base_url or registry.DEFAULT_BASE_URL, **options)
