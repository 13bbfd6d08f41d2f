"""A bureau's actions on partners are offered where its account can do them."""

from odoo import api, models

# Action → the bureau that it is about, and what that has to be able to do.
_OF_BUREAUS = {
    "res_partner_action_credit_update": ("creditsafe", "is_asked"),
    "res_partner_action_altares_update": ("altares", "is_asked"),
    "res_partner_action_credit_portfolio_add": ("creditsafe", "can_monitor"),
    "res_partner_action_credit_portfolio_remove": ("creditsafe", "can_monitor"),
    "res_partner_action_altares_add": ("altares", "can_monitor"),
}


class IrActionsActions(models.Model):
    _inherit = "ir.actions.actions"

    @api.model
    def get_bindings(self, model_name):
        bindings = super().get_bindings(model_name)
        if model_name != "res.partner" or "action" not in bindings:
            return bindings
        idle = self._idle_bureau_actions()
        return bindings | {
            "action": [one for one in bindings["action"] if one["id"] not in idle]
        }

    def _idle_bureau_actions(self):
        """Ids of the actions that no bureau in use here could do."""
        # sudo: accounts are the administrator's; what they can do is no secret.
        sources = (
            self.env["partner.data.source"]
            .sudo()
            .search(
                [
                    ("kind", "=", "credit"),
                    # One that is suspended says so when it is asked.
                    ("state", "!=", "disabled"),
                    ("company_id", "=", self.env.company.id),
                ]
            )
        )
        able = set()
        for source in sources:
            if source.is_asked:
                able.add((source.code, "is_asked"))
            if source._can_monitor():
                able.add((source.code, "can_monitor"))
        to_id = self.env["ir.model.data"]._xmlid_to_res_id
        return {
            to_id(f"partner_company_data.{name}")
            for name, need in _OF_BUREAUS.items()
            if need not in able
        }
