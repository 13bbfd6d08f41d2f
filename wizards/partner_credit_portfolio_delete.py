from odoo import api, fields, models


class PartnerCreditPortfolioDelete(models.TransientModel):
    """Where to delete portfolios."""

    _name = "partner.credit.portfolio.delete"
    _description = "Delete Creditsafe Portfolios"

    portfolio_ids = fields.Many2many("partner.credit.portfolio", required=True)
    where = fields.Selection(
        [("odoo", "In Odoo only"), ("both", "At Creditsafe too")],
        required=True,
        default="odoo",
    )
    company_count = fields.Integer(
        string="Companies that would not be monitored any more",
        compute="_compute_company_count",
    )
    is_any_there = fields.Boolean(compute="_compute_company_count")

    @api.depends("portfolio_ids")
    def _compute_company_count(self):
        for wizard in self:
            there = wizard.portfolio_ids._deletable_there()
            wizard.is_any_there = bool(there)
            wizard.company_count = self.env[
                "partner.credit.portfolio.line"
            ].search_count([("portfolio_id", "in", there.ids), ("is_there", "=", True)])

    def action_confirm(self):
        """Delete; the way back leads to the list."""
        self.ensure_one()
        self.env["partner.data.source"]._check_may_buy()
        portfolios = self.portfolio_ids
        portfolios.check_access("unlink")
        if self.where == "both":
            portfolios._delete_remote()
        portfolios.unlink()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "partner_company_data.partner_credit_portfolio_action"
        )
        return action | {"target": "main"}
