"""A page of events into the database: the same few statements whatever its length.

Only events that are new here change anything: the company's values where the event
tells them with certainty, its history, and its line in the portfolio. All of it is in
one transaction with the event itself: there is no event without its effects.
"""

import json
from datetime import timezone

from odoo import api, fields, models
from odoo.tools import SQL

from .credit_event_severity import EventParts, is_urgent, severity_of
from .partner_credit_event import KINDS, SENTENCE_PARTS
from .partner_credit_file import COLLECTIVE_KINDS
from .partner_credit_file_display import LIMIT_ENDS, SCORE_ENDS, range_of

_RISKS = {"A": "very_low", "B": "low", "C": "moderate", "D": "high"}
_COLUMNS = {
    "source_id": "int",
    "company_id": "int",
    "bureau_event_id": "text",
    "file_id": "int",
    "portfolio_id": "int",
    "kind": "text",
    "rule_code": "int",
    "rule_name": "text",
    "old_value": "text",
    "new_value": "text",
    "has_old_number": "bool",
    "old_number": "float8",
    "has_new_number": "bool",
    "new_number": "float8",
    "old_rating": "text",
    "new_rating": "text",
    "status": "text",
    "ruling": "text",
    "happened_on": "timestamp",
    "created_on": "timestamp",
    "severity": "text",
    "state": "text",
    "is_model_change": "bool",
    "is_urgent": "bool",
    "is_pending": "bool",
}


