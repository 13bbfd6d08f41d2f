from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.partner_company_data.models import registry_fields
from odoo.addons.partner_company_data.models.groups import MANAGER
from odoo.addons.partner_company_data.models.notification import CLOSE, notification

# Up to this number of partners people wait for the result, beyond it they are told.
DIRECTLY = 100


class PartnerUpdateComplete(models.TransientModel):
    """Fill the empty fields of a selection of partners, or of all, in one click."""

    _name = "partner.update.complete"
    _description = "Fill the Empty Fields"

    proposal_ids = fields.Many2many(
        "partner.update.proposal", help="Empty for all that are open."
    )
    line_ids = fields.One2many("partner.update.complete.line", "wizard_id")
    partner_count = fields.Integer(compute="_compute_partner_count")
    is_manager = fields.Boolean(compute="_compute_is_manager")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        proposals = self.env["partner.update.proposal"]
        if self.env.context.get("active_model") == proposals._name:
            proposals = proposals.browse(self.env.context.get("active_ids"))
        Line = self.env["partner.update.proposal.line"]
        Rule = self.env["partner.update.rule"]
        counts = dict(
            Line._read_group(Line._completion_domain(proposals), ["key"], ["__count"])
        )
        values["proposal_ids"] = [Command.set(proposals.ids)]
        values["line_ids"] = [
            Command.create(
                {
                    "key": field.key,
                    "count": counts[field.key],
                    "by_itself": Rule._get_mode(field.rule_key, completion=True)
                    == "apply",
                }
            )
            for field in registry_fields.REGISTRY_FIELDS
            if counts.get(field.key)
        ]
        return values

    @api.depends("line_ids.selected")
    def _compute_partner_count(self):
        for wizard in self:
            [[count]] = self.env["partner.update.proposal.line"]._read_group(
                wizard._domain(), [], ["partner_id:count_distinct"]
            )
            wizard.partner_count = count

    def _compute_is_manager(self):
        self.is_manager = self.env.user.has_group(MANAGER)

    def _domain(self):
        keys = self.line_ids.filtered("selected").mapped("key")
        Line = self.env["partner.update.proposal.line"]
        return Line._completion_domain(self.proposal_ids) & fields.Domain(
            "key", "in", keys
        )

    def action_fill(self):
        """Fill now, or in the background when there are many partners."""
        self.ensure_one()
        Proposal = self.env["partner.update.proposal"]
        Proposal.check_access("write")
        self._set_rules()
        lines = self.env["partner.update.proposal.line"].search(self._domain())
        if self.partner_count <= DIRECTLY:
            return Proposal._outcome_action(
                Proposal._validate_lines(lines), Proposal._count_filled
            )
        lines._fill_later()
        return notification(
            self.env._(
                "%(count)s partners are being filled in the background; you are told "
                "when it is done.",
                count=self.partner_count,
            ),
            then=CLOSE,
        )

    def _set_rules(self):
        """Set the rules "fill by itself" that a manager has changed here."""
        if not self.is_manager:
            return
        Rule = self.env["partner.update.rule"]
        for line in self.line_ids:
            rule_key = registry_fields.REGISTRY_FIELD_BY_KEY[line.key].rule_key
            mode = Rule._get_mode(rule_key, completion=True)
            if line.by_itself and mode != "apply":
                Rule._set_mode(rule_key, completion_mode="apply")
            elif not line.by_itself and mode == "apply":
                Rule._set_mode(rule_key, completion_mode="propose")


class PartnerUpdateCompleteLine(models.TransientModel):
    """How many partners lack one fact that the register knows."""

    _name = "partner.update.complete.line"
    _description = "Field to Fill"

    wizard_id = fields.Many2one(
        "partner.update.complete", required=True, ondelete="cascade"
    )
    key = fields.Selection(
        registry_fields.REGISTRY_FIELD_SELECTION, string="Field", readonly=True
    )
    count = fields.Integer(string="Empty on partners", readonly=True)
    selected = fields.Boolean(default=True)
    by_itself = fields.Boolean(
        string="Fill by itself from now on",
        help="Rule for all partners: where this field is empty, each check fills it.",
    )
