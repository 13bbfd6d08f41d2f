from odoo import api, fields, models

from .credit_facts import compared
from .open_records import open_records


class PartnerCreditReport(models.Model):
    _inherit = "partner.credit.report"

    previous_id = fields.Many2one(
        "partner.credit.report",
        string="Previous report",
        compute="_compute_previous_id",
    )
    previous_ordered_on = fields.Datetime(
        string="Previous report of", compute="_compute_previous_id"
    )
    facts_compared = fields.Json(compute="_compute_facts_compared")
    has_pdf = fields.Boolean(
        string="PDF", compute="_compute_has_pdf", search="_search_has_pdf"
    )

    @api.depends("file_id.report_ids.ordered_on")
    def _compute_previous_id(self):
        for report in self:
            before = report.file_id.report_ids.filtered(
                lambda other, report=report: (
                    other.ordered_on and other.ordered_on < report.ordered_on
                )
            )
            report.previous_id = before.sorted("ordered_on")[-1:]
            report.previous_ordered_on = report.previous_id.ordered_on

    @api.depends("facts", "file_id.report_ids.facts")
    @api.depends_context("lang")
    def _compute_facts_compared(self):
        """Sections of facts beside the previous report's, see :func:`compared`."""
        for report in self:
            report.facts_compared = compared(
                self.env, report.facts, report.previous_id.facts
            )

    def action_open_previous(self):
        self.ensure_one()
        return open_records(self.previous_id)

    def _pdf_attachments(self):
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "pdf"),
                    ("res_id", "in", self.ids) if self else ("res_id", "!=", 0),
                ]
            )
        )

    @api.depends("pdf")
    def _compute_has_pdf(self):
        with_pdf = set(self._pdf_attachments().mapped("res_id"))
        for report in self:
            report.has_pdf = report.id in with_pdf

    def _search_has_pdf(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("id", "in", self.browse()._pdf_attachments().mapped("res_id"))]
