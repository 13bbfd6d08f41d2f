from collections import Counter
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.partner_company_data.connectors.credit import CreditFacts, Privileges
from odoo.addons.partner_company_data.models import partner_credit_assessment

from .common import new_test_user, run_scheduled
from .credit_policy_common import SIRENS, CreditPolicyCase


@tagged("post_install", "-at_install")
class TestCreditAssessment(CreditPolicyCase):
    def assess(self, partner=None):
        partner = partner or self.partner
        return self.policy._assess(partner)[partner.id]

    def codes(self, assessment):
        return [reason.code for reason in assessment.reasons]

    def test_customer_without_any_file(self):
        facts, found = self.assess()
        self.assertIsNone(facts.risk_class)
        self.assertEqual((found.row, found.action), ("none", "watch"))
        self.assertEqual(self.codes(found), ["no_class"])

    def test_facts_of_the_file(self):
        self.make_file(
            self.partner,
            rating="C",
            has_credit_limit=True,
            credit_limit=30_000,
            currency_id=self.company.currency_id.id,
            has_dbt=True,
            dbt=35,
            privilege_count=1,
            has_privilege_amount=True,
            privilege_amount=9000,
            has_turnover=True,
            turnover=50_000,
            figures_currency_id=self.company.currency_id.id,
            facts={"judgments": [{"kind": "plan", "decided_on": "2026-02-03"}]},
        )
        facts, found = self.assess()
        self.assertEqual(facts.risk_class, 3)
        self.assertEqual(facts.bureau_limit, 30_000)
        self.assertEqual((facts.privilege_amount, facts.company_turnover), (9000, 5e4))
        self.assertEqual(facts.facts_on, self.today)
        self.assertEqual((found.row, found.action), ("5", "reduce"))
        self.assertEqual(
            self.codes(found), ["law_plan", "privileges_share", "bureau_delay"]
        )
        self.assertEqual(type(facts).from_json(facts.as_json()), facts)

    def test_amounts_without_a_currency_are_not_known(self):
        self.make_file(
            self.partner,
            has_privilege_amount=True,
            privilege_amount=9000,
            has_turnover=True,
            turnover=50_000,
        )
        facts, found = self.assess()
        self.assertIsNone(facts.privilege_amount)
        self.assertIsNone(facts.company_turnover)
        self.assertNotIn("privileges_share", self.codes(found))

    def test_amounts_have_the_currency_that_they_must_have(self):
        file = self.make_file(self.partner)
        for country, told, expected in (
            ("FR", None, "EUR"),
            ("FR", "USD", "USD"),
            ("GB", None, False),
            ("GB", "GBP", "GBP"),
            ("GB", "unheard of", False),
        ):
            facts = CreditFacts(
                country_code=country,
                credit_limit=10.0,
                credit_limit_currency="GBP",
                latest_turnover=5e4,
                latest_turnover_currency=told,
                privileges=Privileges(amount=9000.0, currency=told),
            )
            file.write(file._facts_vals(facts))
            self.assertEqual(file.figures_currency_id.name, expected)
            self.assertEqual((file.turnover, file.privilege_amount), (5e4, 9000))

    def test_amounts_in_two_currencies(self):
        file = self.make_file(self.partner)
        for turnover, privileges, has_turnover, expected in (
            ("EUR", "GBP", True, "EUR"),
            (None, "GBP", False, "GBP"),
            ("GBP", None, True, "GBP"),
        ):
            facts = CreditFacts(
                country_code="GB",
                latest_turnover=5e4,
                latest_turnover_currency=turnover,
                privileges=Privileges(amount=9000.0, currency=privileges),
            )
            file.write(file._facts_vals(facts))
            self.assertEqual(file.figures_currency_id.name, expected)
            self.assertEqual(file.has_turnover, has_turnover)
            self.assertEqual(file.has_privilege_amount, not has_turnover)

    def test_limit_in_another_currency(self):
        usd = self.env.ref("base.USD")
        usd.active = True
        self.company.currency_id = self.env.ref("base.EUR")
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "company_id": self.company.id,
                "name": self.today,
                "rate": 2,
            }
        )
        self.make_file(
            self.partner,
            rating="A",
            has_credit_limit=True,
            credit_limit=30_000,
            currency_id=usd.id,
        )
        self.assertEqual(self.assess()[0].bureau_limit, 15_000)
        self.partner.credit_file_ids.currency_id = False
        self.assertIsNone(self.assess()[0].bureau_limit)

    def test_own_limit_is_the_company_s(self):
        self.partner.with_company(self.company).credit_limit = 700
        self.assertEqual(self.assess()[0].own_limit, 700)
        self.partner.with_company(self.company).credit_limit = 0
        self.assertIsNone(self.assess()[0].own_limit)
        other = self.env["res.company"].create({"name": "Autre", "logo": False})
        self.partner.with_company(other).credit_limit = 900
        self.assertIsNone(self.assess()[0].own_limit)

    def test_fast_fall(self):
        file = self.make_file(self.partner, rating="C", has_score=True, score=45)
        Score = self.env["partner.credit.score"]
        Score.create(
            [
                {
                    "file_id": file.id,
                    "date": self.today - timedelta(days=days),
                    "rating": rating,
                    "has_score": True,
                    "score": score,
                }
                for days, rating, score in (
                    (400, "A", 99),
                    (100, "A", 80),
                    (10, "B", 60),
                )
            ]
        )
        facts, found = self.assess()
        # The period begins with what was true at its start: 80, not the 99 of old.
        self.assertEqual((facts.class_fall, facts.score_fall), (2, 35))
        self.assertEqual(self.codes(found), ["class_fall", "score_fall"])

    def test_ceased_by_the_register(self):
        self.partner.registry_unit_state = "ceased"
        self.assertEqual(self.assess()[1].action, "stop")

    def test_open_proceedings_of_unknown_kind(self):
        self.make_file(self.partner, rating="C", has_proceedings=True)
        self.assertEqual(self.assess()[1].action, "cash")

    def test_bureaus_disagree_and_the_careful_one_counts(self):
        self.make_file(self.partner, rating="A")
        other = self.source.copy({"code": "altares", "name": "Altares"})
        self.env["partner.credit.file"].create(
            {
                "name": "Altares",
                "source_id": other.id,
                "bureau_id": "1",
                "siren": SIRENS[0],
                "bureau_class": "4",
                "has_paydex": True,
                "paydex": 55,
                "has_legal_facts": True,
                "has_uncounted_privileges": True,
            }
        )
        facts, found = self.assess()
        self.assertEqual((facts.paydex, facts.privilege_count), (55, 1))
        self.assertTrue(facts.has_disagreement)
        self.assertEqual(facts.risk_class, 4)
        self.assertIn("bureaus_disagree", self.codes(found))

    def test_one_row_a_legal_unit(self):
        twin = self.customer(SIRENS[0])
        foreign = self.customer(None, country_id=self.env.ref("base.be").id)
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": twin.id}
        )
        self.make_file(self.partner, rating="A")
        ids = self.Assessment._assessed_ids(self.company)
        self.assertIn(foreign.id, ids)
        self.assertEqual(len({self.partner.id, twin.id} & set(ids)), 1)
        self.Assessment._refresh(self.policy, self.partner | twin | foreign)
        rows = self.Assessment.search([("company_id", "=", self.company.id)])
        self.assertEqual(sorted(rows.mapped("unit")), [-foreign.id, int(SIRENS[0])])
        for partner in self.partner | twin | contact:
            self.assertEqual(partner.credit_action, "develop")
        found = self.env["res.partner"].search([("credit_action", "=", "develop")])
        self.assertLessEqual(self.partner | twin | contact, found)
        self.assertNotIn(foreign, found)
        unknown = self.customer(SIRENS[2])
        no_action = self.env["res.partner"].search([("credit_action", "=", False)])
        self.assertNotIn(twin, no_action)
        self.assertIn(unknown, no_action)

    def test_suppliers_have_facts_and_no_policy(self):
        supplier = self.customer(SIRENS[2], customer_rank=0, supplier_rank=1)
        self.assertNotIn(
            supplier.id, self.Assessment._assessed_ids(self.company), "nobody knows it"
        )
        self.make_file(supplier, rating="D")
        self.assertIn(supplier.id, self.Assessment._assessed_ids(self.company))
        self.Assessment._refresh(self.policy, supplier | self.partner)
        row = self.Assessment.search([("partner_id", "=", supplier.id)])
        self.assertTrue(row.is_supplier)
        self.assertFalse(supplier.credit_action)
        self.assertNotIn(
            supplier, self.env["res.partner"].search([("credit_action", "!=", False)])
        )
        counted = self.env["partner.credit.policy"].matrix_data()
        self.assertEqual(
            sum(cell["count"] for cell in counted["cells"])
            + sum(part["count"] for part in counted["by_law"]),
            self.Assessment.search_count(
                [("company_id", "=", self.company.id), ("is_supplier", "=", False)]
            ),
        )
        supplier.customer_rank = 1
        self.Assessment._refresh(self.policy, supplier)
        self.env.invalidate_all()
        self.assertFalse(row.is_supplier, "buys as well")
        self.assertTrue(supplier.credit_action)

    def test_refresh_changes_the_row(self):
        file = self.make_file(self.partner, rating="A")
        self.Assessment._refresh(self.policy, self.partner)
        file.rating = "D"
        self.Assessment._refresh(self.policy, self.partner)
        self.assertEqual(self.partner.credit_action, "reduce")
        self.assertFalse(self.partner.credit_reasons)
        file.write({"has_dbt": True, "dbt": 90})
        self.Assessment._refresh(self.policy, self.partner)
        self.partner.invalidate_recordset()
        self.assertIn("90", self.partner.credit_reasons)

    def test_scheduled_action(self):
        gone = self.customer(SIRENS[1])
        self.registry_enter_test_mode()
        self.run_schedule()
        self.assertEqual(self.partner.credit_action, "watch")
        row = self.Assessment._of(gone, self.company)[gone.id]
        row.sudo().computed_on = fields.Datetime.now() - timedelta(days=1)
        gone.active = False
        self.run_schedule()
        self.assertFalse(row.exists())

    def test_a_long_turn_is_gone_on_with(self):
        for number in range(4):
            self.customer(None, name=f"Client {number}")
        self.registry_enter_test_mode()
        everyone = self.Assessment._assessed_ids(self.company)
        self.assertGreater(len(everyone), 4)
        Assessment = type(self.Assessment)
        assessed = Counter()

        def refresh(model, policy, partners):
            assessed.update(partners.ids if policy == self.policy else ())
            return plain_refresh(model, policy, partners)

        plain_refresh = Assessment._refresh
        with (
            patch.object(partner_credit_assessment, "BATCH", 2),
            patch.object(Assessment, "_refresh", refresh),
            # No time is left after the first batch of each run.
            patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=0),
        ):
            while not assessed or self.policy.turn_began_on:
                before = assessed.total()
                self.run_schedule()
                self.assertLessEqual(assessed.total() - before, 2)
        self.assertEqual(assessed, Counter(everyone), "each of them once")

    def test_a_turn_begins_anew_when_it_is_asked_for(self):
        self.registry_enter_test_mode()
        self.policy.turn_began_on = fields.Datetime.now()
        self.Assessment._refresh(self.policy, self.partner)
        self.assertNotIn(
            self.partner.id,
            self.Assessment._assessed_ids(self.company, self.policy.turn_began_on),
        )
        self.Assessment._refresh_soon()
        self.assertFalse(self.policy.turn_began_on)
        self.policy.turn_began_on = fields.Datetime.now() - timedelta(days=2)
        self.policy._begin_turns()
        self.assertGreater(
            self.policy.turn_began_on, fields.Datetime.now() - timedelta(minutes=5)
        )

    def test_end_of_contract_has_all_assessed_again(self):
        self.make_file(self.partner, rating="A")
        self.Assessment._refresh(self.policy, self.partner)
        cron = self.env.ref("partner_company_data.cron_credit_assessment")
        triggers = [("cron_id", "=", cron.id)]
        before = self.env["ir.cron.trigger"].search_count(triggers)
        self.source.action_end_of_contract()
        after = self.env["ir.cron.trigger"].search_count(triggers)
        self.assertEqual(after, before + 1)
        self.Assessment._refresh(self.policy, self.partner)
        self.assertEqual(self.partner.credit_action, "watch")

    def run_schedule(self):
        run_scheduled(self, "partner.credit.assessment", "_cron_refresh")

    def test_as_many_queries_for_many(self):
        many = self.partner.browse()
        for number in range(20):
            partner = self.customer(None, name=f"Client {number}")
            self.make_file(partner, rating="B")
            many |= partner
        self.env.flush_all()
        self.env.invalidate_all()
        self.Assessment._refresh(self.policy, self.partner)

        def count(partners):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Assessment._refresh(self.policy, partners)
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(many), count(many[0]))
        self.assertLessEqual(count(many), 25)

    def test_rights(self):
        self.Assessment._refresh(self.policy, self.partner)
        reader = new_test_user(
            self.env,
            "assessment_band",
            groups="base.group_user,partner_company_data.group_credit_reader",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        partner = self.partner.with_user(reader).with_company(self.company)
        self.assertEqual(partner.credit_action, "watch")
        self.assertFalse(self.Assessment.with_user(reader).has_access("read"))
        reader.group_ids = [
            Command.link(
                self.env.ref("partner_company_data.group_credit_risk_reader").id
            )
        ]
        rows = self.Assessment.with_user(reader)
        self.assertTrue(rows.search([("company_id", "=", self.company.id)]))
        other = self.env["res.company"].create({"name": "Autre", "logo": False})
        self.Assessment._refresh(self.policy._of(other), self.partner)
        self.assertFalse(rows.search([("company_id", "=", other.id)]))
