from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import new_test_user
from .exposure_common import ExposureCase

SALES = "sales_team.group_sale_salesman_all_leads"
READER = "partner_company_data.group_credit_reader"


@tagged("post_install", "-at_install")
class TestCreditBanner(ExposureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["partner.credit.policy"]._of(cls.company)
        cls.customer.credit_limit = 15_000
        cls.seller = cls.seller_with("seller")
        cls.reader = cls.seller_with("reading_seller", READER)

    @classmethod
    def seller_with(cls, login, *groups):
        return new_test_user(
            cls.env,
            login,
            groups=",".join(("base.group_user", SALES, *groups)),
            company_id=cls.company.id,
            company_ids=[cls.company.id],
        )

    def quotation(self, amount, partner=None):
        return self.order(partner or self.customer, amount, confirm=False)

    def seen(self, document, user=None):
        document = document.with_user(user or self.seller)
        document.invalidate_recordset()
        return document.credit_notice

    def assess(self, **values):
        """What the policy is to have said of the customer."""
        self.env["partner.credit.assessment"]._refresh(self.policy, self.customer)
        [assessment] = (
            self.env["partner.credit.assessment"]
            ._of(self.customer, self.company)
            .values()
        )
        assessment.write(values)
        return assessment

    # === The sentence === #

    def test_nothing_to_say(self):
        self.assertFalse(self.seen(self.quotation(1_000)))
        self.assertFalse(self.seen(self.quotation(1_000, self.stranger)))

    def test_seller_without_accounting_sees_exposure(self):
        self.invoice(self.customer, 10_800)
        self.assertFalse(self.seller.has_group("account.group_account_readonly"))
        self.assertEqual(
            self.seen(self.quotation(6_000)),
            "Exposure 16,800\xa0€ of 15,000\xa0€ — deposit of 30 % advised",
        )

    def test_near_the_limit(self):
        self.invoice(self.customer, 11_000)
        self.assertEqual(
            self.seen(self.quotation(1_000)), "Exposure 12,000\xa0€ of 15,000\xa0€"
        )

    def test_whole_legal_unit_counts(self):
        self.invoice(self.plant, 16_000)
        quotation = self.quotation(2_000, self.contact)
        self.assertIn("payment in advance advised", self.seen(quotation))

    def test_overdue(self):
        self.invoice(self.customer, 500, due=-20)
        self.assertEqual(
            self.seen(self.quotation(100)),
            "Exposure 600\xa0€ of 15,000\xa0€ — 500\xa0€ overdue",
        )

    def test_without_limit(self):
        self.invoice(self.stranger, 500, due=-20)
        self.assertEqual(
            self.seen(self.quotation(100, self.stranger)),
            "Exposure 600\xa0€, no limit granted — 500\xa0€ overdue",
        )

    def test_order_in_another_currency(self):
        self.invoice(self.customer, 10_800)
        quotation = self.quotation(12_000)
        quotation.currency_id = self.setup_other_currency("CHF")
        quotation.order_line.price_unit = 12_000
        rate = quotation.currency_rate
        self.assertNotEqual(rate, 1)
        expected = round(10_800 + 12_000 / rate)
        self.assertIn(f"{expected:,}", self.seen(quotation))

    def test_company_of_the_document(self):
        other = self.other_company()
        self.customer.with_company(other).credit_limit = 100
        self.invoice(self.customer, 11_000)
        quotation = self.quotation(1_000)
        self.seller.company_ids += other
        document = quotation.with_user(self.seller).with_context(
            allowed_company_ids=[other.id, self.company.id]
        )
        self.assertIn("15,000", document.credit_notice)

    def test_stopped_customer_is_in_red(self):
        self.customer.registry_unit_state = "ceased"
        self.policy.hold_orders = True
        quotation = self.quotation(100).with_user(self.seller)
        self.assertEqual(quotation.credit_notice_level, "danger")
        self.assertIn("do not deliver", quotation.credit_notice)

    def test_override_is_for_this_amount_and_customer(self):
        self.policy.hold_orders = True
        self.policy.manager_id = manager = self.seller_with(
            "lifting_manager", "partner_company_data.group_credit_manager"
        )
        quotation = self.quotation(20_000)
        asked = quotation.with_user(self.seller)
        asked.action_ask_more_credit()
        self.assertEqual(quotation.activity_ids.user_id, manager)
        quotation.with_user(manager)._override_credit_hold("Paid this morning")
        self.assertFalse(quotation.activity_ids)
        note = quotation.message_ids[0]
        self.assertIn("Paid this morning", note.body)
        self.assertEqual(note.partner_ids, self.seller.partner_id)
        self.assertFalse(asked.is_credit_held)
        quotation.order_line.price_unit = 30_000
        self.assertTrue(asked.is_credit_held)
        with self.assertRaises(UserError):
            asked.action_confirm()
        quotation.order_line.price_unit = 20_000
        self.assertFalse(asked.is_credit_held)
        self.stranger.credit_limit = 10
        quotation.partner_id = self.stranger
        self.assertTrue(asked.is_credit_held)

    def test_draft_invoice_counts_once(self):
        invoice = self.invoice(self.customer, 14_000, post=False)
        self.assertEqual(
            self.seen(invoice, self.env.user), "Exposure 14,000\xa0€ of 15,000\xa0€"
        )
        invoice.action_post()
        self.assertFalse(self.seen(invoice, self.env.user))

    def test_bureau_is_heard_by_those_who_may(self):
        self.assess(action="cash")
        quotation = self.quotation(1_000)
        self.assertFalse(self.seen(quotation))
        self.assertFalse(self.seen(quotation.sudo(), self.seller))
        self.assertIn("cash only", self.seen(quotation, self.reader))

    def test_exposure_is_asked_for_only_where_documents_are_held(self):
        Partner = self.env.registry["res.partner"]
        read = Partner._credit_exposures

        def asked():
            with patch.object(
                Partner, "_credit_exposures", autospec=True, side_effect=read
            ) as exposures:
                self.invoice(self.customer, 100)
                self.quotation(100).action_confirm()
            return exposures.call_count

        self.assertEqual(asked(), 0)
        self.policy.hold_invoices = True
        self.assertEqual(asked(), 1)
        self.policy.hold_orders = True
        self.assertEqual(asked(), 2)

    def test_two_queries(self):
        self.invoice(self.customer, 14_000)
        quotation = self.quotation(5_000)
        fields = [
            *("name", "state", "currency_id", "amount_total", "order_line"),
            *("partner_credit_warning", "amount_paid", "credit_override_by_id"),
        ]
        banner = ["credit_notice", "credit_notice_level", "is_credit_held"]
        for user in (self.seller, self.reader):
            document = quotation.with_user(user)
            without = self.count_queries(document, fields)
            self.assertLessEqual(
                self.count_queries(document, fields + banner), without + 2
            )

    def count_queries(self, document, fields):
        """SQL queries that opening the document's form takes."""
        specification = {name: {} for name in fields}
        specification["partner_id"] = {"fields": {"display_name": {}}}
        specification["company_id"] = {"fields": {"display_name": {}}}
        document.web_read(specification)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        [values] = document.web_read(specification)
        self.assertEqual(bool(values.get("credit_notice")), "credit_notice" in fields)
        return self.env.cr.sql_log_count - before

    # === The hold === #

    def hold(self, **values):
        self.policy.write({"hold_orders": True, "hold_invoices": True, **values})

    def test_off_by_default(self):
        self.assertFalse(self.policy.hold_orders or self.policy.hold_invoices)
        quotation = self.quotation(20_000)
        quotation.with_user(self.seller).action_confirm()
        self.assertEqual(quotation.state, "sale")

    def test_order_held(self):
        self.hold()
        quotation = self.quotation(20_000).with_user(self.seller)
        self.assertTrue(quotation.is_credit_held)
        with self.assertRaisesRegex(UserError, "held: Exposure"):
            quotation.action_confirm()
        self.assertEqual(quotation.state, "draft")

    def test_override_of_one_document(self):
        self.hold()
        quotation = self.quotation(20_000)
        with self.assertRaises(UserError):
            quotation.with_user(self.seller).action_override_credit_hold()
        with self.assertRaises(AccessError):
            self.env["partner.credit.override"].with_user(self.seller).create(
                {"res_model": "sale.order", "res_id": quotation.id, "reason": "x"}
            )
        action = quotation.action_override_credit_hold()
        wizard = (
            self.env["partner.credit.override"]
            .with_context(action["context"])
            .create({"reason": "Paid by transfer this morning"})
        )
        self.assertEqual(wizard.notice, quotation.credit_notice)
        wizard.action_override()
        self.assertFalse(quotation.is_credit_held)
        note = quotation.message_ids[0]
        self.assertIn("Paid by transfer", note.body)
        self.assertTrue(note.subtype_id.internal)
        quotation.with_user(self.seller).action_confirm()
        self.assertEqual(quotation.state, "sale")
        again = quotation.copy()
        self.assertFalse(again.credit_override_by_id)
        with self.assertRaises(UserError):
            again.with_user(self.seller).action_confirm()

    def test_a_score_alone_holds_nothing(self):
        self.hold()
        self.assess(action="stop", reasons=[])
        quotation = self.quotation(1_000)
        quotation.with_user(self.seller).action_confirm()
        self.assertEqual(quotation.state, "sale")

    def test_liquidation_holds(self):
        self.hold()
        self.assess(
            action="stop",
            reasons=[
                {"code": "law_liquidation", "params": {"on": None}, "effect": "worse"}
            ],
        )
        quotation = self.quotation(1_000).with_user(self.seller)
        with self.assertRaises(UserError) as refused:
            quotation.action_confirm()
        self.assertNotIn("iquidation", str(refused.exception))

    def test_invoice_held(self):
        self.hold()
        invoice = self.invoice(self.customer, 20_000, post=False)
        with self.assertRaisesRegex(UserError, "held"):
            invoice.action_post()
        self.assertEqual(invoice.state, "draft")
        refund = self.invoice(self.customer, 20_000, post=False, move_type="out_refund")
        refund.action_post()
        self.assertEqual(refund.state, "posted")

    def test_customer_who_signs_learns_nothing(self):
        self.hold()
        portal = new_test_user(self.env, "customer", groups="base.group_portal")
        quotation = self.quotation(20_000)
        with self.assertRaises(UserError) as refused:
            quotation.with_user(portal).sudo().action_confirm()
        said = str(refused.exception)
        self.assertNotIn("15,000", said)
        self.assertNotIn("redit", said)
        quotation.message_subscribe(portal.partner_id.ids)
        with self.assertRaises(AccessError):
            quotation.with_user(portal).read(["credit_notice"])

    # === More credit === #

    def test_ask_for_more_credit_once(self):
        self.policy.manager_id = self.env.user
        quotation = self.quotation(20_000).with_user(self.seller)
        for _time in range(2):
            quotation.action_ask_more_credit()
        activity = quotation.sudo().activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.env.user)
        self.assertIn("20,000", activity.note)

    def test_what_is_asked_tells_nothing_of_a_bureau(self):
        quotation = self.quotation(20_000)
        self.assess(action="cash")
        self.assertIn("cash only", self.seen(quotation, self.reader))
        quotation.with_user(self.reader).action_ask_more_credit()
        note = quotation.activity_ids.note
        self.assertIn("20,000", note)
        self.assertIn("deposit", note)
        self.assertNotIn("cash", note)

    def decide(self, **values):
        values = {"partner_id": self.customer.id, "comment": "Essai"} | values
        return self.env["partner.credit.decision"].create(values)

    def test_limit_that_is_granted_answers(self):
        quotation = self.quotation(20_000)
        quotation.with_user(self.seller).action_ask_more_credit()
        self.decide(limit=25_000).action_submit()
        self.assertFalse(quotation.activity_ids)
        answers = quotation.message_ids.filtered(lambda one: "25,000" in one.body)
        self.assertTrue(answers.mail_activity_type_id)
        self.assertTrue(all(answers.subtype_id.mapped("internal")))
        told = self.env["mail.message"].search(
            [("notified_partner_ids", "in", self.seller.partner_id.ids)]
        )
        self.assertIn("25,000", told[:1].body)

    def test_expired_limit_counts_and_is_said(self):
        decision = self.decide(limit=25_000)
        decision.action_submit()
        quotation = self.quotation(10)
        self.assertFalse(self.seen(quotation))
        yesterday = self.today - timedelta(days=1)
        decision.sudo().write({"review_on": yesterday, "valid_until": yesterday})
        self.assertIn(
            "of 25,000 €", self.seen(quotation).replace("\N{NO-BREAK SPACE}", " ")
        )
        self.assertIn("expired on", self.seen(quotation))
        self.decide(limit=25_000).action_submit()
        self.assertFalse(self.seen(quotation))
