from odoo import fields, models


class PartnerDataCall(models.Model):
    """One call that costs something or failed: the cost meter."""

    _name = "partner.data.call"
    _description = "Paid Call"
    _order = "id DESC"
    _rec_name = "bureau_id"

    source_id = fields.Many2one(
        "partner.data.source", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="source_id.company_id", store=True)
    bureau_id = fields.Char(string="Identifier", required=True)
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
    partner_id = fields.Many2one("res.partner", ondelete="set null")
    user_id = fields.Many2one("res.users", required=True)
    reason = fields.Char(help="Why it was bought.")
    price = fields.Float(help="Price noted on the source at that moment.")
    worker = fields.Char(help="Database session that made the call.")
    started_on = fields.Datetime(required=True, default=fields.Datetime.now)
    ended_on = fields.Datetime()
    error = fields.Char()

    _pending_uniq = models.UniqueIndex(
        "(source_id, bureau_id) WHERE state = 'pending'",
        "This report is being bought at this moment.",
    )
