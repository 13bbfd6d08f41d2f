from odoo import api, fields, models

from odoo.addons.partner_company_data.models.open_records import open_records


class PartnerSirenGet(models.TransientModel):
    """Get SIRET/SIREN: find one partner in the register and take its number over."""

    _name = "partner.siren.get"
    _description = "Get SIRET/SIREN"
    _inherit = "partner.company.lookup"

    candidate_ids = fields.One2many(
        "partner.siren.get.candidate", "wizard_id", string="Results"
    )
    write_legal_name = fields.Boolean(string="Legal name", default=True)
    write_address = fields.Boolean(string="Address", default=True)
    write_facts = fields.Boolean(
        string="Register's facts",
        default=True,
        help="Establishment type, administrative states, legal form, NAF, category and "
        "workforce bracket.",
    )
    chosen_number = fields.Char(compute="_compute_chosen")
    chosen_legal_name = fields.Char(compute="_compute_chosen")
    chosen_address = fields.Char(compute="_compute_chosen")
    chosen_facts = fields.Char(compute="_compute_chosen")

    @api.depends("candidate_ids.selected")
    def _compute_chosen(self):
        for wizard in self:
            chosen = wizard.candidate_ids.filtered("selected")[:1]
            wizard.chosen_number = chosen.siret
            wizard.chosen_legal_name = chosen.legal_name
            wizard.chosen_address = chosen and chosen._address_display()
            wizard.chosen_facts = chosen and chosen._facts_display()

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        partner = self.env["res.partner"].browse(values.get("partner_id"))
        return {**partner._prepare_lookup_criteria(), **values} if partner else values

    def action_confirm(self):
        """Write the ticked company's number, and what was left ticked beside it."""
        self.ensure_one()
        parts = {"identifier"}
        parts |= {"legal_name"} if self.write_legal_name else set()
        parts |= {"address"} if self.write_address else set()
        parts |= {"facts"} if self.write_facts else set()
        self._selected_candidate()._write_on_partner(
            self.partner_id, self.source_id, parts
        )
        self._check_partner()
        return {"type": "ir.actions.act_window_close"}

    def _after_search(self):
        return self._open()

    def _open(self):
        return open_records(
            self,
            name=self.env._("Get SIRET/SIREN"),
            target="new",
            context={"dialog_size": "extra-large"},
        )


class PartnerSirenGetCandidate(models.TransientModel):
    _name = "partner.siren.get.candidate"
    _description = "Company Found for a Partner"
    _inherit = "partner.company.candidate"

    wizard_id = fields.Many2one("partner.siren.get", required=True, ondelete="cascade")
