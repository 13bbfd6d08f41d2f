from odoo import api, models, tools


class ResCountry(models.Model):
    _inherit = "res.country"

    @api.model
    @tools.ormcache("code")
    def _registry_country_id(self, code):
        """Id of the country with this ISO code, ``False`` when unknown."""
        return bool(code) and (
            self.sudo().search([("code", "=", code)], limit=1).id or False
        )
