from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.partner_company_data.connectors import identifiers, nomenclatures

from .groups import OFFICER, READER

# Bootstrap's colour and Font Awesome's icon of each state: never the colour alone.
_LOOKS = {
    "never": ("secondary", "fa-question-circle-o"),
    "up_to_date": ("success", "fa-check-circle"),
    "updates": ("warning", "fa-exchange"),
    "not_found": ("danger", "fa-search"),
    "partial": ("info", "fa-eye-slash"),
    "failed": ("danger", "fa-exclamation-triangle"),
}


class ResPartner(models.Model):
    """What the partner's screens say about the register, in words."""

    _inherit = "res.partner"

    registry_check_display = fields.Json(
        compute="_compute_registry_check_display", compute_sudo=True, groups=READER
    )
    registry_link_state = fields.Selection(
        related="registry_link_id.state",
        string="Result of the last check",
        groups=READER,
    )
    registry_alert = fields.Char(related="registry_link_id.alert", groups=READER)
    registry_naf_label = fields.Char(compute="_compute_registry_labels")
    registry_legal_form_label = fields.Char(compute="_compute_registry_labels")
    registry_vat_expected = fields.Char(
        string="VAT number that fits the SIREN",
        compute="_compute_registry_vat_expected",
    )

    @api.depends("registry_naf", "registry_naf_nomenclature", "registry_legal_form")
    def _compute_registry_labels(self):
        legal_forms = nomenclatures.legal_form_labels()
        for partner in self:
            partner.registry_naf_label = nomenclatures.naf_label(
                partner.registry_naf or None, partner.registry_naf_nomenclature or None
            )
            partner.registry_legal_form_label = legal_forms.get(
                partner.registry_legal_form
            )

    @api.depends("l10n_fr_siren", "registry_vat_mismatch")
    def _compute_registry_vat_expected(self):
        for partner in self:
            partner.registry_vat_expected = (
                partner.registry_vat_mismatch
                and partner.l10n_fr_siren
                and identifiers.vat_of_siren(partner.l10n_fr_siren)
            )

    @api.depends(
        "registry_check_state",
        "registry_identifier_state",
        "registry_link_id.register_date",
        "registry_link_id.last_error",
        "registry_link_id.source_id.stale_days",
        "registry_proposal_ids.state",
        "registry_proposal_ids.line_ids.state",
    )
    @api.depends_context("uid", "lang")
    def _compute_registry_check_display(self):
        """What the check button and the marks beside the facts show.

        ``False`` where there is nothing to check, otherwise a dict: ``state`` and
        ``label`` of the button, its ``level`` (Bootstrap) and ``icon``, ``stale`` (a
        sentence when the register's copy is old, else ``False``), ``can_check`` (the
        user may ask the register), ``proposal_id`` and ``differences`` (``{key: the
        register's value}`` of the open proposal).
        """
        can_check = self.env.user.has_group(OFFICER)
        for partner in self:
            if not partner.registry_identifier_state:
                partner.registry_check_display = False
                continue
            state = partner.registry_check_state or "never"
            level, icon = _LOOKS[state]
            proposal = partner.registry_proposal_ids.filtered(
                lambda proposal: (
                    proposal.state == "new" and proposal.source_id.kind == "registry"
                )
            )[:1]
            lines = proposal.line_ids.filtered(lambda line: line.state == "new")
            partner.registry_check_display = {
                "state": state,
                "label": partner._registry_check_label(state),
                "level": level,
                "icon": icon,
                "stale": partner._registry_stale_sentence(),
                "proposal_id": proposal.id,
                "can_check": can_check,
                "differences": {line.key: line.new_display or "" for line in lines},
            }

    def _registry_check_label(self, state):
        self.ensure_one()
        link = self.registry_link_id
        env = self.env
        if state == "up_to_date":
            if not link.register_date:
                return env._("Update from SIRET: up to date")
            return env._(
                "Update from SIRET: up to date (register of %(date)s)",
                date=format_date(env, link.register_date),
            )
        if state == "updates":
            return env._("Update from SIRET: updates available")
        if state == "not_found":
            return env._("Update from SIRET: not found")
        if state == "partial":
            return env._("Update from SIRET: partial disclosure")
        if state == "failed":
            return env._(
                "Update from SIRET: failed (%(reason)s)",
                reason=link.last_error or env._("unknown reason"),
            )
        return env._("Update from SIRET: never checked")

    def _registry_stale_sentence(self):
        """That the register's copy is old, for people; ``False`` when it is not."""
        self.ensure_one()
        link = self.registry_link_id
        stale_days = link.source_id.stale_days
        if not link.register_date or not stale_days:
            return False
        days = (fields.Datetime.now() - link.register_date).days
        if days <= stale_days:
            return False
        return self.env._("The register's copy is %(days)s days old.", days=days)

    def action_registry_proposals(self):
        """The updates of this partner: open, validated, ignored and obsolete ones."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Previous updates"),
            "res_model": "partner.update.proposal",
            "view_mode": "list,form",
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
        }

    def action_registry_exclusions(self):
        """The fields that people decided never to be asked about for this partner."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ignored fields"),
            "res_model": "partner.update.exclusion",
            "view_mode": "list",
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {"default_partner_id": self.commercial_partner_id.id},
        }
