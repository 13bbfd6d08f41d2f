from odoo import fields, models


class PartnerDataSource(models.Model):
    """What a credit bureau's account needs beside address and state."""

    _inherit = "partner.data.source"

    username = fields.Char(groups="base.group_system", copy=False)
    password = fields.Char(groups="base.group_system", copy=False)
    language = fields.Char(size=2, default="fr", help="Language of the reports.")
    template = fields.Char(help="Report template of the contract, empty for the usual.")
    page_pattern = fields.Char(
        string="Address of a company's page",
        help="{bureau_id} and {bureau_number} are replaced.",
    )
    search_pattern = fields.Char(
        string="Address of a search by name", help="{name} is replaced."
    )
    is_unlimited = fields.Boolean(
        string="Unlimited reports", help="The contract counts no single report."
    )
    report_price = fields.Float(
        string="Price of a report", help="Noted here to show costs before buying."
    )
    cache_days = fields.Integer(
        default=30, help="A report younger than this is not bought again."
    )
    monthly_budget = fields.Integer(
        string="Reports a month", help="No more are bought; 0 for no limit."
    )
    old_after_days = fields.Integer(string="Old data after (days)", default=90)
