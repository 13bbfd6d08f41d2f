from odoo import fields, models

from .res_partner_credit import of_file


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_risk_class = of_file(fields.Selection, "risk_class", string="Risk class")
    credit_risk_state = of_file(fields.Selection, "risk_state", string="Risk state")
    credit_bureaus_disagree = of_file(
        fields.Boolean, "bureaus_disagree", string="Bureaus disagree"
    )
