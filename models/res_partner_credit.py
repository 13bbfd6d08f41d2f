from functools import cache

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .open_records import open_records

READ_BAND = "partner_company_data.group_credit_reader"
READ_REPORTS = "partner_company_data.group_credit_report"


class OfFile:
    """What makes a field of partners show one of their company's credit file.

    Odoo's own search of a related field takes seconds among 100,000 partners. This
    one asks the files.
    """

    def _search_related(self, records, operator, value):
        if self.inherited:
            return super()._search_related(records, operator, value)
        records._check_field_access(self, "read")
        # Whoever has no file is found with those whose value is empty.
        is_negative = operator == "not in"
        with_empty = (operator in ("in", "not in") and False in value) != is_negative
        if with_empty:
            operator = "in" if is_negative else "not in"
        File = records.env["partner.credit.file"].sudo()
        name = self.related.rpartition(".")[2]
        files = File._search([(name, operator, value)]).subselect()
        to_file = records.env["res.partner"]._fields["credit_file_id"]

        def is_found(model, alias, query):
            # Written as EXISTS: NOT IN keeps the database from hashing in parallel.
            return SQL(
                "%s (SELECT FROM res_partner company"
                "    WHERE company.id = %s AND %s IN %s)",
                SQL("NOT EXISTS" if with_empty else "EXISTS"),
                model._field_to_sql(alias, "commercial_partner_id", query),
                to_file.reference(model, "company"),
                files,
            )

        return Domain.custom(to_sql=is_found)


class CreditFile(fields.Many2one):
    """The company-dependent link to a credit file, followed without looking twice.

    Odoo asks for each partner whether the file still exists before it is joined. A
    file that is gone joins nothing anyway.
    """

    def join(self, model, alias, query):
        model._check_field_access(self, "read")
        comodel = model.env[self.comodel_name]
        files = query.make_alias(alias, self.name)
        query.add_join(
            "LEFT JOIN",
            files,
            comodel._table,
            SQL("%s = %s", self.reference(model, alias), SQL.identifier(files, "id")),
        )
        return comodel, files

    def reference(self, model, alias):
        """The file's id in the current company, which may be gone meanwhile."""
        return SQL(
            "(%s->>%s)::int",
            SQL.identifier(alias, self.name, to_flush=self),
            str(model.env.company.id),
        )


@cache
def _kind_of_file(kind):
    return type(f"{kind.__name__}OfFile", (OfFile, kind), {})


