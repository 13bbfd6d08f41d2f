from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from odoo.addons.partner_company_data.connectors import text

from . import registry_fields, retention
from .partner_update_proposal_line import PENDING

# What nobody writes by hand: checks and decisions do.
WRITTEN_BY_DECISIONS = {
    "partner_id",
    "source_id",
    "state",
    "revision",
    "register_date",
    "last_processed",
    "decided_by_id",
    "decided_on",
    "priority_balance",
    "priority_sales",
}


class PartnerUpdateProposal(models.Model):
    """The register (or a report) says otherwise: what a person decides about."""

    _name = "partner.update.proposal"
    _description = "Partner Update"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "priority_balance DESC, priority_sales DESC, id"

    partner_id = fields.Many2one(
        "res.partner", required=True, ondelete="cascade", index=True, readonly=True
    )
    source_id = fields.Many2one(
        "partner.data.source", required=True, ondelete="cascade", readonly=True
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("validated", "Validated"),
            ("ignored", "Ignored"),
            ("obsolete", "Obsolete"),
        ],
        required=True,
        default="new",
        readonly=True,
        index=True,
        tracking=True,
    )
    revision = fields.Integer(default=1, readonly=True, copy=False)
    register_date = fields.Datetime(string="Register loaded on", readonly=True)
    last_processed = fields.Date(string="Last processed on", readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_on = fields.Datetime(readonly=True)
    priority_balance = fields.Float(
        string="Open balance",
        readonly=True,
        help="Open balance when the proposal was made or refreshed.",
    )
    priority_sales = fields.Float(
        string="Recent sales",
        readonly=True,
        help="Sales of the last 12 months at that moment.",
    )
    line_ids = fields.One2many(
        "partner.update.proposal.line", "proposal_id", string="Fields"
    )
    user_id = fields.Many2one(related="partner_id.user_id")
    seat_selected = fields.Boolean(
        default=True, help="Whether the lines of a moved seat are ticked: all or none."
    )
    change_summary = fields.Char(string="Changes", compute="_compute_change_summary")
    ignored_summary = fields.Char(compute="_compute_ignored_summary")
    previous_count = fields.Integer(compute="_compute_previous_count")
    old_address_contact_ids = fields.Many2many(
        "res.partner",
        string="Contacts and addresses that use the old address",
        compute="_compute_old_address_contact_ids",
        help="They are never changed: change those that have moved as well.",
    )

    _open_uniq = models.UniqueIndex(
        "(partner_id, source_id) WHERE state = 'new'",
        "A partner has one open proposal a source.",
    )

    def write(self, vals):
        if not self.env.su and vals.keys() & WRITTEN_BY_DECISIONS:
            raise AccessError(
                self.env._(
                    "What the register says and what was decided stays as it is."
                )
            )
        return super().write(vals)

    @api.depends("partner_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for proposal in self:
            proposal.display_name = self.env._(
                "Update of %(partner)s", partner=proposal.partner_id.name or ""
            )

    @api.depends("line_ids.key", "line_ids.reason", "line_ids.state")
    @api.depends_context("lang")
    def _compute_change_summary(self):
        for proposal in self:
            lines = proposal._pending_lines() or proposal.line_ids
            empty = lines.filtered(lambda line: line.reason == "completion")
            # Differences are what has to be looked at: they are not to be lost
            # among a dozen empty fields.
            if 1 < len(empty) < len(lines):
                proposal.change_summary = self.env._(
                    "%(fields)s, and %(count)s empty fields to fill",
                    fields=(lines - empty)._labels(),
                    count=len(empty),
                )
            else:
                proposal.change_summary = lines._labels()

    @api.depends("line_ids.selected", "line_ids.ignore", "line_ids.state")
    @api.depends_context("lang")
    def _compute_ignored_summary(self):
        for proposal in self:
            unticked = proposal._pending_lines() - proposal._ticked_lines()
            for_good = unticked.filtered(lambda line: line._ignored_for_good())
            sentences = []
            if for_good:
                sentences.append(
                    self.env._(
                        "Never propose again: %(fields)s", fields=for_good._labels()
                    )
                )
            if unticked - for_good:
                sentences.append(
                    self.env._(
                        "Ignore this value only: %(fields)s",
                        fields=(unticked - for_good)._labels(),
                    )
                )
            proposal.ignored_summary = " \u2022 ".join(sentences)

    @api.depends("partner_id")
    def _compute_previous_count(self):
        counts = dict(
            self._read_group(
                [("partner_id", "in", self.partner_id.ids)], ["partner_id"], ["__count"]
            )
        )
        for proposal in self:
            proposal.previous_count = counts.get(proposal.partner_id, 1) - 1

    @api.depends("partner_id", "line_ids.state")
    def _compute_old_address_contact_ids(self):
        for proposal in self:
            old = proposal._old_address()
            proposal.old_address_contact_ids = old and proposal.partner_id.search(
                [
                    ("id", "child_of", proposal.partner_id.id),
                    ("id", "!=", proposal.partner_id.id),
                ]
            ).filtered(
                lambda contact, old=old: (
                    contact.street
                    and text.same_street(contact.street, old["street"])
                    and text.same_text(contact.zip, old["zip"])
                )
            )

    def _old_address(self):
        """The address that the partner has without this proposal.

        :return: dict of address fields, ``False`` when the address stays as it is
        """
        lines = self.line_ids.filtered(
            lambda line: (
                line.key in registry_fields.ADDRESS_KEYS
                and line.state in ("validated", *PENDING)
            )
        )
        if not lines:
            return False
        address = {
            name: self.partner_id[name] for name in self.partner_id._address_fields()
        }
        for line in lines:
            address.update(line.old_values or {})
        return address

    @api.model
    def _note(self, title, changes, register_date=None, ignored=(), along=()):
        """Body of an internal note about facts of a partner.

        :param changes: list of ``(key, old values, new values)``
        :param register_date: when the register was loaded
        :param ignored: lines that people don't want
        :param along: what else was written: ``(name, old value, new value)`` in words
        :return: escaped ``Markup``
        """
        Line = self.env["partner.update.proposal.line"]
        display = Line._display
        labels = dict(Line._fields["key"]._description_selection(self.env))
        nothing = self.env._("nothing")
        if register_date:
            title = self.env._(
                "%(title)s (register of %(date)s)",
                title=title,
                date=format_date(self.env, register_date),
            )
        items = Markup().join(
            Markup("<li>%s</li>")
            % self.env._(
                "%(what)s: %(old)s → %(new)s",
                what=name,
                old=old or nothing,
                new=Markup("<b>%s</b>") % (new or nothing),
            )
            for name, old, new in (
                *(
                    (
                        labels.get(key, key),
                        display(key, old or {}),
                        display(key, new or {}),
                    )
                    for key, old, new in changes
                ),
                *along,
            )
        )
        words = {
            True: self.env._("never propose again"),
            False: self.env._("this value ignored"),
        }
        items += Markup().join(
            Markup("<li>%s</li>")
            % self.env._(
                "%(what)s: %(value)s",
                what=labels.get(line.key, line.key),
                value=f"{line.new_display} ({words[line._ignored_for_good()]})",
            )
            for line in ignored
        )
        return Markup("<p>%s</p><ul>%s</ul>") % (title, items)

    def _pending_lines(self):
        """Lines that a person has still to decide about."""
        return self.line_ids.filtered(lambda line: line.state in PENDING)

    def _ticked_lines(self):
        """Pending lines to write: of a moved seat all of them, or none."""
        pending = self._pending_lines()
        ticked = pending.filtered("selected")
        for seat in (
            pending.filtered(lambda line: line.reason == "seat_moved")
            .grouped("proposal_id")
            .values()
        ):
            if seat - ticked:
                ticked -= seat
        return ticked

    @api.onchange("line_ids")
    def _onchange_seat_lines(self):
        """Tick the lines of a moved seat together."""
        seat = self.line_ids.filtered(
            lambda line: line.reason == "seat_moved" and line.state in PENDING
        )
        if any(line.selected != self.seat_selected for line in seat):
            self.seat_selected = not self.seat_selected
            for line in seat:
                line.selected = self.seat_selected

    @api.autovacuum
    def _gc_old(self):
        """Take away what was decided, or came to nothing, long ago."""
        decided = fields.Domain(
            "state", "in", ("validated", "ignored")
        ) & fields.Domain("decided_on", "<", retention.older_than(retention.DECISIONS))
        obsolete = fields.Domain("state", "=", "obsolete") & fields.Domain(
            "write_date", "<", retention.older_than(retention.FACTS)
        )
        old = self.search(decided | obsolete, order="id", limit=retention.LIMIT)
        return retention.remove(old)
