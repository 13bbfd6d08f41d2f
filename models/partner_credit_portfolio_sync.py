"""Bringing a portfolio here and the one at the bureau together, without loss.

Works in transactions of its own, committed a page at a time: whatever stops it, the
next time goes on.
"""

import logging
from contextlib import contextmanager

from psycopg2 import OperationalError

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger

from odoo.addons.partner_company_data.connectors import errors

from .notification import RELOAD, notification
from .partner_data_queue import RACES
from .partner_data_source_token import commit_apart
from .read_ahead import read_ahead
from .table_statistics import MANY, analyze

_logger = logging.getLogger(__name__)

ATTEMPTS = 5


class PartnerCreditPortfolio(models.Model):
    _inherit = "partner.credit.portfolio"

    # === Buttons === #

    def action_synchronise(self):
        """Compare with Creditsafe: what came and went there, and today's ratings."""
        self.env["partner.data.source"]._check_may_buy()
        self.check_access("read")
        count = added = removed = 0
        for portfolio in self.sudo():
            portfolio._check_bound()
            portfolio.source_id._check_in_use()
            outcome = portfolio._synchronise()
            count += outcome["count"]
            added += outcome["added"]
            removed += outcome["removed"]
        self.env["partner.credit.portfolio.line"]._trigger()
        parts = [
            self.env._("Companies at Creditsafe: %s", count),
            added and self.env._("new here: %s", added),
            removed and self.env._("not there any more: %s", removed),
            not (added or removed) and self.env._("none has come or gone"),
        ]
        return notification(", ".join(filter(None, parts)), "success", then=RELOAD)

    def _check_bound(self):
        """Say so when there is nothing at the bureau to work with."""
        for portfolio in self:
            if not portfolio.bureau_id:
                raise UserError(
                    self.env._(
                        "“%s” is not at Creditsafe yet: create it there first.",
                        portfolio.name,
                    )
                )
            if portfolio.is_gone:
                raise UserError(portfolio.error or portfolio._gone_sentence())

    def _gone_sentence(self):
        return self.env._(
            "Creditsafe does not know this portfolio any more. Create it again there, "
            "or take its link to Creditsafe away."
        )

    # === The comparison === #

    def _synchronise(self):
        """Read all pages: values, lines, what came and what went.

        :return: dict of ``count`` (companies there), ``added`` (new here) and
            ``removed`` (not there any more)
        :raise UserError: the bureau could not be asked; noted on the portfolio
        """
        self.ensure_one()
        source = self.source_id.sudo()
        with (
            self._noted_errors(),
            source._own_env() as env,
            source._open_connector() as connector,
        ):
            own = env[self._name].browse(self.id)
            outcome = own._compare(connector)
        self.env.invalidate_all()
        return outcome

    def _compare(self, connector):
        """As :meth:`_synchronise`, in the own transaction of its environment."""
        started = fields.Datetime.now()
        line_before = self._last_line_id()
        seen, total, is_complete = set(), None, True
        many = MANY
        commit_apart(self.env)
        for page in read_ahead(connector.portfolio_companies(int(self.bureau_id))):
            seen |= self._repeat_apart(
                lambda items=page.items: self._refresh_companies(items)
            )
            if self._last_line_id() - line_before >= many:
                # At each doubling: what is stored next is compared with all of them.
                self._repeat_apart(self._analyze)
                many *= 2
            total = page.total if total is None else total
            is_complete = is_complete and not page.rejected
        if total is not None and len(seen) < total:
            # Somebody changed it while it was read: nothing is missing for sure.
            is_complete = False

        def finish():
            removed = self._mark_missing(seen, started) if is_complete else 0
            self._link_lines()
            self._note_monitored()
            return removed

        removed = self._repeat_apart(finish)
        added = self.env["partner.credit.portfolio.line"].search_count(
            [("portfolio_id", "=", self.id), ("id", ">", line_before)]
        )
        return {"count": len(seen), "added": added, "removed": removed}

    def _last_line_id(self):
        [[last]] = self.env.execute_query(
            SQL("SELECT COALESCE(MAX(id), 0) FROM partner_credit_portfolio_line")
        )
        return last

    def _analyze(self):
        """Have PostgreSQL know of files and lines that are new."""
        analyze(self.env, "partner_credit_file", "partner_credit_portfolio_line")

    def _repeat_apart(self, work):
        """What ``work()`` returns, committed; done again when another was quicker."""
        for attempt in range(ATTEMPTS):
            try:
                with mute_logger("odoo.sql_db"):
                    result = work()
                    self.env.flush_all()
                commit_apart(self.env)
                return result
            except RACES as error:
                _logger.info("Portfolio %s: done again (%s)", self.id, attempt + 1)
                self.env.cr.rollback()
                self.env.invalidate_all()
                last = error
        raise UserError(
            self.env._("This portfolio is being worked on. Try again.")
        ) from last

    def _mark_missing(self, seen, started):
        """Lines that the bureau does not have any more; how many.

        Those that people wanted to be removed are done. The others stay, for a person
        to say whether they are added again.

        :param seen: bureau ids that are there
        :param started: lines that somebody has changed since are left alone
        """
        gone = SQL(
            """portfolio_id = %s AND is_there AND write_date < %s
               AND NOT EXISTS (SELECT FROM unnest(%s::text[]) there(id)
                                WHERE there.id = line.bureau_id)""",
            self.id,
            started,
            list(seen),
        )
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM partner_credit_portfolio_line line
                 WHERE state = 'to_remove' AND %s RETURNING file_id
                """,
                gone,
            )
        )
        rows += self.env.execute_query(
            SQL(
                """
                UPDATE partner_credit_portfolio_line line
                   SET is_there = FALSE, state = 'error', reason = %s, write_date = %s
                 WHERE %s RETURNING file_id
                """,
                self.env._("It was removed from the portfolio at Creditsafe."),
                fields.Datetime.now(),
                gone,
            )
        )
        self.env.invalidate_all()
        self._mark_monitored([file_id for (file_id,) in rows if file_id])
        return len(rows)

    def _note_monitored(self):
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_portfolio
                   SET last_monitored_on = %s, error = NULL, is_gone = FALSE
                 WHERE id = %s
                """,
                fields.Datetime.now(),
                self.id,
            )
        )
        self.invalidate_recordset()

    # === Which partner a company is === #

    def _link_lines(self):
        """Find the partners of lines without one: by their file, then by SIREN.

        A partner without file gets its company's. A partner that waited for a company
        that turned out to be here does not wait any longer.
        """
        self.ensure_one()
        self.env.flush_all()
        self._link_by(
            SQL(
                """JOIN partner_credit_file_partner_rel rel
                        ON rel.file_id = line.file_id
                   JOIN res_partner partner ON partner.id = rel.partner_id"""
            )
        )
        self._link_by(
            SQL(
                """JOIN partner_credit_file file ON file.id = line.file_id
                   JOIN res_partner partner ON partner.l10n_fr_siren = file.siren"""
            )
        )
        self._give_files()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM partner_credit_portfolio_line waiting
                 USING partner_credit_portfolio_line line
                 WHERE waiting.portfolio_id = %(id)s AND line.portfolio_id = %(id)s
                   AND waiting.bureau_id IS NULL AND line.bureau_id IS NOT NULL
                   AND waiting.partner_id = line.partner_id
                """,
                id=self.id,
            )
        )
        self.env.invalidate_all()

    def _link_by(self, joins):
        """Set the partner of lines that have none; the oldest one of several.

        :param SQL joins: ``JOIN`` of each ``line`` with its ``partner``
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_portfolio_line target
                   SET partner_id = found.partner_id
                  FROM (SELECT line.id, MIN(partner.id) AS partner_id
                          FROM partner_credit_portfolio_line line
                          %(joins)s
                         WHERE line.portfolio_id = %(id)s
                           AND line.partner_id IS NULL
                           AND partner.commercial_partner_id = partner.id
                           AND partner.active
                           AND (partner.company_id IS NULL
                                OR partner.company_id = %(company)s)
                      GROUP BY line.id) found
                 WHERE target.id = found.id
                """,
                joins=joins,
                id=self.id,
                company=self.company_id.id,
            )
        )

    def _give_files(self):
        """Have partners without file of this bureau share the one of their line."""
        pairs = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (line.partner_id) line.partner_id, line.file_id
                  FROM partner_credit_portfolio_line line
                 WHERE line.portfolio_id = %s
                   AND line.partner_id IS NOT NULL
                   AND line.file_id IS NOT NULL
                   AND NOT EXISTS (
                       SELECT FROM partner_credit_file_partner_rel rel
                         JOIN partner_credit_file file ON file.id = rel.file_id
                        WHERE rel.partner_id = line.partner_id
                          AND file.source_id = %s)
                """,
                self.id,
                self.source_id.id,
            )
        )
        self.source_id._link_files(pairs)

    # === Errors === #

    @contextmanager
    def _noted_errors(self):
        """Note on the portfolio what the bureau refused, and say it in a sentence."""
        source = self.source_id.sudo()
        try:
            with source._service_errors():
                yield
        except UserError as error:
            cause = error.__cause__
            if isinstance(cause, errors.NotFoundError):
                sentence = self._gone_sentence()
                self._note_apart(error=sentence, is_gone=True)
                raise UserError(sentence) from cause
            if isinstance(cause, errors.ServiceError):
                self._note_apart(error=str(error))
            raise

    def _note_apart(self, **vals):
        """Write on the portfolio in an own transaction; never worth a failure."""
        try:
            with self.source_id._own_env() as env, mute_logger("odoo.sql_db"):
                env[self._name].browse(self.id).write(vals)
                commit_apart(env)
        except OperationalError:
            _logger.info("Portfolio %s: a note could not be written", self.id)
        self.invalidate_recordset()

    def action_unbind(self):
        """Forget the portfolio that is gone at Creditsafe; the companies stay."""
        self.env["partner.data.source"]._check_may_buy()
        self.check_access("write")
        for portfolio in self.sudo():
            lines = portfolio.line_ids
            portfolio.write(
                {
                    "bureau_id": False,
                    "bureau_name": False,
                    "is_gone": False,
                    "is_foreign": False,
                    "is_shared": False,
                    "error": False,
                }
            )
            there = lines.filtered("is_there")
            there.write({"is_there": False, "state": "to_add", "reason": False})
            portfolio._mark_monitored(there.file_id.ids)
