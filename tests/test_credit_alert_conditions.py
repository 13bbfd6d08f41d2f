from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..models.alert_conditions import NOTHING, Condition, holds, with_derived

TODAY = date(2026, 11, 21)


@tagged("post_install", "-at_install")
class TestAlertConditions(BaseCase):
    def facts(self, **values):
        return with_derived(NOTHING | values, TODAY)

    def holds(self, condition, history=(), **values):
        return holds(condition, self.facts(**values), history, TODAY)

    def test_unknown_fulfils_nothing(self):
        for operator in ("above", "under", "rises", "falls"):
            self.assertFalse(self.holds(Condition("score", operator, 30)))
        self.assertFalse(
            self.holds(Condition("bureau_limit", "under", other="exposure"))
        )
        self.assertFalse(self.holds(Condition("age_days", "above", 1)))

    def test_levels(self):
        self.assertTrue(self.holds(Condition("score", "under", 30), score=29))
        self.assertFalse(self.holds(Condition("score", "under", 30), score=30))
        self.assertTrue(self.holds(Condition("overdue", "above", 0), overdue=1))

    def test_compared_with_another_fact(self):
        under = Condition("bureau_limit", "under", other="exposure")
        self.assertTrue(self.holds(under, bureau_limit=10, exposure=11))
        self.assertFalse(self.holds(under, bureau_limit=11, exposure=11))
        self.assertTrue(self.holds(under, bureau_limit=0, exposure=11))

    def test_derived(self):
        facts = self.facts(
            exposure=50, own_limit=100, bureau_limit=200, facts_on="2026-11-01"
        )
        self.assertEqual(facts["use"], 50)
        self.assertEqual(facts["age_days"], 20)
        self.assertIsNone(self.facts(exposure=50)["use"])
        for proceeding, is_open in (("safeguard", True), ("closed", False)):
            facts = self.facts(proceeding=proceeding)
            self.assertEqual(facts["is_in_proceedings"], is_open)

    def test_change_within_days(self):
        falls = Condition("score", "falls", 20, days=90)
        for days, expected in ((10, True), (89, True), (200, True)):
            # The value of before the period is what the period began with.
            history = [(TODAY - timedelta(days), {"score": 70})]
            self.assertEqual(self.holds(falls, history, score=50), expected)
        recovered = [
            (TODAY - timedelta(200), {"score": 70}),
            (TODAY - timedelta(100), {"score": 55}),
        ]
        self.assertFalse(self.holds(falls, recovered, score=50))
        self.assertFalse(self.holds(falls, (), score=50))

    def test_change_since_last_look(self):
        rises = Condition("privilege_count", "rises", 1)
        yesterday = TODAY - timedelta(1)
        self.assertTrue(
            self.holds(rises, [(yesterday, {"privilege_count": 1})], privilege_count=2)
        )
        self.assertFalse(
            self.holds(rises, [(yesterday, {"privilege_count": 2})], privilege_count=2)
        )
        # What is told for the first time did not rise.
        self.assertFalse(self.holds(rises, (), privilege_count=2))
        self.assertFalse(self.holds(Condition("score", "rises", 1), (), score=2))
