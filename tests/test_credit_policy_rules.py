"""Every cell and override of the matrix; facts in, assessment out."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.partner_company_data.models.credit_policy import (
    ACTIONS,
    LEVELS,
    PROCEEDINGS,
    ROWS,
    Facts,
    Rules,
    assess,
    is_monotonous,
    latest_proceeding,
    rank,
)

from .hypothesis_common import look_for_constants_here_only

TODAY = date(2026, 11, 21)
RULES = Rules()
VOLUMES = {"small": 5_000, "medium": 20_000, "large": 80_000}
GOOD = Facts(risk_class=1, turnover=5_000, facts_on=TODAY)

# The first example reads the addon's sources.
QUICK = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)

amounts = st.floats(0, 1e7, allow_nan=False)
days = st.none() | st.floats(-30, 400, allow_nan=False)
any_facts = st.builds(
    Facts,
    is_failing=st.booleans(),
    has_disagreement=st.booleans(),
    exposure=amounts,
    turnover=amounts,
    bureau_limit=st.none() | amounts,
    own_limit=st.none() | amounts,
    is_ceased=st.booleans(),
    proceeding=st.none() | st.sampled_from(PROCEEDINGS),
    privilege_count=st.none() | st.integers(0, 5),
    privilege_amount=st.none() | amounts,
    company_turnover=st.none() | amounts,
    own_delay=days,
    bureau_delay=days,
    paydex=st.none() | st.integers(0, 100),
    class_fall=st.none() | st.integers(0, 4),
    score_fall=st.none() | st.floats(0, 100),
    facts_on=st.none() | st.dates(date(2020, 1, 1), TODAY),
    worst_overdue=days,
    invoices=st.none() | st.integers(0, 50),
)


@st.composite
def monotonous_rules(draw):
    matrix = {}
    for level in LEVELS:
        actions = sorted(
            draw(st.lists(st.sampled_from(ACTIONS), min_size=5, max_size=5)), key=rank
        )
        for row, action in zip(ROWS, actions, strict=False):
            matrix[row, level] = action
        matrix["none", level] = draw(st.sampled_from(ACTIONS))
    return Rules(
        matrix=matrix,
        good_history=draw(st.booleans()),
        volume_basis=draw(st.sampled_from(("business", "limit"))),
    )


@tagged("post_install", "-at_install")
class TestCreditPolicyRules(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        look_for_constants_here_only()

    def assess(self, facts=GOOD, **changes):
        return assess(replace(facts, **changes), RULES, TODAY)

    def codes(self, assessment):
        return [reason.code for reason in assessment.reasons]

    # === Cells === #

    def test_every_cell(self):
        expected = {
            "1": ("develop", "develop", "keep"),
            "2": ("develop", "keep", "keep"),
            "3": ("watch", "watch", "watch"),
            "4": ("reduce", "secure", "secure"),
            "5": ("reduce", "reduce", "secure"),
        }
        for row, actions in expected.items():
            for level, action in zip(LEVELS, actions, strict=True):
                with self.subTest(row=row, level=level):
                    found = self.assess(risk_class=int(row), turnover=VOLUMES[level])
                    self.assertEqual(
                        (found.row, found.level, found.action), (row, level, action)
                    )
                    self.assertFalse(found.reasons)
        for level in LEVELS:
            found = self.assess(risk_class=None, turnover=VOLUMES[level])
            self.assertEqual((found.row, found.action), ("none", "watch"))
            self.assertEqual(self.codes(found), ["no_class"])

    def test_delivered_matrix_is_monotonous(self):
        self.assertTrue(is_monotonous(RULES.matrix))
        self.assertFalse(is_monotonous(RULES.matrix | {("5", "large"): "keep"}))

    @QUICK
    @given(any_facts, monotonous_rules())
    def test_never_better_at_a_higher_risk(self, facts, rules):
        found = [
            assess(replace(facts, risk_class=number), rules, TODAY)
            for number in range(1, 6)
        ]
        for lower, higher in pairwise(found):
            self.assertEqual(lower.level, higher.level)
            self.assertLessEqual(rank(lower.action), rank(higher.action))

    @QUICK
    @given(any_facts, st.none() | st.integers(1, 5))
    def test_law_counts_whatever_else_is_known(self, facts, risk_class):
        facts = replace(facts, risk_class=risk_class)
        for proceeding in ("receivership", "safeguard", "insolvency"):
            found = assess(replace(facts, proceeding=proceeding), RULES, TODAY)
            self.assertGreaterEqual(rank(found.action), rank("cash"))
        for changes in ({"proceeding": "liquidation"}, {"is_ceased": True}):
            found = assess(replace(facts, **changes), RULES, TODAY)
            self.assertEqual(found.action, "stop")
        found = assess(replace(facts, proceeding="plan"), RULES, TODAY)
        self.assertGreaterEqual(rank(found.action), rank("watch"))
        closed = assess(
            replace(facts, proceeding="closed"), replace(RULES), TODAY
        ).action
        self.assertEqual(
            closed, assess(replace(facts, proceeding=None), RULES, TODAY).action
        )

    # === Volume === #

    def test_volume_is_the_greater_of_exposure_and_turnover(self):
        self.assertEqual(self.assess(exposure=60_000).level, "large")
        self.assertEqual(self.assess(turnover=10_000).level, "medium")
        self.assertEqual(self.assess(turnover=9_999.99).level, "small")

    def test_volume_by_the_bureau_limit(self):
        rules = replace(RULES, volume_basis="limit")
        found = assess(replace(GOOD, bureau_limit=60_000), rules, TODAY)
        self.assertEqual((found.level, found.volume), ("large", 60_000))
        found = assess(replace(GOOD, turnover=20_000), rules, TODAY)
        self.assertEqual(found.level, "medium")
        self.assertEqual(self.codes(found), ["volume_without_limit"])

    # === Law === #

    def test_law(self):
        expected = {
            "liquidation": "stop",
            "receivership": "cash",
            "safeguard": "cash",
            "insolvency": "cash",
            "plan": "watch",
            "closed": "develop",
        }
        for proceeding, action in expected.items():
            with self.subTest(proceeding):
                found = self.assess(proceeding=proceeding, proceeding_on=TODAY)
                self.assertEqual(found.action, action)
                self.assertEqual(self.codes(found), [f"law_{proceeding}"])
                self.assertEqual(found.reasons[0].params, {"on": "2026-11-21"})
        self.assertEqual(found.reasons[0].effect, "info")

    def test_plan_leaves_a_worse_action(self):
        self.assertEqual(self.assess(risk_class=5, proceeding="plan").action, "reduce")

    def test_failing_without_known_proceedings(self):
        found = self.assess(risk_class=None, is_failing=True)
        self.assertEqual((found.action, self.codes(found)), ("cash", ["failing"]))

    # === Overrides in their order === #

    def test_privileges(self):
        found = self.assess(risk_class=2, privilege_count=1)
        self.assertEqual((found.row, found.action), ("3", "watch"))
        found = self.assess(
            risk_class=2, privilege_amount=11_000, company_turnover=100_000
        )
        self.assertEqual((found.row, found.action), ("4", "reduce"))
        self.assertEqual(self.codes(found), ["privileges_share"])
        found = self.assess(
            risk_class=2, privilege_amount=10_000, company_turnover=100_000
        )
        self.assertEqual(found.row, "3")
        self.assertFalse(self.assess(privilege_count=0).reasons)

    def test_delays(self):
        for name, late, very_late, in_time in (
            ("own_delay", 31, 61, 30),
            ("bureau_delay", 31, 61, 30),
            ("paydex", 49, 39, 50),
        ):
            with self.subTest(name):
                self.assertEqual(self.assess(**{name: late}).row, "2")
                self.assertEqual(self.assess(**{name: very_late}).row, "3")
                self.assertEqual(self.codes(self.assess(**{name: late})), [name])
                self.assertFalse(self.assess(**{name: in_time}).reasons)

    def test_delays_do_not_add_up_and_privileges_do(self):
        found = self.assess(own_delay=40, bureau_delay=40, paydex=45)
        self.assertEqual(found.row, "2")
        found = self.assess(own_delay=40, privilege_count=2)
        self.assertEqual(found.row, "3")
        self.assertEqual(self.codes(found), ["privileges", "own_delay"])
        self.assertEqual(
            self.assess(risk_class=4, own_delay=99, privilege_count=2).row, "5"
        )

    def test_without_a_class_overrides_still_count(self):
        found = self.assess(risk_class=None, own_delay=90)
        self.assertEqual((found.row, found.action), ("none", "reduce"))

    def test_fast_fall(self):
        self.assertEqual(self.assess(class_fall=2).action, "watch")
        self.assertEqual(self.assess(score_fall=20).action, "watch")
        self.assertEqual(self.assess(class_fall=1, score_fall=19.9).action, "develop")
        self.assertEqual(self.assess(risk_class=5, class_fall=3).action, "reduce")

    def test_exposure_over_limit(self):
        for exposure, code, action in (
            (7_900, None, "develop"),
            (8_000, "use_amber", "develop"),
            (9_000, "use_red", "develop"),
            (10_000, "use_red", "develop"),
            (10_001, "use_over_limit", "watch"),
        ):
            with self.subTest(exposure):
                found = self.assess(
                    exposure=exposure, own_limit=10_000, bureau_limit=50_000
                )
                self.assertEqual(self.codes(found), [code] if code else [])
                self.assertEqual(found.action, action)
        self.assertEqual(round(found.use), 100)

    def test_over_limit_is_one_step_worse(self):
        over = {"exposure": 5_000, "bureau_limit": 0}
        for risk_class, action in ((1, "watch"), (3, "secure"), (4, "reduce")):
            found = self.assess(risk_class=risk_class, **over)
            self.assertEqual((found.action, found.use), (action, 9999))
        large = self.assess(risk_class=5, turnover=80_000, exposure=9, bureau_limit=1)
        self.assertEqual(large.action, "reduce")
        self.assertIsNone(self.assess(exposure=5_000).use)

    def test_old_data(self):
        old = date(2025, 11, 20)
        found = self.assess(facts_on=old)
        self.assertEqual((found.action, self.codes(found)), ("keep", ["old_data"]))
        self.assertEqual(self.assess(facts_on=old, risk_class=3).action, "watch")
        self.assertFalse(self.assess(facts_on=date(2025, 11, 21)).reasons)
        self.assertFalse(self.assess(facts_on=None).reasons)

    def test_own_good_history(self):
        rules = replace(RULES, good_history=True)
        good = replace(GOOD, invoices=8, worst_overdue=15)
        for risk_class, action in ((1, "develop"), (3, "keep"), (4, "secure")):
            found = assess(replace(good, risk_class=risk_class), rules, TODAY)
            self.assertEqual(found.action, action)
        for changes in (
            {"invoices": 7},
            {"worst_overdue": 16},
            {"invoices": None},
            {"privilege_count": 1},
            {"class_fall": 2},
        ):
            with self.subTest(changes):
                found = assess(replace(good, risk_class=3, **changes), rules, TODAY)
                self.assertNotIn("good_history", self.codes(found))
        self.assertEqual(
            assess(replace(good, risk_class=3), RULES, TODAY).action, "watch"
        )

    def test_nothing_known_is_not_the_worst(self):
        found = assess(Facts(), RULES, TODAY)
        self.assertEqual(found.action, "watch")
        self.assertIsNone(found.use)

    # === Proceedings === #

    def test_latest_proceeding(self):
        def step(kind, on, **values):
            return {"kind": kind, "decided_on": on, **values}

        cases = [
            (None, (None, None)),
            ({}, (None, None)),
            ({"judgments": [step("debt_ruling", "2026-01-01")]}, (None, None)),
            (
                {
                    "judgments": [step("receivership", "2025-01-10")],
                    "proceedings": [step("plan", "2026-01-10")],
                },
                ("plan", "2026-01-10"),
            ),
            (
                {"proceedings": [step("plan", "2026-01-10")] * 2}
                | {"judgments": [step("liquidation", "2026-01-10")]},
                ("liquidation", "2026-01-10"),
            ),
            (
                {
                    "judgments": [
                        step("liquidation", "2024-01-10"),
                        step("closure", "2026-01-10"),
                    ]
                },
                ("closed", "2026-01-10"),
            ),
            (
                {"proceedings": [{"kind": "safeguard", "published_on": "2026-02-01"}]},
                ("safeguard", "2026-02-01"),
            ),
            ({"judgments": [step("insolvency", None)]}, ("insolvency", None)),
            # A bureau that says outright that nothing is open.
            (
                {"judgments": [step("insolvency", "2020-01-10")]}
                | {"has_open_proceedings": False},
                ("closed", "2020-01-10"),
            ),
        ]
        for facts, expected in cases:
            with self.subTest(facts):
                self.assertEqual(latest_proceeding(facts), expected)
