from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from . import credit_policy
from .open_records import open_records
from .partner_credit_action import ACTIONS
from .partner_credit_class import RISK_CLASSES

ROWS = [*RISK_CLASSES, ("none", "Not rated")]
LEVELS = [("small", "Small"), ("medium", "Medium"), ("large", "Large")]
# Fields of a policy that are thresholds of credit_policy.Rules.
RULE_FIELDS = (
    *("volume_basis", "medium_from", "large_from", "privilege_share"),
    *("late_days", "very_late_days", "late_paydex", "very_late_paydex"),
    *("fall_classes", "fall_points", "fall_days", "amber_use", "red_use"),
    *("old_after_days", "good_history", "good_invoices", "good_overdue_days"),
)
# By action: share of the bureau's limit, payment term, scenario of the delivered cells.
_DELIVERED = {
    "develop": (100, "account.account_payment_term_45days", "standard"),
    "keep": (100, "account.account_payment_term_45days", "light"),
    "watch": (75, "account.account_payment_term_30days", "close"),
    "secure": (50, "account.account_payment_term_21days", "close"),
    "reduce": (25, "account.account_payment_term_15days", "fast"),
}


class PartnerCreditPolicy(models.Model):
    """How a company deals with credit: its matrix and thresholds."""

    _name = "partner.credit.policy"
    _description = "Credit Policy"
    _rec_name = "company_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    cell_ids = fields.One2many("partner.credit.policy.cell", "policy_id")
    volume_basis = fields.Selection(
        [
            ("business", "Exposure or turnover of the last 12 months, the greater"),
            ("limit", "Recommended limit of the bureau"),
        ],
        string="Volume by",
        required=True,
        default="business",
    )
    medium_from = fields.Monetary(string="Medium from", default=10_000)
    large_from = fields.Monetary(string="Large from", default=50_000)
    privilege_share = fields.Float(
        string="Heavy privileges (% of turnover)",
        default=10,
        help="Registered privileges make the class worse by one; above this share of "
        "the company's turnover by two.",
    )
    late_days = fields.Integer(
        string="Late (days)",
        default=30,
        help="More days beyond terms, with us or others, make the class worse by one.",
    )
    very_late_days = fields.Integer(
        string="Very late (days)", default=60, help="Worse by two."
    )
    late_paydex = fields.Integer(string="Late (Paydex under)", default=50)
    very_late_paydex = fields.Integer(string="Very late (Paydex under)", default=40)
    fall_classes = fields.Integer(
        string="Fall (classes)",
        default=2,
        help="A customer that lost so many classes is watched at least.",
    )
    fall_points = fields.Float(string="Fall (points of the score)", default=20)
    fall_days = fields.Integer(string="Fall within (days)", default=90)
    amber_use = fields.Float(string="Amber from (% of the limit)", default=80)
    red_use = fields.Float(string="Red from (% of the limit)", default=90)
    old_after_days = fields.Integer(
        string="Old data after (days)",
        default=365,
        help="On older data nothing is better than to keep confidence; 0 for never.",
    )
    good_history = fields.Boolean(
        string="Own good history counts",
        help="A customer that has always paid us in time is one step better off.",
    )
    good_invoices = fields.Integer(string="Invoices at least", default=8)
    good_overdue_days = fields.Integer(string="Never later than (days)", default=15)

    _company_uniq = models.UniqueIndex("(company_id)", "A company has one policy.")
    _levels_check = models.Constraint(
        "CHECK(0 < medium_from AND medium_from < large_from)",
        "A medium volume begins above zero, and a large one above it.",
    )
    _late_check = models.Constraint(
        "CHECK(late_days <= very_late_days AND very_late_paydex <= late_paydex)",
        "Very late is later than late.",
    )
    _use_check = models.Constraint(
        "CHECK(0 < amber_use AND amber_use <= red_use)",
        "Amber comes before red.",
    )

    # === One policy a company === #

    @api.model
    def _of(self, company):
        """The policy of a company's legal entity, made when missing.

        sudo: whoever sees a customer's action needs the thresholds behind it.
        """
        company = company.root_id
        policy = self.sudo().search([("company_id", "=", company.id)])
        return policy or self.sudo().create([{"company_id": company.id}])

    @api.model
    def action_open(self):
        """Open the policy of the current company."""
        self.browse().check_access("read")
        return open_records(
            self._of(self.env.company), name=self.env._("Credit policy")
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.setdefault("cell_ids", self._delivered_cells())
        return super().create(vals_list)

    def _delivered_cells(self):
        def ref_id(xmlid):
            return self.env.ref(xmlid, raise_if_not_found=False) and (
                self.env["ir.model.data"]._xmlid_to_res_id(xmlid)
            )

        commands = []
        for (row, level), action in credit_policy.Rules().matrix.items():
            share, term, scenario = _DELIVERED[action]
            commands.append(
                Command.create(
                    {
                        "row": row,
                        "level": level,
                        "action": action,
                        "limit_share": share,
                        "payment_term_id": ref_id(term),
                        "scenario_id": ref_id(
                            f"partner_company_data.credit_scenario_{scenario}"
                        ),
                    }
                )
            )
        return commands

    # === As rules === #

    def _rules(self, **changes):
        """The policy as ``credit_policy.Rules``.

        :param changes: thresholds that are tried instead of the policy's own
        """
        self.ensure_one()
        own = {name: self[name] for name in RULE_FIELDS}
        return credit_policy.Rules(**({"matrix": self._matrix()} | own | changes))

    def _matrix(self):
        self.ensure_one()
        cells = {(cell.row, cell.level): cell.action for cell in self.cell_ids}
        return credit_policy.Rules().matrix | cells

    def _monotony_sentence(self):
        return self.env._(
            "At an equal volume, a higher risk class may not have a better action than "
            "a lower one."
        )

    def _cell(self, row, level):
        self.ensure_one()
        return self.cell_ids.filtered(
            lambda cell: cell.row == row and cell.level == level
        )


class PartnerCreditPolicyCell(models.Model):
    """What to do with customers of one risk class and volume."""

    _name = "partner.credit.policy.cell"
    _description = "Cell of the Strategic Matrix"
    _order = "row, level, id"

    policy_id = fields.Many2one(
        "partner.credit.policy", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    row = fields.Selection(ROWS, string="Risk class", required=True, readonly=True)
    level = fields.Selection(LEVELS, string="Volume", required=True, readonly=True)
    action = fields.Selection(ACTIONS, required=True)
    limit_share = fields.Float(
        string="Share of the limit (%)",
        digits=(5, 0),
        aggregator=None,
        help="How much of the bureau's recommended limit to suggest.",
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Suggested payment term",
        check_company=True,
    )
    scenario_id = fields.Many2one(
        "partner.credit.scenario", string="Follow-up scenario", check_company=True
    )
    relation = fields.Text(
        translate=True, help="Empty: the words that the action has everywhere."
    )
    reminders = fields.Text(translate=True)
    monitoring = fields.Text(translate=True)
    marketing = fields.Text(translate=True)

    _place_uniq = models.UniqueIndex(
        "(policy_id, row, level)", "A cell stands once in the matrix."
    )
    _share_check = models.Constraint(
        "CHECK(limit_share BETWEEN 0 AND 200)",
        "The share of the limit lies between 0 and 200 %.",
    )

    @api.depends("row", "level")
    def _compute_display_name(self):
        rows = dict(self._fields["row"]._description_selection(self.env))
        levels = dict(self._fields["level"]._description_selection(self.env))
        for cell in self:
            cell.display_name = f"{rows.get(cell.row)} · {levels.get(cell.level)}"

    @api.constrains("action")
    def _check_monotonous(self):
        if self.env.context.get("credit_matrix_as_a_whole"):
            # Cells are written one by one; whoever writes has looked at all of them.
            return
        for policy in self.policy_id:
            if not credit_policy.is_monotonous(policy._matrix()):
                raise ValidationError(policy._monotony_sentence())

    @api.constrains("payment_term_id")
    def _check_lawful_term(self):
        for term in self.payment_term_id:
            if not term._is_within_legal_maximum():
                raise ValidationError(
                    self.env._(
                        "“%s” is longer than the law allows: 60 days from the invoice, "
                        "or 45 days end of month.",
                        term.display_name,
                    )
                )
