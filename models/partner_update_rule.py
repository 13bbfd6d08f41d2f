from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from . import registry_fields

MODES = [
    ("propose", "Propose"),
    ("apply", "Apply by itself"),
    ("never", "Never"),
]


class PartnerUpdateRule(models.Model):
    """What happens with one fact that a source gives differently.

    Two rules are about more than a field: ``statistics`` (INSEE's category and
    workforce bracket, new every year) and ``naf_nomenclature`` (code and nomenclature
    together, when the nomenclature itself changes).
    """

    _name = "partner.update.rule"
    _description = "Rule for Partner Updates"
    _order = "sequence, id"
    _rec_name = "key"

    key = fields.Selection(
        registry_fields.RULE_SELECTION, string="Field", required=True
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

    @api.constrains("key", "mode", "completion_mode")
    def _check_never(self):
        for rule in self:
            field = registry_fields.REGISTRY_FIELD_BY_KEY.get(rule.key)
            if (
                field
                and not field.excludable
                and "never"
                in (
                    rule.mode,
                    rule.completion_mode,
                )
            ):
                raise ValidationError(
                    self.env._(
                        "That an establishment is closed or a company has ceased "
                        "can't be left out."
                    )
                )

    @api.model
    def _create_missing(self):
        """Make the rules that the table of fields has and the database has not."""
        keys = [key for key, _label in registry_fields.RULE_SELECTION]
        known = set(self.search([("key", "in", keys)]).mapped("key"))
        return self.create(
            [
                {
                    "key": key,
                    "sequence": sequence,
                    "mode": self._default_mode(key),
                    "completion_mode": self._default_mode(key),
                }
                for sequence, key in enumerate(keys, start=1)
                if key not in known
            ]
        )

    @api.model
    def _default_mode(self, key):
        field = registry_fields.REGISTRY_FIELD_BY_KEY.get(key)
        return field.default_mode if field else "propose"

    @api.model
    @tools.ormcache()
    def _modes(self):
        """``{rule_key: (mode, completion_mode)}`` of the rules that exist."""
        return {
            rule.key: (rule.mode, rule.completion_mode)
            for rule in self.sudo().search([])
        }

    @api.model
    def _get_mode(self, rule_key, completion=False):
        """What happens: ``propose``, ``apply`` or ``never``.

        :param rule_key: a key of ``registry_fields.RULE_SELECTION``
        :param completion: whether the partner has no value yet
        """
        modes = self._modes().get(rule_key)
        return modes[bool(completion)] if modes else self._default_mode(rule_key)

    @api.model
    def _set_mode(self, rule_key, mode=None, completion_mode=None):
        """Set what happens from now on (settings, "fill by itself")."""
        values = {"mode": mode, "completion_mode": completion_mode}
        values = {name: value for name, value in values.items() if value}
        rule = self.search([("key", "=", rule_key)])
        if rule:
            rule.write(values)
        else:
            default = self._default_mode(rule_key)
            self.create(
                {"key": rule_key, "mode": default, "completion_mode": default} | values
            )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
