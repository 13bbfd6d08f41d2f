from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from .alert_conditions import (
    AMOUNTS,
    CHANGE_OPERATORS,
    FLAGS,
    LEVEL_OPERATORS,
    NUMBERS,
    Condition,
)

SEVERITIES = [
    ("info", "Information"),
    ("warning", "Warning"),
    ("critical", "Critical"),
]
FACTS = [
    ("risk_class", "Risk class"),
    ("score", "Solvency score (% of its scale)"),
    ("own_score", "Own score"),
    ("bureau_limit", "Bureau's limit"),
    ("is_in_proceedings", "Collective proceedings"),
    ("is_failing", "Failing"),
    ("is_ceased", "Company ceased"),
    ("privilege_count", "Privileges (number)"),
    ("privilege_amount", "Privileges (amount)"),
    ("bureau_delay", "Days beyond terms (DBT)"),
    ("paydex", "Paydex (index)"),
    ("class_fall", "Fall of the class (policy's days)"),
    ("score_fall", "Fall of the score (policy's days)"),
    ("has_disagreement", "Bureaus disagree"),
    ("age_days", "Age of the data (days)"),
    ("exposure", "Exposure"),
    ("not_guaranteed", "Exposure not guaranteed"),
    ("overdue", "Overdue"),
    ("own_limit", "Limit granted"),
    ("use", "Use (%)"),
    ("turnover", "Our turnover of 12 months"),
    ("own_delay", "Average delay with us (days)"),
    ("worst_overdue", "Worst delay with us (days)"),
]
OPERATORS = [
    ("is", "is the case"),
    ("above", "is above"),
    ("under", "is under"),
    ("rises", "rises by at least"),
    ("falls", "falls by at least"),
]


class PartnerCreditAlert(models.Model):
    """Whom to look at, and what happens then: conditions for a segment of partners."""

    _name = "partner.credit.alert"
    _description = "Credit Alert"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    user_id = fields.Many2one(
        "res.users",
        string="Of",
        default=lambda self: self.env.user,
        required=True,
        domain="[('share', '=', False)]",
    )
    is_private = fields.Boolean(
        string="Private", help="Only its owner sees it, and what it finds."
    )
    partner_domain = fields.Char(
        string="Customers",
        default="[]",
        required=True,
        help="The segment that is watched; a legal unit is in it with any partner.",
    )
    match = fields.Selection(
        [("all", "All conditions"), ("any", "One of the conditions")],
        required=True,
        default="all",
    )
    condition_ids = fields.One2many(
        "partner.credit.alert.condition", "alert_id", copy=True
    )
    severity = fields.Selection(SEVERITIES, required=True, default="warning")
    color = fields.Integer(string="Colour")
    make_activity = fields.Boolean(
        string="Create an activity",
        help="One a customer: what comes later is added to the open one.",
    )
    activity_user_id = fields.Many2one(
        "res.users",
        string="Activity for",
        domain="[('share', '=', False)]",
        help="Empty: the customer's salesperson, or else the alert's owner.",
    )
    mail_user_ids = fields.Many2many(
        "res.users",
        string="E-mail to",
        domain="[('share', '=', False)]",
        help="Employees alone; one e-mail a time with all that is new.",
    )
    scenario_id = fields.Many2one(
        "partner.credit.scenario", string="Follow-up scenario"
    )
    quiet_days = fields.Integer(
        string="Quiet time (days)",
        default=30,
        help="A customer is not found again by this alert for so long.",
    )
    first_facts = fields.Boolean(
        string="First facts as well",
        help="Fires as well for customers of whom a bureau tells for the first time. "
        "Otherwise they are just listed under “Who fulfils a rule now”.",
    )
    hit_ids = fields.One2many("partner.credit.alert.hit", "alert_id")
    open_count = fields.Integer(string="Open alerts", compute="_compute_open_count")

    _quiet_check = models.Constraint(
        "CHECK(quiet_days >= 0)", "A quiet time is zero days or more."
    )

    def _compute_open_count(self):
        counts = dict(
            self.env["partner.credit.alert.hit"]._read_group(
                [("alert_id", "in", self.ids), ("state", "=", "new")],
                ["alert_id"],
                ["__count"],
            )
        )
        for alert in self:
            alert.open_count = counts.get(alert, 0)

    @api.constrains("partner_domain")
    def _check_partner_domain(self):
        for alert in self:
            try:
                self.env["res.partner"]._search(alert._segment())
            except Exception as error:
                raise ValidationError(
                    self.env._("The filter of customers cannot be used: %s", error)
                ) from error

    # With the name, which is always given: a new rule may come without conditions.
    @api.constrains("name", "condition_ids")
    def _check_conditions(self):
        for alert in self:
            if not alert.condition_ids:
                raise ValidationError(
                    self.env._("%s needs a condition at least.", alert.name)
                )

    def _segment(self):
        """The partners that are watched, as a domain."""
        self.ensure_one()
        return Domain(safe_eval(self.partner_domain or "[]", {"uid": self.env.uid}))

    # === Buttons === #

    def action_preview(self):
        """Show the customers that fulfil the conditions now."""
        self.ensure_one()
        self.check_access("read")
        partners = self._matching_partners(self.env.company.root_id)
        return {
            "type": "ir.actions.act_window",
            # The breadcrumb has the alert's name.
            "name": self.env._("Would fire for %s customers", len(partners)),
            "res_model": "res.partner",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", partners.ids)],
            "context": {"create": False},
            "help": self._nobody_words(),
        }

    @api.model
    def _nobody_words(self):
        """What an empty list of customers says."""
        return Markup('<p class="o_view_nocontent_smiling_face">%s</p>') % self.env._(
            "Nobody fulfils the conditions now"
        )

    def action_open_hits(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "partner.credit.alert.hit",
            "views": [(False, "list"), (False, "form")],
            "domain": [("alert_id", "=", self.id)],
            "context": {"search_default_new": 1},
        }


