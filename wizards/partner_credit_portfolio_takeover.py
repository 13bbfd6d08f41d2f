from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.partner_company_data.models.open_records import open_records


class PartnerCreditPortfolioTakeover(models.TransientModel):
    """Portfolios that there are at the bureau, to be taken over as they are."""

    _name = "partner.credit.portfolio.takeover"
    _description = "Take over Creditsafe Portfolios"

    source_id = fields.Many2one(
        "partner.data.source", required=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Associated user",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    line_ids = fields.One2many(
        "partner.credit.portfolio.takeover.line", "wizard_id", string="Portfolios"
    )

    @api.model
    def _start(self, source):
        """The dialog with what the bureau lists now."""
        with source._service_errors(), source._open_connector() as connector:
            found = connector.portfolios()
        here = {
            portfolio.bureau_id: portfolio
            for portfolio in self.env["partner.credit.portfolio"]
            .sudo()
            .search([("source_id", "=", source.id), ("bureau_id", "!=", False)])
        }
        wizard = self.create(
            {
                "source_id": source.id,
                "line_ids": [
                    Command.create(
                        {
                            "bureau_id": str(one.id),
                            "name": one.name or str(one.id),
                            "is_foreign": one.is_foreign,
                            "is_shared": bool(one.is_shared),
                            "portfolio_id": here.get(str(one.id), self.browse()).id,
                        }
                    )
                    for one in found
                ],
            }
        )
        return open_records(
            wizard, name=self.env._("Take over from Creditsafe"), target="new"
        )

    def action_take_over(self):
        """Make the ticked ones here, with their companies and their rules."""
        self.ensure_one()
        self.env["partner.data.source"]._check_may_buy()
        lines = self.line_ids.filtered(
            lambda line: line.is_ticked and not line.portfolio_id
        )
        if not lines:
            raise UserError(self.env._("Tick the portfolios to take over."))
        # sudo: the rights were checked, and the source is the company's own.
        Portfolio = self.env["partner.credit.portfolio"].sudo()
        portfolios = Portfolio._adopt(
            self.source_id,
            [
                {
                    "bureau_id": line.bureau_id,
                    "bureau_name": line.name,
                    "name": line.name,
                    "is_foreign": line.is_foreign,
                    "is_shared": line.is_shared,
                    "user_id": self.user_id.id,
                }
                for line in lines
            ],
        )
        return portfolios.with_env(self.env)._open_or_list()


class PartnerCreditPortfolioTakeoverLine(models.TransientModel):
    _name = "partner.credit.portfolio.takeover.line"
    _description = "Portfolio at Creditsafe"
    _order = "is_foreign, name, id"

    wizard_id = fields.Many2one(
        "partner.credit.portfolio.takeover", required=True, ondelete="cascade"
    )
    is_ticked = fields.Boolean(string="Take over")
    bureau_id = fields.Char(string="Creditsafe id", required=True, readonly=True)
    name = fields.Char(string="Creditsafe name", required=True, readonly=True)
    is_foreign = fields.Boolean(string="Shared with us", readonly=True)
    is_shared = fields.Boolean(string="Shared", readonly=True)
    portfolio_id = fields.Many2one(
        "partner.credit.portfolio",
        string="Here already",
        readonly=True,
        ondelete="set null",
    )
