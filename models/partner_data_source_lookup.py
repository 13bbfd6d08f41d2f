from odoo import fields, models


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    lookup_auto_accept = fields.Boolean(
        string="Accept certain SIREN by itself",
        help="When many partners are looked up: take the number of the best candidate "
        "over without asking if its company is active, its postcode is that of the "
        "partner, and no other candidate comes within 10 points.",
    )
