"""Reading what is new: page by page, each one stored and committed before the next.

A page may be read any number of times, by any number of workers: an event that is here
already is left alone. How far a portfolio has been read is noted when its last page is
stored, and each reading begins some days before that.
"""

import logging
import random
import time
from datetime import timedelta, timezone

from dateutil.relativedelta import relativedelta
from psycopg2 import DataError, IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger

from .notification import RELOAD, notification
from .partner_data_queue import RACES
from .partner_data_source_retention import EVENT_MONTHS
from .partner_data_source_token import commit_apart
from .read_ahead import read_ahead

_logger = logging.getLogger(__name__)

ATTEMPTS = 8
#: An event that the bureau adds late, with an older moment, is read all the same.
OVERLAP = timedelta(days=2)
#: Of a portfolio that is read for the first time, nobody is told of older events.
NEWS_DAYS = 7
#: Reasons that are kept of events that could not be read.
REASONS_KEPT = 20


class PartnerCreditEventFeed(models.Model):
    """How far a portfolio's events have been read. No worker holds it while reading."""

    _name = "partner.credit.event.feed"
    _description = "Reading of Monitoring Events"
    _rec_name = "portfolio_id"
    _log_access = False

    portfolio_id = fields.Many2one(
        "partner.credit.portfolio", required=True, readonly=True, ondelete="cascade"
    )
    read_until = fields.Datetime(
        readonly=True, help="When the bureau learnt of the last event that was read."
    )
    read_on = fields.Datetime(string="Read on", readonly=True)
    turn_on = fields.Datetime(string="Last scheduled reading", readonly=True)
    event_count = fields.Integer(string="New events", readonly=True)
    rejected_count = fields.Integer(string="Events set aside", readonly=True)
    rejected_reasons = fields.Text(readonly=True)

    _portfolio_uniq = models.UniqueIndex("(portfolio_id)", "One reading a portfolio.")


