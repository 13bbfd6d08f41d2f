from odoo import api, fields, models
from odoo.tools import SQL

from . import retention


class PartnerCreditWatch(models.Model):
    """A customer's facts as the alerts saw them: a row for each day with a change."""

    _name = "partner.credit.watch"
    _description = "Facts Seen by the Alerts"
    _order = "date DESC, id DESC"
    _log_access = False

    unit = fields.Integer(
        required=True, help="The SIREN, or the partner's id below zero."
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    date = fields.Date(required=True)
    facts = fields.Json(groups="base.group_system")

    _unit_date_uniq = models.UniqueIndex(
        "(company_id, unit, date)", "A customer's facts are kept once a day."
    )

    @api.model
    def _changed(self, company, limit):
        """Customers whose facts are not those that were seen last.

        :param company: a company that is no branch
        :return: rows of unit, partner's id, facts now, facts seen last (or ``None``)
        """
        self.flush_model()
        self.env["partner.credit.assessment"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT assessment.unit, assessment.partner_id, assessment.facts,
                       seen.facts
                  FROM partner_credit_assessment assessment
             LEFT JOIN LATERAL (
                       SELECT watch.facts
                         FROM partner_credit_watch watch
                        WHERE watch.company_id = assessment.company_id
                          AND watch.unit = assessment.unit
                     ORDER BY watch.date DESC
                        LIMIT 1) seen ON TRUE
                 WHERE assessment.company_id = %s
                   AND assessment.facts IS DISTINCT FROM seen.facts
              ORDER BY assessment.id
                 LIMIT %s
                """,
                company.id,
                limit,
            )
        )

    @api.model
    def _history(self, company, units, since):
        """Facts seen of these units: from ``since`` on, and the last ones before.

        :return: ``{unit: [(day, facts), …]}``, the latest last
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT watch.unit, watch.date, watch.facts
                  FROM partner_credit_watch watch
                 WHERE watch.company_id = %(company)s
                   AND watch.unit = ANY(%(units)s)
                   AND watch.date >= COALESCE(
                       (SELECT MAX(earlier.date)
                          FROM partner_credit_watch earlier
                         WHERE earlier.company_id = watch.company_id
                           AND earlier.unit = watch.unit
                           AND earlier.date <= %(since)s),
                       %(since)s)
              ORDER BY watch.date
                """,
                company=company.id,
                units=list(units),
                since=since,
            )
        )
        history = {}
        for unit, day, facts in rows:
            history.setdefault(unit, []).append((day, facts))
        return history

    @api.model
    def _see(self, company, units=None):
        """Keep the facts of these units (of all by default) as seen today."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO partner_credit_watch (unit, company_id, date, facts)
                SELECT unit, company_id, %(today)s, facts
                  FROM partner_credit_assessment
                 WHERE company_id = %(company)s %(of_units)s
           ON CONFLICT (company_id, unit, date) DO UPDATE SET facts = EXCLUDED.facts
                """,
                today=fields.Date.context_today(self),
                company=company.id,
                of_units=SQL()
                if units is None
                else SQL("AND unit = ANY(%s)", list(units)),
            )
        )
        self.invalidate_model()

    @api.autovacuum
    def _gc_old(self):
        """Take away what was seen long ago."""
        old = self.search(
            [("date", "<", retention.older_than(retention.FACTS))],
            limit=retention.LIMIT,
        )
        return retention.remove(old)