def of_file(kind, name, **attributes):
    """A field that shows one of the company's credit file, on contacts as well."""
    return _kind_of_file(kind)(
        related=f"commercial_partner_id.credit_file_id.{name}",
        groups=READ_BAND,
        **attributes,
    )


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "partner.credit.guard"]

    credit_file_id = CreditFile(
        "partner.credit.file",
        company_dependent=True,
        copy=False,
        groups=READ_BAND,
        help="The company as the preferred bureau knows it; on the commercial entity.",
    )
    credit_file_ids = fields.Many2many(
        "partner.credit.file",
        "partner_credit_file_partner_rel",
        "partner_id",
        "file_id",
        string="Credit files",
        copy=False,
        groups=READ_BAND,
        help="The company as each bureau knows it; on the commercial entity.",
    )
    credit_company_file_ids = fields.Many2many(
        "partner.credit.file",
        string="Bureaus' files",
        compute="_compute_credit_company_file_ids",
        groups=READ_BAND,
        help="One file a bureau of the current company, the preferred one first.",
    )
    credit_company_file_id = fields.Many2one(
        related="commercial_partner_id.credit_file_id",
        string="Credit file",
        groups=READ_BAND,
    )
    credit_rating = of_file(
        fields.Selection,
        "rating",
        string="Rating",
        help="Rating based on the probability that a company becomes insolvent within "
        "the next 12 months.",
    )
    credit_risk = of_file(fields.Selection, "risk", string="Rating description")
    credit_rating_description = of_file(fields.Char, "rating_description")
    credit_score = of_file(
        fields.Float,
        "score",
        string="Solvency score",
        help="The bureau's score of the company on its scale; the higher, the safer.",
    )
    credit_has_score = of_file(fields.Boolean, "has_score")
    credit_score_max = of_file(fields.Float, "score_max")
    credit_score_range = of_file(fields.Selection, "score_range", string="Score range")
    credit_probability_of_default = of_file(
        fields.Char,
        "probability_of_default",
        help="How likely the company fails within 12 months, as the bureau gives it.",
    )
    credit_previous_rating = of_file(
        fields.Selection, "previous_rating", string="Previous rating"
    )
    credit_rating_changed_on = of_file(
        fields.Date, "rating_changed_on", string="Rating changed on"
    )
    credit_has_limit = of_file(fields.Boolean, "has_credit_limit")
    credit_bureau_limit = of_file(
        fields.Monetary,
        "credit_limit",
        string="Recommended limit",
        currency_field="credit_currency_id",
        help="Recommendation of the highest amount of credit that should be offered "
        "to an organisation at any time.",
    )
    credit_limit_range = of_file(
        fields.Selection, "limit_range", string="Recommended limit range"
    )
    credit_has_contract_limit = of_file(fields.Boolean, "has_contract_limit")
    credit_contract_limit = of_file(
        fields.Monetary,
        "contract_limit",
        string="Contract limit",
        currency_field="credit_currency_id",
        help="Highest capacity for a single contract over 12 months (recommendation).",
    )
    credit_currency_id = of_file(
        fields.Many2one, "currency_id", string="Currency of the recommended limit"
    )
    credit_trend_profitability = of_file(
        fields.Selection,
        "trend_profitability",
        help="Whether the company earns more or less than before.",
    )
    credit_trend_liquidity = of_file(
        fields.Selection,
        "trend_liquidity",
        help="Whether the company can pay what falls due soon better or worse.",
    )
    credit_trend_net_worth = of_file(
        fields.Selection,
        "trend_net_worth",
        help="Whether what the company owns beyond its debts grows or shrinks.",
    )
    credit_trend_payment = of_file(
        fields.Selection,
        "trend_payment",
        help="Whether the company pays its suppliers sooner or later than before.",
    )
    credit_has_dbt = of_file(fields.Boolean, "has_dbt")
    credit_dbt = of_file(
        fields.Integer,
        "dbt",
        help="How many days after the due date the company pays on average.",
    )
    credit_has_legal_facts = of_file(fields.Boolean, "has_legal_facts")
    credit_judgment_count = of_file(fields.Integer, "judgment_count")
    credit_privilege_count = of_file(
        fields.Integer,
        "privilege_count",
        help="Preferential claims that the tax office or social security had "
        "registered because they were not paid.",
    )
    credit_has_proceedings = of_file(
        fields.Boolean, "has_proceedings", string="Collective proceedings"
    )
    credit_updated_on = of_file(
        fields.Datetime, "updated_on", string="Last update of the rating"
    )
    credit_is_old = of_file(fields.Boolean, "is_old", string="Old data")
    credit_is_monitored = of_file(fields.Boolean, "is_monitored", string="Monitored")

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Put the files' own view into the tab: Odoo does so without a widget only."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form":
            for node in arch.xpath("//field[@widget='credit_files'][not(form)]"):
                panel, _view = self.env["partner.credit.file"]._get_view(
                    self.env.ref(
                        "partner_company_data.view_partner_credit_file_panel"
                    ).id,
                    "form",
                )
                node.append(panel)
        return arch, view

    @api.depends("commercial_partner_id.credit_file_ids")
    @api.depends("commercial_partner_id.credit_file_id")
    @api.depends_context("company")
    def _compute_credit_company_file_ids(self):
        for partner in self:
            partner.credit_company_file_ids = (
                partner.commercial_partner_id._credit_files()
            )

    def _credit_files(self):
        """Files of a commercial entity in the current company, the main one first."""
        self.ensure_one()
        main = self.credit_file_id
        others = self.credit_file_ids.filtered(
            lambda file: (
                file.company_id == self.env.company and file.source_id != main.source_id
            )
        )
        return main | others.sorted(lambda file: file.sudo().source_id._rank())

    def action_open_credit_file(self):
        self.ensure_one()
        return open_records(self.credit_company_file_id)
