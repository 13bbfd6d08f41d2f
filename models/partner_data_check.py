"""The check of partners against a register: one path for scheduled action and button.

``_process_batch`` checks some links and never commits; ``_run`` is the loop around
the same steps for the scheduled action. It claims a *slice* of a few batches; inside a
slice the next two batches are fetched while these two are stored.
"""

import logging
import os
import socket
import threading
import time
from collections import Counter
from datetime import timedelta
from itertools import chain, islice

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from odoo.addons.partner_company_data.connectors import errors
from odoo.addons.partner_company_data.connectors.datatypes import EstablishmentPage

from .partner_data_answer import RETRY_MINUTES
from .partner_data_queue import BATCHES_A_SLICE, RACES, STORE_ATTEMPTS, utcnow
from .read_ahead import read_ahead

_logger = logging.getLogger(__name__)

# Most of what it takes to store an answer does not depend on how many partners it is
# about; more at once would have the register wait at the end of each slice.
ANSWERS_STORED_AT_ONCE = 2
# A run without a sign of life for this long has lost its process.
INTERRUPTED_AFTER = timedelta(minutes=30)


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    # === Entrances === #

    @api.model
    def _cron_check(self, code):
        """Check the partners that are due at this source (scheduled action)."""
        for source in self.sudo().search(
            [("code", "=", code), ("state", "=", "enabled")]
        ):
            if source._has_job_queue():
                source._hand_out()
            else:
                source._run()

    def _trigger_check(self, at=None):
        """Have the scheduled action of this source run soon, or at a moment."""
        for source in self.sudo():
            if source.cron_id:
                source.cron_id._trigger(at=at)

    def _process_batch(self, link_ids, register_date=None):
        """Check these links now, in the calling transaction, without committing.

        Links that another worker holds are left to it.

        :param link_ids: ids of ``partner.data.link`` of this source
        :param register_date: when the register was loaded, if it has been asked; only
            links that are due at this date are checked then
        :raise ServiceError: what the service did
        :return: ids that were checked
        """
        source = self._for_work()
        rows = source._lock_rows(link_ids, register_date)
        if not rows:
            return []
        connector = source._connector()
        register_date = register_date or source._loaded_at(connector)
        todo = rows
        while todo:
            page = connector.fetch(*_wanted(todo))
            seekers = source._store_or_set_aside(todo, page, register_date)
            # Here a seat that may have moved is looked for at once.
            todo = [row._replace(seek_seat=True) for row in seekers]
        return [row.link_id for row in rows]

    def _run(self):
        """Check all partners that are due, batch after batch (scheduled action)."""
        source = self._for_work()
        progress = self.env["ir.cron"]._commit_progress
        run, connector, register_date = source._begin_run()
        remaining = source._count_due(register_date) if register_date else 0
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
        if run.state == "running" and not remaining:
            source._show_all_links()
            run._end("done", source._limit_sentence())
            source._retry_failed()
            progress(remaining=0)

    def _begin_run(self):
        """Ask when the register was loaded, and make the missing links.

        :return: the run, the connector, and the register's date; without a date the
            run is stopped already
        """
        run = self._start_run()
        self.env["ir.cron"]._commit_progress()
        connector = None
        try:
            connector = self._connector()
            register_date = self._loaded_at(connector)
        except errors.ServiceError as error:
            run._advance({"requests": connector.requests_made if connector else 0})
            self._stop_run(run, error)
            return run, connector, None
        self._prepare_all_links()
        run._advance({"requests": connector.requests_made}, register_date)
        return run, connector, register_date

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

    def _limit_sentence(self):
        """Why no more were checked today; ``False`` where nothing held them back."""
        if not self.daily_limit or self._left_today():
            return False
        return self.env._(
            "The daily limit of %(limit)s partners is reached.", limit=self.daily_limit
        )

    def _retry_failed(self):
        """Run again when the next of the partners that failed is due."""
        # What is due already and was not checked waits for something else: its
        # partner is archived, say, or the day's limit is reached.
        [[due]] = self.env.execute_query(
            SQL(
                """SELECT MIN(next_check) FROM partner_data_link
                    WHERE source_id = %s AND state = 'failed' AND next_check > %s""",
                self.id,
                utcnow(),
            )
        )
        if due:
            self._trigger_check(at=due)

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

    # === One slice === #

    def _check_slice(self, connector, rows, register_date):
        """Fetch and store the claimed rows; the next batches are fetched meanwhile.

        The first useless answer ends the slice: the rows that were not asked about
        go back to the queue with the commit.

        :return: counts of what was stored, and the error that ended the slice
        """
        answers = _answers(connector, rows, self.batch_size)
        groups = read_ahead(split_every(ANSWERS_STORED_AT_ONCE, answers, list))
        counts = Counter()
        kept = []
        for group in groups:
            kept += group
            try:
                for batch, answer in _joined(group):
                    counts += self._store_answer(batch, answer, register_date)
                self.env.flush_all()
            except Exception:
                # Whatever it was (a person changed a partner at this moment, a record
                # that cannot be stored): done again from the answers in memory.
                _logger.info("slice stored again", exc_info=True)
                kept += chain.from_iterable(groups)
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

    def _store_or_set_aside(self, rows, page, register_date):
        """Store a page within the calling transaction, and a bad record by itself.

        :return: rows whose seat is to be looked for
        """
        try:
            with self.env.cr.savepoint():
                return self._store_page(rows, page, register_date)[1]
        except RACES:
            raise
        except Exception:
            _logger.info("batch stored again, one by one", exc_info=True)
            self._store_one_by_one(rows, page, register_date)
            return []

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
                self._write_results([self._failure(row, reason, utcnow())])
                stored = Counter(done=1, failed=1)
            counts += stored
        return counts

    def _store_answer(self, rows, answer, register_date):
        """Store one answer (a page, or the error that came instead of it)."""
        if isinstance(answer, errors.QuotaError | errors.AuthenticationError):
            return Counter()
        if isinstance(answer, errors.ServiceError):
            reason = self._error_sentence(answer)
            now = utcnow()
            self._write_results([self._failure(row, reason, now) for row in rows])
            return Counter(done=len(rows), failed=len(rows))
        return self._store_page(rows, answer, register_date)[0]


