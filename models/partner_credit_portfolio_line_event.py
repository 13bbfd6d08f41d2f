"""What the lines of portfolios show of their companies' events."""

import json

from odoo import api, fields, models
from odoo.tools import SQL

from .partner_credit_event import SENTENCE_PARTS
from .partner_credit_event_effects import last_by_file


class PartnerCreditEvent(models.Model):
    _inherit = "partner.credit.event"

    @api.model
    def _mark_lines(self, portfolio, new):
        """The companies' lines say that there is something new, and what was last."""
        last = last_by_file(new)
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
