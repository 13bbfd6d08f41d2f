from odoo import api, fields, models
from odoo.exceptions import ValidationError

from . import registry_compare, registry_fields
from .notification import RELOAD


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
    value_display = fields.Char(
        string="Ignored value", compute="_compute_value_display"
    )
    scope = fields.Selection(
        [("field", "For good"), ("value", "This value only")],
        compute="_compute_scope",
        store=True,
        string="Ignored",
    )
    proposal_id = fields.Many2one(
        "partner.update.proposal",
        ondelete="set null",
        readonly=True,
        index="btree_not_null",
    )

    @api.depends("value")
    def _compute_scope(self):
        for exclusion in self:
            exclusion.scope = "value" if exclusion.value else "field"

    @api.depends("key", "value")
    @api.depends_context("lang")
    def _compute_value_display(self):
        display = self.env["partner.update.proposal.line"]._display
        for exclusion in self:
            exclusion.value_display = bool(exclusion.value) and display(
                exclusion.key, exclusion.value
            )

    @api.constrains("key", "value")
    def _check_excludable(self):
        for exclusion in self:
            field = registry_fields.REGISTRY_FIELD_BY_KEY[exclusion.key]
            if not field.excludable and not exclusion.value:
                raise ValidationError(
                    self.env._(
                        "That an establishment is closed or a company has ceased "
                        "can't be ignored for good."
                    )
                )

    def action_lift(self):
        """Let the next check propose these fields again."""
        self.check_access("unlink")
        # sudo: the officer may lift it without reading the partner's links.
        partners = self.sudo().partner_id
        partners.data_link_ids._ask_first()
        self.unlink()
        partners.credit_file_ids._propose_updates(partners)
        return RELOAD

    @api.model
    def _load(self, partner_ids):
        """Exclusions of partners.

        :return: dict ``{(partner_id, key): [value or None, …]}``
        """
        found = {}
        for exclusion in self.search_fetch(
            [("partner_id", "in", partner_ids)], ["partner_id", "key", "value"]
        ):
            found.setdefault((exclusion.partner_id.id, exclusion.key), []).append(
                exclusion.value or None
            )
        return found

    @api.model
    def _matches(self, values, field, new):
        """Whether exclusions with these values cover the register's ``new`` one."""
        return any(
            value is None or registry_compare.same_value(field, value, new)
            for value in values
        )
