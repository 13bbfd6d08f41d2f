from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import new_test_user
from .credit_policy_common import SIRENS, CreditPolicyCase


@tagged("post_install", "-at_install")
class TestCreditMatrix(CreditPolicyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.failed = cls.customer(SIRENS[1], registry_unit_state="ceased")
        cls.good = cls.customer(SIRENS[2])
        cls.make_file(cls.good, rating="A")
        cls.late = cls.customer("409430545")
        cls.make_file(cls.late, rating="B", has_dbt=True, dbt=40)
        cls.customers = cls.partner | cls.failed | cls.good | cls.late
        cls.Assessment._refresh(cls.policy, cls.customers)
        cls.env.cr.execute(
            "UPDATE partner_credit_assessment SET exposure = 100 WHERE unit = %s",
            [int(SIRENS[2])],
        )
        cls.Assessment.invalidate_model()

    def cell(self, data, row, level="small"):
        (found,) = (
            cell
            for cell in data["cells"]
            if (cell["row"], cell["level"]) == (row, level)
        )
        return found

    def test_cells_with_customers(self):
        data = self.policy.matrix_data()
        self.assertEqual(len(data["cells"]), 18)
        good = self.cell(data, "1")
        self.assertEqual(
            (good["count"], good["exposure"], good["action"]), (1, 100, "develop")
        )
        # A class worse for paying late.
        self.assertEqual(self.cell(data, "3")["count"], 1)
        self.assertEqual(self.cell(data, "none")["count"], 1)
        stop = next(part for part in data["by_law"] if part["action"] == "stop")
        self.assertEqual(stop["count"], 1)

    def test_words_of_cell_or_action(self):
        def words(actions=None):
            found = self.policy.matrix_try({}, actions)
            return self.cell(found, "1")["words"]["relation"]

        cells = self.policy._cell("1", "small") | self.policy._cell("2", "small")
        self.assertEqual(words(), "Develop the business relation")
        cells[0].relation = "Inviter au salon"
        self.assertEqual(words(), "Inviter au salon")
        kept = {str(cell.id): "keep" for cell in cells}
        self.assertEqual(words(kept), "Keep confidence")

    def test_what_if_moves_nothing(self):
        found = self.policy.matrix_try({"late_days": 50})
        self.assertEqual(self.cell(found, "2")["count"], 1)
        self.assertEqual(self.cell(found, "3")["count"], 0)
        self.assertEqual(found["moved"], {"count": 1, "exposure": 0})
        self.assertEqual(found["changed"]["count"], 1)
        self.assertEqual(self.policy.late_days, 30)
        self.assertEqual(self.late.credit_action, "watch")

    def test_what_if_with_other_actions(self):
        cell = self.policy._cell("1", "small")
        second = self.policy._cell("2", "small")
        found = self.policy.matrix_try(
            {}, {str(cell.id): "keep", str(second.id): "keep"}
        )
        self.assertEqual(found["changed"], {"count": 1, "exposure": 100})
        self.assertEqual(found["moved"]["count"], 0)
        with self.assertRaises(UserError):
            self.policy.matrix_try({}, {str(cell.id): "stop"})
        with self.assertRaises(UserError):
            self.policy.matrix_try({"company_id": 1})

    def threshold(self, rating, **values):
        """A threshold that alone says what this letter of the bureau means."""
        Threshold = self.env["partner.credit.class.threshold"]
        Threshold.search([("rating", "=", rating)]).unlink()
        return Threshold.create(
            {
                "source_code": "creditsafe",
                "rating": rating,
                "risk_class": "2",
                "is_confirmed": True,
                **values,
            }
        )

    def test_what_if_with_other_classes(self):
        threshold = self.threshold("A", risk_class="1")
        found = self.policy.matrix_try({}, {}, {str(threshold.id): {"risk_class": "4"}})
        self.assertEqual(found["moved"], {"count": 1, "exposure": 100})
        self.assertEqual(self.cell(found, "1")["count"], 0)
        self.assertEqual(self.cell(found, "4")["count"], 1)
        self.assertEqual(threshold.risk_class, "1")
        self.assertEqual(self.good.credit_action, "develop")
        # What nobody confirms gives no class.
        found = self.policy.matrix_try(
            {}, {}, {str(threshold.id): {"is_confirmed": False}}
        )
        self.assertEqual(self.cell(found, "none")["count"], 2)
        same = self.policy.matrix_try({}, {}, {str(threshold.id): {"risk_class": "1"}})
        self.assertEqual(same["moved"]["count"], 0)

    def test_what_if_with_another_score(self):
        threshold = self.threshold("C", has_score=True, score_from=30, risk_class="5")
        customer = self.customer("552081317")
        self.make_file(customer, rating="C", has_score=True, score=35, score_max=100)
        self.Assessment._refresh(self.policy, customer)
        found = self.policy.matrix_try(
            {}, {}, {str(threshold.id): {"score_from": 40.0}}
        )
        self.assertEqual(found["moved"]["count"], 1)
        with self.assertRaises(ValidationError):
            self.policy.matrix_try({}, {}, {str(threshold.id): {"score_from": 101}})
        with self.assertRaises(UserError):
            self.policy.matrix_try({}, {}, {str(threshold.id): {"note": "x"}})

    def test_what_if_asks_as_often_for_many(self):
        threshold = self.threshold("A", risk_class="1")
        classes = {str(threshold.id): {"risk_class": "4"}}

        def count_queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.policy.matrix_try({}, {}, classes)
            return self.env.cr.sql_log_count - before

        count_queries()
        few = count_queries()
        more = self.env["res.partner"]
        for siren in ("552081317", "775665019", "542065479"):
            more |= self.customer(siren)
            self.make_file(more[-1], rating="A")
        self.Assessment._refresh(self.policy, more)
        # New customers may have made Odoo forget what it keeps for all transactions.
        count_queries()
        self.assertEqual(count_queries(), few)
        found = self.policy.matrix_try({}, {}, classes)
        self.assertEqual(found["moved"]["count"], 4)

    def test_thresholds_of_the_bureaus_in_use(self):
        self.source.state = "disabled"
        self.assertEqual(self.policy.matrix_data()["class_sources"], [])
        self.source.state = "enabled"
        threshold = self.threshold("A", has_score=True, score_from=71)
        (source,) = self.policy.matrix_data()["class_sources"]
        self.assertEqual((source["code"], source["name"]), ("creditsafe", "Creditsafe"))
        (found,) = (one for one in source["thresholds"] if one["id"] == threshold.id)
        self.assertEqual(
            found,
            {
                "id": threshold.id,
                "name": "Rating A · Score from",
                "has_score": True,
                "score_from": 71,
                "risk_class": "2",
                "is_confirmed": True,
            },
        )

    def test_save_classes(self):
        threshold = self.threshold("A", risk_class="1")
        self.policy.matrix_save({}, {}, {str(threshold.id): {"risk_class": "4"}})
        self.assertEqual(threshold.risk_class, "4")
        self.assertEqual(self.good.credit_risk_class, "4")
        self.assertEqual(self.good.credit_action, "reduce")
        # What was kept of the facts follows, for what is tried next.
        found = self.policy.matrix_try({"late_days": 50})
        self.assertEqual(self.cell(found, "4")["count"], 1)

    def test_save(self):
        cells = {str(self.policy._cell(row, "small").id): "watch" for row in ("1", "2")}
        self.policy.matrix_save({"late_days": 50}, cells)
        self.assertEqual(self.policy.late_days, 50)
        self.assertEqual(self.policy._cell("2", "small").action, "watch")
        self.assertEqual(self.good.credit_action, "watch")
        row = self.Assessment._of(self.late, self.company)[self.late.id]
        self.assertEqual((row.row, row.reasons), ("2", []))
        self.assertEqual(row.company_id, self.company)

    def test_quantiles(self):
        with self.assertRaises(UserError):
            self.policy.matrix_quantiles()
        self.env["res.partner"].flush_model()
        rows = self.Assessment.search([("company_id", "=", self.company.id)])
        for row, volume in zip(rows, (100, 1234, 20_500, 98_765), strict=True):
            row.sudo().volume = volume
        self.policy.action_use_quantiles()
        self.assertEqual(self.policy.medium_from, 11_000)
        self.assertEqual(self.policy.large_from, 52_000)

    def test_assess_now(self):
        self.Assessment.search([]).sudo().unlink()
        self.assertTrue(self.policy.with_env(self.env).matrix_refresh())
        self.assertEqual(self.good.credit_action, "develop")

    def test_rights(self):
        def user(login, group):
            return new_test_user(
                self.env,
                login,
                groups=f"base.group_user,partner_company_data.{group}",
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )

        band = user("matrix_band", "group_credit_report")
        with self.assertRaises(AccessError):
            self.policy.with_user(band).matrix_data()
        reader = user("matrix_reader", "group_credit_risk_reader")
        policy = self.policy.with_user(reader)
        self.assertFalse(policy.matrix_data()["can_edit"])
        self.assertEqual(len(policy.matrix_try({"late_days": 50})["cells"]), 18)
        with self.assertRaises(AccessError):
            policy.matrix_save({"late_days": 50})
        other = self.env["res.company"].create({"name": "Autre", "logo": False})
        with self.assertRaises(AccessError):
            self.policy._of(other).with_user(reader).sudo(False).matrix_quantiles()
        manager = user("matrix_manager", "group_credit_manager")
        policy = self.policy.with_user(manager)
        self.assertTrue(policy.matrix_data()["can_edit"])
        policy.matrix_save({"late_days": 50})
        self.assertEqual(self.policy.late_days, 50)
