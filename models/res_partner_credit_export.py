from odoo import models

# What concerns the record, not the company or person.
_LEFT_OUT = {"id", "display_name", "create_uid", "write_uid", "__last_update"}
_LEFT_OUT_TYPES = {"one2many", "many2many", "binary", "html"}


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


def _joined(*parts):
    return " · ".join(str(part) for part in parts if part or part == 0)


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
