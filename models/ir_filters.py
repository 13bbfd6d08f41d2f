"""Delivered favourites in the user's language: Odoo keeps one name for all."""

from odoo import api, models


class IrFilters(models.Model):
    _inherit = "ir.filters"

    @api.model
    def get_filters(self, model, *args, **kwargs):
        filters = super().get_filters(model, *args, **kwargs)
        if model == "partner.credit.risk":
            names = self._risk_names()
            for one in filters:
                one["name"] = names.get(one["name"], one["name"])
        return filters

    def _risk_names(self):
        """Names of the risk report's favourites, by those that they were given."""
        return {
            "Over limit, by salesperson": self.env._("Over limit, by salesperson"),
            "High risk and not guaranteed": self.env._("High risk and not guaranteed"),
            "Overdue without a limit": self.env._("Overdue without a limit"),
            "Exposure that grew since last month": self.env._(
                "Exposure that grew since last month"
            ),
        }
