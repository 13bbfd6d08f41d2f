"""A bureau's file that somebody uploads: read, looked at, then stored as a whole.

What a row says replaces what the file said before, column by column: what has no column
is left alone. The same file again changes nothing.
"""

import base64
import hashlib
import json
from contextlib import contextmanager
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from odoo.addons.partner_company_data.connectors import errors
from odoo.addons.partner_company_data.connectors.altares_file import FileRow
from odoo.addons.partner_company_data.connectors.credit import ScorePoint

from . import credit_facts_json
from .notification import notification

CHUNK = 1000
ISSUES_KEPT = 5000

# What of a credit file a column tells.
_VALUES = {
    "name": ("name",),
    "credit_limit": ("has_credit_limit", "credit_limit", "currency_id"),
    "score": ("has_score", "score", "score_max", "risk"),
    "score_20": ("has_score_20", "score_20"),
    "risk_label": ("rating_description",),
    "paydex": ("has_paydex", "paydex"),
    "dbt": ("has_dbt", "dbt"),
    "privileges_number": (
        *("privilege_count", "has_uncounted_privileges", "has_legal_facts"),
    ),
    "privileges_amount": (
        *("has_privilege_amount", "privilege_amount", "figures_currency_id"),
    ),
    "proceedings": ("has_proceedings", "has_legal_facts", "risk"),
    "turnover": ("has_turnover", "turnover", "turnover_year", "figures_currency_id"),
    "naf": ("naf",),
    "status": ("status", "risk"),
}


class Plan(NamedTuple):
    """What an import would do: rows by what becomes of them, and what is in the way."""

    new: list
    changed: list
    unchanged: list
    issues: list
    #: Row's SIREN → what it says in Json, and the digest of that.
    told: dict
    digests: dict


