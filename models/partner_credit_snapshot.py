from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from . import retention

# What is kept of a month, of the same names in partner.credit.risk.
FIGURES = (
    *("receivable", "overdue", "exposure", "guaranteed", "not_guaranteed"),
    *("granted_limit", "bureau_limit", "risk_class"),
)


class PartnerCreditSnapshot(models.Model):
    """A legal unit's risk as it was at the beginning of a month."""

    _name = "partner.credit.snapshot"
    _description = "Customer Risk of a Month"
    _order = "date DESC, id"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    unit = fields.Integer(required=True, help="The SIREN, or the partner's id below 0.")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", ondelete="cascade", index="btree_not_null"
    )
    date = fields.Date(required=True)
    currency_id = fields.Many2one("res.currency")
    receivable = fields.Monetary()
    overdue = fields.Monetary()
    exposure = fields.Monetary()
    guaranteed = fields.Monetary()
    not_guaranteed = fields.Monetary(string="Exposure not guaranteed")
    granted_limit = fields.Monetary(string="Limit granted", aggregator=None)
    bureau_limit = fields.Monetary(string="Bureau's limit", aggregator=None)
    risk_class = fields.Char(string="Risk class")

    _unit_date_uniq = models.UniqueIndex(
        "(company_id, unit, date)", "A customer has one snapshot a day."
    )

    @api.model
    def _cron_take(self):
        """Keep this month's figures of the companies that have none yet."""
        taken = self._read_group([("date", "=", self._month())], ["company_id"])
        companies = self.env["res.company"].search([("parent_id", "=", False)])
        self._take(companies - self.env["res.company"].union(*(one for [one] in taken)))

    @api.model
    def _take(self, companies):
        """Keep all customers' risk as it is now as that of this month.

        One statement: however many customers there are, none is read.
        """
        if not companies:
            return
        columns = ("company_id", "unit", "partner_id", "currency_id", *FIGURES)
        self.env.execute_query(
            SQL(
                """
                INSERT INTO partner_credit_snapshot (date, %(columns)s)
                SELECT %(month)s, %(columns)s FROM %(risks)s risk
                    ON CONFLICT (company_id, unit, date) DO NOTHING
             RETURNING TRUE
                """,
                columns=SQL(", ").join(map(SQL.identifier, columns)),
                month=self._month(),
                risks=self.env["partner.credit.risk"]
                .with_context(allowed_company_ids=companies.ids)
                ._table_sql,
            )
        )
        self.invalidate_model()

    def _month(self):
        return fields.Date.start_of(fields.Date.context_today(self), "month")

    @api.autovacuum
    def _gc_old(self):
        return retention.remove(
            self.search(
                [("date", "<", retention.older_than(retention.SNAPSHOTS).date())],
                limit=retention.LIMIT,
            )
        )

    @api.model
    def _trends(self, company, partners):
        """The months of these commercial entities' legal units, of the last year.

        :return: ``{partner: [{"date": …, figure: amount or null}]}``, oldest first
        """
        units = {partner: partner._credit_unit() for partner in partners._origin}
        points = self._points_of(company.root_id, list(units.values()))
        return {
            partner: points.get((company.root_id.id, unit), [])
            for partner, unit in units.items()
        }

    @api.model
    def _points_of(self, companies, units):
        """Points of a trend by (company's id, unit), oldest first."""
        since = fields.Date.context_today(self) - relativedelta(months=12)
        snapshots = self.search_fetch(
            [
                ("company_id", "in", companies.ids),
                ("unit", "in", units),
                ("date", ">=", fields.Date.start_of(since, "month")),
            ],
            ["company_id", "unit", "date", *FIGURES],
            order="date",
        )
        points = defaultdict(list)
        for one in snapshots:
            points[one.company_id.id, one.unit].append(one._as_point())
        return points

    def _as_point(self):
        """A point of a trend: figures of the month, limits null where there is none."""
        self.ensure_one()
        amounts = {name: self[name] for name in FIGURES if name != "risk_class"}
        return {
            "date": fields.Date.to_string(self.date),
            **amounts,
            "granted_limit": self.granted_limit or None,
            "bureau_limit": self.bureau_limit or None,
        }
