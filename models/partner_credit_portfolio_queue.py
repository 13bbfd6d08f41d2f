"""Adding and removing companies at the bureau, one small request each.

Asking twice does no harm: a company that is there already was added, one that is not
there any more was removed. So a worker that is killed loses and doubles nothing; its
lines wait for the next one.
"""

import logging
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta, timezone

from psycopg2 import DataError, IntegrityError
from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.partner_company_data.connectors import errors

from .partner_data_queue import RACES
from .partner_data_source_find import bureau_company
from .partner_data_source_token import commit_apart

_logger = logging.getLogger(__name__)

BATCH = 20
CLAIM_ATTEMPTS = 50
MOST_RACES = 20
# Waiting after the first failure, the second, and so on.
PAUSES = [timedelta(minutes=minutes) for minutes in (5, 30, 120, 720, 1440)]
# Until somebody buys places or removes companies.
NO_PLACE_PAUSE = timedelta(hours=6)
# As many in a row mean that the bureau is down.
FAILURES_BEFORE_PAUSE = 3


class NoPlaceError(errors.ServiceError):
    """The contract's monitoring places are used up."""


class PartnerCreditPortfolioLine(models.Model):
    _inherit = "partner.credit.portfolio.line"

    # === In the background === #

    @api.model
    def _trigger(self):
        self.env.ref(
            "partner_company_data.cron_credit_portfolio_lines"
        ).sudo()._trigger()

    @api.model
    def _cron_process(self):
        """Add and remove what waits, a batch and a commit after another."""
        progress = self.env["ir.cron"]._commit_progress
        time_left = progress(remaining=self._count_waiting())
        portfolios = self.env["partner.credit.portfolio"]
        races = 0
        while time_left:
            lines = self._claim()
            if not lines:
                break
            portfolios |= lines.portfolio_id
            count = len(lines)
            try:
                lines._process_batch()
                self.env.flush_all()
            except RACES:
                # What was asked for is done; the lines will hear so next time.
                races += 1
                _logger.info("Portfolio lines: batch repeated (%s)", races)
                if races > MOST_RACES:
                    raise
                continue
            time_left = progress(count)
        self.env.cr.rollback()
        # Other workers attach files to the same lines.
        portfolios._repeated(portfolios._attach_files)
        progress()
        portfolios._refresh_finished()

    @api.model
    def _due(self):
        """SQL: what waits (alias ``line``), where somebody is there to be asked."""
        return SQL(
            """line.state IN ('to_add', 'to_remove')
               AND (line.next_attempt IS NULL OR line.next_attempt <= %s)
               AND EXISTS (SELECT FROM partner_credit_portfolio portfolio
                             JOIN partner_data_source source
                               ON source.id = portfolio.source_id
                            WHERE portfolio.id = line.portfolio_id
                              AND portfolio.bureau_id IS NOT NULL
                              AND portfolio.is_gone IS NOT TRUE
                              AND source.state IN ('enabled', 'test'))""",
            fields.Datetime.now(),
        )

    @api.model
    def _count_waiting(self):
        self.env.flush_all()
        [[count]] = self.env.execute_query(
            SQL(
                "SELECT COUNT(*) FROM partner_credit_portfolio_line line WHERE %s",
                self._due(),
            )
        )
        return count

    @api.model
    def _claim(self):
        """Lines to work on, held until the commit; begins a new transaction."""
        statement = SQL(
            """
            SELECT line.id FROM partner_credit_portfolio_line line
             WHERE %s
          ORDER BY line.next_attempt NULLS FIRST, line.id
             LIMIT %s
               FOR NO KEY UPDATE OF line SKIP LOCKED
            """,
            self._due(),
            BATCH,
        )
        for attempt in range(CLAIM_ATTEMPTS):
            self.env.cr.rollback()
            try:
                self.env.cr.execute(statement, log_exceptions=False)
                ids = [line_id for (line_id,) in self.env.cr.fetchall()]
                self.env.invalidate_all()
                return self.sudo().browse(ids)
            except SerializationFailure:
                _logger.info("Portfolio lines: claim repeated (%s)", attempt + 1)
        self.env.cr.rollback()
        return self.browse()

    def _process_batch(self):
        """Add or remove these; whatever happens ends up on the lines."""
        by_source = defaultdict(self.browse)
        for line in self:
            by_source[line.portfolio_id.source_id] |= line
        for source, lines in by_source.items():
            with source._open_connector() as connector:
                lines._process_at(connector)

    def _process_at(self, connector):
        """As :meth:`_process_batch`, all of one source."""
        failures = 0
        waiting = self
        for line in self:
            waiting -= line
            if line.portfolio_id.is_gone:
                continue
            try:
                with self.env.cr.savepoint():
                    line._process(connector)
                failures = 0
            except (errors.AuthenticationError, errors.QuotaError) as error:
                (line | waiting)._postpone(error)
                return
            except NoPlaceError as error:
                same = (line | waiting).filtered(lambda line: line.state == "to_add")
                same._postpone(error)
                waiting -= same
                (waiting - same)._process_at(connector)
                return
            except errors.TransientError as error:
                failures += 1
                line._postpone(error)
                if failures >= FAILURES_BEFORE_PAUSE:
                    waiting._postpone(error)
                    return
            except errors.ServiceError as error:
                line._fail(line.portfolio_id.source_id._error_sentence(error))
            except (UserError, IntegrityError, DataError) as error:
                line._fail(str(error).splitlines()[0])

    def _process(self, connector):
        self.ensure_one()
        if self.state == "to_remove":
            self._remove(connector)
        elif self._identify(connector):
            self._add(connector)
        # Here, so that what the database refuses stays this line's own matter.
        self.env.flush_all()

    # === One company === #

    def _identify(self, connector):
        """Know which company it is at the bureau; whether it can be added now.

        :raise errors.ServiceError: the search failed
        """
        if self.bureau_id:
            return True
        partner = self.partner_id
        if not partner:
            self._lack(self.env._("The partner has been deleted."))
            return False
        source = self._source_of_user()
        if not is_findable(partner) and not source._known_file(partner):
            self._lack(lack_of_number(self.env))
            return False
        try:
            found, is_certain = source._find_companies(partner, connector)
        except UserError as error:
            if isinstance(error.__cause__, errors.ServiceError):
                raise error.__cause__ from error
            raise
        if not found:
            self._lack(self.env._("%s finds no company for this partner.", source.name))
            return False
        if not is_certain:
            self._lack(self.env._("Several companies may be meant: choose one."))
            return False
        return self._take(bureau_company(found[0]))

    def _take(self, company):
        """The line is for this company; whether it isn't in the portfolio already."""
        self.ensure_one()
        twin = self.search(
            [
                ("portfolio_id", "=", self.portfolio_id.id),
                ("bureau_id", "=", company.bureau_id),
                ("id", "!=", self.id),
            ]
        )
        source = self._source_of_user()
        with source._own_env() as env:
            file_id = env[source._name].browse(source.id)._file_of(company).id
        if self.partner_id:
            source._link_partners(file_id, company.siren, self.partner_id)
        if twin:
            if not twin.partner_id:
                twin.partner_id = self.partner_id
            self.unlink()
            return False
        self.write(
            {
                "bureau_id": company.bureau_id,
                "bureau_number": company.bureau_number,
                "name": company.name,
                "country_code": company.country_code,
                # One made just now is too new for this transaction to refer to.
                "file_id": self.env["partner.credit.file"].browse(file_id).exists().id,
            }
        )
        return True

    def _add(self, connector):
        """Have the bureau watch the company; it may do so already."""
        number = self.portfolio_id._number()
        try:
            connector.add_company(
                number,
                self.bureau_id,
                reference=(self.partner_id.ref or "")[:50],
            )
        except errors.NotFoundError:
            if self._is_portfolio_gone(connector):
                return
            raise
        except errors.RefusedError as error:
            if self._is_full(connector):
                raise NoPlaceError(str(error), service=error.service) from error
            raise
        self.write(
            {
                "state": "up_to_date",
                "is_there": True,
                "reason": False,
                "attempts": 0,
                "next_attempt": False,
            }
        )
        self.portfolio_id._mark_monitored(self.file_id.ids)

    def _remove(self, connector):
        """Have the bureau watch the company no more; the line goes."""
        if self.bureau_id and self.is_there:
            connector.remove_company(self.portfolio_id._number(), self.bureau_id)
        self.unlink()

    def _is_portfolio_gone(self, connector):
        """Whether it is the portfolio that the bureau does not know; noted then."""
        try:
            connector.portfolio(self.portfolio_id._number())
        except errors.NotFoundError:
            portfolio = self.portfolio_id
            portfolio.write({"is_gone": True, "error": portfolio._gone_sentence()})
            return True
        return False

    def _is_full(self, connector):
        """Whether the contract has no monitoring place left."""
        return places_left(connector.access()) == 0

    def _source_of_user(self):
        """The source, with the rights and in the words of the one who asked."""
        source = self.portfolio_id.source_id
        user = self.user_id
        if not user:
            return source.sudo()
        return source.with_user(user).sudo().with_context(lang=user.lang)

    # === What went wrong === #

    def _lack(self, reason):
        self.write({"state": "no_identifier", "reason": reason})

    def _fail(self, reason):
        self.write({"state": "error", "reason": reason})

    def _postpone(self, error):
        """Try again later, and say why until then."""
        if not self:
            return
        source = self.portfolio_id.source_id[:1]
        now = fields.Datetime.now()
        if isinstance(error, NoPlaceError):
            reason = self.env._(
                "No monitoring place is left in the contract; tried again later."
            )
            moment = now + NO_PLACE_PAUSE
            # All who wait for a place wait with them.
            self |= self.search(
                [
                    ("portfolio_id.source_id", "=", source.id),
                    ("state", "=", "to_add"),
                    ("reason", "=", False),
                ]
            ).try_lock_for_update(allow_referencing=True)
        else:
            reason = source._error_sentence(error)
            moment = now + PAUSES[min(max(self.mapped("attempts")), len(PAUSES) - 1)]
        if isinstance(error, errors.AuthenticationError):
            source._suspend_apart(reason)
        if isinstance(error, errors.QuotaError) and error.reset_at:
            moment = error.reset_at.astimezone(timezone.utc).replace(tzinfo=None)
        for line in self:
            line.write(
                {
                    "reason": reason,
                    "attempts": line.attempts + 1,
                    "next_attempt": moment,
                }
            )

    # === Buttons === #

    def action_retry(self):
        """Try again what failed or could not be found."""
        self._check_may_change()
        lines = self.sudo().filtered(
            lambda line: line.state in ("error", "no_identifier")
        )
        for line in lines:
            line.state = "to_remove" if line.is_there else "to_add"
        lines.write({"reason": False, "next_attempt": False, "attempts": 0})
        self._trigger()

    def action_remove(self):
        """Take the companies out, at Creditsafe as well."""
        self._check_may_change()
        lines = self.sudo()
        there = lines.filtered(lambda line: line.is_there or line.bureau_id)
        there.write({"state": "to_remove", "reason": False, "next_attempt": False})
        (lines - there).unlink()
        self._trigger()

    def action_keep(self):
        """Not to be removed after all."""
        self._check_may_change()
        self.sudo().filtered(lambda line: line.state == "to_remove").write(
            {"state": "up_to_date", "reason": False, "next_attempt": False}
        )

    def _check_may_change(self):
        self.env["partner.data.source"]._check_may_buy()
        self.check_access("write")

    def _process_now(self):
        """Work on a person's lines while they wait, and read today's values.

        :return: what there is to say when it did not work, or nothing
        """
        portfolios = self.portfolio_id
        self._process_batch()
        commit_apart(self.env)
        portfolios._attach_files()
        for line in self.exists().filtered(lambda line: line.state == "up_to_date"):
            portfolio = line.portfolio_id
            with (
                suppress(errors.ServiceError),
                portfolio.source_id._open_connector() as connector,
            ):
                found = connector.portfolio_company(portfolio._number(), line.bureau_id)
                if found:
                    portfolio._refresh_companies([found])
        commit_apart(self.env)
        return self.exists()[:1].reason


