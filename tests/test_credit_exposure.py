from datetime import timedelta
from unittest.mock import patch

from openpyxl import load_workbook

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests.common import tagged
from odoo.tools import file_open

from odoo.addons.partner_company_data.models.credit_exposure import Exposure

from .common import new_test_user
from .exposure_common import OTHER_SIREN, SIREN, ExposureCase


@tagged("post_install", "-at_install")
class TestCreditExposure(ExposureCase):
    def test_nothing_is_owed(self):
        self.assertEqual(self.exposure(), Exposure())
        self.assertEqual(self.env["res.partner"]._credit_exposures(self.company), {})

    def test_receivable_and_overdue(self):
        self.invoice(self.customer, 1000)
        self.invoice(self.customer, 300, due=-1)
        self.invoice(self.customer, 50, due=0)
        exposure = self.exposure()
        self.assertEqual(exposure.receivable, 1350)
        self.assertEqual(exposure.overdue, 300, "what is due today is not late")
        self.assertEqual(exposure.total, 1350)

    def test_partners_of_one_siren_are_one_debtor(self):
        self.invoice(self.customer, 1000)
        self.invoice(self.plant, 200)
        self.invoice(self.contact, 30)
        self.invoice(self.stranger, 4)
        exposures = (self.plant + self.contact + self.stranger)._credit_exposures(
            self.company
        )
        self.assertEqual(
            {partner: one.receivable for partner, one in exposures.items()},
            {self.plant.id: 1230, self.customer.id: 1230, self.stranger.id: 4},
        )

    def test_company_without_siren_stands_alone(self):
        other = self.make_customer("Stahl GmbH", False, country="base.de")
        self.invoice(other, 10)
        self.invoice(self.stranger, 4)
        self.assertEqual(self.exposure(self.stranger).receivable, 4)

    def test_deductions(self):
        self.invoice(self.customer, 1000, due=-1)
        self.invoice(self.plant, 400, move_type="out_refund")
        exposure = self.exposure()
        self.assertEqual(exposure.receivable, 600)
        self.assertEqual(exposure.credits, -400)
        self.assertEqual(exposure.overdue, 600, "of another partner of the unit")

    def test_customer_in_credit_is_no_risk(self):
        self.invoice(self.customer, 100, move_type="out_refund")
        exposure = self.exposure()
        self.assertEqual(exposure.receivable, -100)
        self.assertEqual((exposure.total, exposure.overdue), (0, 0))

    def test_draft_invoices(self):
        self.invoice(self.customer, 700, post=False)
        self.invoice(self.customer, 200, post=False, move_type="out_refund")
        self.invoice(self.customer, 99, post=False).button_cancel()
        exposure = self.exposure()
        self.assertEqual(exposure.draft_invoices, 700)
        self.assertEqual(exposure.total, 700)

    def test_vendor_bills_are_no_exposure(self):
        self.invoice(self.customer, 700, move_type="in_invoice")
        self.assertEqual(self.exposure(), Exposure())

    def test_partly_paid_invoice(self):
        invoice = self.invoice(self.customer, 1000)
        payment = self._register_payment(invoice, amount=400)
        payment.action_validate()
        self.assertEqual(self.exposure(), Exposure(receivable=600))

    def test_payment_on_its_way_is_still_a_risk(self):
        invoice = self.invoice(self.customer, 1000, due=-5)
        # As where statements of the bank are reconciled.
        with patch.object(
            self.env.registry["account.move"],
            "_get_invoice_in_payment_state",
            lambda _self: "in_payment",
        ):
            payment = self._register_payment(invoice)
            self.assertEqual(payment.state, "in_process")
            self.assertEqual(self.exposure(), Exposure(in_progress=1000))
            self.assertEqual(self.exposure().total, 1000)
            payment.action_validate()
            self.assertEqual(self.exposure(), Exposure())

    def test_payment_that_no_invoice_took_up_yet(self):
        self.invoice(self.customer, 1000)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 250,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        exposure = self.exposure()
        self.assertEqual((exposure.receivable, exposure.credits), (750, -250))
        self.assertEqual(exposure.in_progress, 250)
        self.assertEqual(exposure.total, 1000)

    def test_orders_to_invoice(self):
        order = self.order(self.contact, 100, quantity=10)
        self.order(self.customer, 77, confirm=False)
        self.assertEqual(self.exposure(), Exposure(orders_to_invoice=1000))
        invoice = order._create_invoices()
        self.assertEqual(
            self.exposure(), Exposure(draft_invoices=1000), "counted once as a draft"
        )
        invoice.invoice_line_ids.quantity = 4
        invoice.action_post()
        self.assertEqual(
            self.exposure(), Exposure(receivable=400, orders_to_invoice=600)
        )

    def test_cancelled_order(self):
        order = self.order(self.customer, 100)
        order._action_cancel()
        self.assertEqual(self.exposure(), Exposure())

    def test_order_invoiced_on_delivery(self):
        order = self.order(self.customer, 100, quantity=10, policy="delivery")
        self.assertEqual(self.exposure().orders_to_invoice, 1000)
        order.order_line.qty_delivered = 3
        self.assertEqual(self.exposure().orders_to_invoice, 1000)
        order.action_lock()
        self.assertEqual(
            self.exposure().orders_to_invoice, 300, "the rest will not be delivered"
        )

    def test_deposit_lowers_what_is_to_come(self):
        order = self.order(self.customer, 1000)
        deposit = self._create_down_payment_invoice(order, "fixed", 300)
        self.assertEqual(
            self.exposure(), Exposure(draft_invoices=300, orders_to_invoice=700)
        )
        deposit.action_post()
        self._register_payment(deposit)
        self.assertEqual(self.exposure(), Exposure(orders_to_invoice=700))
        final = self.env["account.move"].browse(order._create_invoices(final=True).ids)
        self.assertEqual(final.amount_total, 700)
        self.assertEqual(self.exposure(), Exposure(draft_invoices=700))

    def test_order_invoiced_beyond_its_total_lowers_no_other(self):
        over = self.order(self.customer, 1000)
        self._create_down_payment_invoice(over, "fixed", 1000, post=True)
        over.order_line.filtered(lambda line: not line.is_downpayment).price_unit = 600
        self.order(self.customer, 50)
        self.assertEqual(self.exposure().orders_to_invoice, 50)

    def test_amounts_with_tax(self):
        tax = self.env["account.tax"].create({"name": "20 %", "amount": 20})
        order = self.order(self.customer, 100, quantity=2)
        order.order_line.tax_ids = tax
        self.assertEqual(self.exposure().orders_to_invoice, 240)

    def test_other_currency(self):
        # Two of theirs for one of ours.
        currency = self.setup_other_currency("CHF")
        self.invoice(self.customer, 900, currency_id=currency.id)
        self.invoice(self.customer, 90, currency_id=currency.id, post=False)
        pricelist = self.env["product.pricelist"].create(
            {"name": "CHF", "currency_id": currency.id}
        )
        self.order(self.customer, 30, pricelist_id=pricelist.id)
        self.assertEqual(
            self.exposure(),
            Exposure(receivable=450, draft_invoices=45, orders_to_invoice=15),
        )

    def test_companies_are_apart(self):
        data = self.setup_other_company()
        other = data["company"]
        self.invoice(self.customer, 1000)
        self.customer.with_company(other).property_account_receivable_id = data[
            "default_account_receivable"
        ]
        self.env["account.move"].with_company(other).create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": self.today,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "x", "price_unit": 60, "tax_ids": [Command.clear()]}
                    )
                ],
            }
        ).action_post()
        self.assertEqual(self.exposure().receivable, 1000)
        self.assertEqual(self.exposure(company=other).receivable, 60)

    def test_branches_are_one_legal_entity(self):
        branch = self.env["res.company"].create(
            {"name": "Agence", "parent_id": self.company.id}
        )
        self.env.user.company_ids = [Command.link(branch.id)]
        self.customer.with_company(
            branch
        ).property_account_receivable_id = self.customer.property_account_receivable_id
        self.invoice(self.customer, 1000)
        self.invoice(self.customer, 60, company_id=branch)
        for company in (self.company, branch):
            self.assertEqual(self.exposure(company=company).receivable, 1060)

    def test_siren_that_changes_moves_the_debt(self):
        self.invoice(self.plant, 200)
        self.assertEqual(self.exposure().receivable, 200)
        self.plant.company_registry = f"{OTHER_SIREN}00022"
        self.assertEqual(self.exposure().receivable, 0)
        self.assertEqual(self.exposure(self.plant).receivable, 200)

    def test_one_query_for_any_number(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Client {number}", "is_company": True} for number in range(50)]
        )
        self.invoice(partners[0], 10)
        partners[0]._credit_exposures(self.company)
        with self.assertQueryCount(1):
            exposures = partners._credit_exposures(self.company)
        self.assertEqual(len(exposures), 50)

    def test_due_moves_with_the_day(self):
        invoice = self.invoice(self.customer, 80, due=3)
        self.assertEqual(self.exposure().overdue, 0)
        invoice.line_ids.date_maturity = self.today - timedelta(days=1)
        self.assertEqual(self.exposure().overdue, 80)

    # === Guarantees === #

    def guarantee(self, partner, amount, **values):
        return self.env["partner.credit.guarantee"].create(
            {"partner_id": partner.id, "amount": amount, "insurer": "Coface", **values}
        )

    def test_guarantees_of_the_unit(self):
        self.invoice(self.customer, 1000)
        self.guarantee(self.plant, 300)
        self.guarantee(self.customer, 200, kind="surety")
        exposure = self.exposure()
        self.assertEqual(exposure.guaranteed, 500)
        self.assertEqual(exposure.not_guaranteed, 500)
        self.guarantee(self.customer, 9000)
        self.assertEqual(self.exposure().not_guaranteed, 0)
        self.assertEqual(self.exposure(self.stranger).guaranteed, 0)

    def test_headings_of_the_sheet_to_import_are_the_fields(self):
        for lang in ("en_US", "fr_FR"):
            Guarantee = self.env["partner.credit.guarantee"].with_context(lang=lang)
            [sheet] = Guarantee.get_import_templates()
            with file_open(sheet["template"].lstrip("/"), "rb") as file:
                rows = load_workbook(file).active.iter_rows(values_only=True)
                headings, example = list(rows)
            fields = Guarantee.fields_get()
            labels = {field["string"] for field in fields.values()}
            self.assertLessEqual(set(headings), labels)
            self.assertIn(example[1], dict(fields["kind"]["selection"]).values())

    def test_guarantees_count_from_first_to_last_day(self):
        days = {days: self.today + timedelta(days=days) for days in (-30, -1, 0, 1, 30)}
        states = {}
        for start, end in ((-30, -1), (-30, 0), (0, 1), (1, 30), (-30, None)):
            guarantee = self.guarantee(
                self.customer,
                100,
                date_start=days[start],
                date_end=days.get(end, False),
            )
            counts = self.exposure().guaranteed == 100
            states[start, end] = (guarantee.state, counts)
            found = guarantee.search([("state", "=", guarantee.state)])
            self.assertEqual(found, guarantee)
            guarantee.active = False
        self.assertEqual(
            states,
            {
                (-30, -1): ("ended", False),
                (-30, 0): ("in_force", True),
                (0, 1): ("in_force", True),
                (1, 30): ("coming", False),
                (-30, None): ("in_force", True),
            },
        )
        self.assertEqual(self.exposure().guaranteed, 0, "archived ones don't count")

    def test_guarantee_in_another_currency_and_company(self):
        currency = self.setup_other_currency("CHF")
        self.guarantee(self.customer, 100, currency_id=currency.id)
        other = self.other_company()
        self.guarantee(self.customer, 7, company_id=other.id)
        self.assertEqual(self.exposure().guaranteed, 50)
        self.assertEqual(self.exposure(company=other).guaranteed, 7)

    def test_guarantees_are_imported_by_siren(self):
        Guarantee = self.env["partner.credit.guarantee"]
        result = Guarantee.load(
            ["id", "siren", "kind", "insurer", "amount", "date_end"],
            [
                [
                    "g1",
                    "732 829 320",
                    "Credit insurance",
                    "Coface",
                    "500",
                    "2099-12-31",
                ],
                ["g1b", SIREN, "Deposit", "", "20", ""],
            ],
        )
        self.assertFalse(result["messages"])
        self.assertEqual(Guarantee.browse(result["ids"]).partner_id, self.customer)
        self.assertEqual(self.exposure(self.plant).guaranteed, 520)
        again = Guarantee.load(["id", "amount"], [["g1", "600"]])
        self.assertFalse(again["messages"])
        self.assertEqual(self.exposure().guaranteed, 620, "not doubled")

    def test_import_says_which_siren_nobody_has(self):
        result = self.env["partner.credit.guarantee"].load(
            ["siren", "kind", "amount"], [["999999999", "Surety", "500"]]
        )
        self.assertIn("999999999", result["messages"][0]["message"])

    def test_guarantee_rights(self):
        def user(*groups):
            return new_test_user(
                self.env,
                f"guarantee_{len(groups)}_{groups[-1]}",
                groups=",".join(["base.group_user", *groups]),
                company_id=self.company.id,
            )

        guarantee = self.guarantee(self.customer, 100)
        rater = user("partner_company_data.group_credit_reader")
        reader = user("partner_company_data.group_credit_risk_reader")
        manager = user("partner_company_data.group_credit_manager")
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            guarantee.with_user(rater).read(["amount"])
        self.assertEqual(guarantee.with_user(reader).amount, 100)
        with self.assertRaises(AccessError):
            guarantee.with_user(reader).amount = 1
        guarantee.with_user(manager).amount = 150
        self.assertEqual(self.exposure().guaranteed, 150)

    def test_guarantees_of_other_companies_are_hidden(self):
        other = self.other_company()
        guarantee = self.guarantee(self.customer, 100, company_id=other.id)
        reader = new_test_user(
            self.env,
            "guarantee_reader",
            groups="base.group_user,partner_company_data.group_credit_risk_reader",
            company_id=self.company.id,
        )
        self.assertFalse(guarantee.with_user(reader).search([]) & guarantee)
