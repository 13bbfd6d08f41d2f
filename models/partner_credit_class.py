"""One scale of risk for all bureaus: class 1 (safest) to 5, from editable thresholds.

Each bureau's own value stays beside it. A company that is not rated or that failed
has no class but a state: neither is a number. What the thresholds don't cover, and
those that nobody has confirmed, give no class at all.
"""

from collections import defaultdict
from functools import cache
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from .partner_credit_file import RATINGS

RISK_CLASSES = [
    ("1", "1 – Very low risk"),
    ("2", "2 – Low risk"),
    ("3", "3 – Moderate risk"),
    ("4", "4 – High risk"),
    ("5", "5 – Very high risk"),
]
RISK_STATES = [
    ("rated", "Rated"),
    ("not_rated", "Not rated"),
    ("failing", "Failing"),
]
# Sources that are no bureaus.
REGISTERS = {"opendatasoft", "recherche_entreprises"}
# Classes that two bureaus may lie apart before it is worth a look.
DISAGREEMENT = 2
# What of a threshold may be tried before it is written.
TRIED = {"score_from", "risk_class", "is_confirmed"}


class BureauValue(NamedTuple):
    """What a bureau says of a company, as far as it decides on its class.

    ``score`` is in percent of the bureau's scale, ``None`` when it told none.
    """

    source_code: str
    country_code: str | None = None
    rating: str | None = None
    score: float | None = None
    bureau_class: str | None = None
    risk: str | None = None


class Criterion(NamedTuple):
    """What of a bureau's scale means which class, as a threshold's record says it."""

    bureau_class: str
    rating: str
    has_score: bool
    score_from: float
    country_code: str
    risk_class: str
    is_confirmed: bool

    def covers(self, value):
        return (
            (not self.country_code or self.country_code == value.country_code)
            and (not self.bureau_class or self.bureau_class == value.bureau_class)
            and (not self.rating or self.rating == value.rating)
            and (
                not self.has_score
                or (value.score is not None and self.score_from <= value.score)
            )
            # A score alone says nothing of a company whose letter says another thing.
            and (self.rating or self.bureau_class or value.rating != "E")
        )

    @property
    def precision(self):
        """The bureau's own class counts before its letter, that before a score."""
        return (
            bool(self.bureau_class),
            bool(self.rating),
            self.has_score,
            bool(self.country_code),
            self.score_from,
        )


