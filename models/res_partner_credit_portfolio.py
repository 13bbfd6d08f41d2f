from odoo import fields, models

from .res_partner_credit import READ_BAND


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_portfolio_ids = fields.Many2many(
        "partner.credit.portfolio",
        string="Creditsafe portfolios",
        compute="_compute_credit_portfolio_ids",
        groups=READ_BAND,
    )

    def _compute_credit_portfolio_ids(self):
        """Portfolios in which the company is, or is about to be."""
        companies = self.commercial_partner_id
        # sudo: rights on portfolios are those on the field, and they are looked up.
        lines = (
            self.env["partner.credit.portfolio.line"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.env.company.id),
                    ("state", "!=", "error"),
                    "|",
                    ("partner_id", "in", companies.ids),
                    ("file_id", "in", companies.sudo().credit_file_ids.ids),
                ]
            )
        )
        for partner in self:
            company = partner.commercial_partner_id
            files = company.sudo().credit_file_ids
            partner.credit_portfolio_ids = lines.filtered(
                lambda line, company=company, files=files: (
                    line.partner_id == company or line.file_id & files
                )
            ).portfolio_id
