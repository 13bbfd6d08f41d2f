from odoo import fields, models
from odoo.tools import SQL

# Points that have no such value take no part in a group's: an unknown is no zero.
_KNOWN = {"score:min": "has_score", "limit:min": "has_limit"}


class PartnerCreditScore(models.Model):
    """Graph and pivot show the lowest value of a period, which stays on its scale."""

    _inherit = "partner.credit.score"

    score = fields.Float(
        string="Solvency score",
        aggregator="min",
        help="Over a period: the lowest score.",
    )
    limit = fields.Monetary(
        aggregator="min", help="Over a period: the lowest credit limit."
    )

    def _read_group_select(self, aggregate_spec, query):
        select = super()._read_group_select(aggregate_spec, query)
        if flag := _KNOWN.get(aggregate_spec):
            known = self._field_to_sql(self._table, flag, query)
            return SQL("%s FILTER (WHERE %s)", select, known)
        return select
