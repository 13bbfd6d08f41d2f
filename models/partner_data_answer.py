"""What an answer of the register means for the partners that it was asked about.

Stores the register's files, brings proposals up to date, raises alerts and writes how
the check of each link ended.
"""

import logging
from collections import Counter, defaultdict, namedtuple
from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from odoo.addons.partner_company_data.connectors import errors

from .partner_data_queue import utcnow
from .registry_fields import registry_values

_logger = logging.getLogger(__name__)

RETRY_MINUTES = 30

# What is written on a link after its check; the names are columns.
LinkResult = namedtuple(
    "LinkResult",
    "id identifier file_id state checked_on register_date next_check seek_seat "
    "attempts last_error alert",
)
# The columns that differ from link to link; the others are mostly the same for all.
OWN_COLUMNS = 3


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    def _store_page(self, rows, page, register_date):
        """Store what the register says of these rows: files, proposals, links, alerts.

        :param rows: list of :class:`QueueRow` that were asked about
        :param page: ``connectors.datatypes.EstablishmentPage``
        :return: counts, and the rows whose seat has to be looked for now
        """
        files = self.env["partner.registry.file"]._upsert(self, page.establishments)
        answer = _Answer(page, files, self._former_files(rows))
        results, seekers, checks, alerts = [], [], {}, {}
        now = utcnow()
        for row in rows:
            rejection = answer.rejection(row)
            if rejection:
                # The detail is for whoever mends the connector.
                _logger.warning(
                    "%s: record of partner %s set aside: %s",
                    *(self.code, row.partner_id, rejection),
                )
                reason = self._error_sentence(errors.MalformedError(rejection))
                results.append(self._failure(row, reason, now))
                continue
            own, item, reason = answer.choose(row)
            if answer.needs_seat(row, own):
                seekers.append(row)
                results.append(self._seeker(row, answer.file_id(row, own)))
                continue
            if item is None:
                results.append(self._not_found(row, register_date, now))
                continue
            checks[row.partner_id] = (item, reason)
            known = own or item
            alert = _alert(known, reason)
            if alert != row.alert:
                alerts[row.partner_id] = (alert or "reopened", row.state == "never")
            file_id = answer.file_id(row, known)
            results.append(
                self._success(row, known, file_id, alert, register_date, now)
            )
        differences = self._sync_proposals(checks, register_date)
        self._write_results(results)
        if alerts:
            self.env["res.partner"]._registry_raise_alerts(self, alerts)
        states = Counter(result.state for result in results if result.next_check)
        return (
            Counter(
                done=len(rows) - len(seekers),
                checked=sum(states.values()) - states["failed"],
                difference=differences,
                not_found=states["not_found"],
                partial=states["partial"],
                failed=states["failed"],
            ),
            seekers,
        )

    def _former_files(self, rows):
        """Stored files of the partners' own establishments, for rows that seek a seat.

        :return: dict ``{siret: (Establishment, was_head_office)}``
        """
        sirets = [row.siret for row in rows if row.seek_seat and row.siret]
        if not sirets:
            return {}
        return {
            file.siret: (file._to_establishment(), file.was_head_office)
            for file in self.env["partner.registry.file"].search_fetch(
                [("source_id", "=", self.id), ("siret", "in", sirets)]
            )
        }

    def _sync_proposals(self, checks, register_date):
        """Bring proposals up to date, unless another register knows newer facts.

        :param checks: dict ``{partner_id: (Establishment, reason)}``
        :return: number of partners that differ
        """
        newer = {
            partner_id
            for [partner_id] in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT link.partner_id
                      FROM partner_data_link link
                      JOIN partner_data_source source ON source.id = link.source_id
                     WHERE link.partner_id = ANY(%s)
                       AND source.kind = 'registry'
                       AND source.id != %s
                       AND link.register_date > %s
                       AND link.state IN ('checked', 'partial')
                    """,
                    list(checks),
                    self.id,
                    register_date,
                )
            )
        }
        ids = [partner_id for partner_id in checks if partner_id not in newer]
        if not ids:
            return 0
        to_compare = {}
        for partner in self.env["res.partner"].browse(ids):
            item, reason = checks[partner.id]
            values = registry_values(self.env, item)
            values["registry_register_date"] = register_date
            values["registry_last_processed"] = item.last_processed or False
            to_compare[partner] = (values, reason)
        return len(self.env["partner.update.proposal"]._sync(self, to_compare))

    # === What is written on the links === #

    def _success(self, row, establishment, file_id, alert, register_date, now):
        return LinkResult(
            id=row.link_id,
            state="partial" if establishment.is_partial else "checked",
            identifier=row.siret or row.siren,
            file_id=file_id,
            checked_on=now,
            register_date=register_date,
            next_check=now + timedelta(days=self.interval_days),
            seek_seat=False,
            attempts=0,
            last_error=None,
            alert=alert,
        )

    def _not_found(self, row, register_date, now):
        return LinkResult(
            id=row.link_id,
            state="not_found",
            identifier=row.siret or row.siren,
            file_id=None,
            checked_on=now,
            register_date=register_date,
            next_check=now + timedelta(days=self.interval_days),
            seek_seat=False,
            attempts=0,
            last_error=self.env._(
                "%(service)s does not know this number.", service=self.name
            ),
            alert=row.alert,
        )

    def _failure(self, row, reason, now):
        """Ask again later, ever later; the register's last answer stays shown."""
        minutes = min(RETRY_MINUTES * 2**row.attempts, 24 * 60)
        return LinkResult(
            id=row.link_id,
            state="failed",
            identifier=row.siret or row.siren,
            file_id=row.file_id,
            checked_on=now,
            register_date=None,
            next_check=now + timedelta(minutes=minutes),
            seek_seat=row.seek_seat,
            attempts=row.attempts + 1,
            last_error=reason,
            alert=row.alert,
        )

    def _seeker(self, row, file_id):
        """Not done yet: first in the queue, this time by the SIREN."""
        return LinkResult(
            id=row.link_id,
            state=row.state,
            identifier=row.siret,
            file_id=file_id,
            checked_on=row.checked_on,
            register_date=None,
            next_check=None,
            seek_seat=True,
            attempts=row.attempts,
            last_error=None,
            alert=row.alert,
        )

    def _write_results(self, results):
        """Write these :class:`LinkResult`: one statement for all that ended alike."""
        alike = defaultdict(list)
        for result in results:
            alike[result[OWN_COLUMNS:]].append(result[:OWN_COLUMNS])
        for values, rows in alike.items():
            columns = zip(LinkResult._fields[OWN_COLUMNS:], values, strict=True)
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE partner_data_link link
                       SET identifier = own.identifier, file_id = own.file_id, %s
                      FROM unnest(%s::integer[], %s::varchar[], %s::integer[])
                           AS own (id, identifier, file_id)
                     WHERE link.id = own.id
                    """,
                    SQL(", ").join(
                        SQL("%s = %s", SQL.identifier(name), value)
                        for name, value in columns
                    ),
                    *(list(column) for column in zip(*rows, strict=True)),
                )
            )
        self.env["partner.data.link"].invalidate_model(flush=False)


class _Answer:
    """One answer of the register, as the rows that asked for it read it."""

    def __init__(self, page, files, former):
        self.files = files
        self.former = former
        self.by_siret = {item.siret: item for item in page.establishments}
        self.seats = {
            item.siren: item for item in page.establishments if item.is_head_office
        }
        self.rejected = {item.identifier: item.reason for item in page.rejected}
        self.perhaps_seats = {
            item.siren for item in page.establishments if item.is_head_office is None
        }

    def rejection(self, row):
        """Why the record of this row could not be read, if so."""
        known = self.rejected.get(row.siret) or self.rejected.get(row.siren)
        if known or not _is_asked_by_siren(row) or row.siren in self.seats:
            return known
        # Without this the company would count as one that the register doesn't know.
        is_unsure = row.siren in self.perhaps_seats and self.own(row) is None
        return "It is not told whether it is the seat." if is_unsure else None

    def own(self, row):
        """The establishment of the partner's SIRET, ``None`` when not known.

        While its seat is sought, what the register said of it before may still tell
        that it was one.
        """
        own = self.by_siret.get(row.siret)
        if own is None and row.seek_seat and row.siren in self.seats:
            own = self.former.get(row.siret, (None, False))[0]
        return own

    def choose(self, row):
        """What the partner is to be compared with.

        :return: the partner's own establishment (or ``None``), the one to compare
            with (or ``None``), and the reason: ``"seat_moved"`` or ``False``
        """
        own = self.own(row)
        seat = self.seats.get(row.siren)
        if own is None:
            return None, seat if _is_asked_by_siren(row) else None, False
        if seat is None or seat.siret == own.siret:
            return own, own, False
        if row.seek_seat and self._has_moved(row, own, seat):
            return own, seat, "seat_moved"
        return own, own, False

    def needs_seat(self, row, own):
        """Whether the register has to be asked for the seat of the legal unit.

        It is when the SIRET is unknown, or when what was the seat no longer is. Of a
        closed establishment it cannot be told yet whether it was. A partner whose type
        is known has had it from a register with its SIRET: this copy may be too old to
        know it, and the seat that it knows is no better.
        """
        if _is_asked_by_siren(row):
            return False
        if own is None:
            return not row.partner_type
        if own.is_head_office is not False or own.unit_state == "ceased":
            return False
        was_seat = row.partner_type == "head_office" or (
            self.files[own.siret].was_head_office
        )
        unsure = not row.partner_type and own.establishment_state == "closed"
        return was_seat or unsure

    def _has_moved(self, row, own, seat):
        if row.partner_type == "head_office" or self.former[row.siret][1]:
            return True
        # A branch that closes leaves an older seat behind; a seat that moves, a newer.
        opened, moved = (
            own.establishment_creation_date,
            seat.establishment_creation_date,
        )
        return bool(
            own.establishment_state == "closed" and opened and moved and moved > opened
        )

    def file_id(self, row, establishment):
        stored = establishment and self.files.get(establishment.siret)
        return stored.id if stored else row.file_id


def _alert(establishment, reason):
    """What people are told about this establishment, ``None`` for nothing."""
    if establishment.unit_state == "ceased":
        return "ceased"
    if establishment.establishment_state == "closed" and reason != "seat_moved":
        return "closed"
    return None


def _is_asked_by_siren(row):
    """Whether the seat of the row's legal unit is what was asked for."""
    return row.seek_seat or not row.siret
