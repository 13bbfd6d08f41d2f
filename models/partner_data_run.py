from odoo import api, fields, models

from odoo.addons.partner_company_data.connectors import errors

from . import retention

USELESS_ANSWERS_BEFORE_STOP = 3


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
    useless_answers = fields.Integer(
        help="Answers in a row that were no use; the service seems to be down after "
        "three."
    )
    stop_reason = fields.Char()
    resume_at = fields.Datetime()

    def _advance(self, counts, register_date=None, seconds=0):
        """Add what was done; the row belongs to one worker alone.

        :param counts: mapping of ``requests``, ``checked``, ``difference``,
            ``not_found``, ``partial``, ``failed``
        """
        self.ensure_one()
        vals = {
            f"{name}_count": self[f"{name}_count"] + counts[name]
            for name in ("checked", "difference", "not_found", "partial", "failed")
            if counts.get(name)
        }
        vals["requests"] = self.requests + counts.get("requests", 0)
        vals["duration"] = self.duration + seconds
        vals["last_activity"] = fields.Datetime.now()
        if register_date:
            vals["register_date"] = register_date
        self.write(vals)

    def _goes_wrong(self, error):
        """Whether this end of a slice means that the run has to stop.

        :param error: the ``ServiceError`` that ended the slice, ``None`` if all is well
        """
        self.ensure_one()
        if isinstance(error, errors.AuthenticationError | errors.QuotaError):
            return True
        useless = self.useless_answers + 1 if error else 0
        if useless != self.useless_answers:
            self.useless_answers = useless
        return useless >= USELESS_ANSWERS_BEFORE_STOP

    def _end(self, state, reason=False, resume_at=False):
        self.write(
            {
                "state": state,
                "ended_on": fields.Datetime.now(),
                "stop_reason": reason,
                "resume_at": resume_at,
            }
        )

    @api.autovacuum
    def _gc_old(self):
        """Take away the runs of long ago."""
        old = self.search(
            [("started_on", "<", retention.older_than(retention.FACTS))],
            limit=retention.LIMIT,
        )
        return retention.remove(old)
