from odoo import fields, models


class PartnerCreditScenario(models.Model):
    """How a customer's open amounts are followed up: a name, who, and how soon."""

    _name = "partner.credit.scenario"
    _description = "Follow-up Scenario"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: of all companies.")
    responsible_id = fields.Many2one(
        "res.users", help="Empty: whoever answers for the customer."
    )
    delay_days = fields.Integer(
        string="Delay (days)", help="Days after the due date before the first step."
    )
    note = fields.Text(translate=True)

    _delay_check = models.Constraint(
        "CHECK(delay_days >= 0)", "A delay is zero days or more."
    )
