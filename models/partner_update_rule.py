from odoo import fields, models

from . import registry_fields

MODES = [
    ("propose", "Propose"),
    ("apply", "Apply by itself"),
    ("never", "Never"),
]


class PartnerUpdateRule(models.Model):
    """What happens with one fact that a source gives differently."""

    _name = "partner.update.rule"
    _description = "Rule for Partner Updates"
    _order = "sequence, id"
    _rec_name = "key"

    key = fields.Selection(
        selection=lambda self: self._selection_key(), string="Field", required=True
    )
    sequence = fields.Integer(default=10)
    mode = fields.Selection(
        MODES,
        required=True,
        default="propose",
        string="When different",
    )
    completion_mode = fields.Selection(
        MODES,
        required=True,
        default="propose",
        string="When empty",
        help="What happens when the partner has no value yet.",
    )

    _key_uniq = models.Constraint("UNIQUE(key)", "There is one rule a field.")

    def _selection_key(self):
        return registry_fields.REGISTRY_FIELD_SELECTION
