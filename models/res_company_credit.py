from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._make_credit_policies()
        return companies

    def _make_credit_policies(self):
        """Have policy and scoring from the beginning: screens only read them."""
        for company in self.root_id:
            self.env["partner.credit.policy"]._of(company)
            self.env["partner.credit.scoring"]._of(company)

    @api.model
    def _make_all_credit_policies(self):
        self.search([("parent_id", "=", False)])._make_credit_policies()
