"""The work queue of the checks: which links are due, and who works on them.

Workers run side by side and people go on editing partners: links are made in short
transactions that are repeated when another was quicker, and claimed in one statement,
the first of its transaction, so that a worker that is killed gives its links back and
parallel workers never meet.
"""

import logging
from collections import namedtuple
from datetime import datetime, timezone

import psycopg2

from odoo import fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

BATCHES_A_SLICE = 10
STORE_ATTEMPTS = 5
# People who save one of these partners meanwhile wait for so many.
LINKS_SHOWN_AT_ONCE = 2000
# So many new links change how the queue is best read.
MANY_LINKS = 1000
# Each costs a millisecond, and giving up leaves partners for another day.
CLAIM_ATTEMPTS = 50

# A link in the queue, with what the register is to be asked about its partner.
QueueRow = namedtuple(
    "QueueRow",
    "link_id partner_id siren siret seek_seat partner_type attempts state alert "
    "file_id checked_on",
)
# Another transaction was quicker: the same work succeeds when it is done again.
RACES = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.UniqueViolation,
)


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    # === Making links === #

    def _eligible_partners(self, filtered=True):
        """Query of the commercial entities that can be checked: with a valid number.

        :param filtered: only those of the source's partner filter
        """
        self.env.flush_all()
        domain = fields.Domain("l10n_fr_siren", "!=", False)
        if filtered:
            domain &= self._partner_filter()
        partners = self.env["res.partner"].with_context(active_test=True)
        query = partners._search(domain)
        # A contact has the number of its company.
        query.add_where(SQL("res_partner.commercial_partner_id = res_partner.id"))
        return query

    def _prepare_all_links(self):
        """Make the missing links at the start of a run, a transaction for each step.

        Parallel runs do so too, and people go on working on the partners.
        """
        self._repeat_in_race(self._make_links)
        self._show_all_links()
        self._repeat_in_race(self._put_changed_first)

    def _show_all_links(self):
        """Show on all partners what this register says of them, if it is the latest."""
        while self._repeat_in_race(self._show_links):
            pass

    def _prepare_links(self, partner_ids):
        """Make the missing links of these partners, in the calling transaction.

        No partner is locked by it: the register is asked in the same transaction.
        """
        self._make_links(partner_ids)
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
        made = self._execute_in_race(
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
        if made > MANY_LINKS:
            # Autovacuum comes later; until then the planner takes the table for empty
            # and compares each partner with each link.
            self._execute_in_race(SQL("ANALYZE partner_data_link"))
        self.env["res.partner"].invalidate_model(["data_link_ids"])

    def _show_links(self, partner_ids=None):
        """Show links on partners that show none, or another register's in its place.

        In its place is a register that is not in use any more, and one that was
        loaded earlier than this one when it answered. Some thousands at once.

        :return: on how many
        """
        count = self._execute_in_race(
            SQL(
                """
                UPDATE res_partner SET registry_link_id = todo.link_id
                  FROM (SELECT partner.id, link.id AS link_id
                          FROM partner_data_link link
                          JOIN res_partner partner ON partner.id = link.partner_id
                     LEFT JOIN partner_data_link shown
                            ON shown.id = partner.registry_link_id
                     LEFT JOIN partner_data_source other
                            ON other.id = shown.source_id
                         WHERE link.source_id = %(source)s
                           AND (shown.id IS NULL
                                OR shown.source_id != link.source_id
                                   AND link.register_date IS NOT NULL
                                   AND (other.state NOT IN ('enabled', 'test')
                                        OR shown.register_date IS NULL
                                        OR shown.register_date < link.register_date))
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

    # === Due links === #

    def _due(self, register_date):
        """SQL: links whose time has come and that the register may say more about."""
        return SQL(
            """link.source_id = %s
               AND (link.next_check IS NULL OR link.next_check <= %s)
               AND (link.register_date IS NULL OR link.register_date < %s)""",
            self.id,
            utcnow(),
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
        if not limit:
            return []
        partner = self._eligible_partners()
        partner.add_where(SQL("res_partner.id = link.partner_id"))
        partner.order = None
        # LATERAL and OFFSET 0: the planner is to follow the queue's index and to stop
        # at the limit, instead of sorting all partners each time.
        statement = SQL(
            """
            SELECT %(columns)s
              FROM partner_data_link link
              JOIN LATERAL (%(partner)s OFFSET 0) res_partner ON TRUE
             WHERE %(due)s
          ORDER BY link.next_check NULLS FIRST, link.id
             LIMIT %(limit)s
               FOR NO KEY UPDATE OF link SKIP LOCKED
            """,
            columns=self._row_columns(),
            partner=partner.select(
                SQL(
                    "res_partner.id, res_partner.l10n_fr_siren, "
                    "res_partner.l10n_fr_siret, res_partner.registry_establishment_type"
                )
            ),
            due=self._due(register_date),
            limit=limit,
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


def _among(column, ids):
    """SQL condition that ``column`` is one of ``ids``; nothing when ``None``."""
    if ids is None:
        return SQL()
    return SQL("AND %s = ANY(%s)", SQL(column), list(ids))


def utcnow():
    # Microseconds matter: a partner changed in the same second is checked again.
    return datetime.now(timezone.utc).replace(tzinfo=None)
