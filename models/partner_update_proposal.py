from odoo import api, fields, models


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
    register_date = fields.Datetime(readonly=True)
    last_processed = fields.Date(string="Last processed on", readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_on = fields.Datetime(readonly=True)
    priority_balance = fields.Float(
        readonly=True, help="Open balance when the proposal was made or refreshed."
    )
    priority_sales = fields.Float(
        readonly=True, help="Sales of the last 12 months at that moment."
    )
    line_ids = fields.One2many(
        "partner.update.proposal.line", "proposal_id", string="Fields"
    )

    _open_uniq = models.UniqueIndex(
        "(partner_id, source_id) WHERE state = 'new'",
        "A partner has one open proposal a source.",
    )

    @api.model
    def _sync(self, source, checks):
        """Bring the proposals of checked partners up to date, set-based.

        One open proposal a partner and source: created, brought up to date (its
        revision moves when its lines do), or closed as obsolete when nothing differs.
        Values whose rule is "apply" are written on the partner; exclusions and rules
        "never" are left out.

        :param source: ``partner.data.source`` that answered
        :param checks: dict ``{res.partner: (values, reason)}`` where ``values`` are
            ``registry_fields.registry_values()`` of the partner's establishment and
            ``reason`` is ``False`` or ``"seat_moved"``; a partner whose difference is
            gone has to be in it as well
        :return: recordset of the open proposals of these partners
        """
        raise NotImplementedError
