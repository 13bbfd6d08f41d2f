from datetime import timedelta

from odoo import api, fields, models

# A call that is pending longer than any time-out allows has lost its worker.
PENDING_AT_MOST = timedelta(hours=1)


class PartnerDataCall(models.Model):
    """One call that costs something or failed: the cost meter."""

    _name = "partner.data.call"
    _description = "Paid Call"
    _order = "id DESC"
    _rec_name = "company_name"

    source_id = fields.Many2one(
        "partner.data.source", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="source_id.company_id", store=True)
    bureau_id = fields.Char(string="Identifier", required=True)
    company_name = fields.Char(string="Company at the bureau")
    kind = fields.Selection([("report", "Report")], required=True, default="report")
    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("unknown", "Outcome unknown"),
        ],
        required=True,
        default="pending",
        index=True,
    )
    partner_id = fields.Many2one(
        "res.partner", ondelete="set null", index="btree_not_null"
    )
    user_id = fields.Many2one("res.users", required=True)
    reason = fields.Char(help="Why it was bought.")
    currency_id = fields.Many2one(related="source_id.currency_id")
    price = fields.Monetary(help="Price noted on the source at that moment.")
    worker = fields.Char(help="Database session that made the call.")
    started_on = fields.Datetime(required=True, default=fields.Datetime.now)
    ended_on = fields.Datetime()
    error = fields.Char()
    settled_by_id = fields.Many2one(
        "res.users",
        string="Settled by",
        help="Who said whether a purchase of unknown outcome was made.",
    )
    report_ids = fields.One2many("partner.credit.report", "call_id", string="Reports")

    _pending_uniq = models.UniqueIndex(
        "(source_id, bureau_id) WHERE state = 'pending'",
        "This report is being bought at this moment.",
    )

    @api.model
    def _own_worker(self):
        """This database session, told apart from a later one of the same number."""
        self.env.cr.execute(
            """
            SELECT pid || '@' || extract(epoch FROM backend_start)
              FROM pg_stat_activity
             WHERE pid = pg_backend_pid()
            """
        )
        return self.env.cr.fetchone()[0]

    def _end(self, state, error=False):
        self.write({"state": state, "ended_on": fields.Datetime.now(), "error": error})

    def _settle_abandoned(self):
        """Mark the pending calls of these whose worker is gone *outcome unknown*."""
        self.env.cr.execute(
            "SELECT pid || '@' || extract(epoch FROM backend_start)"
            "  FROM pg_stat_activity"
        )
        alive = {worker for (worker,) in self.env.cr.fetchall()}
        since = fields.Datetime.now() - PENDING_AT_MOST
        for call in self:
            if call.state == "pending" and (
                call.worker not in alive or call.started_on < since
            ):
                call._end(
                    "unknown",
                    self.env._("The work was cut off while the report was ordered."),
                )

    @api.model
    def _cron_settle_abandoned(self):
        """Find purchases that were cut off (scheduled action)."""
        self.sudo().search([("state", "=", "pending")])._settle_abandoned()
