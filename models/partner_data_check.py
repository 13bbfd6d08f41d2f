"""The check of partners against a register: one path for scheduled action and button.

``_process_batch`` checks some links and never commits; ``_run`` is the loop around
the same steps for the scheduled action. A *slice* of a few batches is claimed in one
statement, the first of its transaction, so that a worker that is killed gives its
links back and parallel workers never meet; inside a slice the next batch is fetched
while this one is stored.
"""

import logging
import os
import socket
import threading
import time
from collections import Counter, defaultdict, namedtuple
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from odoo.addons.partner_company_data.connectors import errors

from .registry_fields import registry_values

_logger = logging.getLogger(__name__)

BATCHES_A_SLICE = 5
STORE_ATTEMPTS = 5
# People who save one of these partners meanwhile wait for so many.
LINKS_SHOWN_AT_ONCE = 2000
# Each costs a millisecond, and giving up leaves partners for another day.
CLAIM_ATTEMPTS = 50
RETRY_MINUTES = 30
# A run without a sign of life for this long has lost its process.
INTERRUPTED_AFTER = timedelta(minutes=30)

# A link in the queue, with what the register is to be asked about its partner.
QueueRow = namedtuple(
    "QueueRow",
    "link_id partner_id siren siret seek_seat partner_type attempts state alert "
    "file_id checked_on",
)
# What is written on a link after its check; the names are columns.
LinkResult = namedtuple(
    "LinkResult",
    "id identifier file_id state checked_on register_date next_check seek_seat "
    "attempts last_error alert",
)
# The columns that differ from link to link; the others are mostly the same for all.
OWN_COLUMNS = 3
# Another transaction was quicker: the same work succeeds when it is done again.
RACES = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.UniqueViolation,
)


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    # === Entrances === #

    @api.model
    def _cron_check(self, code):
        """Check the partners that are due at this source (scheduled action)."""
        for source in self.sudo().search(
            [("code", "=", code), ("state", "=", "enabled")]
        ):
            source._run()

    def _trigger_check(self, at=None):
        """Have the scheduled action of this source run soon, or at a moment."""
        for source in self.sudo():
            if source.cron_id:
                source.cron_id._trigger(at=at)

    def _process_batch(self, link_ids):
        """Check these links now, in the calling transaction, without committing.

        Links that another worker holds are left to it.

        :param link_ids: ids of ``partner.data.link`` of this source
        :raise ServiceError: what the service did
        :return: ids that were checked
        """
        source = self._for_work()
        rows = source._lock_rows(link_ids)
        connector = source._connector()
        register_date = source._loaded_at(connector)
        todo = rows
        while todo:
            page = connector.fetch(*_wanted(todo))
            _counts, seekers = source._store_page(todo, page, register_date)
            # Here a seat that may have moved is looked for at once.
            todo = [row._replace(seek_seat=True) for row in seekers]
        return [row.link_id for row in rows]

    def _run(self):
        """Check all partners that are due, batch after batch (scheduled action)."""
        source = self._for_work()
        progress = self.env["ir.cron"]._commit_progress
        run = source._start_run()
        progress()
        connector = source._connector()
        try:
            register_date = source._loaded_at(connector)
        except errors.ServiceError as error:
            run._advance({"requests": connector.requests_made})
            source._stop_run(run, error)
            progress(remaining=0)
            return
        source._prepare_all_links()
        remaining = source._count_due(register_date)
        run._advance({"requests": connector.requests_made}, register_date)
        time_left = progress(remaining=remaining)
        while remaining and time_left:
            rows = source._claim(register_date)
            if not rows:
                remaining = 0
                break
            requests = connector.requests_made
            started = time.monotonic()
            counts, stop = source._check_slice(connector, rows, register_date)
            counts["requests"] = connector.requests_made - requests
            run._advance(counts, seconds=time.monotonic() - started)
            if run._goes_wrong(stop):
                source._stop_run(run, stop)
                progress(remaining=0)
                return
            remaining = max(remaining - counts["done"], 1)
            time_left = progress(counts["done"], remaining=remaining)
        if not remaining:
            run._end("done")
            progress(remaining=0)

    def _stop_run(self, run, error):
        """End the run because of ``error``; its type decides what happens next."""
        sentence = self._error_sentence(error)
        resume_at = False
        if isinstance(error, errors.AuthenticationError):
            self._suspend(sentence)
        elif isinstance(error, errors.QuotaError) and error.reset_at:
            resume_at = error.reset_at.replace(tzinfo=None)
        else:
            resume_at = fields.Datetime.now() + timedelta(minutes=RETRY_MINUTES)
        if resume_at:
            self._trigger_check(at=resume_at)
        _logger.warning("%s: run stopped, %s: %s", self.code, error.code, error)
        run._end("stopped", sentence, resume_at)

    # === Before a run === #

    def _for_work(self):
        """This source as the worker sees it: sudo, and in people's language."""
        self.ensure_one()
        user = self.sudo().responsible_id or self.env.company.partner_id
        return self.sudo().with_context(
            lang=user.lang or self.env.lang,
            tracking_disable=True,
        )

    def _loaded_at(self, connector):
        """When the register was loaded (naive UTC); now for a live one."""
        loaded_at = connector.freshness().loaded_at
        return loaded_at.replace(tzinfo=None) if loaded_at else fields.Datetime.now()

    def _start_run(self):
        """The run that this worker goes on with, or a new one."""
        Run = self.env["partner.data.run"]
        now = fields.Datetime.now()
        Run.search(
            [
                ("source_id", "=", self.id),
                ("state", "=", "running"),
                ("last_activity", "<", now - INTERRUPTED_AFTER),
            ]
        ).try_lock_for_update(allow_referencing=True)._end("interrupted")
        worker = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"
        return Run.search(
            [
                ("source_id", "=", self.id),
                ("state", "=", "running"),
                ("worker", "=", worker),
            ],
            limit=1,
        ) or Run.create({"source_id": self.id, "worker": worker})

    def _eligible_partners(self, filtered=True):
        """Query of the partners that can be checked: those with a valid number.

        :param filtered: only those of the source's partner filter
        """
        self.env.flush_all()
        domain = fields.Domain("l10n_fr_siren", "!=", False)
        if filtered:
            domain &= fields.Domain(safe_eval(self.partner_domain or "[]"))
        return self.env["res.partner"].with_context(active_test=True)._search(domain)

    def _prepare_all_links(self):
        """Make the missing links at the start of a run, a transaction for each step.

        Parallel runs do so too, and people go on working on the partners.
        """
        self._repeat_in_race(self._make_links)
        while self._repeat_in_race(self._show_links):
            pass
        self._repeat_in_race(self._put_changed_first)

    def _prepare_links(self, partner_ids):
        """Make the missing links of these partners, in the calling transaction."""
        self._make_links(partner_ids)
        while self._show_links(partner_ids):
            pass
        self._put_changed_first(partner_ids)

    def _repeat_in_race(self, step):
        """Call ``step()`` until no other transaction comes in between, and commit."""
        for attempt in range(STORE_ATTEMPTS):
            # With the rollback comes a snapshot that sees what the others have done.
            self.env.cr.rollback()
            try:
                answer = step()
                self.env["ir.cron"]._commit_progress()
                return answer
            except RACES:
                _logger.info("%s repeated (%s)", step.__name__, attempt + 1)
        self.env.cr.rollback()
        return None

    def _execute_in_race(self, statement):
        """Execute what another worker may make fail; then it is no error of anyone.

        :return: number of rows
        """
        self.env.cr.execute(statement, log_exceptions=False)
        return self.env.cr.rowcount

    def _make_links(self, partner_ids=None):
        """Make the missing links.

        :param partner_ids: only these partners (a button), all by default
        """
        query = self._eligible_partners(filtered=partner_ids is None)
        query.add_where(SQL("res_partner.commercial_partner_id = res_partner.id"))
        query.add_where(
            SQL(
                """NOT EXISTS (SELECT FROM partner_data_link link
                                WHERE link.partner_id = res_partner.id
                                  AND link.source_id = %s)""",
                self.id,
            )
        )
        if partner_ids is not None:
            query.add_where(SQL("res_partner.id = ANY(%s)", list(partner_ids)))
        self._execute_in_race(
            SQL(
                """
                INSERT INTO partner_data_link (partner_id, source_id, state, attempts)
                %s
                ON CONFLICT DO NOTHING
                """,
                query.select(
                    SQL("res_partner.id"), SQL("%s", self.id), SQL("'never'"), SQL("0")
                ),
            )
        )
        self.env["res.partner"].invalidate_model(["data_link_ids"])

    def _show_links(self, partner_ids=None):
        """Show links on partners that show none; on some thousands at once.

        :return: on how many
        """
        count = self._execute_in_race(
            SQL(
                """
                UPDATE res_partner SET registry_link_id = todo.link_id
                  FROM (SELECT partner.id, link.id AS link_id
                          FROM partner_data_link link
                          JOIN res_partner partner ON partner.id = link.partner_id
                         WHERE link.source_id = %(source)s
                           AND partner.registry_link_id IS NULL
                           %(restriction)s
                         LIMIT %(limit)s
                           FOR NO KEY UPDATE OF partner SKIP LOCKED) todo
                 WHERE res_partner.id = todo.id
                """,
                source=self.id,
                restriction=_among("partner.id", partner_ids),
                limit=LINKS_SHOWN_AT_ONCE,
            )
        )
        self.env["res.partner"].invalidate_model(["registry_link_id"])
        return count

    def _put_changed_first(self, partner_ids=None):
        """Have the partners that people changed since their check checked first."""
        self._execute_in_race(
            SQL(
                """
                UPDATE partner_data_link
                   SET next_check = NULL, register_date = NULL, attempts = 0
                 WHERE id IN (
                    SELECT link.id
                      FROM partner_data_link link
                      JOIN res_partner partner ON partner.id = link.partner_id
                     WHERE link.source_id = %(source)s
                       AND partner.write_date > link.checked_on
                       AND link.register_date IS NOT NULL
                       %(restriction)s
                       FOR NO KEY UPDATE OF link SKIP LOCKED)
                """,
                source=self.id,
                restriction=_among("partner.id", partner_ids),
            )
        )
        self.env["partner.data.link"].invalidate_model()

    # === The queue === #

    def _due(self, register_date):
        """SQL: links whose time has come and that the register may say more about."""
        return SQL(
            """link.source_id = %s
               AND (link.next_check IS NULL OR link.next_check <= %s)
               AND (link.register_date IS NULL OR link.register_date < %s)""",
            self.id,
            _utcnow(),
            register_date,
        )

    def _count_due(self, register_date):
        query = self._queue_query()
        query.add_where(self._due(register_date))
        [[count]] = self.env.execute_query(query.select(SQL("COUNT(*)")))
        if self.daily_limit:
            count = min(count, self._left_today())
        return count

    def _left_today(self):
        """How many more partners the daily limit allows."""
        today = fields.Datetime.now().replace(hour=0, minute=0, second=0)
        [[checked]] = self.env.execute_query(
            SQL(
                """SELECT COUNT(*) FROM partner_data_link
                    WHERE source_id = %s AND checked_on >= %s""",
                self.id,
                today,
            )
        )
        return max(self.daily_limit - checked, 0)

    def _queue_query(self, filtered=True):
        """Eligible partners joined with their link (alias ``link``)."""
        query = self._eligible_partners(filtered)
        query.add_join(
            "JOIN",
            "link",
            SQL.identifier("partner_data_link"),
            SQL("link.partner_id = res_partner.id"),
        )
        query.order = None
        return query

    def _row_columns(self):
        return SQL(
            """link.id, res_partner.id, res_partner.l10n_fr_siren,
               res_partner.l10n_fr_siret, link.seek_seat,
               res_partner.registry_establishment_type, link.attempts, link.state,
               link.alert, link.file_id, link.checked_on"""
        )

    def _claim(self, register_date):
        """Take the links that are due and hold their rows until the commit.

        It has to be the first statement of the transaction: with an older snapshot
        even ``SKIP LOCKED`` meets serialization failures.

        :return: list of :class:`QueueRow`
        """
        limit = self.batch_size * BATCHES_A_SLICE
        if self.daily_limit:
            limit = min(limit, self._left_today())
        query = self._queue_query()
        query.add_where(self._due(register_date))
        query.order = SQL("link.next_check NULLS FIRST, link.id")
        query.limit = limit
        statement = SQL(
            "%s FOR NO KEY UPDATE OF link SKIP LOCKED",
            query.select(self._row_columns()),
        )
        for attempt in range(CLAIM_ATTEMPTS):
            self.env.cr.rollback()
            try:
                self._execute_in_race(statement)
                return [QueueRow(*row) for row in self.env.cr.fetchall()]
            except psycopg2.errors.SerializationFailure:
                _logger.info("claim retried (%s)", attempt + 1)
        self.env.cr.rollback()
        return []

    def _lock_rows(self, link_ids, register_date=None):
        """Lock these links and read what the register is to be asked about.

        :param register_date: only those that are due at this date of the register
        """
        query = self._queue_query(filtered=bool(register_date))
        query.add_where(SQL("link.id = ANY(%s)", list(link_ids)))
        if register_date:
            query.add_where(self._due(register_date))
        query.order = SQL("link.id")
        rows = self.env.execute_query(
            SQL(
                "%s FOR NO KEY UPDATE OF link SKIP LOCKED",
                query.select(self._row_columns()),
            )
        )
        return [QueueRow(*row) for row in rows]

    # === One slice === #

    def _check_slice(self, connector, rows, register_date):
        """Fetch and store the claimed rows; the next batch is fetched meanwhile.

        The first useless answer ends the slice: the rows that were not asked about
        go back to the queue with the commit.

        :return: counts of what was stored, and the error that ended the slice
        """
        answers = _fetch_ahead(connector, rows, self.batch_size)
        counts = Counter()
        kept = []
        for batch, answer in answers:
            kept.append((batch, answer))
            try:
                counts += self._store_answer(batch, answer, register_date)
                self.env.flush_all()
            except Exception:
                # Whatever it was (a person changed a partner at this moment, a record
                # that cannot be stored): done again from the answers in memory.
                _logger.info("slice stored again", exc_info=True)
                kept.extend(answers)
                counts = self._store_again(kept, register_date)
        error = kept[-1][1]
        return counts, error if isinstance(error, errors.ServiceError) else None

    def _store_again(self, answers, register_date):
        """Store answers in a transaction each, and a bad record by itself."""
        counts = Counter()
        for batch, answer in answers:
            for _attempt in range(STORE_ATTEMPTS):
                self.env.cr.rollback()
                try:
                    rows = self._still_due(batch, register_date)
                    stored = self._store_answer(rows, answer, register_date)
                    self.env.flush_all()
                    break
                except RACES:
                    continue
                except Exception:
                    _logger.exception("a batch could not be stored")
                    self.env.cr.rollback()
                    rows = self._still_due(batch, register_date)
                    stored = self._store_one_by_one(rows, answer, register_date)
                    break
            else:
                # Too much is going on with these partners: the queue has them still.
                self.env.cr.rollback()
                continue
            counts += stored
            self.env["ir.cron"]._commit_progress()
        return counts

    def _still_due(self, rows, register_date):
        """Lock these rows anew; left out are those that another worker has done."""
        locked = self._lock_rows([row.link_id for row in rows], register_date)
        return [row for row in locked if row in rows]

    def _store_one_by_one(self, rows, answer, register_date):
        counts = Counter()
        for row in rows:
            try:
                with self.env.cr.savepoint():
                    stored = self._store_answer([row], answer, register_date)
                    self.env.flush_all()
            except Exception as error:
                _logger.exception("partner %s could not be stored", row.partner_id)
                reason = self.env._(
                    "The answer could not be stored (%(error)s). Tell your "
                    "administrator.",
                    error=type(error).__name__,
                )
                self._write_results([self._failure(row, reason, _utcnow())])
                stored = Counter(done=1, failed=1)
            counts += stored
        return counts

    def _store_answer(self, rows, answer, register_date):
        """Store one answer (a page, or the error that came instead of it)."""
        if isinstance(answer, errors.QuotaError | errors.AuthenticationError):
            return Counter()
        if isinstance(answer, errors.ServiceError):
            reason = self._error_sentence(answer)
            now = _utcnow()
            self._write_results([self._failure(row, reason, now) for row in rows])
            return Counter(done=len(rows), failed=len(rows))
        return self._store_page(rows, answer, register_date)[0]

    # === One answer === #

    def _store_page(self, rows, page, register_date):
        """Store what the register says of these rows: files, proposals, links, alerts.

        :param rows: list of :class:`QueueRow` that were asked about
        :param page: ``connectors.datatypes.EstablishmentPage``
        :return: counts, and the rows whose seat has to be looked for now
        """
        files = self.env["partner.registry.file"]._upsert(self, page.establishments)
        answer = _Answer(page, files, self._former_files(rows))
        results, seekers, checks, alerts = [], [], {}, {}
        now = _utcnow()
        for row in rows:
            rejection = answer.rejection(row)
            if rejection:
                results.append(self._failure(row, rejection, now))
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
            alert = _alert(own or item, reason)
            if alert != row.alert:
                alerts[row.partner_id] = (alert or "reopened", row.state == "never")
            values = self._success(row, own or item, register_date, now)
            file_id = answer.file_id(row, own or item)
            results.append(values._replace(file_id=file_id, alert=alert))
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

    def _success(self, row, establishment, register_date, now):
        return LinkResult(
            id=row.link_id,
            state="partial" if establishment.is_partial else "checked",
            identifier=row.siret or row.siren,
            file_id=row.file_id,
            checked_on=now,
            register_date=register_date,
            next_check=now + timedelta(days=self.interval_days),
            seek_seat=False,
            attempts=0,
            last_error=None,
            alert=row.alert,
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

    def rejection(self, row):
        """Why the record of this row could not be read, if so."""
        return self.rejected.get(row.siret) or self.rejected.get(row.siren)

    def own(self, row):
        """The establishment of the partner's SIRET, ``None`` when not known."""
        if row.seek_seat:
            return self.former.get(row.siret, (None, False))[0]
        return self.by_siret.get(row.siret)

    def choose(self, row):
        """What the partner is to be compared with.

        :return: the partner's own establishment (or ``None``), the one to compare
            with (or ``None``), and the reason: ``"seat_moved"`` or ``False``
        """
        own = self.own(row)
        seat = self.seats.get(row.siren)
        if own is None:
            return None, seat, False
        if seat is None or seat.siret == own.siret:
            return own, own, False
        if row.seek_seat and self._has_moved(row, own, seat):
            return own, seat, "seat_moved"
        return own, own, False

    def needs_seat(self, row, own):
        """Whether the register has to be asked for the seat of the legal unit.

        It is when the SIRET is unknown, or when what was the seat no longer is. Of a
        closed establishment it cannot be told yet whether it was.
        """
        if row.seek_seat or not row.siret:
            return False
        if own is None:
            return True
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


def _wanted(rows):
    """SIRETs and SIRENs to ask the register about, each once."""
    sirets = {row.siret for row in rows if row.siret and not row.seek_seat}
    sirens = {row.siren for row in rows if row.seek_seat or not row.siret}
    return sorted(sirets), sorted(sirens)


def _fetch(connector, rows):
    """Ask the register; an error of the service is the answer then."""
    try:
        return connector.fetch(*_wanted(rows))
    except errors.ServiceError as error:
        return error


def _fetch_ahead(connector, rows, size):
    """Yield ``(rows, answer)`` batch by batch, the next one being fetched meanwhile.

    Ends after the first useless answer. No record is touched in the thread.
    """
    batches = [rows[start : start + size] for start in range(0, len(rows), size)]
    with ThreadPoolExecutor(max_workers=1) as pool:
        ahead = pool.submit(_fetch, connector, batches[0])
        for number, batch in enumerate(batches, start=1):
            answer = ahead.result()
            useless = isinstance(answer, errors.ServiceError)
            if number < len(batches) and not useless:
                ahead = pool.submit(_fetch, connector, batches[number])
            yield batch, answer
            if useless:
                return


def _among(column, ids):
    """SQL condition that ``column`` is one of ``ids``; nothing when ``None``."""
    if ids is None:
        return SQL()
    return SQL("AND %s = ANY(%s)", SQL(column), list(ids))


def _utcnow():
    # Microseconds matter: a partner changed in the same second is checked again.
    return datetime.now(timezone.utc).replace(tzinfo=None)
