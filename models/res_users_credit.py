from odoo import models


class ResUsers(models.Model):
    """Users have the fields of their partners."""

    _name = "res.users"
    _inherit = ["res.users", "partner.credit.guard"]