class PartnerCreditEvent(models.Model):
    _inherit = "partner.credit.event"

    @api.model
    def _store(self, portfolio, events, news_since):
        """Store the events of a page that are not here yet, with their effects.

        Never commits. Repeating it, with the same page or an overlapping one, does
        nothing.

        :param portfolio: ``partner.credit.portfolio`` that was asked
        :param events: ``connectors.credit_monitoring.MonitoringEvent``
        :param news_since: nobody is told of those that the bureau learnt of before
            (naive UTC)
        :return: how many were new
        """
        events = {event.id: event for event in events}
        events = [events[number] for number in sorted(events)]
        self.env.flush_all()
        events = self._unknown(portfolio, events)
        files = self._files_of(portfolio.source_id, events)
        rows = [
            self._row(portfolio, event, files[_company_of(event)], news_since)
            for event in events
            if _company_of(event) in files
        ]
        new = self._insert(rows)
        if new:
            self._set_limits(new)
            self._set_ratings(new)
            self._set_states(new)
            self._refresh_classes(portfolio.source_id, new)
            self._add_points(new)
            self._mark_lines(portfolio, new)
        self.env.invalidate_all()
        return len(new)

    @api.model
    def _unknown(self, portfolio, events):
        """Those that are not here as far as this transaction sees."""
        self.env.cr.execute(
            SQL(
                """
                SELECT bureau_event_id FROM partner_credit_event
                 WHERE source_id = %s AND bureau_event_id = ANY(%s)
                """,
                portfolio.source_id.id,
                [str(event.id) for event in events],
            )
        )
        known = {number for (number,) in self.env.cr.fetchall()}
        return [event for event in events if str(event.id) not in known]

    # === The companies === #

    @api.model
    def _files_of(self, source, events):
        """Ids of the companies' files; made of what the events tell when missing.

        :return: ``{(bureau id, bureau number): id}``
        """
        companies = {}
        for event in events:
            if any(_company_of(event)):
                companies[_company_of(event)] = event
        files = self._known_files(source, companies)
        missing = {
            company: event
            for company, event in companies.items()
            if company not in files and event.bureau_id
        }
        if missing:
            self._make_files(source, missing.values())
            files |= self._known_files(source, missing)
        return files

    @api.model
    def _known_files(self, source, companies):
        ids = [bureau_id for bureau_id, _number in companies if bureau_id]
        numbers = [number for _bureau_id, number in companies if number]
        self.env.cr.execute(
            SQL(
                """
                SELECT id, bureau_id, bureau_number FROM partner_credit_file
                 WHERE source_id = %(source)s AND bureau_id = ANY(%(ids)s)
                 UNION
                SELECT id, bureau_id, bureau_number FROM partner_credit_file
                 WHERE source_id = %(source)s AND bureau_number = ANY(%(numbers)s)
                """,
                source=source.id,
                ids=ids,
                numbers=numbers,
            )
        )
        by_id, by_number = {}, {}
        for file_id, bureau_id, number in self.env.cr.fetchall():
            by_id[bureau_id] = file_id
            if number:
                by_number[number] = file_id
        found = {
            # A company that moved has another identifier, and the same number.
            company: by_id.get(company[0]) or by_number.get(company[1])
            for company in companies
        }
        return {company: file_id for company, file_id in found.items() if file_id}

    @api.model
    def _make_files(self, source, events):
        rows = {
            event.bureau_id: {
                "source_id": source.id,
                "company_id": source.company_id.id,
                "bureau_id": event.bureau_id,
                "bureau_number": event.bureau_number,
                "siren": event.siren,
                "country_code": event.country_code,
                "name": event.company_name or event.bureau_id,
            }
            for event in events
        }
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO partner_credit_file
                       (source_id, company_id, bureau_id, bureau_number, siren,
                        country_code, name, score_max, create_uid, create_date,
                        write_uid, write_date)
                SELECT told.*, 100, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM json_to_recordset(%(rows)s::json) AS told(
                       source_id int, company_id int, bureau_id text,
                       bureau_number text, siren text, country_code text, name text)
              ORDER BY bureau_id
           ON CONFLICT (source_id, bureau_id) DO NOTHING
             RETURNING id, siren
                """,
                rows=json.dumps(list(rows.values())),
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        self._link_partners(source, self.env.cr.fetchall())

    @api.model
    def _link_partners(self, source, made):
        """Have the partners of these legal units share their new files.

        :param made: ``(file id, siren)``
        """
        sirens = {siren: file_id for file_id, siren in made if siren}
        if not sirens:
            return
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT id, l10n_fr_siren FROM res_partner
                 WHERE l10n_fr_siren = ANY(%s)
                   AND id = commercial_partner_id
                   AND (company_id IS NULL OR company_id = %s)
                """,
                list(sirens),
                source.company_id.id,
            )
        )
        source._link_files([(partner_id, sirens[siren]) for partner_id, siren in rows])

    # === The events === #

    @api.model
    def _row(self, portfolio, event, file_id, news_since):
        parts = _parts(event)
        kind = event.kind if event.kind in _KIND_NAMES else "other"
        old, new = event.old_number, event.new_number
        created = _naive(event.created_at)
        is_news = created is None or created >= news_since
        return {
            "source_id": portfolio.source_id.id,
            "company_id": portfolio.company_id.id or None,
            "bureau_event_id": str(event.id),
            "file_id": file_id,
            "portfolio_id": portfolio.id,
            "kind": kind,
            "rule_code": event.rule_code,
            "rule_name": event.rule_name,
            "old_value": event.old_value,
            "new_value": event.new_value,
            "has_old_number": old is not None,
            "old_number": old,
            "has_new_number": new is not None,
            "new_number": new,
            "old_rating": event.old_rating,
            "new_rating": event.new_rating,
            "status": event.new_status,
            "ruling": event.ruling,
            "happened_on": _text(_naive(event.happened_at) or created),
            "created_on": _text(created),
            "severity": severity_of(parts),
            "state": "new" if is_news else "seen",
            "is_model_change": False,
            "is_urgent": is_urgent(parts),
            "is_pending": is_news and (is_urgent(parts) or kind in ("rating", "limit")),
        }

    @api.model
    def _insert(self, rows):
        """Insert these; those of them that were not here, with their ``id``.

        An event of rating without a letter gets the company's letter of before: what it
        is afterwards, only the portfolio's page tells.
        """
        if not rows:
            return []
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO partner_credit_event (%(columns)s)
                SELECT %(values)s
                  FROM json_to_recordset(%(rows)s::json) AS told(%(types)s)
                  JOIN partner_credit_file file ON file.id = told.file_id
              ORDER BY told.bureau_event_id
           ON CONFLICT (source_id, bureau_event_id) DO NOTHING
             RETURNING id, bureau_event_id
                """,
                columns=SQL(", ").join(map(SQL.identifier, _COLUMNS)),
                values=SQL(", ").join(map(_value, _COLUMNS)),
                rows=json.dumps(rows),
                types=SQL(", ").join(
                    SQL("%s %s", SQL.identifier(name), SQL(kind))
                    for name, kind in _COLUMNS.items()
                ),
            )
        )
        ids = {number: id_ for id_, number in self.env.cr.fetchall()}
        return [
            {**row, "id": ids[row["bureau_event_id"]]}
            for row in rows
            if row["bureau_event_id"] in ids
        ]

    # === Their effects === #

    @api.model
    def _set_limits(self, new):
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
            SQL('"limit" float8, range text'),
            SQL(
                """has_credit_limit = TRUE, credit_limit = told."limit",
                   limit_range = told.range"""
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
            SQL("ruling text, day timestamp"),
            # What policy and alerts go by; a later report makes them anew.
            SQL(
                """has_proceedings = TRUE, proceeding = told.ruling,
                   proceeding_on = told.day::date"""
            ),
        )

    @api.model
    def _refresh_classes(self, source, new):
        """The class that follows from ratings, of which the ORM knows nothing here."""
        rated = {row["file_id"] for row in new if row["kind"] == "rating"}
        if rated:
            self.env["partner.credit.file"]._refresh_risk_class([source.code], rated)

    @api.model
    def _set_values(self, kind, rows, columns, values):
        """Set values of files that nothing newer has told: no page, no later event."""
        last = {}
        for row in sorted(rows, key=_moment):
            last[row["file_id"]] = row
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
                   AND (file.updated_on IS NULL OR file.updated_on <= told.created_on)
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

    @api.model
    def _mark_lines(self, portfolio, new):
        """The companies' lines say that there is something new, and what was last."""
        last = {}
        for row in sorted(new, key=_moment):
            last[row["file_id"]] = row
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_portfolio_line line
                   SET last_event_on = told.happened_on
                  FROM json_to_recordset(%(rows)s::json) AS told(
                       file_id int, happened_on timestamp)
                 WHERE line.portfolio_id = %(portfolio)s
                   AND line.file_id = told.file_id
                   AND told.happened_on > COALESCE(line.last_event_on, '-infinity')
                """,
                rows=json.dumps(
                    [
                        {key: row[key] for key in ("file_id", "happened_on")}
                        for row in last.values()
                    ]
                ),
                portfolio=portfolio.id,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_portfolio_line
                   SET state = 'new_event'
                 WHERE portfolio_id = %s AND file_id = ANY(%s) AND state = 'up_to_date'
                """,
                portfolio.id,
                [row["file_id"] for row in new if row["state"] == "new"],
            )
        )

    def _quiet_lines(self):
        """Lines all of whose events somebody has seen have nothing new any more."""
        if not self:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_portfolio_line line
                   SET state = 'up_to_date'
                 WHERE line.portfolio_id = ANY(%s)
                   AND line.file_id = ANY(%s)
                   AND line.state = 'new_event'
                   AND NOT EXISTS (
                       SELECT FROM partner_credit_event event
                        WHERE event.portfolio_id = line.portfolio_id
                          AND event.file_id = line.file_id
                          AND event.state = 'new')
                """,
                self.portfolio_id.ids,
                self.file_id.ids,
            )
        )
        self.env["partner.credit.portfolio.line"].invalidate_model(["state"])


class PartnerCreditPortfolioLine(models.Model):
    _inherit = "partner.credit.portfolio.line"

    last_event = fields.Char(compute="_compute_last_event")

    @api.depends("file_id", "portfolio_id")
    @api.depends_context("lang")
    def _compute_last_event(self):
        Event = self.env["partner.credit.event"]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id, (SELECT event.id FROM partner_credit_event event
                                  WHERE event.file_id = line.file_id
                                    AND event.portfolio_id = line.portfolio_id
                               ORDER BY event.happened_on DESC NULLS LAST, id DESC
                                  LIMIT 1)
                  FROM partner_credit_portfolio_line line
                 WHERE line.id = ANY(%s)
                """,
                self.ids,
            )
        )
        last = {line_id: Event.browse(event_id) for line_id, event_id in rows}
        Event.concat(*last.values()).fetch(SENTENCE_PARTS)
        for line in self:
            line.last_event = last.get(line.id, Event).sentence


