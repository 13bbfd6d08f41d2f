from datetime import datetime

from odoo import models
from odoo.tools import format_date, format_datetime
from odoo.tools.misc import formatLang

# What concerns the record, not the company or person.
_LEFT_OUT = {
    *("id", "display_name", "create_uid", "create_date", "write_uid", "write_date"),
    *("digest", "import_digest", "is_review_told", "score_max"),
}
_LEFT_OUT_TYPES = {"one2many", "many2many", "binary", "html", "json"}
# What is kept as Json, in the words that screens show.
_SECTIONS = {"facts_display", "evidence_display"}
# Fields that tell whether others are known, where that is not has_… and their name.
_KNOWN_BY = {
    "use": "has_limit",
    "suggested_limit": "has_suggestion",
    "privilege_count": "has_legal_facts",
    "judgment_count": "has_legal_facts",
}
# Numbers of which a bureau may tell some without telling of all.
_KNOWN_ABOVE_ZERO = {"privilege_count"}
# Amounts of our own, which are never unknown.
_ZERO_COUNTS = {"limit", "exposure", "volume"}


class ResPartner(models.Model):
    """What is kept of a company or person, for whoever asks for it."""

    _inherit = "res.partner"

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
        points = self.env["partner.credit.score"]._fields
        labels = {
            name: points[name]._description_string(self.env)
            for name in ("rating", "score", "limit", "paydex", "delay")
        }
        for file in files:
            source = file.source_id.name
            rows += self._record_rows(source, file.updated_on, file)
            rows += [
                (
                    source,
                    point.date,
                    _joined(self.env._("History of the rating"), label),
                    _in_words(point, point._fields[name]),
                )
                for point in file.score_ids
                for name, label in labels.items()
                if _is_known(point, name)
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
        return [
            (source, _moment(self.env, moment), subject, text)
            for source, moment, subject, text in rows
        ]

    def _record_rows(self, source, moment, record):
        rows = []
        for name, field in record._fields.items():
            if name in _LEFT_OUT or (
                field.type in _LEFT_OUT_TYPES and name not in _SECTIONS
            ):
                continue
            if name.startswith("has_") and name.removeprefix("has_") in record._fields:
                # Whether the other one is known, which its own row tells.
                continue
            if field.groups == "base.group_system" or not (
                field.store or name == "reason_text" or name in _SECTIONS
            ):
                continue
            label = field._description_string(self.env)
            if name in _SECTIONS:
                rows += [
                    (source, moment, _joined(*path), text)
                    for path, text in _section_rows(record[name] or ())
                ]
            elif _is_known(record, name):
                rows.append((source, moment, label, _in_words(record, field)))
        return rows


def _joined(*parts):
    return " · ".join(str(part) for part in parts if part not in (None, False, ""))


def _is_known(record, name):
    """Whether a field holds something: a zero may stand for what nobody told."""
    value = record[name]
    flag = _KNOWN_BY.get(name, f"has_{name}")
    if flag in record._fields and not record[flag]:
        return bool(value) and name in _KNOWN_ABOVE_ZERO
    if value or isinstance(value, bool):
        return bool(value)
    is_number = record._fields[name].type in ("integer", "float", "monetary")
    return is_number and (name in _ZERO_COUNTS or flag in record._fields)


def _in_words(record, field):
    """A field's value as the reader writes it."""
    env = record.env
    value = record[field.name]
    if field.type == "many2one":
        return value.display_name
    if field.type == "selection":
        return dict(field._description_selection(env)).get(value, value)
    if field.type == "boolean":
        return env._("Yes")
    if field.type in ("date", "datetime"):
        return _moment(env, value)
    if field.type in ("float", "monetary"):
        return _number(env, value)
    return str(value)


def _number(env, value):
    digits = 0 if float(value).is_integer() else 2
    return formatLang(env, value, digits=digits, grouping=False)


def _moment(env, value):
    if isinstance(value, datetime):
        return format_datetime(env, value, dt_format="short")
    return format_date(env, value) if value else ""


def _section_rows(sections):
    """Pairs of path and text of what a screen shows in sections."""
    for section in sections:
        columns = section.get("columns") or ()
        for row in section["rows"]:
            for number, text in enumerate(row["values"]):
                column = columns[number] if number < len(columns) else ""
                if text:
                    yield (section["title"], row["label"], column), text
