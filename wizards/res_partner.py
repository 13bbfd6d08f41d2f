from odoo import models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_get_siren(self):
        """Find SIREN and SIRET: in a dialog for one, in the background for many."""
        partners = self.commercial_partner_id
        partners.check_access("write")
        if len(partners) > 1:
            return self.env["partner.siren.lookup"]._start(partners)
        wizard = self.env["partner.siren.get"].create(
            {
                "partner_id": partners.id,
                **partners._prepare_lookup_criteria(),
            }
        )
        return wizard._open()

    def action_update_from_siren(self):
        """Compare the partner with the register, cell by cell."""
        partner = self.commercial_partner_id
        if len(partner) != 1:
            raise UserError(self.env._("Choose one partner to update."))
        partner.check_access("write")
        criteria = partner._prepare_lookup_criteria()
        wizard = self.env["partner.siren.update"].create(
            {
                "partner_id": partner.id,
                "search_mode": "siren" if criteria["siren"] else "name",
                **criteria,
            }
        )
        return wizard._open()

    def action_find_similar_companies(self):
        """Search the register for companies like these."""
        Search = self.env["partner.company.search"]
        return Search.create(Search._prepare_similar_vals(self))._open()
