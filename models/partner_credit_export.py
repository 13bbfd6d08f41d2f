import base64
import csv
import io

from odoo import fields, models
from odoo.exceptions import AccessError

from .partner_credit_decision import MANAGER

# What concerns the record, not the company or person.
_LEFT_OUT = {"id", "display_name", "create_uid", "write_uid", "__last_update"}
_LEFT_OUT_TYPES = {"one2many", "many2many", "binary", "html"}


class ResPartner(models.Model):
    """What is kept of a company or person, for whoever asks for it."""

    _inherit = "res.partner"

    def action_export_credit_data(self):
        """A file with everything kept from outside about this customer."""
        self.ensure_one()
        export = self.env["partner.credit.export"].create(
            {"partner_id": self.commercial_partner_id.id}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Export this person's data"),
            "res_model": export._name,
            "res_id": export.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _credit_data_rows(self):
        """Rows of what is kept: source, date, subject, value.

        A register's answer, bureaus' files with their facts and history, reports,
        the policy's assessment and decisions. Secrets and raw answers are not in it.
        """
        self.ensure_one()
        partner = self.sudo()
        rows = []
        link = partner.registry_link_id
        if link.file_id:
            rows += self._record_rows(
                link.source_id.name, link.file_id.changed_on, link.file_id
            )
        files = partner.credit_file_ids.filtered(
            lambda file: file.company_id in self.env.companies
        )
        for file in files:
            source = file.source_id.name
            rows += self._record_rows(source, file.updated_on, file)
            rows += [
                (
                    source,
                    point.date,
                    self.env._("History of the rating"),
                    _joined(
                        point.rating,
                        point.has_score and point.score,
                        point.has_limit and point.limit,
                    ),
                )
                for point in file.score_ids
            ]
            rows += [
                (
                    source,
                    report.ordered_on,
                    self.env._("Report bought"),
                    report.user_id.name if "user_id" in report else "",
                )
                for report in file.report_ids
            ]
        assessment = self.env["partner.credit.assessment"]._of(self, self.env.company)
        for kept in assessment.values():
            rows += self._record_rows(
                self.env._("Credit policy"), kept.computed_on, kept
            )
        decisions = partner.env["partner.credit.decision"].search(
            [
                *partner._credit_decisions_domain(),
                ("company_id", "in", self.env.companies.root_id.ids),
            ]
        )
        for decision in decisions:
            rows += self._record_rows(
                self.env._("Credit decision"),
                decision.decided_on or decision.create_date,
                decision,
            )
        return rows

    def _record_rows(self, source, moment, record):
        rows = []
        for name, field in record._fields.items():
            if name in _LEFT_OUT or field.type in _LEFT_OUT_TYPES:
                continue
            if field.groups == "base.group_system" or not (
                field.store or name == "reason_text"
            ):
                continue
            value = record[name]
            if value or value == 0 and field.type not in ("boolean",):
                label = field._description_string(self.env)
                rows += [
                    (source, moment, _joined(label, *path), text)
                    for path, text in _leaves(field, value, record)
                ]
        return rows


class PartnerCreditExport(models.TransientModel):
    """The file for a person who wants to know what is kept."""

    _name = "partner.credit.export"
    _description = "Export of a Person's Data"

    partner_id = fields.Many2one("res.partner", required=True, readonly=True)
    filename = fields.Char(compute="_compute_content")
    content = fields.Binary(compute="_compute_content", string="File")

    def _compute_content(self):
        for export in self:
            if not self.env.user.has_group(MANAGER):
                raise AccessError(
                    self.env._("Exporting a customer's data needs the right “Decide”.")
                )
            partner = export.partner_id
            partner.check_access("read")
            out = io.StringIO()
            writer = csv.writer(out, delimiter=";")
            writer.writerow(
                [
                    self.env._("Source"),
                    self.env._("Date"),
                    self.env._("Subject"),
                    self.env._("Value"),
                ]
            )
            for source, moment, subject, value in partner._credit_data_rows():
                writer.writerow(
                    _safe(cell) for cell in (source, moment or "", subject, value)
                )
            # Spreadsheets read UTF-8 where a mark says so.
            export.content = base64.b64encode(out.getvalue().encode("utf-8-sig"))
            export.filename = f"{partner.l10n_fr_siren or partner.id}.csv"


def _joined(*parts):
    return " · ".join(str(part) for part in parts if part or part == 0)


def _safe(cell):
    """A text that no spreadsheet takes for a formula."""
    text = str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _leaves(field, value, record):
    """Pairs of path and text, several where the value is JSON."""
    if field.type == "json":
        yield from _json_leaves(value, ())
    elif field.type == "many2one":
        yield (), value.display_name
    elif field.type == "selection":
        words = dict(field._description_selection(record.env))
        yield (), words.get(value, value)
    else:
        yield (), str(value)


def _json_leaves(value, path):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _json_leaves(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _json_leaves(item, (*path, number))
    elif value not in (None, "", False):
        yield path, str(value)