class PartnerCreditAlertCondition(models.Model):
    """One condition of an alert."""

    _name = "partner.credit.alert.condition"
    _description = "Condition of a Credit Alert"
    _order = "sequence, id"

    alert_id = fields.Many2one(
        "partner.credit.alert", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    fact = fields.Selection(FACTS, required=True, default="score")
    operator = fields.Selection(OPERATORS, required=True, default="under")
    value = fields.Float(digits=(16, 2), aggregator=None)
    other = fields.Selection(
        [(code, label) for code, label in FACTS if code in (*AMOUNTS, *NUMBERS)],
        string="or another fact",
    )
    days = fields.Integer(
        string="Within (days)",
        aggregator=None,
        help="Of what rises or falls; 0: since it was looked at last.",
    )

    @api.onchange("fact")
    def _onchange_fact(self):
        if self.fact in FLAGS:
            self.operator = "is"
        elif self.operator == "is":
            self.operator = "above"

    @api.constrains("fact", "operator", "other", "days")
    def _check_makes_sense(self):
        labels = dict(self._fields["fact"]._description_selection(self.env))
        for condition in self:
            is_flag = condition.fact in FLAGS
            if is_flag != (condition.operator == "is"):
                raise ValidationError(
                    self.env._(
                        "“%s” cannot be compared like that.",
                        labels[condition.fact],
                    )
                )
            if condition.other and condition.operator not in LEVEL_OPERATORS:
                raise ValidationError(
                    self.env._("Only “above” and “under” compare with another fact.")
                )
            if condition.days < 0 or (
                condition.days and condition.operator not in CHANGE_OPERATORS
            ):
                raise ValidationError(self.env._("Days belong to what rises or falls."))

    def _as_condition(self):
        self.ensure_one()
        return Condition(
            fact=self.fact,
            operator=self.operator,
            value=self.value,
            other=self.other or None,
            days=self.days,
        )
