from odoo import api, fields, models

from odoo.addons.partner_company_data.models.open_records import open_records


class PartnerCreditAlertMatch(models.TransientModel):
    """A customer that fulfils an alert's conditions at this moment.

    What is so from the beginning fires nothing: this is where to look it up.
    """

    _name = "partner.credit.alert.match"
    _inherit = "partner.credit.alert.words"
    _description = "Customer that Fulfils an Alert Rule"
    _rec_name = "partner_id"

    alert_id = fields.Many2one("partner.credit.alert", required=True)
    sequence = fields.Integer(related="alert_id.sequence")
    severity = fields.Selection(related="alert_id.severity")
    partner_id = fields.Many2one("res.partner", string="Customer", required=True)
    company_id = fields.Many2one("res.company", required=True)
    currency_id = fields.Many2one(related="company_id.currency_id")

    def action_open_partner(self):
        self.ensure_one()
        return open_records(self.partner_id)


class PartnerCreditAlert(models.Model):
    _inherit = "partner.credit.alert"

    @api.model
    def action_open_matches(self):
        """List who fulfils which of the rules that the user sees, now."""
        company = self.env.company.root_id
        alerts = self._of_company(company)
        # sudo: nobody but the system writes these lists; each is its maker's own.
        matches = (
            self.env["partner.credit.alert.match"]
            .sudo()
            .create(
                [
                    {
                        "alert_id": alert.id,
                        "partner_id": customer.partner_id,
                        "company_id": company.id,
                        "values": alert._values(conditions, customer),
                    }
                    for alert, conditions, customers in alerts._matches(company)
                    for customer in customers
                ]
            )
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who fulfils a rule now"),
            "res_model": matches._name,
            "views": [(False, "list")],
            "domain": [("id", "in", matches.ids)],
            "context": {"group_by": ["alert_id"]},
            "help": self._nobody_words(),
        }
