from odoo import api, fields, models

from .groups import MANAGER
from .partner_update_rule import MODES


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    partner_data_source_id = fields.Many2one(
        "partner.data.source",
        string="Register in use",
        domain=[("kind", "=", "registry")],
        help="The register that partners are checked against. The others are disabled.",
    )
    partner_data_interval_days = fields.Integer(
        related="partner_data_source_id.interval_days", readonly=False
    )
    partner_data_daily_limit = fields.Integer(
        related="partner_data_source_id.daily_limit", readonly=False
    )
    partner_data_stale_days = fields.Integer(
        related="partner_data_source_id.stale_days", readonly=False
    )
    partner_data_responsible_id = fields.Many2one(
        related="partner_data_source_id.responsible_id", readonly=False
    )
    partner_data_fill_empty = fields.Boolean(
        string="Fill the empty fields",
        help="What the register knows and the partner lacks is written without asking. "
        "Values that people typed are never replaced by this.",
    )
    partner_data_statistics_mode = fields.Selection(MODES, string="INSEE statistics")
    partner_data_nomenclature_mode = fields.Selection(
        MODES, string="Change of NAF nomenclature"
    )

    @api.model
    def get_values(self):
        values = super().get_values()
        # Whoever sets Odoo up may have no right on company data.
        if not self.env.user.has_group(MANAGER):
            return values
        Rule = self.env["partner.update.rule"]
        return values | {
            "partner_data_source_id": self.env["partner.data.source"]
            ._active_registry()
            .id,
            "partner_data_fill_empty": not self._partner_data_asking_rules("propose"),
            "partner_data_statistics_mode": Rule._get_mode("statistics"),
            "partner_data_nomenclature_mode": Rule._get_mode("naf_nomenclature"),
        }

    def set_values(self):
        res = super().set_values()
        if not self.env.user.has_group(MANAGER):
            return res
        self._use_registry(self.partner_data_source_id)
        before = self.get_values()
        if self.partner_data_fill_empty != before["partner_data_fill_empty"]:
            old, new = ("propose", "apply")
            if not self.partner_data_fill_empty:
                old, new = new, old
            self._partner_data_asking_rules(old).completion_mode = new
        Rule = self.env["partner.update.rule"]
        for key, name in (
            ("statistics", "partner_data_statistics_mode"),
            ("naf_nomenclature", "partner_data_nomenclature_mode"),
        ):
            if self[name] and self[name] != before[name]:
                Rule._set_mode(key, mode=self[name])
        return res

    def _partner_data_asking_rules(self, mode):
        """Rules whose completion is ``mode``; those that are "never" are left alone."""
        return self.env["partner.update.rule"].search([("completion_mode", "=", mode)])

    def _use_registry(self, chosen):
        """Enable the chosen register and disable the others; none chosen: all."""
        sources = self.env["partner.data.source"].search([("kind", "=", "registry")])
        # A source in test is asked on demand only: it may stay beside the chosen one.
        kept = ("disabled", "test") if chosen else ("disabled",)
        others = (sources - chosen).filtered(lambda source: source.state not in kept)
        if others:
            others.action_disable()
        if chosen and chosen.state != "enabled":
            chosen.action_enable()
