"""Monitoring at D&B: a registration is a portfolio, its news come through a queue.

What is pulled from the queue is not told again: each batch is kept as it came and
committed before the next pull, and read from there. Whatever stops the reading, the
next one goes on with what is kept.
"""

import base64
from dataclasses import replace
from datetime import timedelta, timezone

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.partner_company_data.connectors import errors
from odoo.addons.partner_company_data.connectors.dnb_direct_plus import DnbDirectPlus
from odoo.addons.partner_company_data.connectors.dnb_monitoring import (
    MAX_NOTIFICATIONS,
)

from . import retention
from .partner_data_source_token import commit_apart

#: Days that batches stay, once they were read or could not be.
KEPT_DAYS = 30
#: D&B tells again what was pulled within this time.
REPLAY = timedelta(days=13)
#: What was pulled may have waited so long: it is not known from when D&B counts.
WAITED = timedelta(days=4)
_SCORE = "failureScore.nationalPercentile"
_PAYDEX = "paydexScore"
_DAYS = "paymentBehaviorDays"
# What parts of the legal events mean; the others are proceedings of unknown kind.
_RULINGS = {"hasLiquidation": "liquidation"}
_YES, _NO = "true", "false"


class PartnerCreditNotification(models.Model):
    """One pull of the queue as it came."""

    _name = "partner.credit.notification"
    _description = "Notifications of a Bureau"
    _order = "id"
    _log_access = False

    portfolio_id = fields.Many2one(
        "partner.credit.portfolio", required=True, ondelete="cascade", index=True
    )
    pulled_on = fields.Datetime(required=True, default=fields.Datetime.now)
    # In the row itself, so that it is committed with it.
    raw = fields.Binary(attachment=False)
    state = fields.Selection(
        [("new", "To read"), ("read", "Read"), ("failed", "Could not be read")],
        required=True,
        default="new",
    )
    error = fields.Char()

    _waiting_idx = models.Index("(portfolio_id, id) WHERE state = 'new'")

    @api.autovacuum
    def _gc_old(self):
        """Take away what was read, or could not be: D&B tells none of it again."""
        old = self.search(
            [
                ("state", "in", ("read", "failed")),
                ("pulled_on", "<", retention.older_than(timedelta(days=KEPT_DAYS))),
            ],
            limit=retention.LIMIT,
        )
        return retention.remove(old)


