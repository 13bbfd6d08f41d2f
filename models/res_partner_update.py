from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _children_sync(self, values):
        # A fact of the register is about the company: its contacts stay where people
        # put them, the proposal lists those that use the old address.
        if self.env.context.get("registry_keep_contacts"):
            address = self._address_fields()
            values = {
                name: value for name, value in values.items() if name not in address
            }
        return super()._children_sync(values)
