from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_amount

from . import credit_policy, retention
from .partner_credit_action import ACTIONS

MANAGER = "partner_company_data.group_credit_manager"
APPROVE = "partner_company_data.mail_activity_decision_approve"
REVIEW = "partner_company_data.mail_activity_decision_review"
# What people write; everything else is written by the steps of a decision.
WRITTEN_BY_PEOPLE = {
    *("partner_id", "company_id", "limit", "comment", "valid_until", "review_on"),
    *("payment_term_id", "scenario_id", "is_looked_at", "has_limit"),
}
# What may change once it is decided.
CHANGED_LATER = {"review_on"}
OPEN_STATES = ("draft", "to_approve")
# So many days before the review the activity is there, and planned.
REMINDER = timedelta(days=14)
# So many reviews fall due at once before the scheduled action goes on in another turn.
BATCH = 500


class PartnerCreditDecision(models.Model):
    """A limit that a person granted a customer, with what was known that day.

    It is kept when a bureau's contract ends: its evidence are plain words and values.
    Nothing of it is ever sent or shown to the customer.
    """

    _name = "partner.credit.decision"
    _description = "Credit Decision"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id DESC"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('parent_id', '=', False)]",
        help="The decision holds for all partners of the same SIREN.",
    )
    siren = fields.Char(string="SIREN number", readonly=True, index="btree_not_null")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
        index=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("to_approve", "To approve"),
            ("granted", "Granted"),
            ("refused", "Refused"),
            ("expired", "Expired"),
            ("replaced", "Replaced"),
        ],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        copy=False,
    )
    # What the policy suggests.
    action = fields.Selection(
        ACTIONS, string="Credit policy", compute="_compute_suggestion", store=True
    )
    has_suggestion = fields.Boolean(compute="_compute_suggestion", store=True)
    suggested_limit = fields.Monetary(
        string="Suggested limit", compute="_compute_suggestion", store=True
    )
    exposure = fields.Monetary(compute="_compute_suggestion", store=True)
    reasons = fields.Json(compute="_compute_suggestion", store=True)
    reason_text = fields.Text(string="Reasons in words", compute="_compute_reason_text")
    cell_id = fields.Many2one(
        "partner.credit.policy.cell",
        string="Cell of the matrix",
        compute="_compute_suggestion",
        store=True,
    )
    # What a person decides.
    limit = fields.Monetary(
        string="Limit granted", compute="_compute_limit", store=True, readonly=False
    )
    has_limit = fields.Boolean(
        compute="_compute_has_limit",
        store=True,
        readonly=False,
        help="Whether a limit is given at all: none is not a limit of zero.",
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Suggested payment term",
        compute="_compute_payment_term_id",
        store=True,
        readonly=False,
        check_company=True,
    )
    scenario_id = fields.Many2one(
        "partner.credit.scenario",
        string="Follow-up scenario",
        compute="_compute_scenario_id",
        store=True,
        readonly=False,
        check_company=True,
    )
    comment = fields.Text()
    valid_until = fields.Date(
        string="Valid until",
        compute="_compute_dates",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    review_on = fields.Date(
        string="To review on",
        compute="_compute_dates",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    is_sole_trader = fields.Boolean(compute="_compute_is_sole_trader", store=True)
    is_looked_at = fields.Boolean(
        string="Looked at by a person",
        help="A sole trader is a person: whoever decides confirms to have looked at "
        "the case, and not to follow a score alone.",
    )
    submitted_by_id = fields.Many2one(
        "res.users", string="Submitted by", readonly=True, copy=False
    )
    submitted_on = fields.Datetime(string="Submitted on", readonly=True, copy=False)
    decided_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False
    )
    decided_on = fields.Datetime(
        string="Decided on", readonly=True, copy=False, index="btree_not_null"
    )
    evidence = fields.Json(
        readonly=True,
        copy=False,
        help="What was known when it was decided: sources, dates, values.",
    )
    evidence_display = fields.Json(
        string="What was known", compute="_compute_evidence_display"
    )
    is_review_told = fields.Boolean(readonly=True, copy=False)
    is_due = fields.Boolean(
        string="Due for review", compute="_compute_is_due", search="_search_is_due"
    )

    _limit_check = models.Constraint('CHECK("limit" >= 0)', "A limit is zero or more.")
    _dates_check = models.Constraint(
        "CHECK(review_on <= valid_until)",
        "A decision is reviewed before it ends.",
    )

    # === What it shows === #

    @api.depends("partner_id", "company_id")
    def _compute_suggestion(self):
        for decision in self:
            if decision.state not in OPEN_STATES:
                continue
            decision.update(decision._suggestion())

    def _suggestion(self):
        """Values that the policy suggests now."""
        self.ensure_one()
        entity = self.partner_id.commercial_partner_id
        if not (entity and self.company_id):
            return {
                "action": False,
                "has_suggestion": False,
                "suggested_limit": 0,
                "exposure": 0,
                "reasons": [],
                "cell_id": False,
            }
        policy = self.env["partner.credit.policy"]._of(self.company_id)
        facts, found = policy._assess(entity)[entity._origin.id]
        cell = policy._cell(found.row, found.level)
        limit, reasons = credit_policy.suggested_limit(facts, found, cell.limit_share)
        return {
            "action": found.action,
            "has_suggestion": limit is not None,
            "suggested_limit": limit or 0,
            "exposure": facts.exposure,
            "reasons": [reason.as_json() for reason in (*reasons, *found.reasons)],
            "cell_id": cell.id,
        }

    @api.depends("suggested_limit")
    def _compute_limit(self):
        for decision in self:
            if decision.state in OPEN_STATES:
                decision.limit = decision.suggested_limit

    @api.depends("has_suggestion")
    def _compute_has_limit(self):
        for decision in self:
            decision.has_limit = (
                decision.state not in OPEN_STATES
                or decision.has_suggestion
                or bool(decision.limit)
            )

    @api.onchange("limit")
    def _onchange_limit(self):
        if self.limit:
            self.has_limit = True

    @api.depends("cell_id", "action")
    def _compute_payment_term_id(self):
        for decision in self:
            if decision.state in OPEN_STATES:
                cell = decision.cell_id.sudo()
                decision.payment_term_id = cell.policy_id._suggested_term(
                    cell, decision.action
                )

    @api.depends("cell_id")
    def _compute_scenario_id(self):
        for decision in self:
            if decision.state in OPEN_STATES:
                decision.scenario_id = decision.cell_id.sudo().scenario_id

    @api.depends("company_id")
    def _compute_dates(self):
        today = fields.Date.context_today(self)
        for decision in self:
            if decision.state not in OPEN_STATES:
                continue
            policy = self.env["partner.credit.policy"]._of(decision.company_id)
            decision.review_on = today + relativedelta(months=policy.review_months)
            decision.valid_until = today + relativedelta(months=policy.validity_months)

    @api.depends("partner_id")
    def _compute_is_sole_trader(self):
        for decision in self:
            # sudo: the register's file needs a right that credit managers may lack.
            entity = decision.partner_id.commercial_partner_id.sudo()
            decision.is_sole_trader = bool(entity) and (
                entity.registry_is_sole_trader or not entity.is_company
            )

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        Policy = self.env["partner.credit.policy"]
        for decision in self:
            words = Policy._reason_words(decision.reasons or [], decision.currency_id)
            decision.reason_text = "\n".join(word["text"] for word in words)

    @api.depends("partner_id", "limit", "has_limit", "currency_id")
    def _compute_display_name(self):
        for decision in self:
            if not decision.has_limit and not decision.limit:
                decision.display_name = decision.partner_id.display_name or ""
                continue
            decision.display_name = self.env._(
                "%(limit)s for %(customer)s",
                limit=format_amount(
                    self.env,
                    decision.limit,
                    decision.currency_id,
                    trailing_zeroes=False,
                ),
                customer=decision.partner_id.display_name or "",
            )

    @api.depends("review_on", "state")
    def _compute_is_due(self):
        today = fields.Date.context_today(self)
        for decision in self:
            decision.is_due = decision.state == "expired" or bool(
                decision.state == "granted"
                and decision.review_on
                and decision.review_on <= today
            )

    def _search_is_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [
            "|",
            ("state", "=", "expired"),
            "&",
            ("state", "=", "granted"),
            ("review_on", "<=", fields.Date.context_today(self)),
        ]

    # === Guarding what is decided === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_written(vals)
            if "limit" in vals:
                vals.setdefault("has_limit", True)
            partner = self.env["res.partner"].browse(vals.get("partner_id"))
            entity = partner.sudo().commercial_partner_id
            vals["partner_id"] = entity.id
            vals["siren"] = entity.l10n_fr_siren
        return super().create(vals_list)

    def write(self, vals):
        self._check_written(vals)
        if not self.env.su and set(vals) - CHANGED_LATER:
            for decision in self:
                if decision.state != "draft":
                    raise UserError(
                        self.env._(
                            "What is submitted or decided can't be changed: make a new "
                            "decision, which replaces it."
                        )
                    )
        if "limit" in vals:
            vals = {"has_limit": True, **vals}
        if "review_on" not in vals:
            return super().write(vals)
        # Who has been told already is told the new day, not once more.
        told = self.sudo().activity_reschedule(
            [REVIEW], date_deadline=fields.Date.to_date(vals["review_on"])
        )
        others = self.browse(set(self.ids) - set(told.mapped("res_id")))
        return super().write(vals) and super(
            PartnerCreditDecision, others.sudo()
        ).write({"is_review_told": False})

    def _check_written(self, vals):
        """State, evidence and who decided are written by the steps alone."""
        names = {
            name for name in vals if not name.startswith(("activity_", "message_"))
        }
        if not self.env.su and names - WRITTEN_BY_PEOPLE:
            raise AccessError(
                self.env._(
                    "These are written by the steps of a decision: %s",
                    ", ".join(sorted(names - WRITTEN_BY_PEOPLE)),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(
            decision.state != "draft" and not decision._is_out_of_date()
            for decision in self
        ):
            raise UserError(self.env._("A decision is kept: only drafts are deleted."))

    def _is_out_of_date(self):
        """Whether nobody has to know any more why it was decided."""
        self.ensure_one()
        return (
            self.state in ("refused", "expired", "replaced")
            and self.decided_on
            and self.decided_on < retention.older_than(retention.DECISIONS)
        )

    @api.constrains("company_id")
    def _check_root_company(self):
        if any(decision.company_id.parent_id for decision in self):
            raise ValidationError(
                self.env._("A decision is taken by a legal entity, not by a branch.")
            )

    def _mail_get_partner_fields(self, introspect_fields=False):
        """Nobody outside: no message of a decision ever suggests the customer."""
        return []

    # === Steps === #

    def action_refresh(self):
        """Ask the policy again."""
        for decision in self.filtered(lambda one: one.state == "draft"):
            decision._check_may_decide()
            decision.sudo().write(decision._suggestion() | {"limit": decision.limit})

    def action_submit(self):
        """Decide, or hand over to a second person where the amount asks for it."""
        for decision in self:
            decision._check_may_decide()
            decision._check_state("draft")
            decision._check_complete()
            decision.sudo().write(
                {
                    "submitted_by_id": self.env.uid,
                    "submitted_on": fields.Datetime.now(),
                    "evidence": decision._make_evidence(),
                    "state": "to_approve",
                }
            )
            policy = self.env["partner.credit.policy"]._of(decision.company_id)
            if policy.approval_above and decision.limit > policy.approval_above:
                decision._ask_for_approval(policy)
            else:
                decision._grant()

    def action_approve(self):
        for decision in self:
            decision._check_may_decide()
            decision._check_state("to_approve")
            if decision.submitted_by_id == self.env.user:
                raise UserError(
                    self.env._("A second person approves: you submitted this yourself.")
                )
            decision._grant()

    def action_refuse(self):
        for decision in self:
            decision._check_may_decide()
            decision._check_state(*OPEN_STATES)
            if not decision.evidence:
                decision.sudo().evidence = decision._make_evidence()
            decision._decide("refused")

    def _check_may_decide(self):
        self.check_access("write")
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Deciding on credit needs the right “Decide”.")
            )

    def _check_state(self, *states):
        if self.state not in states:
            raise UserError(
                self.env._("%s has been dealt with already.", self.display_name)
            )

    def _check_complete(self):
        if not self.has_limit:
            raise UserError(
                self.env._(
                    "Enter a limit for %s: none can be suggested. Zero is no credit.",
                    self.partner_id.display_name,
                )
            )
        if self.is_sole_trader and not self.is_looked_at:
            raise UserError(
                self.env._(
                    "%s is a sole trader: confirm that you have looked at the case "
                    "yourself. A score alone decides nothing about a person.",
                    self.partner_id.display_name,
                )
            )
        is_beyond = (
            self.currency_id.compare_amounts(self.limit, self.suggested_limit) > 0
        )
        if is_beyond and not (self.comment or "").strip():
            raise UserError(
                self.env._("A limit above the suggested one needs a comment.")
            )
        if self.valid_until < fields.Date.context_today(self):
            raise UserError(self.env._("The decision would have ended already."))

    def _ask_for_approval(self, policy):
        managers = (
            self.env.ref(MANAGER)
            .sudo()
            .all_user_ids.filtered(
                lambda user: (
                    user.active
                    and not user.share
                    and user != self.env.user
                    and self.company_id in user.company_ids
                    and user != self.env.ref("base.user_root")
                )
            )
        )
        approver = (policy.manager_id & managers) or managers[:1]
        self.sudo().activity_schedule(
            APPROVE,
            user_id=(approver or self.env.user).id,
        )

    def _grant(self):
        """The limit holds from now on, and replaces the one before."""
        self.ensure_one()
        before = self._same_customer([("state", "in", ("granted", "expired"))]).sudo()
        before.activity_unlink([REVIEW])
        before.write({"state": "replaced"})
        self._decide("granted")
        self._write_credit_limit()
        self._answer_requests()

    def _decide(self, state):
        self.sudo().write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )
        self.sudo().activity_unlink([APPROVE])

    def _same_customer(self, domain=()):
        """Other decisions on the same legal unit by the same company."""
        self.ensure_one()
        customer = (
            [("siren", "=", self.siren)]
            if self.siren
            else [("partner_id", "=", self.partner_id.id)]
        )
        others = self.search(
            [*domain, *customer, ("company_id", "=", self.company_id.id)]
        )
        return others - self

    def _companies(self):
        """The company with its branches."""
        return (
            self.env["res.company"]
            .sudo()
            .search([("id", "child_of", self.company_id.id)])
        )

    def _answer_requests(self):
        """Whoever asked for more credit is told; the activities are done."""
        self.ensure_one()
        amount = format_amount(
            self.env, self.limit, self.currency_id, trailing_zeroes=False
        )
        # sudo: who may decide on credit needn't be one who may see documents.
        entities = self.partner_id.sudo()._credit_unit_entities()
        for model in ("sale.order", "account.move"):
            self.env[model].sudo()._answer_credit_requests(
                entities, self._companies(), self.env._("Limit granted: %s", amount)
            )

    def _write_credit_limit(self):
        """Write Odoo's own limit on the legal unit's partners, for this company."""
        self.ensure_one()
        companies = self._companies()
        # sudo: who may decide on credit needn't be one who may change partners.
        entities = (
            self.partner_id.sudo()
            ._credit_unit_entities()
            .filtered(
                lambda entity: not entity.company_id or entity.company_id in companies
            )
        )
        # Zero is no limit at all for Odoo: the smallest amount stands for no credit.
        limit = self.limit or self.currency_id.rounding
        for company in companies:
            entities.with_company(company).credit_limit = limit

    # === Scheduled === #

    @api.model
    def _cron_due(self):
        """End what has run out, and have decisions reviewed that are due soon."""
        cron = self.env["ir.cron"]
        today = fields.Date.context_today(self)
        ended = self.search([("state", "=", "granted"), ("valid_until", "<", today)])
        ended.write({"state": "expired"})
        # Odoo's limit stays until somebody decides: that is told once more.
        waiting = ended.activity_search([REVIEW]).mapped("res_id")
        ended.filtered(lambda one: one.id not in waiting).is_review_told = False
        domain = [
            ("state", "in", ("granted", "expired")),
            ("review_on", "<=", today + REMINDER),
            ("is_review_told", "=", False),
        ]
        remaining = self.search_count(domain)
        while due := self.search(domain, limit=BATCH, order="review_on, id"):
            due._have_reviewed()
            remaining = max(remaining - len(due), 0)
            if not cron._commit_progress(len(due), remaining=remaining):
                break

    def _have_reviewed(self):
        """One activity a decision, for who decided or the company's credit manager."""
        for (user, company, day), decisions in self.grouped(
            lambda one: (one.decided_by_id, one.company_id, one.review_on)
        ).items():
            is_able = (
                user.active and company in user.company_ids and user.has_group(MANAGER)
            )
            policy = self.env["partner.credit.policy"]._of(company)
            # Odoo names each activity after its record: their names are read at once.
            decisions.mapped("display_name")
            # Nobody is mailed about each: they wait in the list and the clock.
            decisions.with_context(mail_activity_quick_update=True).activity_schedule(
                REVIEW,
                date_deadline=day,
                user_id=(user if is_able else policy.manager_id or self.env.user).id,
            )
        self.write({"is_review_told": True})

    @api.autovacuum
    def _gc_old(self):
        """Take away decisions that nobody has to explain any more."""
        old = self.sudo().search(
            [
                ("state", "in", ("refused", "expired", "replaced")),
                ("decided_on", "<", retention.older_than(retention.DECISIONS)),
            ],
            limit=retention.LIMIT,
        )
        return retention.remove(old)


class PartnerCreditPolicy(models.Model):
    _inherit = "partner.credit.policy"

    approval_above = fields.Monetary(
        string="Approval above",
        help="A second person approves a limit above this amount; 0 for none.",
    )
    review_months = fields.Integer(string="Review after (months)", default=6)
    validity_months = fields.Integer(string="Valid for (months)", default=12)

    _months_check = models.Constraint(
        "CHECK(0 < review_months AND review_months <= validity_months)",
        "A decision is reviewed before it ends.",
    )

    def _suggested_term(self, cell, action):
        """The payment term to suggest, as long as it is lawful; else none.

        :param cell: where the matrix puts the customer
        :param action: what the overrides left of the cell's action
        """
        if action in ("cash", "stop"):
            return self.env["account.payment.term"].browse(
                self.env["ir.model.data"]._xmlid_to_res_id(
                    "account.account_payment_term_immediate"
                )
                or ()
            )
        if action != cell.action:
            # The term is that of a cell of this volume with the action.
            same = self.cell_ids.filtered(
                lambda other: other.action == action and other.level == cell.level
            )
            cell = same[:1] or cell
        return cell.payment_term_id.filtered(
            lambda term: term._is_within_legal_maximum()
        )