_KIND_NAMES = frozenset(dict(KINDS))


def _value(name):
    """A column's value; the letter of before where the event tells none."""
    if name == "old_rating":
        return SQL(
            "COALESCE(told.old_rating, "
            "CASE WHEN told.kind = 'rating' AND file.updated_on <= told.created_on "
            "THEN file.rating END)"
        )
    return SQL("told.%s", SQL.identifier(name))


def _company_of(event):
    return event.bureau_id, event.bureau_number


def _parts(event):
    """A connector's event as its severity is judged by."""
    is_rating = event.kind == "rating"
    return EventParts(
        kind=event.kind,
        old=event.old_score if is_rating else event.old_number,
        new=event.new_score if is_rating else event.new_number,
        old_rating=event.old_rating,
        new_rating=event.new_rating,
        status=event.new_status,
        ruling=event.ruling,
    )


def _score(row):
    """The national score that an event of rating tells."""
    number = row["new_number"]
    return number if number is not None and 0 <= number <= 100 else None


def _effect(row):
    return {key: row[key] for key in ("id", "file_id", "created_on")}


def _moment(row):
    return row["created_on"] or "", row["id"]


def _naive(moment):
    return moment and moment.astimezone(timezone.utc).replace(tzinfo=None)


def _text(moment):
    return moment and fields.Datetime.to_string(moment)
