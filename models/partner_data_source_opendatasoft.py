from odoo import fields, models

from odoo.addons.partner_company_data.connectors.opendatasoft import OpenDataSoft


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    code = fields.Selection(
        selection_add=[("opendatasoft", "OpenDataSoft (SIRENE)")],
        ondelete={"opendatasoft": "cascade"},
    )

    def _opendatasoft_connector(self):
        return OpenDataSoft(
            self.base_url, api_key=self.sudo().api_key or None, timeout=self.timeout
        )
