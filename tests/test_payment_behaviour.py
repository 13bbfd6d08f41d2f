from datetime import timedelta

from odoo.tests.common import tagged

from odoo.addons.partner_company_data.models.payment_behaviour import PaymentBehaviour

from .exposure_common import ExposureCase


@tagged("post_install", "-at_install")
class TestPaymentBehaviour(ExposureCase):
    def behaviour(self, partner=None, **options):
        partner = partner or self.customer
        behaviours = partner._payment_behaviours(self.company, **options)
        return behaviours[partner.commercial_partner_id.id]

    def paid(self, partner, amount, due, after, **values):
        """An invoice due ``due`` days from today, paid ``after`` days later."""
        invoice = self.invoice(partner, amount, due=due, **values)
        self._register_payment(
            invoice, payment_date=self.today + timedelta(days=due + after)
        )
        return invoice

    def test_nothing_is_known(self):
        self.assertEqual(self.behaviour(), PaymentBehaviour())

    def test_delay_is_weighted_by_amount(self):
        self.paid(self.customer, 900, due=-60, after=10)
        self.paid(self.plant, 100, due=-60, after=0)
        behaviour = self.behaviour()
        self.assertEqual(behaviour.average_delay, 9)
        self.assertEqual(behaviour.share_late, 0.9)
        self.assertEqual(behaviour.worst_delay, 10)
        self.assertEqual(behaviour.worst_overdue, 0)
        self.assertEqual(behaviour.dso, 0)
        self.assertEqual((behaviour.turnover, behaviour.invoice_count), (1000, 2))

    def test_early_payments(self):
        dated = self.today - timedelta(days=40)
        self.paid(self.customer, 100, due=-10, after=-20, invoice_date=dated)
        behaviour = self.behaviour()
        self.assertEqual((behaviour.average_delay, behaviour.share_late), (-20, 0))

    def test_what_is_late_today_counts(self):
        self.paid(self.customer, 500, due=-60, after=0)
        self.invoice(self.customer, 500, due=-40)
        self.invoice(self.customer, 5000, due=10)
        behaviour = self.behaviour()
        self.assertEqual(behaviour.average_delay, 20)
        self.assertEqual(behaviour.share_late, 0.5)
        self.assertEqual((behaviour.worst_delay, behaviour.worst_overdue), (40, 40))

    def test_days_of_sales_outstanding(self):
        self.paid(self.customer, 3000, due=-100, after=0)
        self.invoice(self.customer, 1000, due=-1)
        self.assertEqual(self.behaviour().dso, 25, "a quarter of 100 days")

    def test_credit_notes_pay_nothing(self):
        invoice = self.invoice(self.customer, 100, due=-30)
        credit_note = self.invoice(self.customer, 100, due=-1, move_type="out_refund")
        (invoice + credit_note).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        behaviour = self.behaviour()
        self.assertIsNone(behaviour.average_delay)
        self.assertIsNone(behaviour.dso, "all that was sold was taken back")

    def test_only_the_period_counts(self):
        self.paid(self.customer, 100, due=-500, after=30)
        self.assertEqual(self.behaviour(), PaymentBehaviour())
        self.assertEqual(self.behaviour(months=24).average_delay, 30)

    def test_one_query_for_any_number(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Client {number}", "is_company": True} for number in range(50)]
        )
        partners[0]._payment_behaviours(self.company)
        self.env.flush_all()
        with self.assertQueryCount(1):
            behaviours = partners._payment_behaviours(self.company)
        self.assertEqual(len(behaviours), 50)