class PartnerCreditPortfolio(models.Model):
    _inherit = "partner.credit.portfolio"

    def _attach_files(self):
        """Have lines whose file was made while they were added refer to it."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_portfolio_line line
                   SET file_id = file.id
                  FROM partner_credit_portfolio portfolio, partner_credit_file file
                 WHERE portfolio.id = ANY(%s)
                   AND line.portfolio_id = portfolio.id
                   AND line.file_id IS NULL
                   AND file.source_id = portfolio.source_id
                   AND file.bureau_id = line.bureau_id
             RETURNING file.id
                """,
                self.ids,
            )
        )
        file_ids = [file_id for (file_id,) in self.env.cr.fetchall()]
        self.env["partner.credit.portfolio.line"].invalidate_model(["file_id"])
        self._mark_monitored(file_ids)

    def _refresh_finished(self):
        """Read today's values of portfolios that nothing waits for any more."""
        for portfolio in self.exists().sudo():
            if portfolio.is_gone or portfolio.waiting_count:
                continue
            try:
                portfolio._synchronise()
            except UserError as error:
                _logger.warning("Portfolio %s: %s", portfolio.id, error)


def is_findable(partner):
    """Whether the partner has a number that says which company it is."""
    return bool(partner.l10n_fr_siren or partner.vat or partner.company_registry)


def lack_of_number(env):
    return env._("The partner has no SIREN, registration or VAT number.")


def places_left(counters):
    """Monitoring places left in the contract; ``None`` when they are not counted."""
    left = [one.remaining for one in counters if one.service == "monitoring"]
    return sum(left) if left and None not in left else None
