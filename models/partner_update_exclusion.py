from odoo import fields, models

from . import registry_fields


class PartnerUpdateExclusion(models.Model):
    """A fact of a partner that people decided not to be asked about again.

    Without ``value`` the field is ignored for good; with it, that value only.
    """

    _name = "partner.update.exclusion"
    _description = "Ignored Field of a Partner"
    _order = "id DESC"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", required=True, ondelete="cascade", index=True
    )
    key = fields.Selection(
        registry_fields.REGISTRY_FIELD_SELECTION, string="Field", required=True
    )
    value = fields.Json(help="The one value that is ignored, as partner values.")
    value_display = fields.Char(string="Ignored value")
    proposal_id = fields.Many2one(
        "partner.update.proposal", ondelete="set null", readonly=True
    )
