"""The banner on quotations and invoices, and what holds them back.

The sentence is of our own facts: what the customer owes, the limit that we granted. Of
a bureau's facts only those read, between the lines, who may see them anyway. Customers
never do: the fields are for employees, and notes are internal.
"""

from math import ceil

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from .notification import RELOAD, notification
from .open_records import open_records
from .res_partner_credit import READ_BAND

EMPLOYEES = "base.group_user"
MANAGER = "partner_company_data.group_credit_manager"
# Actions that a document's author should know, with what they ask for.
_TOLD_ACTIONS = ("secure", "reduce", "cash", "stop")
_ASKED = "partner_company_data.mail_activity_more_credit"


class PartnerCreditDocument(models.AbstractModel):
    """A document that takes a customer's exposure up."""

    _name = "partner.credit.document"
    _description = "Document with a Credit Check"
    _inherit = "partner.credit.guard"

    # The setting of the policy that holds this kind of document.
    _credit_hold = None

    partner_id = fields.Many2one("res.partner", string="Customer")

    credit_rating = fields.Selection(
        related="partner_id.credit_rating", groups=READ_BAND
    )
    credit_risk = fields.Selection(related="partner_id.credit_risk", groups=READ_BAND)
    credit_updated_on = fields.Datetime(
        related="partner_id.credit_updated_on", groups=READ_BAND
    )
    credit_is_old = fields.Boolean(related="partner_id.credit_is_old", groups=READ_BAND)

    credit_notice = fields.Char(
        compute="_compute_credit_notice", groups=EMPLOYEES, string="Credit"
    )
    credit_notice_level = fields.Selection(
        [("warning", "Warning"), ("danger", "Danger")],
        compute="_compute_credit_notice",
        groups=EMPLOYEES,
    )
    is_credit_held = fields.Boolean(
        string="Hold", compute="_compute_credit_notice", groups=EMPLOYEES
    )
    # Of this document alone: a copy is held anew.
    credit_override_by_id = fields.Many2one(
        "res.users",
        string="Hold lifted by",
        copy=False,
        readonly=True,
        groups=EMPLOYEES,
    )
    credit_override_on = fields.Datetime(
        string="Hold lifted on", copy=False, readonly=True, groups=EMPLOYEES
    )
    credit_override_amount = fields.Float(
        string="Amount when the hold was lifted",
        copy=False,
        readonly=True,
        groups=EMPLOYEES,
        help="In the company's currency. A document that becomes larger is held anew.",
    )
    credit_override_customer_id = fields.Many2one(
        "res.partner",
        string="Customer when the hold was lifted",
        copy=False,
        readonly=True,
        index="btree_not_null",
        groups=EMPLOYEES,
    )
    credit_override_reason = fields.Char(
        string="Reason of the override", copy=False, readonly=True, groups=EMPLOYEES
    )

    # === What a kind of document says of itself === #

    def _takes_credit(self):
        """Whether this document, as it is now, may still take exposure up."""
        raise NotImplementedError

    def _credit_amounts(self):
        """The document's amount, and how much of it no exposure holds yet.

        Both in the company's currency.
        """
        raise NotImplementedError

    # === The banner === #

    @api.depends_context("uid", "lang")
    def _compute_credit_notice(self):
        self.credit_notice = False
        self.credit_notice_level = False
        self.is_credit_held = False
        for document, standing in self._credit_standings():
            asked = document._credit_advice(standing)
            is_held = document._is_held(standing)
            if not (asked or is_held or document._is_noteworthy(standing)):
                continue
            document.is_credit_held = is_held
            document.credit_notice = document._credit_sentence(standing, asked)
            document.credit_notice_level = (
                "danger"
                if is_held
                or document._is_over_limit(standing)
                or (asked and standing.is_stopped)
                else "warning"
            )

    def _credit_standings(self):
        """Pairs of document and ``Standing`` of those that take credit."""
        Policy = self.env["partner.credit.policy"]
        documents = self.filtered(
            lambda one: one.partner_id and one.company_id and one._takes_credit()
        )
        pairs = []
        for company, group in documents.grouped("company_id").items():
            standings = Policy._standings(group.partner_id, company)
            for document in group:
                entity = document.partner_id.sudo().commercial_partner_id._origin
                if entity.id in standings:
                    pairs.append((document, standings[entity.id]))
        return pairs

    def _is_over_limit(self, standing):
        _amount, on_top = self._credit_amounts()
        use = standing.use_with(on_top)
        return use is not None and use > 100

    def _is_noteworthy(self, standing):
        _amount, on_top = self._credit_amounts()
        use = standing.use_with(on_top)
        is_much = use is not None and use >= standing.amber_use
        return (
            is_much or standing.exposure.overdue > 0 or standing.expired_on is not None
        )

    def _policy_holds(self, standing):
        """Whether the policy holds this kind of document."""
        return getattr(standing, self._credit_hold)

    def _is_held(self, standing):
        """Held by the granted limit or by the law; never by a score."""
        return bool(
            self._policy_holds(standing)
            and not self._is_override_valid()
            and (standing.is_stopped or self._is_over_limit(standing))
        )

    def _is_override_valid(self):
        """Whether the hold was lifted for this customer, and for no less than this."""
        amount, _on_top = self._credit_amounts()
        return bool(
            self.credit_override_by_id
            and self.credit_override_customer_id
            == self.partner_id.sudo().commercial_partner_id
            and self.company_id.currency_id.compare_amounts(
                amount, self.credit_override_amount
            )
            <= 0
        )

    def _credit_sentence(self, standing, asked):
        """Facts and what to do, in one line."""
        currency = self.company_id.currency_id
        _amount, on_top = self._credit_amounts()

        def in_words(amount):
            return format_amount(
                self.env, round(amount), currency, trailing_zeroes=False
            )

        exposure = in_words(standing.exposure.total + on_top)
        if standing.limit is None:
            parts = [self.env._("Exposure %s, no limit granted", exposure)]
        else:
            parts = [
                self.env._(
                    "Exposure %(exposure)s of %(limit)s",
                    exposure=exposure,
                    limit=in_words(standing.limit),
                )
            ]
        if standing.expired_on:
            parts.append(
                self.env._(
                    "the limit expired on %s and is to be reviewed",
                    format_date(self.env, standing.expired_on),
                )
            )
        if standing.exposure.overdue:
            parts.append(self.env._("%s overdue", in_words(standing.exposure.overdue)))
        if asked:
            parts.append(asked)
        return " — ".join(parts)

    def _credit_advice(self, standing, for_all=False):
        """What to do, empty when there is nothing to be done.

        :param for_all: what may be told everybody who sees the document
        """
        # By the user's own rights, even where the document is read with all of them.
        may_see_bureau = not for_all and self.env.user.has_group(READ_BAND)
        if standing.is_stopped and (may_see_bureau or self._policy_holds(standing)):
            return self.env._("do not deliver, ask the credit manager")
        if may_see_bureau and standing.action in ("cash", "stop"):
            return self.env._("cash only")
        if self._is_over_limit(standing):
            return self._deposit_advice(standing)
        if may_see_bureau and standing.action in _TOLD_ACTIONS:
            return self.env._("ask for securities")
        return ""

    def _deposit_advice(self, standing):
        """The share of the document, in tens of percent, that keeps to the limit."""
        amount, on_top = self._credit_amounts()
        excess = standing.exposure.total + on_top - standing.limit
        share = 10 * ceil(10 * excess / amount) if amount > 0 else 100
        if share >= 100:
            return self.env._("payment in advance advised")
        return self.env._("deposit of %s %% advised", share)

    # === The hold === #

    def _check_credit_hold(self):
        """Refuse what is held, with a sentence that says what to do.

        :raise UserError: one or more of these documents are held
        """
        # Most policies hold nothing: what a customer owes is not asked for then.
        policies = self.env["partner.credit.policy"].sudo()
        holding = policies.search([(self._credit_hold, "=", True)]).company_id
        documents = self.sudo().filtered(lambda one: one.company_id.root_id in holding)
        held = [
            (document, standing)
            for document, standing in documents._credit_standings()
            if document._is_held(standing)
        ]
        if not held:
            return
        if not self.env.user._is_internal():
            # A customer who signs: the reason is none of theirs.
            raise UserError(
                self.env._(
                    "Your order is being looked at before it is confirmed. We will be "
                    "in touch shortly."
                )
            )
        sentences = [
            self.env._(
                "%(document)s is held: %(sentence)s.",
                document=document.display_name,
                sentence=document._credit_sentence(
                    standing, document._credit_advice(standing)
                ),
            )
            for document, standing in held
        ]
        sentences.append(
            self.env._(
                "A credit manager can lift the hold of a document, with a reason; "
                "“Ask for more credit” tells them."
            )
        )
        raise UserError("\n".join(sentences))

    # === Buttons === #

    def action_override_credit_hold(self):
        """Ask for the reason, then lift the hold of this document."""
        self.ensure_one()
        self._check_may_override()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Override"),
            "res_model": "partner.credit.override",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_res_model": self._name,
                "default_res_id": self.id,
            },
        }

    def _check_may_override(self):
        if not self.env.user.has_group(MANAGER):
            raise UserError(
                self.env._(
                    "Only a credit manager can lift a hold: ask for more credit."
                )
            )

    def _override_credit_hold(self, reason):
        """Lift the hold of this document as it is now, and note it for employees.

        Whoever asked for more credit is told; the credit manager's activity is done.
        """
        self.ensure_one()
        self._check_may_override()
        document = self.sudo()
        amount, _on_top = document._credit_amounts()
        document.write(
            {
                "credit_override_by_id": self.env.uid,
                "credit_override_on": fields.Datetime.now(),
                "credit_override_amount": amount,
                "credit_override_customer_id": (
                    document.partner_id.commercial_partner_id.id
                ),
                "credit_override_reason": reason,
            }
        )
        asked = document.activity_search([_ASKED])
        document.message_post(
            body=self.env._("Hold lifted: %s", reason),
            author_id=self.env.user.partner_id.id,
            partner_ids=asked.create_uid.filtered("active").partner_id.ids,
            subtype_xmlid="mail.mt_note",
        )
        asked.unlink()

    def action_ask_more_credit(self):
        """Tell the credit manager, once a document."""
        self.ensure_one()
        self.check_access("read")
        document = self.sudo()
        if not document.activity_search([_ASKED]):
            document.activity_schedule(
                _ASKED,
                summary=self.env._(
                    "More credit for %s?", document.partner_id.display_name
                ),
                note=document._credit_note(),
                user_id=self._credit_manager().id,
            )
        return notification(
            self.env._("The credit manager has been asked."), "success", RELOAD
        )

    def _credit_note(self):
        """The banner's sentence, as everybody who sees the document may read it."""
        return "".join(
            document._credit_sentence(
                standing, document._credit_advice(standing, for_all=True)
            )
            for document, standing in self._credit_standings()
        )

    @api.model
    def _answer_credit_requests(self, customers, companies, answer):
        """Close what was asked for these customers' documents, with the answer."""
        activity_type = self.env.ref(_ASKED)
        documents = self.search(
            [
                ("partner_id.commercial_partner_id", "in", customers.ids),
                ("company_id", "in", companies.ids),
                ("activity_ids.activity_type_id", "=", activity_type.id),
            ]
        )
        for document in documents:
            asked = document.activity_search([_ASKED])
            people = asked.create_uid.filtered("active").partner_id
            asked.action_feedback(feedback=answer)
            document.message_notify(
                subject=document.display_name,
                body=answer,
                partner_ids=(people - self.env.user.partner_id).ids,
            )

    def _credit_manager(self):
        """Who decides in this document's company."""
        policy = self.env["partner.credit.policy"]._of(self.company_id)
        managers = (
            self.env.ref(MANAGER)
            .sudo()
            .all_user_ids.filtered(
                lambda user: self.company_id in user.company_ids and not user.share
            )
        )
        return policy.manager_id or managers[:1] or self.env.ref("base.user_admin")

    def action_open_credit(self):
        """Open the customer."""
        self.ensure_one()
        return open_records(self.partner_id.commercial_partner_id)
