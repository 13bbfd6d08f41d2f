from odoo import models

from . import partner_identity


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

    def _state_beside(self, values):
        """The state that goes with a new postcode or country.

        As Odoo does where somebody types, a state of another country is emptied. Odoo
        has no states of France: those that others have brought follow where they are
        departments, and are emptied where nobody can tell.

        :param values: what is about to be written
        :return: an id, ``False`` for none, or ``None`` where the state stays
        """
        self.ensure_one()
        state = self.state_id
        country = self.country_id
        if "country_id" in values:
            country = country.browse(values["country_id"])
        if not state or not country:
            return None
        if state.country_id != country:
            return False
        department = partner_identity.department(
            values.get("zip", self.zip), country.code
        )
        if not department or department == self.registry_department:
            return None
        codes = (department, f"FR-{department}")
        if state.code in codes:
            return None
        return state.search(
            [("country_id", "=", country.id), ("code", "in", codes)], limit=1
        ).id

    def unlink(self):
        # The database takes proposals away with their partner, but neither their
        # messages nor their activities. sudo: nobody deletes proposals by hand.
        self.env["partner.update.proposal"].sudo().search(
            [("partner_id", "in", self.ids)]
        ).unlink()
        return super().unlink()
