from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.partner_company_data.models.notification import (
    CLOSE,
    RELOAD,
    notification,
)
from odoo.addons.partner_company_data.models.open_records import open_records
from odoo.addons.partner_company_data.models.partner_credit_file import STATUSES
from odoo.addons.partner_company_data.models.partner_data_source_find import (
    MAX_CANDIDATES,
    bureau_company,
)
from odoo.addons.partner_company_data.models.partner_data_source_purchase import (
    MOMENT,
    BureauCompany,
)

from .partner_credit_search import BUREAU


class PartnerCreditUpdate(models.TransientModel):
    """Manual update: which company it is, and whether to buy its report again."""

    _name = "partner.credit.update"
    _description = "Update from the Credit Bureau"

    partner_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    source_id = fields.Many2one(
        "partner.data.source", required=True, ondelete="cascade"
    )
    candidate_ids = fields.One2many(
        "partner.credit.update.candidate", "wizard_id", string="Companies found"
    )
    bureau_id = fields.Char(string="Identifier")
    company_name = fields.Char(string="Company")
    siren = fields.Char(string="SIREN number")
    country_code = fields.Char()
    bureau_number = fields.Char()
    seen_call_id = fields.Integer()
    needs_reason = fields.Boolean()
    reason_id = fields.Many2one(
        "partner.credit.reason",
        domain="[('source_id', '=', source_id), ('country_code', '=', country_code)]",
        help="The company's country wants to know why its report is bought.",
    )
    not_found = fields.Char(compute="_compute_not_found")
    has_many = fields.Boolean(compute="_compute_has_many")
    has_search = fields.Boolean(compute="_compute_has_search")
    question = fields.Char(compute="_compute_question")
    cost = fields.Char(compute="_compute_cost")

    @api.depends("bureau_id", "candidate_ids")
    def _compute_not_found(self):
        for wizard in self:
            is_missing = not (wizard.bureau_id or wizard.candidate_ids)
            wizard.not_found = is_missing and self.env._(
                "%(service)s finds no company for %(partner)s. Check its number, "
                "its country and its name.",
                service=wizard.sudo().source_id.name,
                partner=wizard.partner_id.display_name,
            )

    @api.depends("candidate_ids")
    def _compute_has_many(self):
        for wizard in self:
            wizard.has_many = len(wizard.candidate_ids) >= MAX_CANDIDATES

    @api.depends("source_id")
    def _compute_has_search(self):
        for wizard in self:
            wizard.has_search = wizard.sudo().source_id.code == BUREAU

    @api.depends("bureau_id", "seen_call_id")
    def _compute_question(self):
        for wizard in self:
            # sudo: the wizard is the user's own, calls are read by company.
            call = self.env["partner.data.call"].sudo().browse(wizard.seen_call_id)
            wizard.question = (
                wizard._young_question(call)
                if wizard.bureau_id and call
                else self.env._("Buy the report of %s?", wizard.company_name or "")
            )

    def _young_question(self, call):
        return self.env._(
            "Report of %(date)s by %(user)s — buy again?",
            date=format_date(self.env, call.started_on),
            user=call.user_id.name,
        )

    @api.depends("source_id")
    def _compute_cost(self):
        for wizard in self:
            wizard.cost = wizard.sudo().source_id._cost_words()

    # === Entrance === #

    @api.model
    def _start(self, partner, source):
        """Buy when it is clear what and nothing young is there; ask otherwise."""
        companies, is_certain = source._find_companies(partner)
        if not companies or not is_certain:
            wizard = self.create(
                {
                    "partner_id": partner.id,
                    "source_id": source.id,
                    "candidate_ids": [
                        fields.Command.create(self._candidate_vals(one))
                        for one in companies
                    ],
                }
            )
            return wizard._open()
        wizard = self.create({"partner_id": partner.id, "source_id": source.id})
        return wizard._take(bureau_company(companies[0]))

    @api.model
    def _candidate_vals(self, found):
        return {
            **bureau_company(found)._asdict(),
            "registration_number": found.siret or found.registration_number,
            "address": found.address_text,
            "is_active": found.status == "active",
            "status": found.status in dict(STATUSES) and found.status,
        }

    def _take(self, company):
        """Go on with this company: buy, or ask when its report is young."""
        self.ensure_one()
        source = self.sudo().source_id
        last = source._last_call(company.bureau_id)
        self.write({**self._company_vals(company), "seen_call_id": last.id})
        young = source._young_call(company.bureau_id)
        asks_reason = self._prepare_reason(source)
        if not young and asks_reason:
            return self._open()
        if not young:
            return self._buy(self.env._("Manual update"))
        if file := source._file_here(company.bureau_id):
            source._link_partners(file.id, company.siren or file.siren, self.partner_id)
        # What the same person bought a moment ago, a repeated request asks for.
        is_mine = young.user_id == self.env.user
        if is_mine and young.started_on > fields.Datetime.now() - MOMENT:
            return self._done(self.env._("The report of %s was bought.", company.name))
        return self._open()

    def _prepare_reason(self, source):
        """Whether this country wants a reason; the one used last is proposed."""
        if self.country_code in (False, "FR"):
            return False
        reasons = self.env["partner.credit.reason"]._of_country(
            source, self.country_code
        )
        self.needs_reason = bool(reasons)
        self.reason_id = reasons.filtered("is_default")[:1]
        return self.needs_reason

    @api.model
    def _company_vals(self, company):
        values = company._asdict()
        return {"company_name": values.pop("name"), **values}

    def _company(self):
        return BureauCompany(
            bureau_id=self.bureau_id,
            name=self.company_name,
            siren=self.siren,
            country_code=self.country_code,
            bureau_number=self.bureau_number,
        )

    # === Buttons === #

    def action_search(self):
        """None of these: look for it with other words."""
        self.ensure_one()
        return self.partner_id.action_search_credit()

    def action_buy(self):
        """Buy the report, although one is young or with the reason chosen."""
        self.ensure_one()
        if self.needs_reason:
            if not self.reason_id:
                raise UserError(self.env._("Choose why the report is bought."))
            self.reason_id._make_default()
        if self.seen_call_id:
            return self._buy(self.env._("Manual update, bought again"))
        return self._buy(self.env._("Manual update"))

    def _buy(self, reason):
        company = self._company()
        source = self.sudo().source_id
        purchase = source._buy_report(
            company, self.seen_call_id, reason, self.partner_id.id
        )
        source._link_partners(
            purchase.file_id,
            company.siren or self.partner_id.l10n_fr_siren,
            self.partner_id,
        )
        return self._done(self.env._("The report of %s was bought.", company.name))

    def _done(self, message):
        in_dialog = self.env.context.get("credit_dialog")
        return notification(message, "success", CLOSE if in_dialog else RELOAD)

    def _open(self):
        return open_records(
            self,
            name=self.env._("Manual update"),
            target="new",
            context={"credit_dialog": True},
        )


class PartnerCreditUpdateCandidate(models.TransientModel):
    _name = "partner.credit.update.candidate"
    _description = "Company Found at the Credit Bureau"

    wizard_id = fields.Many2one(
        "partner.credit.update", required=True, ondelete="cascade"
    )
    bureau_id = fields.Char(string="Identifier", required=True)
    name = fields.Char()
    siren = fields.Char(string="SIREN number")
    registration_number = fields.Char()
    country_code = fields.Char(string="Country")
    bureau_number = fields.Char()
    address = fields.Char()
    is_active = fields.Boolean()
    status = fields.Selection(STATUSES)

    def action_choose(self):
        """This is the partner: go on with it."""
        self.ensure_one()
        return self.wizard_id._take(
            BureauCompany(
                bureau_id=self.bureau_id,
                name=self.name,
                siren=self.siren,
                country_code=self.country_code,
                bureau_number=self.bureau_number,
            )
        )