class PartnerCreditImport(models.Model):
    """One file, from its upload to what it brought."""

    _name = "partner.credit.import"
    _description = "Import of a Bureau's File"
    _order = "id DESC"
    _rec_name = "filename"

    source_id = fields.Many2one(
        "partner.data.source",
        string="Account",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self._default_source(),
    )
    company_id = fields.Many2one(related="source_id.company_id", store=True)
    user_id = fields.Many2one(
        "res.users",
        string="Imported by",
        readonly=True,
        default=lambda self: self.env.user,
    )
    imported_on = fields.Datetime(string="Imported on", readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Import file"),
            ("columns", "Columns"),
            ("preview", "Preview"),
            ("done", "Imported"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    content = fields.Binary(string="Import file", attachment=True, required=True)
    filename = fields.Char()
    sheet = fields.Char(help="Of a workbook; empty for its first one.")
    column_ids = fields.One2many("partner.credit.import.column", "import_id")
    issue_ids = fields.One2many(
        "partner.credit.import.issue", "import_id", readonly=True
    )
    new_count = fields.Integer(string="New companies", readonly=True)
    changed_count = fields.Integer(string="Changed companies", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged companies", readonly=True)
    rejected_count = fields.Integer(string="Rejected rows", readonly=True)
    unread_count = fields.Integer(string="Values left out", readonly=True)
    no_partner_count = fields.Integer(
        string="SIREN without partner",
        readonly=True,
        help="Their facts are stored as well, for partners that get this SIREN.",
    )

    @api.model
    def _default_source(self):
        """The company's account that is fed by files, or else one that could be."""
        # sudo: which accounts there are may be known to whom may import.
        sources = (
            self.env["partner.data.source"]
            .sudo()
            .search([("kind", "=", "credit"), ("company_id", "=", self.env.company.id)])
        )
        sources = sources.filtered(lambda source: source._file_reader())
        return sources.sorted(
            lambda source: (source.state != "enabled", source.is_asked)
        )[:1]

    # === Steps === #

    @api.model_create_multi
    def create(self, vals_list):
        self.env["partner.data.source"]._check_may_buy()
        imports = super().create(vals_list)
        for one in imports:
            if not one.source_id.sudo()._file_reader():
                raise UserError(
                    self.env._("%s is not fed by files.", one.source_id.name)
                )
        return imports

    def action_read(self):
        """Read the head of the file: which columns there are, and what they hold."""
        self.ensure_one()
        source = self._source_in_use()
        with self._file_errors():
            layout = source._file_reader().read_layout(
                self._bytes(), self.sheet or None
            )
        remembered = source.import_mapping or {}
        names = {index: name for name, index in layout.proposed.items()}
        taken = set()
        columns = []
        for column in layout.columns:
            name = remembered.get(column.title, names.get(column.index))
            if name in taken:
                name = False
            taken.add(name)
            columns.append(
                fields.Command.create(
                    {
                        "position": column.index,
                        "title": column.title,
                        "samples": " · ".join(column.samples),
                        "field_name": name or False,
                    }
                )
            )
        self.write(
            {"column_ids": [fields.Command.clear(), *columns], "state": "columns"}
        )

    def action_preview(self):
        """Remember what the columns hold, and count what the file would bring."""
        self.ensure_one()
        source = self._source_in_use()
        source.import_mapping = (source.import_mapping or {}) | {
            column.title: column.field_name or False for column in self.column_ids
        }
        plan = self._plan()
        linked = self._partners_by_siren([*plan.digests])
        # sudo: what is in the way of an import is noted, never written by hand.
        self.sudo().write(
            {
                "state": "preview",
                "new_count": len(plan.new),
                "changed_count": len(plan.changed),
                "unchanged_count": len(plan.unchanged),
                "rejected_count": sum(issue["is_rejected"] for issue in plan.issues),
                "unread_count": sum(not issue["is_rejected"] for issue in plan.issues),
                "no_partner_count": len(plan.digests) - len(linked),
                "issue_ids": [
                    fields.Command.clear(),
                    *map(fields.Command.create, plan.issues[:ISSUES_KEPT]),
                ],
            }
        )

    def action_back(self):
        """Back to the step before."""
        self.ensure_one()
        back = {"columns": "draft", "preview": "columns"}
        if self.state in back:
            self.state = back[self.state]

    def action_import(self):
        """Store what the file says, all of it or nothing."""
        self.ensure_one()
        source = self._source_in_use()
        if self.state != "preview":
            raise UserError(self.env._("Look at the preview first."))
        plan = self._plan()
        files = self._known_files([*plan.digests])
        names = self._written_fields()
        self._write_changed(plan, files, names)
        files |= self._create_new(plan, names)
        self._add_history(plan, files)
        by_siren = {file.siren: file.id for file in files}
        source._link_files(
            [
                (partner_id, by_siren[siren])
                for siren, partner_ids in self._partners_by_siren([*by_siren]).items()
                for partner_id in partner_ids
            ]
        )
        self.write(
            {
                "state": "done",
                "imported_on": fields.Datetime.now(),
                "user_id": self.env.uid,
                "new_count": len(plan.new),
                "changed_count": len(plan.changed),
                "unchanged_count": len(plan.unchanged),
            }
        )
        return notification(
            self.env._(
                "%(new)s companies are new, %(changed)s have changed, %(unchanged)s "
                "are as before.",
                new=len(plan.new),
                changed=len(plan.changed),
                unchanged=len(plan.unchanged),
            ),
            "success",
            then={"type": "ir.actions.client", "tag": "soft_reload"},
        )

    def action_open_files(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "partner.credit.file",
            "view_mode": "list,form",
            "domain": [("source_id", "=", self.source_id.id)],
            "name": self.env._("Companies"),
        }

    def _source_in_use(self):
        self.env["partner.data.source"]._check_may_buy()
        self.check_access("write")
        # sudo: the account is the administrator's; an import may remember its columns.
        source = self.sudo().source_id
        source._check_in_use()
        return source

    # === Reading === #

    @contextmanager
    def _file_errors(self):
        try:
            yield
        except errors.ServiceError as error:
            raise UserError(self.env._("The file cannot be read: %s", error)) from error

    def _bytes(self):
        return base64.b64decode(self.with_context(bin_size=False).content)

    def _mapping(self):
        """Names of fields → places of columns; each field has one column at most."""
        mapping = {}
        for column in self.column_ids:
            if not column.field_name:
                continue
            if column.field_name in mapping:
                raise UserError(
                    self.env._(
                        "Two columns hold the same: choose one for “%s”.",
                        dict(column._selection_field_name())[column.field_name],
                    )
                )
            mapping[column.field_name] = column.position
        if "siren" not in mapping:
            raise UserError(self.env._("Say which column holds the SIREN."))
        return mapping

    def _plan(self):
        """Read the whole file and compare it with what is known."""
        source = self.sudo().source_id
        reader = source._file_reader()
        mapping = self._mapping()
        content = self._bytes()
        with self._file_errors():
            layout = reader.read_layout(content, self.sheet or None)
            rows = list(reader.read_rows(content, layout, mapping))
        known = self._known_digests()
        columns = " ".join(sorted(mapping))
        plan = Plan([], [], [], [], {}, {})
        for row in rows:
            if not isinstance(row, FileRow):
                plan.issues.append(
                    {
                        "line": row.line,
                        "reason": row.code,
                        "value": row.value,
                        "is_rejected": True,
                    }
                )
                continue
            plan.issues.extend(
                {
                    "line": row.line,
                    "reason": "unread",
                    "field_name": name,
                    "value": value,
                    "is_rejected": False,
                }
                for name, value in row.unread
            )
            plan.told[row.siren] = told = credit_facts_json.dump_told(row.facts)
            digest = _digest(told, columns)
            plan.digests[row.siren] = digest
            if row.siren not in known:
                plan.new.append(row)
            elif known[row.siren] != digest:
                plan.changed.append(row)
            else:
                plan.unchanged.append(row)
        return plan

    def _known_digests(self):
        """SIREN → digest of the last import, of all files of this source."""
        File = self.env["partner.credit.file"].sudo()
        return dict(
            File._read_group(
                [("source_id", "=", self.source_id.id), ("siren", "!=", False)],
                ["siren", "import_digest"],
            )
        )

    def _known_files(self, sirens):
        File = self.env["partner.credit.file"].sudo()
        return File.search(
            [("source_id", "=", self.source_id.id), ("siren", "in", sirens)]
        )

    def _partners_by_siren(self, sirens):
        """SIREN → ids of its commercial entities in this company."""
        Partner = self.env["res.partner"]
        Partner.flush_model(["l10n_fr_siren", "company_id", "commercial_partner_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT l10n_fr_siren, array_agg(id)
                  FROM res_partner
                 WHERE l10n_fr_siren = ANY(%s)
                   AND id = commercial_partner_id
                   AND (company_id IS NULL OR company_id = %s)
              GROUP BY l10n_fr_siren
                """,
                sirens,
                self.company_id.id,
            )
        )
        return dict(rows)

    # === Storing === #

    def _written_fields(self):
        """Fields of a credit file that this file's columns tell."""
        return {name for column in self._mapping() for name in _VALUES.get(column, ())}

    def _write_changed(self, plan, files, names):
        """Values of the files whose rows say something else now."""
        by_siren = {file.siren: file for file in files}
        for row in plan.changed:
            file = by_siren[row.siren]
            vals = self._row_vals(row, plan, names)
            vals["facts"] = (file.facts or {}) | vals["facts"]
            file.write(vals)

    def _create_new(self, plan, names):
        File = self.env["partner.credit.file"].sudo()
        created = File
        for rows in split_every(CHUNK, plan.new):
            created |= File.create(
                [
                    {
                        "name": row.siren,
                        "source_id": self.source_id.id,
                        "bureau_id": row.siren,
                        "siren": row.siren,
                        "country_code": "FR",
                        **self._row_vals(row, plan, names),
                    }
                    for row in rows
                ]
            )
        return created

    def _row_vals(self, row, plan, names):
        """What this row tells of its company, and when it was told."""
        values = self.env["partner.credit.file"].sudo()._facts_vals(row.facts)
        return {
            **{name: value for name, value in values.items() if name in names},
            "facts": plan.told[row.siren],
            "import_digest": plan.digests[row.siren],
            "updated_on": fields.Datetime.now(),
        }

    def _add_history(self, plan, files):
        """A point for each row that is new or changed: its own day's, else today's."""
        by_siren = {file.siren: file.id for file in files}
        today = fields.Date.context_today(self)
        points = []
        for row in (*plan.new, *plan.changed):
            point = _point(row.facts, today)
            if point:
                points.append((by_siren[row.siren], point))
        self.env["partner.credit.file"].sudo()._store_points_of(points, "import")


class PartnerCreditFile(models.Model):
    _inherit = "partner.credit.file"

    import_digest = fields.Char(
        size=40, copy=False, help="Of what the last imported file said."
    )


def _digest(told, columns):
    """What recognises that a row says the same as before, of the same columns."""
    text = f"{columns} {json.dumps(told, sort_keys=True)}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _point(facts, today):
    """What the row adds to the history, or ``None``."""
    history = facts.score_history
    values = {
        "score": facts.score,
        "limit": facts.credit_limit,
        "paydex": facts.payment.paydex,
        "delay": facts.payment.dbt,
    }
    if all(value is None for value in values.values()):
        return None
    return ScorePoint(
        date=history[0].date if history else today,
        currency=facts.credit_limit_currency,
        is_rated=facts.is_rated,
        **values,
    )
