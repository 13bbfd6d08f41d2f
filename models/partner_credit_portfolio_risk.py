from odoo import api, fields, models
from odoo.tools import SQL


class PartnerCreditPortfolio(models.Model):
    _inherit = "partner.credit.portfolio"

    risk_summary = fields.Json(
        compute="_compute_risk_summary",
        help="How many monitored companies have which rating: list of rating, risk "
        "and count, the safest first.",
    )

    @api.depends(
        "line_ids.file_id.rating", "line_ids.file_id.risk", "line_ids.is_there"
    )
    def _compute_risk_summary(self):
        self.env["partner.credit.portfolio.line"].flush_model()
        self.env["partner.credit.file"].flush_model(["rating", "risk"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.portfolio_id, file.rating,
                       CASE WHEN file.rating = 'E' THEN file.risk END AS risk, COUNT(*)
                  FROM partner_credit_portfolio_line line
                  JOIN partner_credit_file file ON file.id = line.file_id
                 WHERE line.portfolio_id = ANY(%s) AND line.is_there
              GROUP BY 1, 2, 3
              ORDER BY file.rating NULLS LAST, risk
                """,
                self.ids,
            )
        )
        counts = {}
        for portfolio_id, rating, risk, count in rows:
            counts.setdefault(portfolio_id, []).append(
                {"rating": rating or False, "risk": risk or False, "count": count}
            )
        for portfolio in self:
            portfolio.risk_summary = counts.get(portfolio.id, [])
