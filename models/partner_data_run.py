from odoo import fields, models


class PartnerDataRun(models.Model):
    """One run of checks by one worker: what it did and why it stopped."""

    _name = "partner.data.run"
    _description = "Company Data Run"
    _order = "started_on DESC, id DESC"
    _rec_name = "source_id"
    _log_access = False

    source_id = fields.Many2one(
        "partner.data.source", required=True, ondelete="cascade", index=True
    )
    worker = fields.Char(readonly=True, help="Machine and process that did the work.")
    user_id = fields.Many2one("res.users", readonly=True)
    trigger = fields.Selection(
        [("scheduled", "Scheduled"), ("manual", "By hand")], default="scheduled"
    )
    state = fields.Selection(
        [
            ("running", "Running"),
            ("done", "Done"),
            ("stopped", "Stopped"),
            ("interrupted", "Interrupted"),
        ],
        required=True,
        default="running",
    )
    started_on = fields.Datetime(required=True, default=fields.Datetime.now)
    last_activity = fields.Datetime(default=fields.Datetime.now)
    ended_on = fields.Datetime()
    duration = fields.Float(
        string="Duration (seconds)", help="Time spent working, waiting included."
    )
    register_date = fields.Datetime(string="Register loaded on")
    requests = fields.Integer()
    checked_count = fields.Integer(string="Checked")
    difference_count = fields.Integer(string="With differences")
    not_found_count = fields.Integer(string="Not found")
    partial_count = fields.Integer(string="Partial disclosure")
    failed_count = fields.Integer(string="Failed")
    stop_reason = fields.Char()
    resume_at = fields.Datetime()
