from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from . import credit_risk_query, granted_limit
from .open_records import open_records
from .partner_credit_action import ACTIONS
from .partner_credit_class import RISK_CLASSES
from .partner_credit_snapshot import FIGURES

CLASSES = [
    *RISK_CLASSES,
    ("failing", "Failing"),
    ("not_rated", "Not rated"),
    ("unknown", "Not known"),
]
OVER_LIMITS = [
    ("none", "Within the limits"),
    ("granted", "Limit granted"),
    ("bureau", "Bureau's limit"),
    ("both", "Both limits"),
    ("unlimited", "No limit"),
]


class PartnerCreditRisk(models.Model):
    """What each customer owes beside limits and classes: lists, pivots, graphs.

    A row is a legal unit in one of our companies, branches included; its id is made of
    both. Amounts are in that company's currency.
    """

    _name = "partner.credit.risk"
    _description = "Customer Risk"
    _inherit = ["partner.credit.guard", "partner.credit.exposure.mixin"]
    _auto = False
    _rec_name = "partner_id"
    _order = "exposure DESC, id"
    _depends = credit_risk_query.SOURCES

    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    unit = fields.Integer(readonly=True, aggregator=None)
    siren = fields.Char(related="partner_id.l10n_fr_siren", string="SIREN number")
    user_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")
    country_id = fields.Many2one(related="partner_id.country_id")
    currency_id = fields.Many2one("res.currency", readonly=True)

    receivable = fields.Monetary(readonly=True)
    credits = fields.Monetary(
        string="Deducted",
        readonly=True,
        help="Credit notes, deposits and payments that are part of the receivable.",
    )
    overdue = fields.Monetary(readonly=True)
    draft_invoices = fields.Monetary(string="Draft invoices", readonly=True)
    orders_to_invoice = fields.Monetary(string="Orders to invoice", readonly=True)
    in_progress = fields.Monetary(
        string="Bills and payments in progress", readonly=True
    )
    exposure = fields.Monetary(
        readonly=True,
        help="Receivable, draft invoices, orders to invoice, bills and payments in "
        "progress of all partners of the SIREN.",
    )
    guaranteed = fields.Monetary(readonly=True)
    not_guaranteed = fields.Monetary(string="Exposure not guaranteed", readonly=True)

    granted_limit = fields.Monetary(
        string="Limit granted",
        readonly=True,
        help="Odoo's own limit; the lowest where the partners of this SIREN have "
        "different ones.",
    )
    has_granted_limit = fields.Boolean(readonly=True)
    bureau_limit = fields.Monetary(
        string="Bureau's limit",
        readonly=True,
        help="The lowest where several bureaus recommend one.",
    )
    has_bureau_limit = fields.Boolean(readonly=True)
    limit_creditsafe = fields.Monetary(string="Creditsafe limit", readonly=True)
    has_limit_creditsafe = fields.Boolean(readonly=True)
    limit_altares = fields.Monetary(
        string="Recommended credit (Altares)", readonly=True
    )
    has_limit_altares = fields.Boolean(readonly=True)
    limit_use = fields.Float(
        string="Use",
        readonly=True,
        aggregator=None,
        help="Exposure in percent of the lower one of the limits.",
    )
    has_limit_use = fields.Boolean(readonly=True)
    over_limit = fields.Selection(OVER_LIMITS, string="Over limit", readonly=True)
    excess = fields.Monetary(string="Above the limit", readonly=True)

    risk_class = fields.Selection(
        CLASSES,
        string="Risk class",
        readonly=True,
        help="The highest risk that a bureau sees.",
    )
    class_creditsafe = fields.Selection(CLASSES, string="Creditsafe", readonly=True)
    class_altares = fields.Selection(CLASSES, string="Altares", readonly=True)
    bureaus_disagree = fields.Boolean(string="Bureaus disagree", readonly=True)
    updated_on = fields.Datetime(string="Data of", readonly=True)

    action = fields.Selection(
        ACTIONS, readonly=True, help="What the credit policy said last."
    )
    decision_id = fields.Many2one(
        "partner.credit.decision", string="Credit decision", readonly=True
    )
    decision_state = fields.Selection(
        [("granted", "Granted"), ("expired", "Expired")],
        string="State of the decision",
        readonly=True,
    )
    decided_on = fields.Datetime(string="Decided on", readonly=True)
    review_on = fields.Date(string="To review on", readonly=True)
    is_review_due = fields.Boolean(string="Decision to review", readonly=True)
    change = fields.Monetary(
        string="Change since last month",
        readonly=True,
        help="From the exposure that was kept at the beginning of last month.",
    )
    has_change = fields.Boolean(readonly=True)
    trend = fields.Json(compute="_compute_trend", string="Trend of 12 months")
    scenario_id = fields.Many2one(
        "partner.credit.scenario",
        string="Follow-up scenario",
        compute="_compute_follow_up",
        help="Of the last alert that has one, or else of the strategic matrix.",
    )
    responsible_id = fields.Many2one(
        "res.users",
        compute="_compute_follow_up",
        help="Of the scenario, or else the salesperson.",
    )
    worst_overdue = fields.Integer(
        string="Oldest overdue (days)", compute="_compute_follow_up", aggregator=None
    )

    @property
    def _table_query(self):
        """Today's risks in the companies at hand, computed when asked."""
        # Compiling so many small expressions takes longer than the query itself.
        self.env.cr.execute("SET LOCAL jit = off")
        today = fields.Date.context_today(self)
        defaults = {
            company: granted_limit.default_of(company)
            for company in self.env.companies.root_id
        }
        month = fields.Date.start_of(today, "month") - relativedelta(months=1)
        return credit_risk_query.risks(defaults, today, month)

    @api.model
    @api.readonly
    def web_search_read(
        self,
        domain,
        specification,
        offset=0,
        limit=None,
        order=None,
        count_limit=None,
    ):
        """As Odoo's, by one query: see ``_search_counted``."""
        risks, count = self._search_counted(
            domain, specification, offset=offset, limit=limit, order=order
        )
        return {
            "length": min(count, count_limit or count),
            "records": risks.web_read(specification),
        }

    @api.model
    def _search_counted(self, domain, names, offset=0, limit=None, order=None):
        """A page of customers, these fields read, and how many there are in all.

        One query: each adds up what all customers owe.

        :return: records, number (0 beyond the last page)
        """
        query = self._search(
            domain, offset=offset, limit=limit, order=order or self._order
        )
        columns = [
            field
            for field in self._determine_fields_to_fetch(list(names))
            if field.name != "id"
        ]
        rows = self.env.execute_query(
            query.select(
                SQL.identifier(self._table, "id"),
                SQL("COUNT(*) OVER ()"),
                *(self._field_to_sql(self._table, one.name, query) for one in columns),
            )
        )
        if not rows:
            return self.browse(), 0
        ids, counts, *values = zip(*rows, strict=True)
        risks = self.browse(ids)
        for field, of_risks in zip(columns, values, strict=True):
            field._insert_cache(risks, of_risks)
        return risks, counts[0]

    @api.depends("company_id", "unit")
    def _compute_trend(self):
        """The figures at the beginning of each month, oldest first, and today's."""
        points = (
            self.env["partner.credit.snapshot"]
            .sudo()
            ._points_of(self.company_id, self.mapped("unit"))
        )
        today = fields.Date.to_string(fields.Date.context_today(self))
        for risk in self:
            risk.trend = [
                *points.get((risk.company_id.id, risk.unit), ()),
                {"date": today, **risk._today()},
            ]

    @api.depends("company_id", "partner_id")
    def _compute_follow_up(self):
        for company, risks in self.grouped("company_id").items():
            # Read at once, and as this company sees them.
            partners = risks.partner_id.with_company(company)
            scenarios = {one.id: one.credit_scenario_id for one in partners}
            overdue = {one.id: one.payment_worst_overdue for one in partners}
            for risk in risks:
                scenario = scenarios[risk.partner_id.id].with_env(self.env)
                risk.scenario_id = scenario
                risk.responsible_id = scenario.responsible_id or risk.user_id
                risk.worst_overdue = overdue[risk.partner_id.id]

    def _today(self):
        """Today's point of the trend."""
        self.ensure_one()
        amounts = {name: self[name] for name in FIGURES if name != "risk_class"}
        return amounts | {
            "granted_limit": self.granted_limit if self.has_granted_limit else None,
            "bureau_limit": self.bureau_limit if self.has_bureau_limit else None,
        }

    def _exposure_partner(self):
        return self.partner_id

    def _exposure_company(self):
        return self.company_id

    def action_open_partner(self):
        self.ensure_one()
        return open_records(self.partner_id)
