from odoo import fields, models

from odoo.addons.partner_company_data.connectors.recherche_entreprises import (
    RechercheEntreprises,
)


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    code = fields.Selection(
        selection_add=[("recherche_entreprises", "API Recherche d'entreprises")],
        ondelete={"recherche_entreprises": "cascade"},
    )

    def _recherche_entreprises_connector(self):
        return RechercheEntreprises(self.base_url, timeout=self.timeout)
