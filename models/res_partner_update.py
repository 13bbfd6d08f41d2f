from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _fields_sync(self, values):
        # An address of the register is that of one establishment. Odoo would copy it
        # to the contacts, which stay where people put them (the proposal lists those
        # that use the old address), and from a branch to the seat.
        if self.env.context.get("registry_keep_contacts"):
            address = self._address_fields()
            values = {
                name: value for name, value in values.items() if name not in address
            }
        return super()._fields_sync(values)

    def unlink(self):
        # The database takes proposals away with their partner, but neither their
        # messages nor their activities. sudo: nobody deletes proposals by hand.
        self.env["partner.update.proposal"].sudo().search(
            [("partner_id", "in", self.ids)]
        ).unlink()
        return super().unlink()
