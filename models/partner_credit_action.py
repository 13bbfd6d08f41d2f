from odoo import fields, models

ACTIONS = [
    ("develop", "Develop"),
    ("keep", "Keep confidence"),
    ("watch", "Watch more closely"),
    ("secure", "Secure"),
    ("reduce", "Reduce"),
    ("cash", "Cash only"),
    ("stop", "Stop"),
]
PARTS = ("relation", "reminders", "monitoring", "marketing")


class PartnerCreditAction(models.Model):
    """What an action of the matrix means in the house, in four parts."""

    _name = "partner.credit.action"
    _description = "Action of the Credit Policy"
    _order = "sequence, id"
    _rec_name = "code"

    code = fields.Selection(ACTIONS, string="Action", required=True, readonly=True)
    sequence = fields.Integer(default=10)
    relation = fields.Text(translate=True)
    reminders = fields.Text(translate=True)
    monitoring = fields.Text(translate=True)
    marketing = fields.Text(translate=True)

    _code_uniq = models.UniqueIndex("(code)", "The action exists already.")
