from odoo import fields, models

from odoo.addons.partner_company_data.connectors.creditsafe import Creditsafe


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    code = fields.Selection(
        selection_add=[("creditsafe", "Creditsafe")], ondelete={"creditsafe": "cascade"}
    )

    def _creditsafe_connector(self):
        source = self.sudo()
        return Creditsafe(
            source.base_url,
            source.username,
            source.password,
            language=source.language or "fr",
            template=source.template or None,
            token_store=source._token_store(),
            timeout=source.timeout,
        )