class PartnerCreditPortfolio(models.Model):
    _inherit = "partner.credit.portfolio"

    feed_ids = fields.One2many("partner.credit.event.feed", "portfolio_id")
    event_ids = fields.One2many("partner.credit.event", "portfolio_id", string="Events")
    new_event_count = fields.Integer(
        string="New events", compute="_compute_new_event_count"
    )

    def _compute_new_event_count(self):
        counts = dict(
            self.env["partner.credit.event"]._read_group(
                [("portfolio_id", "in", self.ids), ("state", "=", "new")],
                ["portfolio_id"],
                ["__count"],
            )
        )
        for portfolio in self:
            portfolio.new_event_count = counts.get(portfolio, 0)

    # === Buttons === #

    def action_check_events(self):
        """Read new events now, and say how many there are."""
        self.env["partner.data.source"]._check_may_buy()
        self.check_access("read")
        self._check_bound()
        self.source_id.sudo()._check_in_use()
        count = self._fetch_events()
        message = (
            self.env._("New events: %s", count)
            if count
            else self.env._("There is no new event.")
        )
        return notification(message, "success" if count else "info", then=RELOAD)

    def action_open_events(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Events"),
            "res_model": "partner.credit.event",
            "views": [(False, kind) for kind in ("list", "form", "graph", "pivot")],
            "domain": [("portfolio_id", "in", self.ids)],
            "context": {"search_default_new": 1},
        }

    # === Reading === #

    @api.model
    def _cron_fetch_events(self, code):
        """Read the new events of all active portfolios (scheduled action).

        One portfolio after the other; what one meets stops no other.

        :param code: of the sources, which have a scheduled action each
        """
        began_on = self._turn_began_on()
        domain = fields.Domain(
            [
                ("state", "=", "active"),
                ("bureau_id", "!=", False),
                ("is_gone", "=", False),
                ("source_id.code", "=", code),
                ("source_id.state", "=", "enabled"),
            ]
        )
        if began_on:
            domain &= fields.Domain(
                "feed_ids", "not any", [("turn_on", ">=", began_on)]
            )
        portfolios = self.search(domain, order="last_monitored_on NULLS FIRST, id")
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(portfolios))
        for portfolio in portfolios:
            portfolio._note_turn_apart()
            try:
                portfolio._fetch_events()
            except UserError as error:
                _logger.warning("Events of portfolio %s: %s", portfolio.id, error)
            if not progress(1) and began_on:
                break

    @api.model
    def _turn_began_on(self):
        """Since when the schedule's turn runs, which may take it several calls.

        Without it each call would begin with the same portfolio, and the bureau be
        asked again and again. Nothing where somebody runs it before its time: all
        portfolios are read in one call then.
        """
        cron = self.env["ir.cron"].browse(self.env.context.get("cron_id"))
        is_due = cron and cron.nextcall <= fields.Datetime.now()
        return cron.nextcall if is_due else None

    def _note_turn_apart(self):
        """The schedule has come to this portfolio, whatever comes of it."""
        with self.source_id.sudo()._own_env() as env:
            own = env[self._name].browse(self.id)

            def note():
                env.cr.execute(
                    SQL(
                        """
                        INSERT INTO partner_credit_event_feed AS feed
                               (portfolio_id, turn_on)
                        VALUES (%s, %s)
                   ON CONFLICT (portfolio_id) DO UPDATE SET turn_on = EXCLUDED.turn_on
                        """,
                        self.id,
                        fields.Datetime.now(),
                    )
                )

            own._repeated(note)

    def _fetch_events(self):
        """Read what is new, bring the companies' values up to date, tell people.

        Works in transactions of its own, committed a page at a time. Whatever stops it,
        the next reading goes on without losing or doubling an event.

        :return: how many events were new
        :raise UserError: the bureau could not be asked, or only in part
        """
        count = 0
        for portfolio in self.filtered("bureau_id").sudo():
            source = portfolio.source_id
            with source._own_env() as env:
                own = env[self._name].browse(portfolio.id)
                if not own.line_ids:
                    # Events are shown on the companies' lines.
                    own._synchronise()
                    env.invalidate_all()
                count += own._read_events_apart()
                # Afterwards: only the pages tell the letter that a score has led to.
                own._synchronise()
                env.invalidate_all()
                env["partner.credit.event"]._tell_apart(own)
        self.env.invalidate_all()
        return count

    def _read_events_apart(self):
        """Store the pages of new events, each in a transaction of its own.

        :return: how many events were new
        """
        self.ensure_one()
        source = self.source_id
        since, news_since = self._events_since()
        kept_since = self._events_kept_since().replace(tzinfo=timezone.utc)
        total, rejected, last = 0, [], None
        with self._noted_errors(), source._open_connector() as connector:
            pages = connector.notification_events(
                int(self.bureau_id), since=since.replace(tzinfo=timezone.utc)
            )
            commit_apart(self.env)
            for page in read_ahead(pages):
                # The bureau may count from the beginning of the day asked for.
                events = [
                    one
                    for one in page.items
                    if not one.created_at or one.created_at >= kept_since
                ]
                count, failed = self._store_page_apart(events, news_since)
                total += count
                rejected += [*page.rejected, *failed]
                moments = [one.created_at for one in page.items if one.created_at]
                last = max(filter(None, (last, *moments)), default=None)
        self._note_reading_apart(last, total, rejected)
        return total

    def _events_since(self):
        """From which moment to read, and from which on people are told (naive UTC)."""
        now = fields.Datetime.now()
        feed = self.feed_ids
        # What an earlier reading has not found is news, however quiet it was before.
        is_first = not feed.read_on
        news_since = now - (
            timedelta(days=NEWS_DAYS) if is_first else relativedelta(months=12)
        )
        since = self._events_kept_since()
        if feed.read_until:
            since = max(since, feed.read_until - OVERLAP)
        return since, news_since

    def _events_kept_since(self):
        """What is older is not kept, and would be taken for new again (naive UTC)."""
        months = self.source_id.event_months or EVENT_MONTHS
        return fields.Datetime.now() - relativedelta(months=months)

    def _store_page_apart(self, events, news_since):
        """Store a page and commit.

        :return: how many events were new, and those that were set aside with the
            reason, as ``(identifier, reason)``
        """
        try:
            return self._stored(events, news_since), []
        except (DataError, IntegrityError) as error:
            self.env.cr.rollback()
            if len(events) == 1:
                reason = str(error).splitlines()[0]
                _logger.warning("Event %s is set aside: %s", events[0].id, reason)
                return 0, [(str(events[0].id), reason)]
        # One of them cannot be stored: by halves, until it is found.
        half = len(events) // 2
        count, failed = self._store_page_apart(events[:half], news_since)
        more, also_failed = self._store_page_apart(events[half:], news_since)
        return count + more, failed + also_failed

    def _stored(self, events, news_since):
        Event = self.env["partner.credit.event"]
        return self._repeated(lambda: Event._store(self, events, news_since))

    def _repeated(self, work):
        """What ``work()`` returns, committed; done again when it meets another worker.

        :raise UserError: others were in the way each time
        """
        for attempt in range(ATTEMPTS):
            try:
                # What another worker makes fail is no error of anyone.
                with mute_logger("odoo.sql_db"):
                    result = work()
                    commit_apart(self.env)
                return result
            except RACES:
                self.env.cr.rollback()
                self.env.invalidate_all()
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
        raise UserError(
            self.env._("The events are being read by others at this moment.")
        )

    def _note_reading_apart(self, last, count, rejected):
        """All pages are stored: the next reading begins here."""
        now = fields.Datetime.now()
        # A moment to come would leave out what the bureau adds until then.
        until = (
            min(last.astimezone(timezone.utc).replace(tzinfo=None), now)
            if last
            else None
        )
        reasons = "\n".join(
            ": ".join(filter(None, (identifier, reason)))
            for identifier, reason in map(
                _identifier_and_reason, rejected[:REASONS_KEPT]
            )
        )

        def note():
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO partner_credit_event_feed AS feed
                           (portfolio_id, read_until, read_on, event_count,
                            rejected_count, rejected_reasons)
                    VALUES %s
               ON CONFLICT (portfolio_id) DO UPDATE
                       SET read_until = GREATEST(feed.read_until, EXCLUDED.read_until),
                           read_on = EXCLUDED.read_on,
                           event_count = EXCLUDED.event_count,
                           rejected_count = EXCLUDED.rejected_count,
                           rejected_reasons = EXCLUDED.rejected_reasons
                    """,
                    (self.id, until, now, count, len(rejected), reasons or None),
                )
            )
            self.env.cr.execute(
                "UPDATE partner_credit_portfolio SET last_monitored_on = %s "
                "WHERE id = %s",
                [now, self.id],
            )

        self._repeated(note)
        self.env.invalidate_all()


def _identifier_and_reason(rejected):
    if isinstance(rejected, tuple):
        return rejected
    return rejected.identifier, rejected.reason
