from odoo import models
from odoo.exceptions import UserError


class PartnerCreditFile(models.Model):
    """The bureau's buttons beside its file: what they do, they do at that bureau."""

    _inherit = "partner.credit.file"

    def action_update(self):
        """Manual update of the company at this file's bureau."""
        self.ensure_one()
        self.check_access("read")
        partner = self.sudo().partner_ids[:1].sudo(False)
        if not partner:
            raise UserError(self.env._("No partner has this credit file."))
        return partner.with_context(
            credit_source=self.sudo().source_id.code
        ).action_credit_update()

    def action_open_page(self):
        """Open the company's page at this file's bureau."""
        self.ensure_one()
        self.check_access("read")
        source = self.sudo().source_id
        source._check_in_use()
        return {
            "type": "ir.actions.act_url",
            "url": source._page_url(self, self.name),
            "target": "new",
        }
