from odoo import fields, models

from odoo.addons.partner_company_data.connectors import identifiers

from .groups import OFFICER


class ResPartner(models.Model):
    _inherit = "res.partner"

    siren_lookup_ids = fields.One2many(
        "partner.siren.lookup", "partner_id", groups=OFFICER
    )

    def _prepare_lookup_criteria(self):
        """What the register is asked about this partner: a wrong number misleads.

        :return: dict of fields of ``connectors.datatypes.SearchCriteria``, ``False``
            for what is not known
        """
        number = identifiers.clean(self.company_registry)
        return {
            "name": self.name,
            "siren": identifiers.siren_of(number) or False,
            "siret": number if identifiers.is_valid_siret(number) else False,
            "street": self.street,
            "zip": self.zip,
            "city": self.city,
        }
