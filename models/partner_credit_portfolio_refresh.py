"""What a portfolio's pages tell of its companies now, stored a page at a time.

A page holds up to a thousand companies. It takes the same few statements whatever
their number, and writes only what changed.
"""

import json
from datetime import timedelta, timezone

from odoo import fields, models
from odoo.tools import SQL

from .partner_credit_file import RATINGS, risk_of
from .partner_credit_file_display import LIMIT_ENDS, SCORE_ENDS, range_of
from .partner_data_source_purchase import IDENTITY

# Values seen again keep their file young; there is no need to say so at each look.
CONFIRM_AFTER = timedelta(days=1)
LETTERS = frozenset(dict(RATINGS))


class PartnerCreditPortfolio(models.Model):
    _inherit = "partner.credit.portfolio"

    def _refresh_companies(self, page_items):
        """Take over what a page of the portfolio tells: files, history, lines.

        A value that is not told never erases one that is known. New companies get a
        file and a line; files whose rating, score or limit changed get a point in
        their history.

        :param page_items: iterable of ``connectors.credit_monitoring.PortfolioCompany``
        :return: set of the bureau ids of the page
        """
        self.ensure_one()
        self.env.flush_all()
        rows = self._rows_told(page_items)
        if rows:
            self.env["partner.credit.file"]._take_over_identifiers(
                self.source_id,
                [{name: row[name] for name in IDENTITY} for row in rows.values()],
            )
            told = _told(rows.values())
            written = self._store_values(told)
            if written:
                self.env["partner.credit.file"]._refresh_risk_class(
                    [self.source_id.code], written
                )
            self._store_lines(told)
            if self.state == "active":
                self._mark_told_monitored(list(rows))
            for model in ("file", "score", "portfolio.line"):
                self.env[f"partner.credit.{model}"].invalidate_model()
        return set(rows)

    def _rows_told(self, items):
        """What is stored of each company, by its bureau id."""
        items = list(items)
        ids = self._ids_by_number(
            [item.bureau_number for item in items if not item.bureau_id]
        )
        rows = {}
        for item in items:
            bureau_id = item.bureau_id or ids.get(
                item.bureau_number, item.bureau_number
            )
            if bureau_id:
                rows[bureau_id] = _row(bureau_id, item)
        return rows

    def _ids_by_number(self, numbers):
        """Bureau ids of the files that have these Safe Numbers."""
        if not numbers:
            return {}
        return {
            number: bureau_id
            for number, bureau_id in self.env.execute_query(
                SQL(
                    """
                    SELECT bureau_number, bureau_id FROM partner_credit_file
                     WHERE source_id = %s AND bureau_number = ANY(%s)
                    """,
                    self.source_id.id,
                    numbers,
                )
            )
        }

    def _store_values(self, told):
        """Write the files whose values changed, make the missing ones, add points.

        A letter that changed takes the old letter's score, risk and words with it
        when the page does not tell new ones. Pages tell limits without a currency:
        where the company's country has the euro it can be no other; elsewhere it
        stays unknown until a report tells it.

        :return: ids of the files written
        """
        now = fields.Datetime.now()
        euro = self.env["partner.credit.file"]._currency("EUR")
        self.env.cr.execute(
            SQL(
                """
  WITH told AS (SELECT * FROM %(told)s),
       euro AS (SELECT code, currency_id FROM res_country WHERE currency_id = %(euro)s),
       new AS (
    SELECT file.id,
           COALESCE(told.rating, file.rating) AS rating,
           COALESCE(told.risk, CASE WHEN NOT is_moved THEN file.risk END) AS risk,
           CASE WHEN NOT is_moved THEN file.rating_description END AS description,
           CASE WHEN is_moved AND file.rating IS NOT NULL
                THEN file.rating ELSE file.previous_rating END AS previous_rating,
           CASE WHEN is_moved AND file.rating IS NOT NULL
                THEN %(today)s ELSE file.rating_changed_on END AS changed_on,
           told.score IS NOT NULL OR (file.has_score IS TRUE AND NOT is_lost)
               AS has_score,
           COALESCE(told.score, CASE WHEN is_lost THEN 0 ELSE file.score END) AS score,
           CASE WHEN told.score IS NULL THEN file.score_max ELSE 100 END AS score_max,
           COALESCE(told.score_range,
                    CASE WHEN NOT is_lost THEN file.score_range END) AS score_range,
           told."limit" IS NOT NULL OR file.has_credit_limit IS TRUE AS has_limit,
           COALESCE(told."limit", file.credit_limit) AS credit_limit,
           COALESCE(told.limit_range, file.limit_range) AS limit_range,
           COALESCE(file.currency_id,
                    CASE WHEN told."limit" IS NOT NULL THEN euro.currency_id END)
               AS currency_id,
           COALESCE(told.status, file.status) AS status,
           COALESCE(told.bureau_number, file.bureau_number) AS bureau_number,
           COALESCE(file.siren, told.siren) AS siren,
           COALESCE(file.country_code, told.country_code) AS country_code,
           COALESCE(told.rating, told.score::text, told."limit"::text) IS NOT NULL
               AS is_told
      FROM told
      JOIN partner_credit_file file
        ON file.source_id = %(source)s AND file.bureau_id = told.bureau_id
 LEFT JOIN euro ON euro.code = COALESCE(file.country_code, told.country_code)
CROSS JOIN LATERAL (SELECT told.rating IS NOT NULL
                       AND told.rating IS DISTINCT FROM file.rating AS is_moved) move
CROSS JOIN LATERAL (SELECT told.score IS NULL
                       AND (told.is_gap OR is_moved) AS is_lost) loss),
       changed AS (
    UPDATE partner_credit_file file
       SET rating = new.rating,
           risk = new.risk,
           rating_description = new.description,
           previous_rating = new.previous_rating,
           rating_changed_on = new.changed_on,
           has_score = new.has_score,
           score = new.score,
           score_max = new.score_max,
           score_range = new.score_range,
           has_credit_limit = new.has_limit,
           credit_limit = new.credit_limit,
           limit_range = new.limit_range,
           currency_id = new.currency_id,
           status = new.status,
           bureau_number = new.bureau_number,
           siren = new.siren,
           country_code = new.country_code,
           updated_on = CASE WHEN new.is_told THEN %(now)s ELSE file.updated_on END,
           write_date = %(now)s,
           write_uid = %(uid)s
      FROM new
      JOIN partner_credit_file old ON old.id = new.id
     WHERE file.id = new.id
       AND ((new.rating, new.risk, new.has_score, new.has_limit, new.status,
             new.bureau_number, new.siren, new.country_code)
            IS DISTINCT FROM
            (old.rating, old.risk, old.has_score IS TRUE,
             old.has_credit_limit IS TRUE, old.status, old.bureau_number,
             old.siren, old.country_code)
         OR (new.has_score AND new.score IS DISTINCT FROM old.score)
         OR (new.has_limit AND new.credit_limit IS DISTINCT FROM old.credit_limit)
         OR (new.is_told
             AND (old.updated_on IS NULL OR old.updated_on < %(confirm_before)s)))
 RETURNING file.id, file.rating, file.has_score, file.score, file.has_credit_limit,
           file.credit_limit, file.currency_id,
           file.rating IS DISTINCT FROM old.rating
               OR file.has_score IS DISTINCT FROM (old.has_score IS TRUE)
               OR (file.has_score AND file.score IS DISTINCT FROM old.score)
               OR file.has_credit_limit
                      IS DISTINCT FROM (old.has_credit_limit IS TRUE)
               OR (file.has_credit_limit
                   AND file.credit_limit IS DISTINCT FROM old.credit_limit) AS is_new),
       made AS (
    INSERT INTO partner_credit_file
           (source_id, company_id, bureau_id, bureau_number, siren, name, country_code,
            rating, risk, has_score, score, score_max, score_range, has_credit_limit,
            credit_limit, limit_range, currency_id, status, updated_on,
            create_uid, create_date, write_uid, write_date)
    SELECT %(source)s, %(company)s, bureau_id, bureau_number, siren,
           COALESCE(name, bureau_id), country_code, rating, risk,
           score IS NOT NULL, COALESCE(score, 0), 100, score_range,
           "limit" IS NOT NULL, COALESCE("limit", 0), limit_range,
           CASE WHEN "limit" IS NOT NULL THEN euro.currency_id END, status,
           CASE WHEN COALESCE(rating, score::text, "limit"::text) IS NOT NULL
                THEN %(now)s::timestamp END,
           %(uid)s, %(now)s, %(uid)s, %(now)s
      FROM told
 LEFT JOIN euro ON euro.code = told.country_code
     WHERE NOT EXISTS (SELECT FROM partner_credit_file file
                        WHERE file.source_id = %(source)s
                          AND file.bureau_id = told.bureau_id)
        ON CONFLICT DO NOTHING
 RETURNING id, rating, has_score, score, has_credit_limit, credit_limit, currency_id,
           TRUE AS is_new),
       seen AS (SELECT * FROM changed UNION ALL SELECT * FROM made),
       added AS (
    INSERT INTO partner_credit_score AS point
           (file_id, date, rating, has_score, score, has_limit, "limit",
            currency_id, origin)
    SELECT id, %(today)s, rating, has_score, CASE WHEN has_score THEN score END,
           has_credit_limit, CASE WHEN has_credit_limit THEN credit_limit END,
           currency_id, 'monitoring'
      FROM seen
     WHERE is_new AND (rating IS NOT NULL OR has_score OR has_credit_limit)
        ON CONFLICT (file_id, date) DO UPDATE
       SET rating = EXCLUDED.rating,
           has_score = EXCLUDED.has_score,
           score = EXCLUDED.score,
           has_limit = EXCLUDED.has_limit,
           "limit" = EXCLUDED."limit",
           currency_id = COALESCE(EXCLUDED.currency_id, point.currency_id),
           origin = EXCLUDED.origin)
SELECT id FROM seen
                """,
                told=told,
                source=self.source_id.id,
                company=self.company_id.id,
                uid=self.env.uid,
                euro=euro.id,
                now=now,
                today=now.date(),
                confirm_before=now - CONFIRM_AFTER,
            ),
            log_exceptions=False,
        )
        return [file_id for (file_id,) in self.env.cr.fetchall()]

    def _store_lines(self, told):
        """Have a line for each company of the page, and each line say it is there.

        What people asked for stays: a company to be removed, an event to be seen.
        """
        self.env.cr.execute(
            SQL(
                """
  WITH told AS (
    SELECT told.*, file.id AS file_id
      FROM %(told)s
      JOIN partner_credit_file file
        ON file.source_id = %(source)s AND file.bureau_id = told.bureau_id),
       new AS (
    SELECT line.id,
           line.bureau_id,
           told.file_id,
           COALESCE(told.name, line.name) AS name,
           COALESCE(told.bureau_number, line.bureau_number) AS bureau_number,
           COALESCE(told.country_code, line.country_code) AS country_code,
           COALESCE(told.personal_reference, line.personal_reference) AS reference,
           GREATEST(told.last_event_on, line.last_event_on) AS last_event_on,
           CASE WHEN is_done THEN 'up_to_date' ELSE line.state END AS state,
           CASE WHEN NOT is_done THEN line.reason END AS reason
      FROM told
      JOIN partner_credit_portfolio_line line
        ON line.portfolio_id = %(portfolio)s AND line.bureau_id = told.bureau_id
CROSS JOIN LATERAL (
    SELECT line.state IN ('to_add', 'no_identifier')
           OR (line.state = 'error' AND line.is_there IS NOT TRUE) AS is_done) step),
       changed AS (
    UPDATE partner_credit_portfolio_line line
       SET file_id = new.file_id,
           name = new.name,
           bureau_number = new.bureau_number,
           country_code = new.country_code,
           personal_reference = new.reference,
           last_event_on = new.last_event_on,
           state = new.state,
           reason = new.reason,
           is_there = TRUE,
           write_date = %(now)s,
           write_uid = %(uid)s
      FROM new
     WHERE line.id = new.id
       AND (line.file_id, line.name, line.bureau_number, line.country_code,
            line.personal_reference, line.last_event_on, line.state, line.reason,
            line.is_there)
           IS DISTINCT FROM
           (new.file_id, new.name, new.bureau_number, new.country_code,
            new.reference, new.last_event_on, new.state, new.reason, TRUE))
INSERT INTO partner_credit_portfolio_line
       (portfolio_id, company_id, file_id, bureau_id, bureau_number, name,
        country_code, personal_reference, last_event_on, state, is_there,
        create_uid, create_date, write_uid, write_date)
SELECT %(portfolio)s, %(company)s, file_id, bureau_id, bureau_number, name,
       country_code, personal_reference, last_event_on, 'up_to_date', TRUE,
       %(uid)s, %(now)s, %(uid)s, %(now)s
  FROM told
 WHERE NOT EXISTS (SELECT FROM new WHERE new.bureau_id = told.bureau_id)
    ON CONFLICT DO NOTHING
                """,
                told=told,
                portfolio=self.id,
                source=self.source_id.id,
                company=self.company_id.id,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            ),
            log_exceptions=False,
        )

    def _mark_told_monitored(self, bureau_ids):
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_file SET is_monitored = TRUE
                 WHERE source_id = %s AND bureau_id = ANY(%s)
                   AND is_monitored IS NOT TRUE
                """,
                self.source_id.id,
                bureau_ids,
            ),
            log_exceptions=False,
        )


def _row(bureau_id, item):
    """What is stored of a monitored company, as text and numbers."""
    score = None if item.score is None else round(item.score, 1)
    return {
        "bureau_id": bureau_id,
        "bureau_number": item.bureau_number,
        "siren": item.siren,
        "name": item.name,
        "country_code": item.country_code,
        "rating": item.rating if item.rating in LETTERS else None,
        "risk": _risk_told(item),
        "is_gap": item.is_rated is False,
        "score": score,
        "score_range": (
            None if score is None else range_of(round(score), SCORE_ENDS, "71_100")
        ),
        "limit": item.limit,
        "limit_range": (
            None if item.limit is None else range_of(item.limit, LIMIT_ENDS, "more")
        ),
        "status": item.status,
        "last_event_on": _naive(item.last_event_at),
        "personal_reference": item.personal_reference,
    }


def _risk_told(item):
    """What the letter means; an E of which nobody says why means nothing."""
    if item.rating == "E" and item.is_failing is None:
        return None
    return risk_of(item)


def _naive(moment):
    if moment is None:
        return None
    return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat()


def _told(rows):
    """SQL: the rows as a table ``told``."""
    return SQL(
        """json_to_recordset(%s::json) AS told(
               bureau_id text, bureau_number text, siren text, name text,
               country_code text, rating text, risk text, is_gap boolean,
               score numeric, score_range text, "limit" numeric, limit_range text,
               status text, last_event_on timestamp, personal_reference text)""",
        json.dumps(list(rows)),
    )
