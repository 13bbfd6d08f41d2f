from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date

from .partner_update_proposal_line import PENDING


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

    _open_uniq = models.UniqueIndex(
        "(partner_id, source_id) WHERE state = 'new'",
        "A partner has one open proposal a source.",
    )

    @api.depends("partner_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for proposal in self:
            proposal.display_name = self.env._(
                "Update of %(partner)s", partner=proposal.partner_id.name or ""
            )

    @api.model
    def _note(self, title, changes, register_date=None):
        """Body of an internal note about facts of a partner.

        :param changes: list of ``(key, old values, new values)``
        :param register_date: when the register was loaded
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
            Markup("<li>%s: %s → <b>%s</b></li>")
            % (
                labels.get(key, key),
                display(key, old) or nothing,
                display(key, new) or nothing,
            )
            for key, old, new in changes
        )
        return Markup("<p>%s</p><ul>%s</ul>") % (title, items)

    def _pending_lines(self):
        return self.line_ids.filtered(lambda line: line.state in PENDING)