def _wanted(rows):
    """SIRETs and SIRENs to ask the register about, each once.

    Where a seat is sought, both: an establishment that the register has forgotten is
    not what its record of long ago says.
    """
    sirets = {row.siret for row in rows if row.siret}
    sirens = {row.siren for row in rows if row.seek_seat or not row.siret}
    return sorted(sirets), sorted(sirens)


def _fetch(connector, rows):
    """Ask the register; an error of the service is the answer then."""
    try:
        return connector.fetch(*_wanted(rows))
    except errors.ServiceError as error:
        return error


def _answers(connector, rows, size):
    """Yield ``(rows, answer)`` batch by batch, until after the first useless one.

    Where seats are sought, some of the rows are left to the next slice: what is more
    than a batch would be asked in a request of its own.
    """
    for batch in islice(_batches(rows, size), BATCHES_A_SLICE):
        answer = _fetch(connector, batch)
        yield batch, answer
        if isinstance(answer, errors.ServiceError):
            return


def _batches(rows, size):
    """Split the rows into batches that ask for ``size`` numbers at most."""
    batch, numbers = [], 0
    for row in rows:
        own = 2 if row.seek_seat and row.siret else 1
        if batch and numbers + own > size:
            yield batch
            batch, numbers = [], 0
        batch.append(row)
        numbers += own
    if batch:
        yield batch


def _joined(answers):
    """Yield the pages among these answers as one, then the error that may end them."""
    found = [item for item in answers if not isinstance(item[1], errors.ServiceError)]
    if found:
        batches, pages = zip(*found, strict=True)
        yield list(chain.from_iterable(batches)), EstablishmentPage.joined(pages)
    yield from answers[len(found) :]
