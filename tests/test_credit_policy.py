from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, tagged

from odoo.addons.partner_company_data.models import credit_policy
from odoo.addons.partner_company_data.models.credit_policy import Reason

from .common import new_test_user


@tagged("post_install", "-at_install")
class TestCreditPolicy(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["partner.credit.policy"]._of(cls.env.company)

    def test_policy_is_there_before_anybody_looks(self):
        company = self.env["res.company"].create({"name": "Filiale", "logo": False})
        branch = self.env["res.company"].create(
            {"name": "Agence", "parent_id": company.id}
        )
        for model in ("partner.credit.policy", "partner.credit.scoring"):
            made = self.env[model].search(
                [("company_id", "in", [company.id, branch.id])]
            )
            self.assertEqual(made.company_id, company)

    def term(self, delay_type, days, next_month="0"):
        return self.env["account.payment.term"].create(
            {
                "name": f"{days} {delay_type}",
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "value": "percent",
                            "value_amount": 100,
                            "delay_type": delay_type,
                            "nb_days": days,
                            "days_next_month": next_month,
                        },
                    )
                ],
            }
        )

    def test_one_policy_a_company_with_all_cells(self):
        self.assertEqual(self.policy, self.policy._of(self.env.company))
        self.assertEqual(len(self.policy.cell_ids), 18)
        self.assertEqual(self.policy._matrix(), credit_policy.Rules().matrix)
        self.assertEqual(self.policy._rules(), credit_policy.Rules())
        other = self.env["res.company"].create({"name": "Autre", "logo": False})
        self.assertNotEqual(self.policy._of(other), self.policy)
        branch = self.env["res.company"].create(
            {"name": "Agence", "parent_id": self.env.company.id}
        )
        self.assertEqual(self.policy._of(branch), self.policy)

    def test_cells_stay_monotonous(self):
        self.policy._cell("5", "large").action = "stop"
        with self.assertRaises(ValidationError):
            self.policy._cell("4", "small").action = "develop"

    def test_lawful_terms(self):
        lawful = [
            ("days_after", 60),
            ("days_after_end_of_month", 45),
            ("days_after_end_of_next_month", 10),
            ("days_end_of_month_on_the", 45),
        ]
        for delay_type, days in lawful:
            self.assertTrue(self.term(delay_type, days)._is_within_legal_maximum())
        unlawful = [
            ("days_after", 61),
            ("days_after_end_of_month", 46),
            ("days_after_end_of_next_month", 20),
            ("days_end_of_month_on_the", 60),
            ("days_end_of_month_on_the", 45, "10"),
        ]
        for values in unlawful:
            with self.subTest(values):
                term = self.term(*values)
                self.assertFalse(term._is_within_legal_maximum())
                with self.assertRaises(ValidationError):
                    self.policy._cell("1", "small").payment_term_id = term
        for term in self.policy.cell_ids.payment_term_id:
            self.assertTrue(term._is_within_legal_maximum())

    def test_every_reason_has_words(self):
        reasons = [
            Reason("ceased"),
            Reason("failing"),
            *(
                Reason(f"law_{kind}", {"on": on})
                for kind in credit_policy.PROCEEDINGS
                for on in ("2026-01-02", None)
            ),
            Reason("volume_without_limit"),
            Reason("no_class"),
            Reason("bureaus_disagree"),
            *(
                Reason(
                    code,
                    {"count": 2, "amount": amount, "share": 12.5, "steps": 1},
                )
                for code in ("privileges", "privileges_share")
                for amount in (None, 1200.0)
            ),
            Reason("own_delay", {"days": 40, "steps": 1}),
            Reason("bureau_delay", {"days": 40, "steps": 1}),
            Reason("paydex", {"paydex": 40, "steps": 1}),
            Reason("class_fall", {"classes": 2, "days": 90}),
            Reason("score_fall", {"points": 22, "days": 90}),
            *(
                Reason(f"use_{code}", {"use": 90, "exposure": 90.0, "limit": 100.0})
                for code in ("amber", "red", "over_limit")
            ),
            Reason("old_data", {"on": "2024-01-02"}),
            Reason("good_history", {"invoices": 9}, "better"),
        ]
        words = self.policy._reason_words(
            [reason.as_json() for reason in reasons], self.env.company.currency_id
        )
        for word in words:
            self.assertTrue(word["text"])
        self.assertIn(
            "12.5 %", next(w["text"] for w in words if "turnover" in w["text"])
        )

    def test_rights(self):
        reader = new_test_user(
            self.env,
            "policy_reader",
            groups="base.group_user,partner_company_data.group_credit_report",
        )
        manager = new_test_user(
            self.env,
            "policy_manager",
            groups="base.group_user,partner_company_data.group_credit_manager",
        )
        policy = self.policy.with_user(reader)
        self.assertTrue(policy.medium_from)
        with self.assertRaises(AccessError):
            policy.medium_from = 1
        with self.assertRaises(AccessError):
            policy.cell_ids[0].action = "stop"
        self.policy.with_user(manager).medium_from = 12_000
        self.assertEqual(self.policy.medium_from, 12_000)
