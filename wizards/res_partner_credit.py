from odoo import models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    """Buttons of a bureau: the context's ``credit_source`` is the code of which one.

    Without it the bureau is meant that the company prefers.
    """

    _inherit = "res.partner"

    def _credit_source(self):
        return self.env["partner.data.source"]._active_credit_or_raise(
            self.env.context.get("credit_source")
        )

    def action_credit_update(self):
        """Manual update from the credit bureau: for one now, for many in the back."""
        Source = self.env["partner.data.source"]
        Source._check_may_buy()
        partners = self.commercial_partner_id
        partners.check_access("read")
        source = self._credit_source()
        if not partners:
            raise UserError(self.env._("Choose the partners to update."))
        if len(partners) > 1:
            return self.env["partner.credit.order"]._start(partners, source)
        return self.env["partner.credit.update"]._start(partners, source)

    def action_add_to_credit_portfolio(self):
        """Ask into which portfolio, and say what will happen."""
        return self.env["partner.credit.portfolio.add"]._start(self, "add")

    def action_remove_from_credit_portfolio(self):
        return self.env["partner.credit.portfolio.add"]._start(self, "remove")

    def action_open_credit_page(self):
        """Open the company's page at the bureau, or a search for its name there."""
        self.ensure_one()
        partner = self.commercial_partner_id
        partner.check_access("read")
        source = self._credit_source()
        file = source._known_file(partner)
        if file and file not in partner.sudo().credit_file_ids:
            # The partner is younger than the file.
            source._link_partners(file.id, file.siren, partner)
        return {
            "type": "ir.actions.act_url",
            "url": source._page_url(file, partner.name),
            "target": "new",
        }

    def action_search_credit(self):
        """Search companies at the bureau that this partner may be; free of charge."""
        self.ensure_one()
        partner = self.commercial_partner_id
        partner.check_access("read")
        Search = self.env["partner.credit.search"]
        wizard = Search.create(Search._prepare_partner_criteria(partner))
        return wizard._open()
