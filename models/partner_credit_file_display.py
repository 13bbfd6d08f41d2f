from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import formatLang

from .credit_facts import CreditFactsWords
from .res_partner_credit import READ_REPORTS

SCORE_RANGES = [
    ("0_20", "0 to 20"),
    ("21_29", "21 to 29"),
    ("30_50", "30 to 50"),
    ("51_70", "51 to 70"),
    ("71_100", "71 to 100"),
]
# Upper ends, of a score in percent of its scale.
SCORE_ENDS = ((20, "0_20"), (29, "21_29"), (50, "30_50"), (70, "51_70"))
LIMIT_RANGES = [
    ("0", "No credit"),
    ("10k", "Up to 10,000"),
    ("100k", "Up to 100,000"),
    ("1m", "Up to 1,000,000"),
    ("more", "Above 1,000,000"),
]
LIMIT_ENDS = ((0, "0"), (10_000, "10k"), (100_000, "100k"), (1_000_000, "1m"))


class PartnerCreditFile(models.Model):
    """What screens show of a credit file: its history, its facts in words, its age."""

    _inherit = "partner.credit.file"

    bureau_name = fields.Char(related="source_id.name", string="Credit bureau")
    facts = fields.Json(groups=READ_REPORTS)
    facts_display = fields.Json(compute="_compute_facts_display", groups=READ_REPORTS)
    limit_name = fields.Char(compute="_compute_limit_name")
    probability_words = fields.Char(
        string="Probability of default over 12 months",
        compute="_compute_probability_words",
        help="As the bureau gives it; it does not say on which scale.",
    )
    history = fields.Json(string="Drawn history", compute="_compute_history")
    is_old = fields.Boolean(
        string="Old data", compute="_compute_is_old", search="_search_is_old"
    )
    score_range = fields.Selection(
        SCORE_RANGES, compute="_compute_score_range", store=True
    )
    limit_range = fields.Selection(
        LIMIT_RANGES,
        string="Limit range",
        compute="_compute_limit_range",
        store=True,
    )
    report_count = fields.Integer(
        compute="_compute_report_count", string="Reports", groups=READ_REPORTS
    )

    @api.depends("facts")
    @api.depends_context("lang")
    def _compute_facts_display(self):
        """Sections of rows in words, see :mod:`.credit_facts`."""
        for file in self:
            file.facts_display = CreditFactsWords(
                self.env, file.sudo().facts
            ).sections()

    @api.depends("source_id.code")
    @api.depends_context("lang")
    def _compute_limit_name(self):
        for file in self:
            # sudo: how a bureau calls its limit is no secret of its account.
            source = file.sudo().source_id
            file.limit_name = source and source._bureau_words()["limit"]

    @api.depends("probability_of_default")
    @api.depends_context("lang")
    def _compute_probability_words(self):
        for file in self:
            file.probability_words = _as_written(self.env, file.probability_of_default)

    @api.depends("report_ids")
    def _compute_report_count(self):
        for file in self:
            file.report_count = len(file.report_ids)

    @api.depends("updated_on", "source_id.old_after_days")
    def _compute_is_old(self):
        now = fields.Datetime.now()
        for file in self:
            days = file.sudo().source_id.old_after_days
            file.is_old = bool(
                days and file.updated_on and file.updated_on < now - timedelta(days)
            )

    def _search_is_old(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        sources = (
            self.env["partner.data.source"].sudo().search([("kind", "=", "credit")])
        )
        return Domain.OR(
            Domain("source_id", "=", source.id)
            & Domain("updated_on", "<", now - timedelta(source.old_after_days))
            for source in sources
            if source.old_after_days
        )

    @api.depends("has_score", "score", "score_max")
    def _compute_score_range(self):
        for file in self:
            file.score_range = file.has_score and range_of(
                round(100 * file.score / (file.score_max or 100)), SCORE_ENDS, "71_100"
            )

    @api.depends("has_credit_limit", "credit_limit")
    def _compute_limit_range(self):
        for file in self:
            file.limit_range = file.has_credit_limit and range_of(
                file.credit_limit, LIMIT_ENDS, "more"
            )

    @api.depends(
        "score_ids.rating",
        "score_ids.score",
        "score_ids.limit",
        "report_ids.ordered_on",
        "event_ids",
        "siren",
    )
    @api.depends_context("lang")
    def _compute_history(self):
        """One series a bureau's file of the same company: what the charts draw.

        ``source``, ``color`` (a number), ``scale`` (lowest and highest score),
        ``currency`` (id or false),
        ``points`` (``date``, ``rating``, ``score`` and ``limit``, null where the
        company was not rated or has no limit, ``origin``), oldest first, and ``marks``
        (``date``, ``kind``, of events also ``severity`` and ``label``) for reports
        and events.
        """
        self.score_ids.fetch(
            ["date", "rating", "has_score", "score", "has_limit", "limit", "origin"]
        )
        for file in self:
            files = file._same_company()
            # The same colour for a bureau, whichever comes first.
            colors = files.sorted(lambda file: file.sudo().source_id._rank()).ids
            file.history = [
                other._history_series() | {"color": colors.index(other.id)}
                for other in files
            ]

    def _same_company(self):
        """This file, then other bureaus' of the same company in the same firm."""
        self.ensure_one()
        is_same = Domain("partner_ids", "in", self.sudo().partner_ids.ids)
        if self.siren:
            is_same |= Domain("siren", "=", self.siren)
        others = self.search(
            is_same
            & Domain("company_id", "=", self.company_id.id)
            & Domain("source_id", "!=", self.source_id.id)
        )
        return self | others

    def _history_series(self):
        self.ensure_one()
        points = [
            {
                "date": fields.Date.to_string(point.date),
                "rating": point.rating,
                "score": point.score if point.has_score else None,
                "limit": point.limit if point.has_limit else None,
                "origin": point.origin,
            }
            for point in self.score_ids.sorted("date")
        ]
        return {
            "source": self.sudo().source_id.display_name,
            "scale": [0, self.score_max],
            "currency": self.currency_id.id,
            "points": points,
            "marks": self._history_marks(),
        }

    def _history_marks(self):
        """Days worth a mark on the charts, oldest first."""
        self.ensure_one()
        reports = [
            {"date": fields.Date.to_string(report.ordered_on), "kind": "report"}
            for report in self.sudo().report_ids
        ]
        return sorted([*reports, *self._event_marks()], key=lambda mark: mark["date"])

    def action_open_reports(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "partner.credit.report",
            "view_mode": "list,form",
            "domain": [("file_id", "=", self.id)],
            "name": self.env._("Reports bought"),
        }

    def action_open_history(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "partner.credit.score",
            "view_mode": "list,graph,pivot",
            "domain": [("file_id", "=", self.id)],
            "name": self.env._("Rating history"),
        }


def _as_written(env, text):
    """A number with the reader's signs, and all the decimals that were told."""
    try:
        number = float(text or "")
    except ValueError:
        return text
    _whole, _point, decimals = text.partition(".")
    return formatLang(env, number, digits=len(decimals.rstrip("0")))


def range_of(value, ends, above):
    return next((key for end, key in ends if value <= end), above)
