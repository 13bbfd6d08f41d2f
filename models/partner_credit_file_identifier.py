"""A company that the bureau has given another identifier keeps its file.

Creditsafe's identifiers hold the SIRET: a seat that moves has another one. What must
not happen is that two companies, or two establishments that the bureau both has, become
one: where that is not certain, there are two files.
"""

import json

from odoo import api, fields, models
from odoo.tools import SQL


class PartnerCreditFile(models.Model):
    _inherit = "partner.credit.file"

    _source_number_idx = models.Index(
        "(source_id, bureau_number) WHERE bureau_number IS NOT NULL"
    )

    @api.model
    def _take_over_identifiers(self, source, companies):
        """Have files take the identifiers that the bureau gives their companies now.

        A company is the same by the bureau's second number, or by SIREN and country
        where one of both second numbers is not known and nobody monitors it under its
        old identifier. What hangs on the file stays there; portfolio lines and calls,
        by which a report is not bought twice, take the new identifier as well.

        Never waits for another worker: a file that is being worked on stays as it is.

        :param companies: dicts of ``IDENTITY``, all that a page tells: who stands
            there with both identifiers is two
        :return: how many files took another identifier
        """
        moved = self._moved_companies(source, companies)
        if not moved:
            return 0
        self.env.cr.execute(
            SQL(
                """SELECT id FROM partner_credit_file WHERE id = ANY(%s)
                      FOR UPDATE SKIP LOCKED""",
                [row["id"] for row in moved],
            )
        )
        free = {file_id for (file_id,) in self.env.cr.fetchall()}
        moved = [row for row in moved if row["id"] in free]
        rows = SQL(
            """json_to_recordset(%s::json)
               AS moved(id int, old text, new text, num text)""",
            json.dumps(moved),
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_file file
                   SET bureau_id = moved.new,
                       bureau_number = COALESCE(moved.num, file.bureau_number),
                       write_date = %s
                  FROM %s
                 WHERE file.id = moved.id
                """,
                fields.Datetime.now(),
                rows,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_portfolio_line line
                   SET bureau_id = free.new
                  FROM (
                      SELECT line.id, moved.new
                        FROM partner_credit_portfolio_line line
                        JOIN %s ON moved.id = line.file_id
                         AND moved.old = line.bureau_id
                       WHERE NOT EXISTS (
                             SELECT FROM partner_credit_portfolio_line twin
                              WHERE twin.portfolio_id = line.portfolio_id
                                AND twin.bureau_id = moved.new)
                         FOR NO KEY UPDATE OF line SKIP LOCKED
                  ) free
                 WHERE line.id = free.id
                """,
                rows,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_data_call call
                   SET bureau_id = moved.new
                  FROM %s
                 WHERE call.source_id = %s AND call.bureau_id = moved.old
                """,
                rows,
                source.id,
            )
        )
        for model in (
            "partner.credit.file",
            "partner.credit.portfolio.line",
            "partner.data.call",
        ):
            self.env[model].invalidate_model()
        return len(moved)

    @api.model
    def _moved_companies(self, source, companies):
        """Files that have another identifier than the bureau gives their company.

        :return: dicts of file's ``id``, ``old`` and ``new`` identifier, and ``num``
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH told AS MATERIALIZED (
                    SELECT *
                      FROM json_to_recordset(%(companies)s::json) AS told(
                           bureau_id text, bureau_number text, siren text,
                           country_code text)
                ), unknown AS MATERIALIZED (
                    SELECT *
                      FROM told
                     WHERE NOT EXISTS (
                           SELECT FROM partner_credit_file file
                            WHERE file.source_id = %(source)s
                              AND file.bureau_id = told.bureau_id)
                ), pair AS (
                    SELECT file.id, unknown.bureau_id
                      FROM unknown
                      JOIN partner_credit_file file
                        ON file.source_id = %(source)s
                       AND file.bureau_number = unknown.bureau_number
                     UNION
                    SELECT file.id, unknown.bureau_id
                      FROM unknown
                      JOIN partner_credit_file file
                        ON file.source_id = %(source)s
                       AND file.siren = unknown.siren
                       AND file.country_code = unknown.country_code
                       AND (file.bureau_number IS NULL
                            OR unknown.bureau_number IS NULL)
                       AND NOT EXISTS (
                           SELECT FROM partner_credit_portfolio_line line
                            WHERE line.file_id = file.id
                              AND line.bureau_id = file.bureau_id
                              AND line.is_there)
                ), certain AS (
                    SELECT *,
                           COUNT(*) OVER (PARTITION BY id) AS of_file,
                           COUNT(*) OVER (PARTITION BY bureau_id) AS of_company
                      FROM pair
                )
                SELECT file.id, file.bureau_id AS old, unknown.bureau_id AS new,
                       unknown.bureau_number AS num
                  FROM certain
                  JOIN partner_credit_file file ON file.id = certain.id
                  JOIN unknown ON unknown.bureau_id = certain.bureau_id
                 WHERE of_file = 1 AND of_company = 1
                   AND COALESCE(file.siren = unknown.siren, TRUE)
                   AND COALESCE(file.country_code = unknown.country_code, TRUE)
                   AND NOT EXISTS (SELECT FROM told
                                    WHERE told.bureau_id = file.bureau_id)
                   AND NOT EXISTS (SELECT FROM partner_data_call call
                                    WHERE call.source_id = %(source)s
                                      AND call.bureau_id = file.bureau_id
                                      AND call.state = 'pending')
              ORDER BY file.id
                """,
                companies=json.dumps(companies),
                source=source.id,
            )
        )
        return self.env.cr.dictfetchall()
