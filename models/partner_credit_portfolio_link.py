"""Companies of portfolios that no partner has, and partners that wait for a company."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    def _link_files(self, pairs):
        """As before; lines that waited for a partner or a company have one now."""
        super()._link_files(pairs)
        if not pairs:
            return
        partner_ids = [partner_id for partner_id, _file_id in pairs]
        Line = self.env["partner.credit.portfolio.line"]
        Line.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_portfolio_line line
                   SET partner_id = rel.partner_id
                  FROM partner_credit_file_partner_rel rel
                 WHERE rel.partner_id = ANY(%s)
                   AND line.file_id = rel.file_id
                   AND line.partner_id IS NULL
                """,
                partner_ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_portfolio_line line
                   SET state = 'to_add', reason = NULL, next_attempt = NULL
                  FROM partner_credit_portfolio portfolio
                 WHERE portfolio.id = line.portfolio_id
                   AND portfolio.source_id = %s
                   AND line.partner_id = ANY(%s)
                   AND line.bureau_id IS NULL
                   AND line.state = 'no_identifier'
                """,
                self.id,
                partner_ids,
            )
        )
        if self.env.cr.rowcount:
            Line._trigger()
        Line.invalidate_model()


class PartnerCreditPortfolioLine(models.Model):
    _inherit = "partner.credit.portfolio.line"

    def action_link(self):
        """Search the company of this line, to link or create its partner."""
        self.ensure_one()
        self._check_may_change()
        Search = self.env["partner.credit.search"]
        country = self.env["res.country"].search([("code", "=", self.country_code)])
        number = self.file_id.siren
        wizard = Search.create(
            {
                "country_id": (country or Search._default_country()).id,
                "registration_number": number,
                "name": False if number else self.name,
                "status": False,
            }
        )
        wizard.action_search()
        return wizard._open()

    def action_find(self):
        """Search which company this line's partner is, to link them."""
        self.ensure_one()
        self._check_may_change()
        if not self.partner_id:
            raise UserError(self.env._("The partner has been deleted."))
        return self.partner_id.action_search_credit()