class PartnerCreditClassThreshold(models.Model):
    """What of a bureau's scale means which class; the most specific one counts."""

    _name = "partner.credit.class.threshold"
    _description = "Threshold of a Risk Class"
    _order = "source_code, bureau_class, rating, has_score, score_from DESC, id"

    source_code = fields.Selection(
        "_selection_source_code", string="Source", required=True, default="creditsafe"
    )
    bureau_class = fields.Char(
        string="Bureau's class",
        help="Class that the bureau gives itself. D&B: 1 to 5 for its failure score, "
        "R1 to R4 for its risk indicator.",
    )
    rating = fields.Selection(RATINGS[:4], help="Empty: whatever the rating is.")
    has_score = fields.Boolean(string="By score")
    score_from = fields.Float(
        string="Score from",
        digits=(6, 1),
        aggregator=None,
        help="In percent of the bureau's scale, up to where the next threshold begins.",
    )
    country_code = fields.Char(
        string="Country", size=2, help="Empty: companies of every country."
    )
    risk_class = fields.Selection(RISK_CLASSES, string="Risk class", required=True)
    is_confirmed = fields.Boolean(
        string="Confirmed",
        help="What is not confirmed gives no class: check it against the guide of "
        "your contract first.",
    )
    note = fields.Char(string="Origin", help="Where this threshold comes from.")

    @api.model
    def _selection_source_code(self):
        codes = (
            self.env["partner.data.source"]
            ._fields["code"]
            ._description_selection(self.env)
        )
        return [(code, name) for code, name in codes if code not in REGISTERS]

    @api.constrains("bureau_class", "rating", "has_score", "score_from", "risk_class")
    def _check_criterion(self):
        for threshold in self:
            if not (threshold.bureau_class or threshold.rating or threshold.has_score):
                raise ValidationError(
                    self.env._(
                        "A threshold needs the bureau's class, a rating or a score."
                    )
                )
            if threshold.has_score and not 0 <= threshold.score_from <= 100:
                raise ValidationError(threshold._score_sentence())

    @api.model_create_multi
    def create(self, vals_list):
        thresholds = super().create(vals_list)
        thresholds._refresh_files(set(thresholds.mapped("source_code")))
        return thresholds

    def write(self, vals):
        codes = set(self.mapped("source_code"))
        result = super().write(vals)
        self._refresh_files(codes | set(self.mapped("source_code")))
        return result

    def unlink(self):
        codes = set(self.mapped("source_code"))
        result = super().unlink()
        self._refresh_files(codes)
        return result

    def action_confirm(self):
        self.is_confirmed = True

    def _refresh_files(self, codes):
        """Bring the files of these bureaus in line with their thresholds."""
        # sudo: a threshold holds for the files of all companies.
        self.env["partner.credit.file"].sudo()._refresh_risk_class(codes)

    @api.model
    def _classifier(self, changes=None):
        """A function that tells class and state of a :class:`BureauValue`.

        It has read all thresholds: call it as often as there are values.

        :param changes: ``{threshold's id: values}`` that are tried, not written
        """
        criteria = defaultdict(list)
        # A dozen of them.
        for threshold in self.sudo().search([]):  # pylint: disable=no-search-all
            tried = (changes or {}).get(threshold.id, {})
            threshold._check_tried(tried)
            criteria[threshold.source_code].append(
                Criterion(
                    *(tried.get(name, threshold[name]) for name in Criterion._fields)
                )
            )
        for found in criteria.values():
            found.sort(key=lambda criterion: criterion.precision, reverse=True)

        @cache
        def classify(value):
            if value.risk in ("failing", "not_rated"):
                return None, value.risk
            best = next(
                (
                    criterion
                    for criterion in criteria[value.source_code]
                    if criterion.covers(value)
                ),
                None,
            )
            if best is None or not best.is_confirmed:
                return None, None
            return best.risk_class, "rated"

        return classify

    def _check_tried(self, values):
        unknown = set(values) - TRIED
        if unknown:
            raise UserError(
                self.env._("These can't be tried: %s", ", ".join(sorted(unknown)))
            )
        if not 0 <= values.get("score_from", 0) <= 100:
            raise ValidationError(self._score_sentence())

    def _score_sentence(self):
        return self.env._("A score is given in percent: from 0 to 100.")

    def _words(self):
        """What of a bureau's scale this threshold is about, in words."""
        self.ensure_one()

        def label(name):
            return self._fields[name]._description_string(self.env)

        parts = [
            f"{label(name)} {self[name]}"
            for name in ("bureau_class", "rating")
            if self[name]
        ]
        if self.country_code:
            parts.append(self.country_code)
        if self.has_score:
            parts.append(label("score_from"))
        return " · ".join(parts)


