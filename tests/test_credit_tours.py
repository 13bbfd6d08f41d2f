from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .credit_common import CreditCase


@tagged("post_install", "-at_install", "browser")
class TestCreditTours(CreditCase, HttpCase):
    """A day with Creditsafe in a real browser: nothing is bought twice."""

    # Each test enters it by itself.
    registry_test_mode = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.env.ref("base.user_admin").lang = "fr_FR"

    def _customer(self, name, siret):
        return self.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "company_registry": siret,
                "country_id": self.env.ref("base.fr").id,
            }
        )

    def _tour(self, name, path):
        self.start_tour(path, f"partner_company_data_credit_{name}", login="admin")
        self.env.invalidate_all()

    def test_each_report_is_bought_once(self):
        plumber = self._customer("Brossette", "48213367500017")
        branch = self._customer("Brossette, dépôt", "48213367500017")
        others = self._customer("Novalys", "88031274900018") + self._customer(
            "La Condition Textile", "82337041600013"
        )
        self._tour("update", f"/odoo/contacts/{plumber.id}")
        self.assertEqual(self.bought, 1)
        self.assertEqual(branch.credit_rating, "A", "shared by the legal unit")
        self.calls().started_on = fields.Datetime.now() - timedelta(hours=2)
        self._tour("declined", f"/odoo/contacts/{branch.id}")
        self.assertEqual(self.bought, 1)
        some = (plumber + branch + others).ids
        action = self.env["ir.actions.act_window"].create(
            {
                "name": "Clients",
                "res_model": "res.partner",
                "view_mode": "list",
                "domain": [("id", "in", some)],
            }
        )
        self._tour("bulk", f"/odoo/action-{action.id}")
        self.run_schedule()
        self.assertEqual(self.bought, 3)
        self.assertEqual(others.mapped("credit_risk"), ["high", "failing"])
        self._tour("pdf", f"/odoo/contacts/{others[1].id}")
        self.run_schedule()
        self.assertEqual(self.bought, 3)
        calls = self.calls()
        self.assertEqual(calls.mapped("state"), ["done"] * 3)
        self.assertEqual(len(set(calls.mapped("bureau_id"))), 3)
        self.assertTrue(all(calls.report_ids.mapped("pdf")))
        left = self.control("GET", "creditsafe")["contract"]["reports"]["FR"]
        self.assertEqual(left["used"], 3)
