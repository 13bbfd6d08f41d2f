import base64
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import format_amount

from odoo.addons.partner_company_data.models import retention

from .common import new_test_user, run_scheduled
from .credit_policy_common import SIRENS, CreditPolicyCase

MODULE = "partner_company_data"


@tagged("post_install", "-at_install")
class TestCreditDecision(CreditPolicyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.user("decision_manager", "group_credit_manager")
        cls.second = cls.user("decision_second", "group_credit_manager")
        cls.reader = cls.user("decision_reader", "group_credit_risk_reader")
        cls.make_file(
            cls.partner,
            rating="B",
            has_credit_limit=True,
            credit_limit=40_050,
            currency_id=cls.company.currency_id.id,
            risk_class="2",
        )
        cls.Decision = cls.env["partner.credit.decision"]

    @classmethod
    def user(cls, login, group):
        return new_test_user(
            cls.env,
            login,
            groups=f"base.group_user,{MODULE}.{group}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()

    def decide(self, user=None, partner=None, **values):
        partner = partner or self.partner
        return self.Decision.with_user(user or self.manager).create(
            {"partner_id": partner.id, "company_id": self.company.id, **values}
        )

    def limit_of(self, partner=None, company=None):
        partner = partner or self.partner
        return partner.with_company(company or self.company).credit_limit

    def run_schedule(self):
        run_scheduled(self, "partner.credit.decision", "_cron_due")

    # === Suggestion === #

    def test_suggestion_with_reasons(self):
        decision = self.decide()
        self.assertEqual(decision.action, "develop")
        self.assertTrue(decision.has_suggestion)
        # A share of the bureau's limit, round.
        self.assertEqual((decision.suggested_limit, decision.limit), (40_000, 40_000))
        self.assertIn("100 %", decision.reason_text)
        self.assertTrue(decision.payment_term_id)
        today = fields.Date.context_today(decision)
        self.assertGreater(decision.review_on, today)
        self.assertLess(decision.review_on, decision.valid_until)

    def test_no_suggestion_without_a_bureau_limit(self):
        decision = self.decide(partner=self.customer(SIRENS[1]))
        self.assertFalse(decision.has_suggestion)
        self.assertIn("No bureau recommends", decision.reason_text)

    def test_unknown_limit_is_asked_for(self):
        decision = self.decide(partner=self.customer(SIRENS[1]))
        self.assertFalse(decision.has_limit)
        with self.assertRaises(UserError):
            decision.action_submit()
        # Zero is a limit that a person may give.
        decision.limit = 0
        decision.action_submit()
        self.assertEqual(decision.state, "granted")

    def test_form(self):
        form = Form(self.Decision.with_user(self.manager))
        form.partner_id = self.partner
        self.assertEqual(form.limit, 40_000)
        form.limit = 35_000
        decision = form.save()
        self.assertEqual((decision.limit, decision.state), (35_000, "draft"))

    def test_terms_of_an_override(self):
        """A customer to whom only cash is left gets no term of his cell."""
        self.partner.registry_unit_state = "ceased"
        decision = self.decide()
        self.assertEqual((decision.action, decision.suggested_limit), ("stop", 0))
        self.assertEqual(
            decision.payment_term_id,
            self.env.ref("account.account_payment_term_immediate"),
        )

    def test_unlawful_term_is_not_suggested(self):
        term = self.policy._cell("2", "small").payment_term_id
        term.line_ids.nb_days = 75
        self.assertFalse(self.decide().payment_term_id)

    # === Granting === #

    def test_grant_writes_the_limit_of_that_company(self):
        other = self.env["res.company"].create({"name": "Autre", "logo": False})
        self.partner.with_company(other).credit_limit = 7
        branch = self.env["res.company"].create(
            {"name": "Agence", "parent_id": self.company.id}
        )
        twin = self.customer(SIRENS[0])
        decision = self.decide()
        decision.action_submit()
        self.assertEqual(decision.state, "granted")
        self.assertEqual(decision.decided_by_id, self.manager)
        self.assertEqual(self.limit_of(), 40_000)
        self.assertEqual(self.limit_of(twin), 40_000)
        self.assertEqual(self.limit_of(company=branch), 40_000)
        self.assertEqual(self.limit_of(company=other), 7)
        self.assertEqual(twin.with_company(self.company).credit_decision_id, decision)

    def test_no_credit_is_not_no_limit(self):
        """Odoo takes zero for no limit at all."""
        self.decide(limit=0).action_submit()
        self.assertEqual(self.limit_of(), self.company.currency_id.rounding)

    def test_currency_is_the_company_s(self):
        usd = self.env.ref("base.USD")
        usd.active = True
        eur = self.env.ref("base.EUR")
        abroad = self.env["res.company"].create(
            {"name": "Inc.", "currency_id": (usd - self.company.currency_id or eur).id}
        )
        self.manager.company_ids = [Command.link(abroad.id)]
        companies = (self.company | abroad).ids
        self.env = self.env(context={"allowed_company_ids": companies})
        self.Decision = self.Decision.with_env(self.env)
        decision = self.decide(company_id=abroad.id, limit=900, comment="Essai")
        self.assertEqual(decision.currency_id, abroad.currency_id)
        self.assertNotEqual(decision.currency_id, self.company.currency_id)
        decision.action_submit()
        self.assertEqual(self.limit_of(company=abroad), 900)
        self.assertFalse(self.limit_of())

    def test_above_the_suggestion_with_a_comment(self):
        decision = self.decide(limit=50_000)
        with self.assertRaises(UserError):
            decision.action_submit()
        decision.comment = "Caution de la maison mère"
        decision.action_submit()
        self.assertEqual(self.limit_of(), 50_000)

    def test_new_decision_replaces(self):
        first = self.decide()
        first.action_submit()
        second = self.decide(partner=self.customer(SIRENS[0]), limit=10_000)
        second.action_submit()
        self.assertEqual((first.state, second.state), ("replaced", "granted"))
        self.assertEqual(self.partner.credit_decision_count, 2)
        self.assertEqual(self.limit_of(), 10_000)

    def test_evidence_is_frozen(self):
        decision = self.decide()
        decision.action_submit()
        evidence = decision.evidence
        self.assertEqual(evidence["files"][0]["rating"], "B")
        self.assertEqual(evidence["files"][0]["source"], "Creditsafe")
        self.assertTrue(evidence["files"][0]["updated_on"])
        self.assertEqual(evidence["facts"]["bureau_limit"], 40_050)
        self.assertEqual(evidence["assessment"]["action"], "develop")
        self.source.unlink()
        decision.invalidate_recordset()
        self.assertEqual(decision.evidence, evidence)
        sections = {one["key"]: one for one in decision.evidence_display}
        self.assertEqual(
            sections["bureaus"]["rows"][0]["values"],
            ["B"],
        )
        rows = {row["key"]: row["values"] for row in sections["bureaus"]["rows"]}
        self.assertEqual(
            rows["credit_limit"],
            [
                format_amount(
                    self.env, 40_050, self.company.currency_id, trailing_zeroes=False
                )
            ],
        )
        with self.assertRaises(UserError):
            decision.with_user(self.manager).limit = 1
        decision.with_user(self.manager).review_on = decision.valid_until

    # === Approval === #

    def test_a_second_person_approves(self):
        self.policy.approval_above = 20_000
        decision = self.decide()
        decision.action_submit()
        self.assertEqual(decision.state, "to_approve")
        self.assertFalse(self.limit_of())
        activity = decision.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertNotEqual(activity.user_id, self.manager)
        with self.assertRaises(UserError):
            decision.action_approve()
        with self.assertRaises(UserError):
            decision.action_submit()
        decision.with_user(self.second).action_approve()
        self.assertEqual(
            (decision.state, decision.decided_by_id), ("granted", self.second)
        )
        self.assertFalse(decision.activity_ids)
        self.assertEqual(self.limit_of(), 40_000)

    def test_up_to_the_amount_nobody_else_is_asked(self):
        self.policy.approval_above = 40_000
        decision = self.decide()
        decision.action_submit()
        self.assertEqual(decision.state, "granted")

    def test_refused(self):
        self.policy.approval_above = 20_000
        decision = self.decide()
        decision.action_submit()
        decision.with_user(self.second).action_refuse()
        self.assertEqual(decision.state, "refused")
        self.assertFalse(self.limit_of())

    # === Persons === #

    def test_sole_trader_is_looked_at_by_a_person(self):
        person = self.customer(None, is_company=False, name="Marie Durand")
        decision = self.decide(partner=person, limit=500, comment="Petit compte")
        self.assertTrue(decision.is_sole_trader)
        with self.assertRaises(UserError):
            decision.action_submit()
        decision.is_looked_at = True
        decision.action_submit()
        self.assertEqual(decision.decided_by_id, self.manager)

    def test_export(self):
        self.partner.name = "=cmd()"
        self.decide(comment="Parce que").action_submit()
        self.Assessment._refresh(self.policy, self.partner)
        action = self.partner.with_user(self.manager).action_export_credit_data()
        export = self.env[action["res_model"]].browse(action["res_id"])
        text = base64.b64decode(export.with_user(self.manager).content).decode(
            "utf-8-sig"
        )
        for word in (
            "Creditsafe;",
            "Parce que",
            "Limit granted;40000",
            "Credit decision",
            # What was known, in the words of the screen.
            "Exposure · Receivable;",
        ):
            self.assertIn(word, text)
        # What nobody told is left out: no false value, no zero in its place.
        for word in (";False", ";True", "has_", "Paydex", "Year of the turnover"):
            self.assertNotIn(word, text)
        self.assertNotIn(";=cmd", text)
        self.assertEqual(export.filename, f"{SIRENS[0]}.csv")
        with self.assertRaises(AccessError):
            self.partner.with_user(self.reader).action_export_credit_data()

    # === Rights === #

    def test_rights(self):
        with self.assertRaises(AccessError):
            self.decide(self.reader)
        decision = self.decide()
        with self.assertRaises(AccessError):
            decision.with_user(self.reader).action_submit()
        self.assertEqual(decision.with_user(self.reader).limit, 40_000)
        for values in (
            {"state": "granted"},
            {"evidence": {}},
            {"decided_by_id": self.manager.id},
        ):
            with self.assertRaises(AccessError):
                decision.with_user(self.manager).write(values)
            with self.assertRaises(AccessError):
                self.decide(**values)
        decision.action_submit()
        with self.assertRaises(UserError):
            decision.with_user(self.manager).unlink()
        self.decide().with_user(self.manager).unlink()

    def test_other_companies_see_nothing(self):
        decision = self.decide()
        other = self.env["res.company"].create({"name": "Autre", "logo": False})
        stranger = new_test_user(
            self.env,
            "decision_stranger",
            groups=f"base.group_user,{MODULE}.group_credit_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        Decision = self.Decision.with_context(allowed_company_ids=other.ids)
        Decision = Decision.with_user(stranger)
        self.assertFalse(Decision.search([]))
        with self.assertRaises(AccessError):
            Decision.browse(decision.id).action_submit()
        with self.assertRaises(AccessError):
            Decision.create(
                {"partner_id": self.partner.id, "company_id": self.company.id}
            )

    # === Schedule === #

    def test_due_reviews_become_one_activity(self):
        decision = self.decide()
        decision.action_submit()
        self.run_schedule()
        self.assertFalse(decision.activity_ids)
        today = fields.Date.context_today(decision)
        soon, yesterday = today + timedelta(days=10), today - timedelta(days=1)
        decision.with_user(self.manager).review_on = soon
        self.run_schedule()
        self.assertFalse(decision.is_due)
        self.assertEqual(decision.activity_ids.date_deadline, soon)
        # The activity that is open already moves with the day.
        decision.with_user(self.manager).review_on = yesterday
        self.assertTrue(decision.is_due)
        self.run_schedule()
        self.assertEqual(len(decision.activity_ids), 1)
        self.assertEqual(decision.activity_ids.date_deadline, yesterday)
        self.assertEqual(decision.activity_ids.user_id, self.manager)
        found = self.Decision.search([("is_due", "=", True)])
        self.assertIn(decision, found)

    def test_expired_stays_in_force_in_odoo_until_reviewed(self):
        decision = self.decide()
        decision.action_submit()
        yesterday = fields.Date.context_today(decision) - timedelta(days=1)
        decision.sudo().write({"review_on": yesterday, "valid_until": yesterday})
        self.run_schedule()
        self.assertEqual(decision.state, "expired")
        self.assertEqual(len(decision.activity_ids), 1)
        self.assertEqual(self.limit_of(), 40_000)
        self.assertEqual(self.partner.credit_decision_id, decision)
        self.assertIn("Expired on", self.partner.credit_decision_notice)
        self.decide().action_submit()
        self.assertEqual(decision.state, "replaced")
        self.assertFalse(decision.activity_ids)

    def test_many_reviews_take_as_many_queries_as_two(self):
        yesterday = fields.Date.context_today(self.Decision) - timedelta(days=1)

        def due(count):
            partners = self.env["res.partner"].create(
                [
                    {"name": f"Client {number}", "is_company": True}
                    for number in range(count)
                ]
            )
            decisions = self.Decision.with_user(self.manager).create(
                [
                    {
                        "partner_id": partner.id,
                        "company_id": self.company.id,
                        "limit": 5,
                        "comment": "Essai",
                    }
                    for partner in partners
                ]
            )
            decisions.action_submit()
            decisions.sudo().write({"review_on": yesterday})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            decisions.with_env(self.env(su=True))._have_reviewed()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        due(1)
        few = due(2)
        self.assertLessEqual(due(20), few + 1)

    def test_kept_five_years(self):
        old, young = self.decide(), self.decide()
        for decision in (old, young):
            decision.action_submit()
        self.decide().action_submit()
        old.sudo().decided_on = retention.older_than(retention.DECISIONS) - timedelta(
            days=1
        )
        self.env["partner.credit.decision"]._gc_old()
        self.assertFalse(old.exists())
        self.assertTrue(young.exists())
