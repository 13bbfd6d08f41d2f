import base64
import json
import logging
from datetime import timedelta, timezone

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.partner_company_data.connectors import errors
from odoo.addons.partner_company_data.connectors.credit import PaidAnswer

from . import credit_facts_json
from .partner_data_source_token import commit_apart

_logger = logging.getLogger(__name__)

ATTEMPTS = 5
FORGOTTEN_AFTER = timedelta(minutes=30)


class PartnerCreditReport(models.Model):
    """One report as bought: the raw answer, what it says, its PDF."""

    _name = "partner.credit.report"
    _description = "Credit Report"
    _order = "ordered_on DESC, id DESC"
    _rec_name = "file_id"

    file_id = fields.Many2one(
        "partner.credit.file", required=True, ondelete="cascade", index=True
    )
    source_id = fields.Many2one(related="file_id.source_id", store=True)
    company_id = fields.Many2one(related="file_id.company_id", store=True)
    call_id = fields.Many2one("partner.data.call", ondelete="set null", index=True)
    user_id = fields.Many2one("res.users", string="Bought by")
    ordered_on = fields.Datetime(required=True, default=fields.Datetime.now)
    raw = fields.Binary(
        string="Raw answer",
        attachment=True,
        groups="base.group_system",
        help="The bureau's answer, kept for a set time; facts can be made again of it.",
    )
    raw_type = fields.Char(groups="base.group_system")
    has_raw = fields.Boolean(string="Answer kept", compute="_compute_has_raw")
    facts = fields.Json()
    error = fields.Char(
        string="Could not be read", help="The answer is kept and can be read again."
    )
    pdf = fields.Binary(attachment=True, string="PDF report")
    pdf_name = fields.Char(compute="_compute_pdf_name")

    def _compute_has_raw(self):
        # sudo: whether there is one may be known, what it holds may not.
        found = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "raw"),
                    ("res_id", "in", self.ids),
                ]
            )
        )
        kept = set(found.mapped("res_id"))
        for report in self:
            report.has_raw = report.id in kept

    def _compute_pdf_name(self):
        for report in self:
            day = fields.Datetime.context_timestamp(report, report.ordered_on).date()
            report.pdf_name = f"{report.file_id.name} {day.isoformat()}.pdf"

    def action_read_again(self):
        """Make facts, file and history again from the kept answers; nothing is paid."""
        self.check_access("read")
        self.env["partner.data.source"]._check_may_buy()
        for report in self.sudo().sorted("ordered_on"):
            if not report.has_raw:
                raise UserError(
                    self.env._("The answer of this report is not kept any more.")
                )
            report._read()

    def _read_apart(self):
        """Read a new answer in its own transaction, and commit; never fails.

        Whatever goes wrong is noted: the answer is kept and can be read again.
        """
        self.ensure_one()
        for _attempt in range(ATTEMPTS):
            try:
                self._read()
                commit_apart(self.env)
                return
            except SerializationFailure:
                self.env.cr.rollback()
            except Exception:
                self._log_unread()
                self.env.cr.rollback()
                break
        self._note_unread()
        commit_apart(self.env)

    def _log_unread(self):
        _logger.exception("The answer of report %s could not be read", self.id)

    def _note_unread(self):
        self.error = self.env._("Something in the answer was not expected.")

    @api.model
    def _cron_read_forgotten(self):
        """Read the answers whose reading was cut off (scheduled action)."""
        before = fields.Datetime.now() - FORGOTTEN_AFTER
        for report in self.sudo().search(
            [
                ("facts", "=", False),
                ("error", "=", False),
                ("create_date", "<", before),
                ("raw", "!=", False),
            ]
        ):
            try:
                with self.env.cr.savepoint():
                    report._read()
            except SerializationFailure:
                raise
            except Exception:
                # The others are read all the same.
                report._log_unread()
                report._note_unread()
                continue
            report.source_id._link_partners(
                report.file_id.id, report.file_id.siren, report.call_id.partner_id
            )

    def _read(self):
        """Read the kept answer: facts and PDF here, values and history on the file.

        An answer that makes no sense is no error: the reason is noted.
        """
        self.ensure_one()
        report = self.sudo()
        connector = report.source_id._connector()
        answer = PaidAnswer(base64.b64decode(report.raw), report.raw_type or "")
        try:
            read = connector.read_report(answer)
        except errors.ServiceError as error:
            report.error = report.source_id._error_sentence(error)
            return
        vals = {"error": False}
        if read.pdf:
            vals["pdf"] = base64.b64encode(read.pdf)
        if read.ordered_at:
            vals["ordered_on"] = read.ordered_at.astimezone(timezone.utc).replace(
                tzinfo=None, microsecond=0
            )
        if read.facts:
            vals["facts"] = credit_facts_json.dump(read.facts)
        if read.pdf and read.raw:
            # The PDF is kept once.
            vals["raw"] = base64.b64encode(json.dumps(read.raw).encode())
        report.write(vals)
        if read.facts:
            report.file_id._apply_report(report, read.facts)
            self.env["partner.credit.alert"]._look_soon()