class PartnerCreditPortfolio(models.Model):
    _inherit = "partner.credit.portfolio"

    is_queue = fields.Boolean(
        compute="_compute_is_queue",
        help="The bureau tells changes through a queue, and has no list to compare.",
    )
    # Set as long as the queue is being emptied, and until what was lost is here.
    replay_since = fields.Datetime(
        string="To be told again from", readonly=True, copy=False
    )

    @api.depends("source_id")
    def _compute_is_queue(self):
        for portfolio in self:
            portfolio.is_queue = portfolio.sudo().source_id.code == "altares"

    def _synchronise(self):
        """Nothing to compare with where there is a queue only."""
        if not self.is_queue:
            return super()._synchronise()
        count = len(self.line_ids.filtered("is_there"))
        return {"count": count, "added": 0, "removed": 0}

    def _read_events_apart(self):
        if not self.is_queue:
            return super()._read_events_apart()
        rejected = []
        total = self._read_kept_apart(rejected)
        source = self.source_id
        with source._service_errors(), source._open_connector() as connector:
            commit_apart(self.env)
            for batch in self._pulled(connector):
                self._keep_apart(batch)
                total += self._read_kept_apart(rejected)
        self._note_reading_apart(None, total, rejected)
        return total

    def _pulled(self, connector):
        """Batches of the queue until it is empty.

        An answer that was lost on the way, or with the worker that had it, may have
        emptied it: what was told of late is asked again then, as soon as it can be.
        """
        if self.replay_since:
            yield from self._replayed(connector)
        self._note_pulling_since(fields.Datetime.now())
        while True:
            try:
                batch = connector.pull_notifications(self.bureau_id)
            except (errors.OutcomeUnknownError, errors.MalformedError):
                yield from self._replayed(connector)
                raise
            if not batch.notifications:
                break
            yield batch
        self._note_pulling_since(False)

    def _replayed(self, connector):
        """Batches of what was told since the reading began that lost an answer."""
        since = max(self.replay_since - WAITED, fields.Datetime.now() - REPLAY)
        since = since.replace(tzinfo=timezone.utc)
        while True:
            batch = connector.replay_notifications(self.bureau_id, since)
            yield batch
            last = max(
                (event.created_at for event in batch.events if event.created_at),
                default=since,
            )
            if batch.notifications < MAX_NOTIFICATIONS or last <= since:
                break
            since = last
        self._note_pulling_since(False)

    def _note_pulling_since(self, moment):
        self._repeated(lambda: self.write({"replay_since": moment}))

    def _keep_apart(self, batch):
        def keep():
            self.env["partner.credit.notification"].create(
                {"portfolio_id": self.id, "raw": base64.b64encode(batch.raw)}
            )

        self._repeated(keep)

    def _read_kept_apart(self, rejected):
        """Store the events of the batches that are kept, each committed.

        :param rejected: list that gets those that were set aside
        :return: how many events were new
        """
        total = 0
        now = fields.Datetime.now()
        kept = self.env["partner.credit.notification"].search(
            [("portfolio_id", "=", self.id), ("state", "=", "new")]
        )
        for notification in kept:
            try:
                batch = DnbDirectPlus.read_notifications(
                    base64.b64decode(notification.raw or b"")
                )
            except errors.MalformedError as error:
                vals = {"state": "failed", "error": str(error)}
            else:
                events = [_with_meaning(event) for event in batch.events]
                count, failed = self._store_page_apart(
                    events, now - relativedelta(months=12)
                )
                total += count
                rejected += [*batch.rejected, *failed]
                vals = {"state": "read"}
            self._repeated(
                lambda notification=notification, vals=vals: notification.write(vals)
            )
        return total

    def _stored(self, events, news_since):
        if not self.is_queue:
            return super()._stored(events, news_since)

        def store():
            count = self.env["partner.credit.event"]._store(self, events, news_since)
            self._set_payment(events)
            return count

        return self._repeated(store)

    def _set_payment(self, events):
        """Paydex and average delay of the files that nothing newer has told."""
        told = {}
        for event in sorted(events, key=lambda event: event.created_at):
            for end, column in ((_PAYDEX, "paydex"), (_DAYS, "dbt")):
                if event.element and event.element.endswith(end):
                    told[event.bureau_id, column] = event
        for (bureau_id, column), event in told.items():
            value = _number(event.new_value)
            if value is None:
                continue
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE partner_credit_file
                       SET %(column)s = %(value)s, %(known)s = TRUE
                     WHERE source_id = %(source)s AND bureau_id = %(bureau_id)s
                       AND (updated_on IS NULL OR updated_on <= %(moment)s)
                    """,
                    column=SQL.identifier(column),
                    known=SQL.identifier(f"has_{column}"),
                    value=round(value),
                    source=self.source_id.id,
                    bureau_id=bureau_id,
                    moment=event.created_at.astimezone(timezone.utc).replace(
                        tzinfo=None
                    ),
                )
            )
        self.env["partner.credit.file"].invalidate_model()


def _with_meaning(event):
    """The event with what the path of its element says for certain."""
    place = event.element or ""
    if event.kind == "rating":
        if place.endswith(_SCORE):
            return replace(
                event, old_score=event.old_number, new_score=event.new_number
            )
        # Another scale than the score's: it must not hide the score's own event.
        name = ".".join(place.split(".")[-2:])
        return replace(event, kind=None, rule_name=name)
    if event.kind == "payment" and place.endswith(_PAYDEX):
        # An index is no number of days.
        return replace(event, old_number=None, new_number=None)
    if event.kind == "privileges":
        if event.new_value is None:
            # What is gone says nothing of those that are left.
            return replace(event, kind=None)
        if event.new_value == _NO:
            return replace(event, new_number=0.0, old_value=None, new_value=None)
    if event.kind == "proceedings":
        if event.new_value != _YES:
            return replace(event, kind=None)
        ruling = _RULINGS.get(place.rpartition(".")[2], "insolvency")
        return replace(event, ruling=ruling, new_value=None, old_value=None)
    if event.kind == "status" and "operatingStatus" in place:
        words = (event.new_value or "").lower()
        if "out of business" in words:
            return replace(event, new_status="ceased")
        if words.startswith("active"):
            return replace(event, new_status="active")
    return event


def _number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
