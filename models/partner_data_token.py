from odoo import fields, models


class PartnerDataToken(models.Model):
    """A source's log-in token, alone in its table: its row is locked to renew it."""

    _name = "partner.data.token"
    _description = "Company Data Token"
    _log_access = False

    source_id = fields.Many2one(
        "partner.data.source", required=True, ondelete="cascade"
    )
    token = fields.Char(groups="base.group_system", copy=False)
    renew_on = fields.Datetime(groups="base.group_system")
    expires_on = fields.Datetime(groups="base.group_system")
    refusal = fields.Char(
        groups="base.group_system",
        help="The log-in was refused: it is not tried again with these settings.",
    )

    _source_uniq = models.Constraint("UNIQUE(source_id)", "A source has one token.")
