"""Lists of companies that the bureau watches, as people here know them."""

from odoo import api, fields, models
from odoo.tools import SQL

# What is not watched here any more is not shown as monitored either.
_MONITORED = SQL(
    """EXISTS (SELECT FROM partner_credit_portfolio_line line
                 JOIN partner_credit_portfolio portfolio
                   ON portfolio.id = line.portfolio_id
                WHERE line.file_id = file.id
                  AND line.is_there
                  AND portfolio.state = 'active')"""
)


class PartnerCreditPortfolio(models.Model):
    """A monitoring portfolio: companies whose changes the bureau tells."""

    _name = "partner.credit.portfolio"
    _description = "Creditsafe Portfolio"
    _inherit = ["mail.thread"]
    _order = "state, name, id"

    name = fields.Char(required=True, tracking=True)
    source_id = fields.Many2one(
        "partner.data.source",
        string="Account",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        default=lambda self: self.env["partner.data.source"]._active_credit(
            "creditsafe"
        ),
        domain=[("kind", "=", "credit")],
    )
    company_id = fields.Many2one(related="source_id.company_id", store=True)
    user_id = fields.Many2one(
        "res.users",
        string="Associated user",
        default=lambda self: self.env.user,
        index=True,
        tracking=True,
        help="“Add to my Creditsafe portfolio” puts this user's companies here.",
    )
    state = fields.Selection(
        [("active", "Active"), ("inactive", "Inactive")],
        default="active",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        help="An inactive portfolio is not checked any more; at Creditsafe it stays.",
    )
    bureau_id = fields.Char(string="Creditsafe id", readonly=True, copy=False)
    bureau_name = fields.Char(string="Creditsafe name", readonly=True, copy=False)
    is_foreign = fields.Boolean(
        string="Shared with us",
        readonly=True,
        copy=False,
        help="It belongs to somebody else, who shares it with this account.",
    )
    is_shared = fields.Boolean(
        string="Shared",
        readonly=True,
        copy=False,
        help="Other users of the account see it at Creditsafe.",
    )
    is_gone = fields.Boolean(
        readonly=True, copy=False, help="Creditsafe does not know it any more."
    )
    last_monitored_on = fields.Datetime(
        string="Last monitored on", readonly=True, copy=False
    )
    create_action = fields.Boolean(
        string="Create an action on a new event",
        help="A new event makes an Odoo activity for the associated user.",
    )
    error = fields.Char(string="Last error", readonly=True, copy=False)
    line_ids = fields.One2many(
        "partner.credit.portfolio.line", "portfolio_id", string="Companies"
    )
    line_count = fields.Integer(
        string="Companies count", compute="_compute_line_counts"
    )
    waiting_count = fields.Integer(
        string="Waiting",
        compute="_compute_line_counts",
        help="Companies still to be added or removed at Creditsafe.",
    )
    problem_count = fields.Integer(string="To look at", compute="_compute_line_counts")

    _source_bureau_uniq = models.UniqueIndex(
        "(source_id, bureau_id) WHERE bureau_id IS NOT NULL",
        "This portfolio of Creditsafe is here already.",
    )

    @api.depends("line_ids.state")
    def _compute_line_counts(self):
        counts = {}
        for portfolio, state, count in self.env[
            "partner.credit.portfolio.line"
        ]._read_group(
            [("portfolio_id", "in", self.ids)], ["portfolio_id", "state"], ["__count"]
        ):
            counts.setdefault(portfolio.id, {})[state] = count
        for portfolio in self:
            states = counts.get(portfolio.id, {})
            portfolio.line_count = sum(states.values())
            portfolio.waiting_count = states.get("to_add", 0) + states.get(
                "to_remove", 0
            )
            portfolio.problem_count = states.get("no_identifier", 0) + states.get(
                "error", 0
            )

    def _number(self):
        """The portfolio's id as the bureau wants it: a number where it is one."""
        self.ensure_one()
        number = self.bureau_id
        return int(number) if number.isdigit() else number

    # === The flag on files === #

    def _mark_monitored(self, file_ids):
        """Have the files say whether an active portfolio watches them.

        :param file_ids: ids of ``partner.credit.file``
        """
        if not file_ids:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_file file
                   SET is_monitored = %(monitored)s
                 WHERE file.id = ANY(%(ids)s)
                   AND file.is_monitored IS DISTINCT FROM %(monitored)s
                """,
                monitored=_MONITORED,
                ids=list(file_ids),
            )
        )
        self.env["partner.credit.file"].invalidate_model(["is_monitored"])
        self.env["res.partner"].invalidate_model(["credit_is_monitored"])

    # === Buttons === #

    def action_deactivate(self):
        """Stop the checks; at Creditsafe nothing changes."""
        self._set_state("inactive")

    def action_activate(self):
        self._set_state("active")

    def _set_state(self, state):
        self.check_access("write")
        self.state = state
        self._mark_monitored(self.sudo().line_ids.file_id.ids)

    def action_show_companies(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Companies of %s", self.name),
            "res_model": "partner.credit.portfolio.line",
            "views": [(False, "list"), (False, "form")],
            "domain": [("portfolio_id", "=", self.id)],
            "context": {"default_portfolio_id": self.id},
        }


class PartnerCreditPortfolioLine(models.Model):
    """A company in a portfolio, or on its way into it or out of it."""

    _name = "partner.credit.portfolio.line"
    _description = "Company in a Creditsafe Portfolio"
    _order = "name, id"

    portfolio_id = fields.Many2one(
        "partner.credit.portfolio", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="portfolio_id.company_id", store=True)
    name = fields.Char(string="Name at Creditsafe")
    partner_id = fields.Many2one(
        "res.partner",
        ondelete="set null",
        index="btree_not_null",
        domain=[("is_company", "=", True)],
        help="The partner that this company is; empty: no partner has it.",
    )
    file_id = fields.Many2one(
        "partner.credit.file",
        string="Credit file",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
    )
    bureau_id = fields.Char(string="Identifier", readonly=True)
    bureau_number = fields.Char(string="Safe Number", readonly=True)
    country_code = fields.Char(string="Country", size=2, readonly=True)
    personal_reference = fields.Char(string="Reference at Creditsafe", readonly=True)
    state = fields.Selection(
        [
            ("to_add", "To add"),
            ("up_to_date", "Up to date"),
            ("new_event", "New event"),
            ("to_remove", "To remove"),
            ("no_identifier", "No identifier"),
            ("error", "Error"),
        ],
        default="to_add",
        required=True,
        readonly=True,
        index=True,
    )
    reason = fields.Char(readonly=True)
    is_there = fields.Boolean(
        string="At Creditsafe",
        readonly=True,
        help="Creditsafe has the company in this portfolio.",
    )
    user_id = fields.Many2one(
        "res.users", string="Asked by", default=lambda self: self.env.user
    )
    attempts = fields.Integer(readonly=True)
    next_attempt = fields.Datetime(readonly=True)
    last_event_on = fields.Datetime(string="Last event", readonly=True)
    last_event = fields.Char(string="Last event in words", readonly=True)
    # What the bureau thinks of the company now.
    rating = fields.Selection(related="file_id.rating", string="Current rating")
    risk = fields.Selection(related="file_id.risk", string="Current rating description")
    updated_on = fields.Datetime(related="file_id.updated_on")
    is_old = fields.Boolean(related="file_id.is_old", string="Old data")
    has_score = fields.Boolean(related="file_id.has_score")
    score = fields.Float(related="file_id.score", string="Solvency score")
    has_credit_limit = fields.Boolean(related="file_id.has_credit_limit")
    credit_limit = fields.Monetary(
        related="file_id.credit_limit",
        string="Current credit limit",
        currency_field="currency_id",
    )
    currency_id = fields.Many2one(related="file_id.currency_id")

    _portfolio_bureau_uniq = models.UniqueIndex(
        "(portfolio_id, bureau_id) WHERE bureau_id IS NOT NULL",
        "The company is in this portfolio already.",
    )
    _portfolio_partner_uniq = models.UniqueIndex(
        "(portfolio_id, partner_id) WHERE bureau_id IS NULL AND partner_id IS NOT NULL",
        "The partner is in this portfolio already.",
    )
    _queue_idx = models.Index(
        "(next_attempt, id) WHERE state IN ('to_add', 'to_remove')"
    )

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.partner_id.display_name or line.name

    def unlink(self):
        portfolios, file_ids = self.portfolio_id, self.file_id.ids
        result = super().unlink()
        portfolios._mark_monitored(file_ids)
        return result
