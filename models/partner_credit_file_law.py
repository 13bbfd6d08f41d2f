from odoo import api, fields, models

from . import credit_policy

PROCEEDINGS = [
    ("safeguard", "Safeguard"),
    ("receivership", "Receivership"),
    ("liquidation", "Liquidation"),
    ("insolvency", "Collective proceedings"),
    ("plan", "Plan being carried out"),
    ("closed", "Proceedings closed"),
]


class PartnerCreditFile(models.Model):
    """Collective proceedings of a company as its last report tells them."""

    _inherit = "partner.credit.file"

    proceeding = fields.Selection(
        PROCEEDINGS,
        string="Proceedings",
        compute="_compute_proceeding",
        store=True,
        help="The latest decisive step; empty where none is told.",
    )
    proceeding_on = fields.Date(
        string="Judgment of", compute="_compute_proceeding", store=True
    )

    @api.depends("facts", "has_proceedings")
    def _compute_proceeding(self):
        for file in self:
            kind, day = credit_policy.latest_proceeding(file.sudo().facts)
            if not kind and file.has_proceedings:
                kind = "insolvency"
            file.proceeding = kind
            file.proceeding_on = day
