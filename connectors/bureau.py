"""What every credit bureau's connector answers: the seam for another bureau."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import Any, ClassVar, Protocol

from .credit import AccessCounter, CreditCandidate, CreditReport, Page, PaidAnswer


class _Connection(Protocol):
    requests_made: int

    def close(self) -> None: ...


class Bureau(ABC):
    """An account at a credit bureau.

    Every call may raise any :class:`~.errors.ServiceError`. One object is one run, for
    one thread at a time. Monitoring differs too much between bureaus to stand here:
    what it brings are always ``MonitoringEvent``.
    """

    service: ClassVar[str]
    DEFAULT_BASE_URL: ClassVar[str]
    #: What a report may be ordered as, the usual one first.
    report_forms: ClassVar[Collection[str]]

    _connection: _Connection

    @property
    def requests_made(self) -> int:
        """Number of requests sent so far, log-ins included."""
        return self._connection.requests_made

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    @abstractmethod
    def search(self, country: str, **asked: Any) -> Page[CreditCandidate]:
        """Companies that fit; free of charge, as far as it is known.

        Every bureau takes ``registration_number`` (in France SIREN or SIRET),
        ``vat_number``, ``name``, ``city`` and ``postcode``.
        """

    @abstractmethod
    def order_report(
        self, bureau_id: str, *, form: str = "json", **options: Any
    ) -> PaidAnswer:
        """Buy a report and answer it as it came, to be kept before it is read.

        Never sent twice by itself.

        :raises OutcomeUnknownError: it may have been counted
        :raises NotFoundError: no such company, nothing was bought
        """

    @abstractmethod
    def read_report(self, paid: PaidAnswer) -> CreditReport:
        """What a bought answer says; may be asked again at any time, without a call.

        :raises MalformedError: it is no report
        """

    def report(self, bureau_id: str, **options: Any) -> CreditReport:
        """Buy a report and read it; see :meth:`order_report`, :meth:`read_report`."""
        return self.read_report(self.order_report(bureau_id, **options))

    @abstractmethod
    def access(self) -> tuple[AccessCounter, ...]:
        """What the contract allows; empty where a bureau does not tell.

        :raises AuthenticationError: the log-in is refused
        """
