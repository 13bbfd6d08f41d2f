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
from .partner_credit_event import KINDS

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
            self._have_effects(portfolio.source_id, new)
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
            # An event may be older than the identifier: it changes none.
            files |= self._files_of_same_company(source, missing)
            missing = {one: missing[one] for one in missing if one not in files}
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
    def _files_of_same_company(self, source, missing):
        """The only files with these SIRENs, whose second number is not another one."""
        self.env.cr.execute(
            SQL(
                """
                SELECT siren, country_code, MIN(id), MIN(bureau_number)
                  FROM partner_credit_file
                 WHERE source_id = %s AND siren = ANY(%s)
              GROUP BY siren, country_code HAVING COUNT(*) = 1
                """,
                source.id,
                [event.siren for event in missing.values() if event.siren],
            )
        )
        known = {
            (siren, country): (file_id, number)
            for siren, country, file_id, number in self.env.cr.fetchall()
        }
        files = {}
        for company, event in missing.items():
            file_id, number = known.get((event.siren, event.country_code), (None, None))
            if file_id and not (number and event.bureau_number):
                files[company] = file_id
        return files

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


_KIND_NAMES = frozenset(dict(KINDS))


def _value(name):
    """A column's value; the letter of before where the event tells none."""
    if name == "old_rating":
        return SQL(
            "COALESCE(told.old_rating, CASE "
            "WHEN told.kind <> 'rating' THEN NULL "
            "WHEN file.rating_changed_on >= told.happened_on::date "
            "THEN file.previous_rating "
            "WHEN file.updated_on <= told.created_on THEN file.rating END)"
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


def _naive(moment):
    return moment and moment.astimezone(timezone.utc).replace(tzinfo=None)


def _text(moment):
    return moment and fields.Datetime.to_string(moment)
