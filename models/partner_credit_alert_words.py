from odoo import api, fields, models
from odoo.tools import format_amount

from .alert_conditions import AMOUNTS, FLAGS


class PartnerCreditAlertWords(models.AbstractModel):
    """What an alert finds of a customer, in the reader's words."""

    _name = "partner.credit.alert.words"
    _description = "What an Alert Finds"

    values = fields.Json(groups="base.group_system")
    sentence = fields.Char(compute="_compute_sentence")

    @api.depends("values")
    @api.depends_context("lang")
    def _compute_sentence(self):
        labels = dict(
            self.env["partner.credit.alert.condition"].fields_get(
                ["fact"], ["selection"]
            )["fact"]["selection"]
        )
        for found in self:
            # sudo: the sentence is for who sees what was found, raw values are not.
            values = found.sudo().values or []
            # Two conditions may be about the same fact.
            words = dict.fromkeys(found._value_words(one, labels) for one in values)
            found.sentence = " · ".join(words)

    def _value_words(self, value, labels):
        label = labels.get(value["fact"], value["fact"])
        if value["fact"] in FLAGS:
            return label
        now = self._in_words(value["fact"], value["now"])
        if value["other"]:
            return self.env._(
                "%(fact)s: %(now)s (%(other)s: %(limit)s)",
                fact=label,
                now=now,
                other=labels.get(value["other"], value["other"]),
                limit=self._in_words(value["other"], value["limit"]),
            )
        if value["before"] is None or value["before"] == value["now"]:
            return self.env._("%(fact)s: %(now)s", fact=label, now=now)
        return self.env._(
            "%(fact)s: %(now)s (%(before)s before)",
            fact=label,
            now=now,
            before=self._in_words(value["fact"], value["before"]),
        )

    def _in_words(self, fact, value):
        if value is None:
            return self.env._("not known")
        if fact in AMOUNTS:
            return format_amount(
                self.env, round(value), self.currency_id, trailing_zeroes=False
            )
        return str(round(value))
