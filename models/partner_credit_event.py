from odoo import api, fields, models
from odoo.exceptions import AccessError

from .credit_event_words import event_sentence
from .open_records import open_records
from .partner_credit_file import RATINGS
from .partner_data_source_credit import BUYER

KINDS = [
    ("rating", "Rating"),
    ("limit", "Credit limit"),
    ("proceedings", "Collective proceedings"),
    ("privileges", "Privileges"),
    ("status", "Status"),
    ("payment", "Payment behaviour"),
    ("financials", "Annual accounts"),
    ("capital", "Share capital"),
    ("officers", "Officers"),
    ("name", "Company name"),
    ("address", "Address"),
    ("other", "Other"),
]
SEVERITIES = [
    ("critical", "Critical"),
    ("warning", "Warning"),
    ("info", "Information"),
    ("good", "Good news"),
]
# What the sentence is made of.
SENTENCE_PARTS = (
    *("kind", "rule_name", "old_value", "new_value", "status"),
    *("has_old_number", "old_number", "has_new_number", "new_number"),
    *("old_rating", "new_rating"),
)
# Events of one company that its charts show.
MOST_MARKED = 200


class PartnerCreditEvent(models.Model):
    """What a bureau's monitoring told of a company, once.

    It is kept in parts; :attr:`sentence` says it in the language of who reads it.
    """

    _name = "partner.credit.event"
    _description = "Monitoring Event"
    _order = "created_on DESC, id DESC"
    _rec_name = "file_id"
    _log_access = False

    source_id = fields.Many2one(
        "partner.data.source", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="source_id.company_id", store=True)
    # As text: nobody counts with it, and it exceeds what an Integer holds.
    bureau_event_id = fields.Char(
        string="Event number",
        required=True,
        readonly=True,
        help="The bureau's number of this event in this portfolio.",
    )
    file_id = fields.Many2one(
        "partner.credit.file",
        string="Credit file",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    portfolio_id = fields.Many2one(
        "partner.credit.portfolio",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    partner_ids = fields.Many2many(related="file_id.partner_ids", string="Partners")
    kind = fields.Selection(KINDS, required=True, readonly=True, default="other")
    rule_code = fields.Integer(readonly=True, aggregator=None)
    rule_name = fields.Char(string="Rule", readonly=True)
    # Values as the bureau writes them, then what is certain of them; has_… tells a
    # number of 0 from none.
    old_value = fields.Char(readonly=True)
    new_value = fields.Char(readonly=True)
    has_old_number = fields.Boolean(readonly=True)
    old_number = fields.Float(string="Old number", readonly=True, aggregator=None)
    has_new_number = fields.Boolean(readonly=True)
    new_number = fields.Float(string="New number", readonly=True, aggregator=None)
    old_rating = fields.Selection(RATINGS, readonly=True)
    new_rating = fields.Selection(RATINGS, string="New rating", readonly=True)
    status = fields.Char(string="New status", readonly=True)
    ruling = fields.Char(readonly=True)
    happened_on = fields.Datetime(readonly=True)
    created_on = fields.Datetime(
        string="Known since", readonly=True, help="When the bureau learnt of it."
    )
    severity = fields.Selection(SEVERITIES, required=True, readonly=True)
    sentence = fields.Char(string="Event", compute="_compute_sentence")
    state = fields.Selection(
        [("new", "New"), ("seen", "Seen")], default="new", required=True, readonly=True
    )
    seen_by_id = fields.Many2one(
        "res.users", string="Seen by", readonly=True, ondelete="set null"
    )
    seen_on = fields.Datetime(readonly=True)
    is_model_change = fields.Boolean(
        string="Change of model",
        readonly=True,
        help="On that day the bureau moved a large part of the portfolio at once: it "
        "changed its way of rating, not the companies.",
    )
    is_urgent = fields.Boolean(
        string="Urgent",
        readonly=True,
        help="Proceedings, a new privilege, the company's end, a rating that falls to "
        "D or E, a limit that falls by 30 % or more: somebody is told.",
    )
    is_pending = fields.Boolean(
        string="To be told", readonly=True, help="Nobody has been told of it yet."
    )
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, ondelete="set null", index="btree_not_null"
    )

    _source_event_uniq = models.UniqueIndex(
        "(source_id, bureau_event_id)", "The event is here already."
    )
    _file_kind_idx = models.Index("(file_id, kind, created_on DESC, id DESC)")
    _portfolio_day_idx = models.Index("(portfolio_id, happened_on)")
    _created_on_idx = models.Index("(created_on DESC, id DESC)")
    _pending_idx = models.Index("(source_id, id) WHERE is_pending")
    _new_idx = models.Index("(portfolio_id, file_id) WHERE state = 'new'")

    @api.depends(*SENTENCE_PARTS)
    @api.depends_context("lang")
    def _compute_sentence(self):
        for event in self:
            event.sentence = event_sentence(event)

    @api.depends("file_id", "sentence")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for event in self:
            event.display_name = f"{event.file_id.name} – {event.sentence}"

    # === Buttons === #

    def action_mark_seen(self):
        """Somebody has looked at these events."""
        if not self.env.user.has_group(BUYER):
            raise AccessError(
                self.env._("Marking events as seen needs the right “Buy and monitor”.")
            )
        self.check_access("read")
        # sudo: nothing else of an event may be changed.
        new = self.sudo().filtered(lambda event: event.state == "new")
        new.write(
            {
                "state": "seen",
                "seen_by_id": self.env.uid,
                "seen_on": fields.Datetime.now(),
            }
        )
        new._quiet_lines()

    def action_open_partner(self):
        """Open the partners that this company is."""
        self.ensure_one()
        return open_records(self.partner_ids, name=self.file_id.name)


class PartnerCreditFile(models.Model):
    _inherit = "partner.credit.file"

    event_ids = fields.One2many("partner.credit.event", "file_id", string="Events")
    privilege_event_id = fields.Many2one(
        "partner.credit.event",
        string="New privilege",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    privilege_told_on = fields.Date(string="Known since", readonly=True, copy=False)
    event_count = fields.Integer(
        string="Number of events", compute="_compute_event_count"
    )

    def _compute_event_count(self):
        counts = dict(
            self.env["partner.credit.event"]._read_group(
                [("file_id", "in", self.ids)], ["file_id"], ["__count"]
            )
        )
        for file in self:
            file.event_count = counts.get(file, 0)

    def _event_marks(self):
        """Marks of the charts, one a day: its events in words, as bad as the worst.

        The newest ones: more could not be told apart on a chart.
        """
        self.ensure_one()
        events = self.env["partner.credit.event"].search_fetch(
            [("file_id", "=", self.id), ("happened_on", "!=", False)],
            ["happened_on", "severity", *SENTENCE_PARTS],
            order="happened_on DESC, id DESC",
            limit=MOST_MARKED,
        )
        worst = [key for key, _label in SEVERITIES]
        return [
            {
                "date": fields.Date.to_string(day),
                "kind": "event",
                "severity": min(of_day.mapped("severity"), key=worst.index),
                "label": "\n".join(of_day.mapped("sentence")),
            }
            for day, of_day in events.grouped(
                lambda event: event.happened_on.date()
            ).items()
        ]

    def action_open_events(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Events of %s", self.name),
            "res_model": "partner.credit.event",
            "views": [(False, "list"), (False, "form")],
            "domain": [("file_id", "=", self.id)],
        }
