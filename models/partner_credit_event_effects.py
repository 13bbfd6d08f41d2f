"""What new events change: the companies' values and their history.

Several events of a company may come at once, or late: the last one counts, and only
where nothing newer has been told.
"""

import json

from odoo import api, fields, models
from odoo.tools import SQL

from .partner_credit_file import COLLECTIVE_KINDS
from .partner_credit_file_display import LIMIT_ENDS, SCORE_ENDS, range_of

_RISKS = {"A": "very_low", "B": "low", "C": "moderate", "D": "high"}
_TOLD_BY_PAGE = SQL("file.updated_on > told.created_on")
# Of proceedings a portfolio's page says nothing.
_TOLD_BY_REPORT = SQL(
    """EXISTS (SELECT FROM partner_credit_report report
                WHERE report.file_id = file.id
                  AND report.facts IS NOT NULL
                  AND report.ordered_on > told.created_on)"""
)


class PartnerCreditEvent(models.Model):
    _inherit = "partner.credit.event"

    @api.model
    def _have_effects(self, source, new):
        """Tell files and history what new events say with certainty.

        :param new: the events' rows, as ``_store`` has inserted them
        """
        self._set_limits(new)
        self._set_ratings(new)
        self._set_states(new)
        self._set_privileges(new)
        self._refresh_classes(source, new)
        self._add_points(new)

    @api.model
    def _set_limits(self, new):
        """The limit; without a currency, as on pages: it is the euro or not known."""
        rows = [
            {
                **_effect(row),
                "limit": row["new_number"],
                "range": range_of(row["new_number"], LIMIT_ENDS, "more"),
            }
            for row in new
            if row["kind"] == "limit"
            and row["new_number"] is not None
            and row["new_number"] >= 0
        ]
        self._set_values(
            "limit",
            rows,
            _TOLD_BY_PAGE,
            SQL('"limit" float8, range text'),
            SQL(
                """has_credit_limit = TRUE, credit_limit = told."limit",
                   limit_range = told.range,
                   currency_id = COALESCE(
                       file.currency_id,
                       (SELECT currency_id FROM res_country country
                         WHERE country.code = file.country_code
                           AND country.currency_id = %s))""",
                self.env["partner.credit.file"]._currency("EUR").id,
            ),
        )

    @api.model
    def _set_ratings(self, new):
        """The letter where the event tells it, else the score; never one by the other.

        A letter E is left without its meaning: a company that failed and one that
        nobody rated have it both.
        """
        rows = []
        for row in new:
            score = _score(row)
            if row["kind"] == "rating" and (row["new_rating"] or score is not None):
                rows.append(
                    {
                        **_effect(row),
                        "rating": row["new_rating"],
                        "risk": _RISKS.get(row["new_rating"]),
                        "score": score,
                        "range": score is not None
                        and range_of(round(score), SCORE_ENDS, "71_100")
                        or None,
                        "day": row["happened_on"],
                    }
                )
        self._set_values(
            "rating",
            rows,
            _TOLD_BY_PAGE,
            SQL("rating text, risk text, score float8, range text, day timestamp"),
            SQL(
                """previous_rating = CASE WHEN told.rating <> file.rating
                                          THEN file.rating
                                          ELSE file.previous_rating END,
                   rating_changed_on = CASE WHEN told.rating <> file.rating
                                            THEN told.day::date
                                            ELSE file.rating_changed_on END,
                   rating = COALESCE(told.rating, file.rating),
                   risk = CASE WHEN told.rating IS DISTINCT FROM file.rating
                                AND told.rating IS NOT NULL
                               THEN told.risk ELSE file.risk END,
                   has_score = file.has_score OR told.score IS NOT NULL,
                   score = COALESCE(told.score, file.score),
                   score_range = COALESCE(told.range, file.score_range)"""
            ),
        )

    @api.model
    def _set_states(self, new):
        """Status and collective proceedings, as far as they are certain."""
        self._set_values(
            "status",
            [
                {**_effect(row), "status": row["status"]}
                for row in new
                if row["kind"] == "status" and row["status"]
            ],
            _TOLD_BY_PAGE,
            SQL("status text"),
            SQL("status = told.status"),
        )
        self._set_values(
            "proceedings",
            [
                {**_effect(row), "ruling": row["ruling"], "day": row["happened_on"]}
                for row in new
                if row["kind"] == "proceedings" and row["ruling"] in COLLECTIVE_KINDS
            ],
            _TOLD_BY_REPORT,
            SQL("ruling text, day timestamp"),
            # What policy and alerts go by; a later report makes them anew.
            SQL(
                """has_proceedings = TRUE, proceeding = told.ruling,
                   proceeding_on = told.day::date"""
            ),
        )

    @api.model
    def _set_privileges(self, new):
        """How many privileges there are, or that there are more than were counted.

        What is new is noted with its event: the alerts tell it from what a bureau
        tells for the first time, and one without a number from one that was known.
        """
        self._set_values(
            "privileges",
            [
                {
                    **_effect(row),
                    "number": row["new_number"],
                    "is_news": row["state"] == "new" and row["is_urgent"],
                }
                for row in new
                if row["kind"] == "privileges"
                and (row["new_number"] is None or row["new_number"] >= 0)
            ],
            _TOLD_BY_REPORT,
            SQL("number float8, is_news bool"),
            SQL(
                """privilege_count = COALESCE(told.number, file.privilege_count),
                   has_uncounted_privileges = told.number IS NULL,
                   privilege_event_id = CASE WHEN told.is_news THEN told.id
                                             ELSE file.privilege_event_id END,
                   privilege_told_on = CASE WHEN told.is_news THEN %s::date
                                            ELSE file.privilege_told_on END""",
                fields.Date.context_today(self),
            ),
        )

    @api.model
    def _refresh_classes(self, source, new):
        """The class that follows from ratings, of which the ORM knows nothing here."""
        rated = {row["file_id"] for row in new if row["kind"] == "rating"}
        if rated:
            self.env["partner.credit.file"]._refresh_risk_class([source.code], rated)

    @api.model
    def _set_values(self, kind, rows, is_told, columns, values):
        """Set values of files that nothing newer has told, nor a later event.

        :param is_told: SQL: whether something newer has (``file``, ``told``)
        """
        last = last_by_file(rows)
        if not last:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_file file
                   SET %(values)s, write_date = %(now)s
                  FROM json_to_recordset(%(rows)s::json) AS told(
                       id int, file_id int, created_on timestamp, %(columns)s)
                 WHERE file.id = told.file_id
                   AND (%(is_told)s) IS NOT TRUE
                   AND NOT EXISTS (
                       SELECT FROM partner_credit_event later
                        WHERE later.file_id = told.file_id
                          AND later.kind = %(kind)s
                          AND (later.created_on, later.id)
                              > (told.created_on, told.id))
                """,
                values=values,
                now=fields.Datetime.now(),
                rows=json.dumps([last[file_id] for file_id in sorted(last)]),
                is_told=is_told,
                columns=columns,
                kind=kind,
            )
        )

    @api.model
    def _add_points(self, new):
        """Points of the history, one a company and day."""
        points = {}
        for row in sorted(new, key=_moment):
            if row["happened_on"] is None:
                continue
            point = points.setdefault(
                (row["file_id"], row["happened_on"][:10]),
                {"file_id": row["file_id"], "day": row["happened_on"][:10]},
            )
            if row["kind"] == "limit" and row["new_number"] is not None:
                point["limit"] = row["new_number"]
            elif row["kind"] == "rating":
                told = {"rating": row["new_rating"], "score": _score(row)}
                point |= {
                    key: value for key, value in told.items() if value is not None
                }
        rows = [point for point in points.values() if len(point) > 2]
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO partner_credit_score AS score
                       (file_id, date, rating, has_score, score, has_limit, "limit",
                        currency_id, origin)
                SELECT told.file_id, told.day, told.rating, told.score IS NOT NULL,
                       told.score, told."limit" IS NOT NULL, told."limit",
                       file.currency_id, 'monitoring'
                  FROM json_to_recordset(%s::json) AS told(
                       file_id int, day date, rating text, score float8,
                       "limit" numeric)
                  JOIN partner_credit_file file ON file.id = told.file_id
              ORDER BY told.file_id, told.day
           ON CONFLICT (file_id, date) DO UPDATE
                   SET rating = COALESCE(EXCLUDED.rating, score.rating),
                       has_score = EXCLUDED.has_score OR score.has_score,
                       score = COALESCE(EXCLUDED.score, score.score),
                       has_limit = EXCLUDED.has_limit OR score.has_limit,
                       "limit" = COALESCE(EXCLUDED."limit", score."limit"),
                       currency_id = COALESCE(score.currency_id, EXCLUDED.currency_id)
                """,
                json.dumps(rows),
            )
        )


def _score(row):
    """The national score that an event of rating tells."""
    number = row["new_number"]
    return number if number is not None and 0 <= number <= 100 else None


def _effect(row):
    return {key: row[key] for key in ("id", "file_id", "created_on")}


def _moment(row):
    return row["created_on"] or "", row["id"]


def last_by_file(rows):
    """The last of these events of each company: ``{file's id: row}``."""
    return {row["file_id"]: row for row in sorted(rows, key=_moment)}
