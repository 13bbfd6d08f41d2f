from odoo.exceptions import UserError
from odoo.tests import tagged

from .credit_common import CreditCase


@tagged("post_install", "-at_install")
class TestCreditReason(CreditCase):
    """German reports are bought with a reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.german = cls.env["res.partner"].create(
            {
                "name": "Rheintal Maschinenbau",
                "is_company": True,
                "country_id": cls.env.ref("base.de").id,
                "company_registry": "HRB 990101",
            }
        )

    def asked(self):
        return self.dialog(self.update(self.german))

    def bought_with(self, wizard, value):
        wizard.reason_id = self.env["partner.credit.reason"].search(
            [("country_code", "=", "DE"), ("value", "=", value)]
        )
        wizard.action_buy()
        self.env.flush_all()
        self.env.invalidate_all()

    def test_a_person_is_asked_why(self):
        wizard = self.asked()
        self.assertTrue(wizard.needs_reason)
        self.assertFalse(wizard.reason_id)
        self.assertEqual(self.bought, 0)
        with self.assertRaisesRegex(UserError, "why"):
            wizard.action_buy()
        reasons = self.env["partner.credit.reason"].search([])
        self.assertEqual(set(reasons.mapped("country_code")), {"DE"})
        self.assertEqual(len(reasons), 8)
        self.bought_with(wizard, "3")
        self.assertEqual(self.bought, 1)
        [query] = [
            one["query"]
            for one in self.control("GET", "requests")["last"]
            if "/companies/DE-0" in one["path"]
        ]
        self.assertEqual(query["customData"], ["de_reason_code::3"])
        self.assertTrue(self.german.credit_file_id.rating)

    def test_the_reason_is_remembered(self):
        self.bought_with(self.asked(), "3")
        self.age_calls(days=90)
        self.assertEqual(self.asked().reason_id.value, "3")
        asked = self.control("GET", "requests")["paths"]
        self.assertEqual(asked["creditsafe GET /v1/reportcustomdata/DE"], 1)

    def test_many_are_bought_with_the_usual_reason(self):
        self.german.vat = "DE136695976"
        self.german.company_registry = "HRB 990101"
        order = self.dialog(self.update(self.german | self.partner))
        order.action_confirm()
        self.run_schedule()
        [held] = order.line_ids.filtered(lambda line: line.partner_id == self.german)
        self.assertEqual(held.state, "person")
        self.assertIn("reason", held.reason)
        self.assertEqual(self.bought, 1)
        self.bought_with(self.asked(), "1")
        self.age_calls(days=90)
        order = self.dialog(self.update(self.german | self.partner))
        order.action_confirm()
        self.run_schedule()
        self.assertEqual(set(order.line_ids.mapped("state")), {"bought"})

    def test_france_asks_nothing(self):
        self.update(self.partner)
        self.assertEqual(self.bought, 1)
        paths = self.control("GET", "requests")["paths"]
        self.assertFalse([path for path in paths if "reportcustomdata" in path])

    def test_indicators_when_wanted(self):
        self.credit.with_indicators = True
        self.update(self.partner)
        self.assertTrue(self.partner.credit_file_id.facts["indicators"])
