from odoo import fields, models


class PartnerCreditReport(models.Model):
    """One report as bought: the raw answer, what it says, its PDF."""

    _name = "partner.credit.report"
    _description = "Credit Report"
    _order = "ordered_on DESC, id DESC"
    _rec_name = "file_id"

    file_id = fields.Many2one(
        "partner.credit.file", required=True, ondelete="cascade", index=True
    )
    source_id = fields.Many2one(related="file_id.source_id", store=True)
    company_id = fields.Many2one(related="file_id.company_id", store=True)
    call_id = fields.Many2one("partner.data.call", ondelete="set null")
    user_id = fields.Many2one("res.users", string="Bought by")
    ordered_on = fields.Datetime(required=True, default=fields.Datetime.now)
    raw = fields.Binary(
        string="Raw answer",
        attachment=True,
        groups="base.group_system",
        help="The bureau's answer, kept for a set time; facts can be made again of it.",
    )
    facts = fields.Json()
    pdf = fields.Binary(attachment=True, string="PDF report")
