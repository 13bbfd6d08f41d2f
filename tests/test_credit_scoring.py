from dataclasses import replace
from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import BaseCase, tagged

from odoo.addons.partner_company_data.models.credit_policy import Facts
from odoo.addons.partner_company_data.models.credit_scoring import (
    FACTS,
    Criterion,
    Step,
    own_score,
    value_of,
)

from .common import new_test_user
from .credit_policy_common import CreditPolicyCase

TODAY = date(2026, 11, 21)
SCORE = Criterion("score", 60, [Step(0), Step(50, 50), Step(100, 71)])
DELAY = Criterion("own_delay", 40, [Step(100, -999), Step(20, 30)])


@tagged("post_install", "-at_install")
class TestCreditScoringRules(BaseCase):
    def test_weighted_mean(self):
        facts = Facts(score=60, own_delay=45)
        value, parts = own_score(facts, [SCORE, DELAY], 50, TODAY)
        self.assertEqual(value, 38)
        self.assertEqual([part.points for part in parts], [50, 20])

    def test_steps_begin_at_their_value(self):
        for score, points in ((0, 0), (49.9, 0), (50, 50), (70.9, 50), (71, 100)):
            value, _parts = own_score(Facts(score=score), [SCORE], 50, TODAY)
            self.assertEqual(value, points)

    def test_not_known_is_left_out(self):
        value, parts = own_score(Facts(score=80), [SCORE, DELAY], 50, TODAY)
        self.assertEqual(value, 100)
        self.assertIsNone(parts[1].points)
        value, _parts = own_score(Facts(own_delay=0), [SCORE, DELAY], 50, TODAY)
        self.assertIsNone(value)
        self.assertIsNone(own_score(Facts(), [], 0, TODAY)[0])

    def test_below_the_first_step_nothing_is_known(self):
        criterion = Criterion("age", 1, [Step(50, 2)])
        facts = Facts(created_on=date(2026, 1, 1))
        self.assertIsNone(own_score(facts, [criterion], 0, TODAY)[0])

    def test_sector_by_the_longest_beginning(self):
        criterion = Criterion(
            "sector", 1, [Step(80), Step(40, prefix="43"), Step(10, prefix="4399")]
        )
        for naf, points in (("6202A", 80), ("4321A", 40), ("43.99C", 10)):
            value, _parts = own_score(Facts(naf=naf), [criterion], 0, TODAY)
            self.assertEqual(value, points)

    def test_values(self):
        facts = replace(
            Facts(),
            exposure=500,
            guaranteed=100,
            own_limit=1000,
            created_on=date(2016, 11, 21),
            naf="6202A",
        )
        expected = {"use": 50, "guaranteed_share": 20, "age": 10, "sector": "6202A"}
        for fact, value in expected.items():
            self.assertEqual(value_of(facts, fact, TODAY), value)
        for fact in set(FACTS) - {"exposure", "turnover"}:
            self.assertIsNone(value_of(Facts(), fact, TODAY))


@tagged("post_install", "-at_install")
class TestCreditScoring(CreditPolicyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scoring = cls.env["partner.credit.scoring"]._of(cls.company)
        cls.make_file(
            cls.partner, rating="B", has_score=True, score=60, has_dbt=True, dbt=12
        )

    def refresh(self):
        self.Assessment._refresh(self.policy, self.partner)
        self.partner.invalidate_recordset()
        return self.Assessment._of(self.partner, self.company)[self.partner.id]

    def test_delivered_scoring(self):
        self.assertEqual(sum(self.scoring.criterion_ids.mapped("weight")), 100)
        row = self.refresh()
        # 40 × 75 of the score and 10 × 70 of the delay; the rest is not known.
        self.assertTrue(row.has_own_score)
        self.assertEqual(row.own_score, 74)
        self.assertEqual(self.partner.credit_own_score, 74)

    def test_explained(self):
        (section,) = self.refresh().own_score_display
        rows = {row["key"]: row["values"] for row in section["rows"]}
        self.assertEqual(rows["score"], ["60", "75", "40"])
        self.assertEqual(rows["own_delay"], ["", "", "25"])

    def test_set_up_without_code(self):
        self.scoring.criterion_ids = [
            Command.clear(),
            Command.create(
                {
                    "fact": "risk_class",
                    "step_ids": [
                        Command.create({"value_from": 1, "points": 90}),
                        Command.create({"value_from": 3, "points": 10}),
                    ],
                }
            ),
        ]
        self.assertEqual(self.refresh().own_score, 90)
        self.assertEqual(self.scoring.criterion_ids.summary, "≥ 1: 90 · ≥ 3: 10")

    def test_no_score_when_too_little_is_known(self):
        self.scoring.known_share = 80
        self.assertFalse(self.refresh().has_own_score)
        self.assertFalse(self.partner.credit_has_own_score)

    def test_search(self):
        self.refresh()
        Partner = self.env["res.partner"]
        unknown = self.customer("732829320")
        below = Partner.search([("credit_own_score", "<", 75)])
        self.assertIn(self.partner, below)
        self.assertNotIn(unknown, below)
        above = Partner.search([("credit_own_score", ">=", 75)])
        self.assertNotIn(self.partner, above)

    def test_rights(self):
        reader = new_test_user(
            self.env,
            "scoring_reader",
            groups="base.group_user,partner_company_data.group_credit_risk_reader",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        scoring = self.scoring.with_user(reader)
        self.assertTrue(scoring.criterion_ids.mapped("summary"))
        with self.assertRaises(AccessError):
            scoring.criterion_ids[0].weight = 1
        with self.assertRaises(AccessError):
            scoring.action_score_again()
