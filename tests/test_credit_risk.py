import json
from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests.common import tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.partner_company_data.models.credit_exposure import PARTS

from .common import new_test_user, silent_bureau
from .exposure_common import SIREN, ExposureCase


@tagged("post_install", "-at_install")
class TestCreditRisk(ExposureCase):
    def risk(self, partner=None):
        self.env.invalidate_all()
        units = (partner or self.customer)._credit_unit_entities()
        return self.env["partner.credit.risk"].search([("partner_id", "in", units.ids)])

    def file(self, partner, code="creditsafe", **values):
        source = silent_bureau(self, code)
        file = (
            self.env["partner.credit.file"]
            .sudo()
            .create(
                {
                    "name": partner.name,
                    "source_id": source.id,
                    "bureau_id": f"{code}-{partner.id}",
                    "currency_id": self.env.ref("base.EUR").id,
                    **values,
                }
            )
        )
        partner.credit_file_ids += file
        return file

    def test_agrees_with_the_live_exposure(self):
        self.invoice(self.customer, 1000, due=-3)
        self.invoice(self.plant, 100, move_type="out_refund")
        self.invoice(self.contact, 70, post=False)
        self.order(self.plant, 30)
        self.env["partner.credit.guarantee"].create(
            {"partner_id": self.plant.id, "amount": 200}
        )
        risk, exposure = self.risk(), self.exposure()
        self.assertEqual(len(risk), 1)
        self.assertEqual(risk.partner_id, self.customer)
        for part in PARTS:
            self.assertEqual(risk[part], getattr(exposure, part), part)
        self.assertEqual(risk.exposure, exposure.total)
        self.assertEqual(risk.not_guaranteed, exposure.not_guaranteed)
        self.assertEqual(risk.siren, SIREN)

    def test_id_is_made_of_its_keys(self):
        self.invoice(self.customer, 10)
        self.invoice(self.stranger, 10)
        first = self.risk().id, self.risk(self.stranger).id
        self.invoice(self.plant, 10)
        self.assertEqual((self.risk().id, self.risk(self.stranger).id), first)
        self.assertLess(max(first), 2**53, "JavaScript's whole numbers")
        self.assertEqual(
            self.env["partner.credit.risk"].browse(first[0]).unit, int(SIREN)
        )

    def test_without_limits_nothing_is_exceeded(self):
        self.invoice(self.customer, 10)
        risk = self.risk()
        self.assertFalse(risk.has_granted_limit or risk.has_bureau_limit)
        self.assertEqual(risk.over_limit, "unlimited")
        self.assertEqual(risk.risk_class, "unknown")
        self.assertEqual(risk.excess, 0)

    def test_over_the_limit_granted(self):
        self.invoice(self.customer, 1200)
        self.plant.credit_limit = 1000
        risk = self.risk()
        self.assertEqual(risk.granted_limit, 1000)
        self.assertEqual(risk.over_limit, "granted")
        self.assertAlmostEqual(risk.limit_use, 1.2)
        self.assertEqual(risk.excess, 200)
        self.plant.credit_limit = 1200
        self.assertEqual(self.risk().over_limit, "none")

    def test_default_limit(self):
        self.env["ir.default"].set(
            "res.partner", "credit_limit", 500, company_id=self.company.id
        )
        self.invoice(self.stranger, 600)
        self.assertEqual(self.risk(self.stranger).granted_limit, 500)
        self.stranger.credit_limit = 800
        self.assertEqual(self.risk(self.stranger).granted_limit, 800)

    def test_bureau_says(self):
        self.invoice(self.customer, 300)
        self.file(
            self.customer,
            rating="D",
            has_credit_limit=True,
            credit_limit=100,
            risk="high",
        )
        risk = self.risk()
        self.assertEqual(risk.bureau_limit, risk.limit_creditsafe)
        self.assertTrue(risk.has_limit_creditsafe)
        self.assertFalse(risk.has_limit_altares)
        self.assertEqual(risk.over_limit, "bureau")
        self.assertEqual(risk.risk_class, risk.class_creditsafe)
        self.assertFalse(risk.class_altares)
        self.customer.credit_limit = 250
        self.assertEqual(self.risk().over_limit, "both")

    def test_bureau_limit_of_zero_is_a_limit(self):
        self.invoice(self.customer, 300)
        self.file(self.customer, has_credit_limit=True, credit_limit=0)
        risk = self.risk()
        self.assertTrue(risk.has_bureau_limit)
        self.assertFalse(risk.has_limit_use, "no share of nothing")
        self.assertEqual((risk.over_limit, risk.excess), ("bureau", 300))

    def test_no_credit_at_all_has_no_use(self):
        self.invoice(self.customer, 300)
        self.customer.credit_limit = self.company.currency_id.rounding
        risk = self.risk()
        self.assertFalse(risk.has_limit_use, "a share of a cent tells nothing")
        self.assertFalse(self.customer.exposure_has_use)
        self.assertEqual(risk.over_limit, "granted")

    def test_decision_in_force(self):
        decided = self.env["partner.credit.decision"].create(
            {"partner_id": self.plant.id, "limit": 700, "comment": "Known for long."}
        )
        self.invoice(self.customer, 300)
        self.assertFalse(self.risk().decision_id, "nobody has decided yet")
        decided.action_submit()
        risk = self.risk()
        self.assertEqual(risk.decision_id, decided)
        self.assertEqual(risk.decision_state, "granted")
        self.assertEqual(risk.granted_limit, 700)
        self.assertEqual(
            (risk.decided_on, risk.review_on), (decided.decided_on, decided.review_on)
        )
        self.assertFalse(risk.is_review_due)
        decided.review_on = self.today
        self.assertTrue(self.risk().is_review_due)
        decided.sudo().write({"state": "expired"})
        self.assertEqual(self.risk().decision_state, "expired")
        decided.sudo().write({"state": "replaced"})
        self.assertFalse(self.risk().is_review_due)

    def test_who_owes_nothing_is_still_reviewed(self):
        decided = self.env["partner.credit.decision"].create(
            {"partner_id": self.stranger.id, "limit": 0}
        )
        decided.action_submit()
        decided.review_on = self.today
        due = self.env["partner.credit.risk"].search([("is_review_due", "=", True)])
        self.assertIn(self.stranger, due.partner_id)

    def test_failing_and_not_rated_are_no_numbers(self):
        file = self.file(self.customer, rating="E", risk="failing")
        self.assertEqual(self.risk().risk_class, "failing")
        file.risk = "not_rated"
        self.assertEqual(self.risk().risk_class, "not_rated")
        self.assertEqual(self.risk().exposure, 0, "known to a bureau is enough")

    def test_parts_that_make_up_for_each_other_leave_nothing(self):
        self.invoice(self.customer, 0.3, move_type="out_refund")
        self.invoice(self.customer, 0.1, post=False)
        self.order(self.customer, 0.2)
        risk = self.risk()
        self.assertEqual((risk.receivable, risk.orders_to_invoice), (-0.3, 0.2))
        self.assertEqual(risk.exposure, 0)
        self.assertFalse(risk.search([("exposure", ">", 0), ("id", "=", risk.id)]))

    def test_other_companies_are_hidden(self):
        self.invoice(self.customer, 10)
        other = self.other_company()
        user = new_test_user(
            self.env,
            "risk_reader",
            groups="base.group_user,partner_company_data.group_credit_risk_reader",
            company_id=other.id,
        )
        self.env.invalidate_all()
        Risk = self.env["partner.credit.risk"].with_user(user)
        self.assertFalse(Risk.search([]))

    def test_needs_the_right(self):
        user = new_test_user(
            self.env,
            "risk_stranger",
            groups="base.group_user,account.group_account_invoice,"
            "partner_company_data.group_credit_reader",
            company_id=self.company.id,
        )
        with self.assertRaises(AccessError):
            self.env["partner.credit.risk"].with_user(user).search([])

    def test_totals_and_pivot(self):
        self.invoice(self.customer, 300)
        self.invoice(self.stranger, 50)
        self.customer.credit_limit = 100
        groups = self.env["partner.credit.risk"]._read_group(
            [("partner_id", "in", (self.customer + self.stranger).ids)],
            ["over_limit"],
            ["exposure:sum", "__count"],
        )
        self.assertCountEqual(groups, [("unlimited", 50, 1), ("granted", 300, 1)])

    def test_page_tells_how_many_there_are(self):
        self.invoice(self.customer, 300)
        self.invoice(self.stranger, 50)
        Risk = self.env["partner.credit.risk"]
        mine = [("partner_id", "in", (self.customer + self.stranger).ids)]
        shown = {"exposure": {}, "siren": {}, "partner_id": {"fields": {}}}

        def page(domain=mine, **options):
            self.env.invalidate_all()
            found = Risk.web_search_read(domain, shown, **options)
            return found["length"], [one["exposure"] for one in found["records"]]

        self.assertEqual(page(), (2, [300, 50]))
        self.assertEqual(page(limit=1), (2, [300]))
        self.assertEqual(page(limit=1, offset=1), (2, [50]))
        self.assertEqual(page(limit=1, order="exposure"), (2, [50]))
        self.assertEqual(page(limit=1, count_limit=1), (1, [300]))
        self.assertEqual(page([*mine, ("exposure", ">", 1000)]), (0, []))
        self.assertEqual(page([("id", "in", [])]), (0, []))

    def test_page_adds_up_once(self):
        self.invoice(self.customer, 300)
        self.invoice(self.stranger, 50)
        Risk = self.env["partner.credit.risk"]
        Risk.web_search_read([], {"exposure": {}}, limit=1)
        self.env.flush_all()
        # That PostgreSQL shall not compile it is a statement of its own.
        with self.assertQueryCount(2):
            Risk.web_search_read([], {"exposure": {}, "unit": {}}, limit=1)

    # === From month to month === #

    def test_months_are_kept_once(self):
        Snapshot = self.env["partner.credit.snapshot"].sudo()
        self.invoice(self.customer, 300, due=-1)
        Snapshot._cron_take()
        mine = [("company_id", "=", self.company.id)]
        snapshot = Snapshot.search([*mine, ("partner_id", "=", self.customer.id)])
        self.assertEqual((snapshot.exposure, snapshot.overdue), (300, 300))
        self.assertEqual(snapshot.date, self.today.replace(day=1))
        self.invoice(self.customer, 50)
        Snapshot._cron_take()
        self.assertEqual(snapshot.exposure, 300, "as it was")
        self.assertEqual(self.risk().trend[-1]["exposure"], 350)
        self.assertEqual([one["exposure"] for one in self.risk().trend], [300, 350])

    def test_change_since_last_month(self):
        self.invoice(self.customer, 300)
        self.assertFalse(self.risk().has_change)
        Snapshot = self.env["partner.credit.snapshot"].sudo()
        Snapshot._cron_take()
        first = self.today.replace(day=1)
        Snapshot.search([("company_id", "=", self.company.id)]).date = (
            first - timedelta(days=1)
        ).replace(day=1)
        self.invoice(self.customer, 50)
        risk = self.risk()
        self.assertTrue(risk.has_change)
        self.assertEqual(risk.change, 50)

    # === Documents === #

    def test_amounts_open_their_documents(self):
        posted = self.invoice(self.customer, 300, due=-1)
        draft = self.invoice(self.plant, 30, post=False)
        order = self.order(self.contact, 20)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.plant.id,
                "amount": 25,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        guarantee = self.env["partner.credit.guarantee"].create(
            {"partner_id": self.plant.id, "amount": 200}
        )
        receivable = (posted + payment.move_id).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        expected = {
            "receivable": receivable,
            "overdue": receivable,
            "credits": receivable & payment.move_id.line_ids,
            "draft_invoices": draft,
            "orders_to_invoice": order,
            "in_progress": payment,
            "guaranteed": guarantee,
        }
        self.assertEqual(set(expected), set(PARTS))
        risk = self.risk()
        for part, documents in expected.items():
            action = risk.action_open_exposure(part)
            found = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(found, documents, part)

    # === On the partner === #

    def test_partner_shows_the_unit(self):
        self.invoice(self.customer, 300, due=-1)
        self.order(self.plant, 20)
        for partner in (self.customer, self.plant, self.contact):
            self.assertEqual(partner.exposure_total, 320)
            self.assertEqual(partner.exposure_overdue, 300)
        self.assertFalse(self.plant.exposure_has_limit)

    def test_partner_and_report_agree_on_the_limit(self):
        self.invoice(self.customer, 300)
        self.file(self.customer, has_credit_limit=True, credit_limit=100)
        self.customer.credit_limit = 250
        self.env.invalidate_all()
        risk = self.risk()
        self.assertEqual(
            self.customer.exposure_limit, min(risk.granted_limit, risk.bureau_limit)
        )
        self.assertAlmostEqual(self.customer.exposure_use, risk.limit_use, 4)
        self.assertTrue(self.customer.exposure_is_over)

    def test_lowest_limit_of_the_unit_counts_everywhere(self):
        self.env["ir.default"].set(
            "res.partner", "credit_limit", 50, company_id=self.company.id
        )
        self.order(self.customer, 300)
        policy = self.env["partner.credit.policy"]._of(self.company)
        customers = self.customer | self.plant
        for limits, expected in (
            ((None, None), 50),
            ((400, None), 400),
            ((400, 250), 250),
            ((0, 250), 250),
            ((0, 0), False),
        ):
            self.env.cr.execute(
                "UPDATE res_partner SET credit_limit = NULL WHERE id = ANY(%s)",
                [customers.ids],
            )
            self.env.invalidate_all()
            for customer, limit in zip(customers, limits, strict=True):
                if limit is not None:
                    customer.credit_limit = limit
            self.env.flush_all()
            risk = self.risk()
            self.assertEqual(risk.has_granted_limit and risk.granted_limit, expected)
            facts = policy._facts_of(customers)
            standings = policy._standings(customers, self.company)
            for customer in customers:
                self.assertEqual(
                    customer.exposure_has_granted_limit
                    and customer.exposure_granted_limit,
                    expected,
                )
                self.assertEqual(facts[customer.id].own_limit or False, expected)
                self.assertEqual(standings[customer.id].limit or False, expected)

    def test_partner_trend(self):
        self.invoice(self.customer, 300)
        self.env["partner.credit.snapshot"].sudo()._cron_take()
        self.invoice(self.plant, 50)
        self.env.invalidate_all()
        self.assertEqual(
            [point["exposure"] for point in self.plant.exposure_trend], [300, 350]
        )

    def test_partner_opens_documents_and_report(self):
        invoice = self.invoice(self.customer, 300)
        action = self.plant.action_open_exposure("receivable")
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found.move_id, invoice)
        action = self.plant.action_open_credit_risk()
        self.assertEqual(action["res_id"], self.risk().id)

    def test_exposure_of_partners_needs_the_right(self):
        user = new_test_user(
            self.env,
            "exposure_stranger",
            groups="base.group_user,sales_team.group_sale_salesman,"
            "partner_company_data.group_credit_reader",
            company_id=self.company.id,
        )
        partner = self.customer.with_user(user)
        with self.assertRaises(AccessError):
            partner.read(["exposure_total"])
        view = partner.get_view(view_type="form")["arch"]
        self.assertNotIn('name="exposure_', view)

    def test_lists_of_partners_read_exposure_at_once(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Client {number}", "is_company": True} for number in range(20)]
        )
        names = ["exposure_total", "exposure_trend", "payment_average_delay"]
        self.env.flush_all()
        self.env.invalidate_all()
        partners[0].read(names)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(6):
            partners.read(names)

    # === Lists === #

    def test_favourites_of_the_report_work(self):
        action = self.env.ref("partner_company_data.action_partner_credit_risk")
        favourites = self.env["ir.filters"].get_filters(
            "partner.credit.risk", action.id
        )
        self.assertGreaterEqual(len(favourites), 4)
        self.invoice(self.customer, 300)
        self.customer.credit_limit = 100
        found = {}
        for favourite in favourites:
            domain = safe_eval(favourite["domain"])
            groups = safe_eval(favourite["context"]).get("group_by", [])
            Risk = self.env["partner.credit.risk"]
            Risk.formatted_read_group(domain, groups, ["exposure:sum"])
            order = ", ".join(json.loads(favourite["sort"]))
            found[favourite["name"]] = Risk.search(domain, order=order or None)
        self.assertIn(self.risk(), found["Over limit, by salesperson"])
        self.assertNotIn(self.risk(), found["Overdue without a limit"])

    def test_overdue_customers_with_their_follow_up(self):
        self.invoice(self.customer, 300, due=-12)
        scenario = self.env["partner.credit.scenario"].create(
            {"name": "By phone", "responsible_id": self.env.uid}
        )
        alert = self.env["partner.credit.alert"].create(
            {
                "name": "Overdue",
                "condition_ids": [
                    Command.create({"fact": "overdue", "operator": "above"})
                ],
            }
        )
        self.env["partner.credit.alert.hit"].sudo().create(
            {
                "alert_id": alert.id,
                "unit": int(SIREN),
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "severity": "warning",
                "scenario_id": scenario.id,
            }
        )
        self.env.invalidate_all()
        action = self.env.ref("partner_company_data.action_partner_credit_overdue")
        risk = self.env["partner.credit.risk"].search(
            safe_eval(action.domain) + [("partner_id", "=", self.customer.id)]
        )
        self.assertEqual(risk.scenario_id, scenario)
        self.assertEqual(risk.responsible_id, self.env.user)
        self.assertEqual(risk.worst_overdue, 12)
        view = self.customer.get_view(view_type="form")["arch"]
        self.assertIn('name="credit_scenario_id"', view)

    def test_suppliers_are_listed(self):
        self.invoice(self.customer, 700, move_type="in_invoice")
        action = self.env.ref("partner_company_data.action_supplier_risk")
        suppliers = self.env["res.partner"].search(safe_eval(action.domain))
        self.assertIn(self.customer, suppliers)
        self.assertNotIn(self.stranger, suppliers)
        self.assertEqual(self.customer.debit, 700)
        view = self.env["res.partner"].get_view(action.view_id.id, "list")["arch"]
        self.assertIn("credit_risk_class", view)
