from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from odoo.addons.partner_company_data.models import credit_risk_query

from .common import new_test_user
from .exposure_common import ExposureCase


@tagged("post_install", "-at_install")
class TestCreditMorning(ExposureCase):
    def section(self, key, user=None):
        self.env.invalidate_all()
        Morning = self.env["partner.credit.morning"].with_user(user or self.env.user)
        return {one["key"]: one for one in Morning.read_page()["sections"]}[key]

    def test_over_limit(self):
        customers = self.env["res.partner"].create(
            [{"name": f"Client {number}", "is_company": True} for number in range(7)]
        )
        for number, customer in enumerate(customers):
            customer.credit_limit = 100
            self.invoice(customer, 200 + number)
        self.invoice(self.customer, 50)
        with patch.object(
            credit_risk_query, "risks", wraps=credit_risk_query.risks
        ) as asked:
            section = self.section("over_limit")
        asked.assert_called_once()
        self.assertEqual(section["count"], 7)
        self.assertEqual(
            [row["name"] for row in section["rows"]],
            [f"Client {number}" for number in (6, 5, 4, 3, 2)],
        )
        self.assertIn("206", section["rows"][0]["detail"])
        listed = self.env[section["model"]].search(section["domain"])
        self.assertEqual(
            len(listed), section["count"], "the list that is one click away"
        )

    def test_guarantees_that_end(self):
        Guarantee = self.env["partner.credit.guarantee"]
        Guarantee.create(
            [
                {
                    "partner_id": self.customer.id,
                    "amount": amount,
                    "date_start": "2020-01-01",
                    "date_end": end,
                }
                for amount, end in (
                    (1000, self.today + timedelta(days=365)),
                    (2000, self.today),
                    (3000, "2021-01-01"),
                )
            ]
        )
        section = self.section("guarantees")
        self.assertEqual(section["count"], 1)
        self.assertIn("2,000", section["rows"][0]["detail"])

    def test_what_could_not_be_checked(self):
        source = (
            self.env["partner.data.source"]
            .sudo()
            .create(
                {
                    "name": "Creditsafe",
                    "code": "creditsafe",
                    "kind": "credit",
                    "company_id": self.company.id,
                    "state": "suspended",
                    "suspension_reason": "The password was refused.",
                }
            )
        )
        portfolio = (
            self.env["partner.credit.portfolio"]
            .sudo()
            .create({"name": "Clients", "source_id": source.id})
        )
        self.env["partner.credit.portfolio.line"].sudo().create(
            {
                "portfolio_id": portfolio.id,
                "partner_id": self.customer.id,
                "state": "error",
                "reason": "Unknown there.",
            }
        )
        [row] = self.section("sources")["rows"]
        self.assertEqual(
            (row["name"], row["detail"]), ("Creditsafe", "The password was refused.")
        )
        [row] = self.section("unmonitored")["rows"]
        self.assertEqual(
            (row["name"], row["detail"]), (self.customer.name, "Unknown there.")
        )

    def test_nothing_waits(self):
        section = self.section("over_limit")
        self.assertEqual((section["count"], section["rows"]), (0, []))
        self.assertTrue(section["empty"])

    def test_every_section_can_be_listed_and_opened(self):
        page = self.env["partner.credit.morning"].read_page()
        self.assertGreaterEqual(len(page["sections"]), 6)
        for section in page["sections"]:
            Model = self.env[section["model"]]
            self.assertEqual(
                Model.search_count(section["domain"]), section["count"], section["key"]
            )
            Model.get_view(view_type="list")
            Model.get_view(view_type="form")

    def test_only_what_may_be_read_is_there(self):
        reader = new_test_user(
            self.env,
            "morning_reader",
            groups="base.group_user,partner_company_data.group_credit_risk_reader",
            company_id=self.company.id,
        )
        sections = self.env["partner.credit.morning"].with_user(reader).read_page()
        keys = {section["key"] for section in sections["sections"]}
        self.assertIn("over_limit", keys)
        self.assertNotIn("proposals", keys, "needs a right to company data")

    def test_needs_the_right(self):
        user = new_test_user(
            self.env,
            "morning_stranger",
            groups="base.group_user,partner_company_data.group_credit_reader",
            company_id=self.company.id,
        )
        with self.assertRaises(AccessError):
            self.env["partner.credit.morning"].with_user(user).read_page()