class PartnerCreditFile(models.Model):
    """The common class of a company, beside the bureau's own value."""

    _inherit = "partner.credit.file"

    bureau_class = fields.Char(
        string="Bureau's class", help="The class that the bureau itself gives."
    )
    risk_class = fields.Selection(
        RISK_CLASSES,
        string="Risk class",
        compute="_compute_risk_class",
        store=True,
        index="btree_not_null",
    )
    risk_state = fields.Selection(
        RISK_STATES,
        compute="_compute_risk_class",
        store=True,
        help="Empty: what the bureau says is covered by no confirmed threshold.",
    )
    bureaus_disagree = fields.Boolean(
        string="Bureaus disagree",
        compute="_compute_bureaus_disagree",
        search="_search_bureaus_disagree",
        help="Another bureau's class of this company lies two or more apart.",
    )

    @api.depends(
        "source_id.code",
        "country_code",
        "rating",
        "has_score",
        "score",
        "score_max",
        "bureau_class",
        "risk",
    )
    def _compute_risk_class(self):
        classify = self.env["partner.credit.class.threshold"]._classifier()
        for file in self:
            file.risk_class, file.risk_state = classify(
                BureauValue(
                    file.sudo().source_id.code,
                    file.country_code,
                    file.rating,
                    _percent(file.has_score, file.score, file.score_max),
                    file.bureau_class,
                    file.risk,
                )
            )

    @api.model
    def _refresh_risk_class(self, source_codes, file_ids=None):
        """Set class and state of all files of these sources, where they differ.

        Files with the same values are looked at once, and written together.

        :param file_ids: only these files, whose values were written without the ORM
        """
        self.env["partner.data.source"].flush_model(["code"])
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT source.code, file.country_code, file.rating, file.has_score,
                       file.score, file.score_max, file.bureau_class, file.risk,
                       array_agg(file.id)
                  FROM partner_credit_file file
                  JOIN partner_data_source source ON source.id = file.source_id
                 WHERE source.code = ANY(%s) %s
              GROUP BY source.code, file.country_code, file.rating, file.has_score,
                       file.score, file.score_max, file.bureau_class, file.risk
                """,
                list(source_codes),
                SQL()
                if file_ids is None
                else SQL("AND file.id = ANY(%s)", list(file_ids)),
            )
        )
        rows = self.env.cr.fetchall()
        if not rows:
            return
        classify = self.env["partner.credit.class.threshold"]._classifier()
        ids_of = defaultdict(list)
        for code, country, rating, has_score, score, score_max, own, risk, ids in rows:
            value = BureauValue(
                code, country, rating, _percent(has_score, score, score_max), own, risk
            )
            ids_of[classify(value)] += ids
        outcomes = [
            SQL("SELECT unnest(%s) AS id, %s AS risk_class, %s AS state", ids, *outcome)
            for outcome, ids in ids_of.items()
        ]
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_file AS file
                   SET risk_class = new.risk_class, risk_state = new.state
                  FROM (%s) AS new
                 WHERE file.id = new.id
                   AND (file.risk_class, file.risk_state)
                       IS DISTINCT FROM (new.risk_class, new.state)
                """,
                SQL(" UNION ALL ").join(outcomes),
            )
        )
        self.invalidate_model(["risk_class", "risk_state", "bureaus_disagree"])

    # === Bureaus that disagree === #

    @api.depends("risk_class", "risk_state", "siren", "company_id")
    def _compute_bureaus_disagree(self):
        self.bureaus_disagree = False
        sirens = {file.siren for file in self if file.siren}
        if not sirens:
            return
        self.env.cr.execute(self._query_disagreement(SQL("siren = ANY(%s)", [*sirens])))
        found = {row[0] for row in self.env.cr.fetchall()}
        for file in self:
            file.bureaus_disagree = file.id in found

    def _search_bureaus_disagree(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("id", "in", self._query_disagreement(SQL("siren IS NOT NULL")))]

    def _query_disagreement(self, condition):
        """Ids of the files of companies whose bureaus' classes lie far apart.

        A company that failed for one of them lies beyond every class.
        """
        self.flush_model(["siren", "company_id", "risk_class", "risk_state"])
        return SQL(
            """(
            SELECT id
              FROM (SELECT id,
                           MAX(place) OVER company - MIN(place) OVER company AS apart
                      FROM (SELECT id, siren, company_id,
                                   CASE WHEN risk_state = 'failing' THEN 6
                                        ELSE risk_class::int END AS place
                              FROM partner_credit_file
                             WHERE %s
                               AND (risk_class IS NOT NULL OR risk_state = 'failing')
                           ) AS ranked
                    WINDOW company AS (PARTITION BY siren, company_id)
                   ) AS compared
             WHERE apart >= %s
            )""",
            condition,
            DISAGREEMENT,
        )


def _percent(has_score, score, score_max):
    return 100 * score / score_max if has_score and score_max else None
