from odoo import fields, models

from . import registry_fields


class PartnerUpdateProposalLine(models.Model):
    """One fact that differs: the partner's value, the register's, the decision."""

    _name = "partner.update.proposal.line"
    _description = "Field of a Partner Update"
    _order = "sequence, id"
    _rec_name = "key"

    proposal_id = fields.Many2one(
        "partner.update.proposal", required=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one(
        related="proposal_id.partner_id", store=True, index=True
    )
    sequence = fields.Integer(default=10)
    key = fields.Selection(
        registry_fields.REGISTRY_FIELD_SELECTION,
        string="Field",
        required=True,
        readonly=True,
    )
    old_values = fields.Json(
        readonly=True, help="Values of the partner's fields when this was proposed."
    )
    new_values = fields.Json(readonly=True)
    old_display = fields.Char(string="Current value", readonly=True)
    new_display = fields.Char(string="New value", readonly=True)
    reason = fields.Selection(
        [
            ("difference", "Difference"),
            ("completion", "Completion"),
            ("seat_moved", "Seat moved"),
        ],
        required=True,
        default="difference",
        readonly=True,
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("validated", "Validated"),
            ("ignored", "Ignored"),
            ("obsolete", "Obsolete"),
            ("changed", "Changed meanwhile"),
        ],
        required=True,
        default="new",
        readonly=True,
    )
    selected = fields.Boolean(default=True)
    ignore = fields.Selection(
        [("field", "Never propose again"), ("value", "Ignore this value only")],
        default="field",
        string="If not ticked",
    )
