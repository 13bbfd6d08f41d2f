"""Who is told of which event: triggers, bundling, changes of model."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.partner_company_data.models.credit_event_severity import (
    EventParts,
    is_urgent,
    severity_of,
)

from .common import copies, new_test_user
from .credit_event_common import CreditEventCase, utc


@tagged("post_install", "-at_install")
class TestCreditEventTell(CreditEventCase):
    def setUp(self):
        super().setUp()
        self.known = 100

    def tell(self, *changes):
        """Store events made of these values, and tell people of them."""
        events = []
        for values in changes:
            self.known += 1
            index = values.pop("index", 0)
            events.append(
                self.connector_event(
                    **{
                        "id": self.known,
                        "bureau_id": f"FR-X-{self.sirets[index]}",
                        **values,
                    }
                )
            )
        since = fields.Datetime.now() - timedelta(days=7)
        self.env["partner.credit.event"]._store(self.portfolio, events, since)
        self.env.flush_all()
        with self.credit._own_env() as env:
            env["partner.credit.event"]._tell_apart(
                env[self.portfolio._name].browse(self.portfolio.id)
            )
        self.env.invalidate_all()

    # === Triggers === #

    def test_limit_that_falls_by_a_third_is_told_to_the_portfolio_s_user(self):
        self.tell({"old_number": 3000.0, "new_number": 2000.0})
        activity = self.activities()
        self.assertEqual(activity.user_id, self.buyer)
        self.assertEqual(activity.res_id, self.partner.id)
        self.assertIn("falls from 3,000&nbsp;€ to 2,000&nbsp;€", activity.note)
        self.assertEqual(
            activity.date_deadline, fields.Date.today() + timedelta(days=3)
        )
        self.assertEqual(self.events().activity_id, activity)
        self.assertFalse(self.events().is_pending)

    def test_what_is_not_urgent_stays_in_the_list(self):
        self.tell(
            {"old_number": 3000.0, "new_number": 2500.0},
            {"kind": "name", "new_value": "AUTRE NOM"},
            {"kind": "rating", "old_rating": "A", "new_rating": "C"},
            {"kind": "privileges", "old_number": 2.0, "new_number": 1.0},
            {"kind": "status", "new_status": "active"},
        )
        self.assertFalse(self.activities())
        self.assertEqual(len(self.events(state="new", is_pending=False)), 5)

    def test_urgent_kinds(self):
        for parts in (
            EventParts("proceedings"),
            EventParts("proceedings", ruling="closure"),
            EventParts("privileges", None, 1),
            EventParts("privileges", 1, 2),
            EventParts("status", status="ceased"),
            EventParts("rating", old_rating="C", new_rating="D"),
            EventParts("rating", old_rating="D", new_rating="E"),
            EventParts("limit", 1000, 700),
            EventParts("limit", 1000, 0),
        ):
            self.assertTrue(is_urgent(parts), parts)
        for parts in (
            EventParts(None),
            EventParts("rating", 60, 10),
            EventParts("rating", old_rating="E", new_rating="D"),
            EventParts("rating", old_rating="A", new_rating="C"),
            EventParts("limit", 1000, 701),
            EventParts("limit", None, 0),
            EventParts("limit", 0, 0),
            EventParts("limit", 0, 1000),
            EventParts("privileges", 2, 2),
            EventParts("status"),
        ):
            self.assertFalse(is_urgent(parts), parts)

    def test_severities(self):
        for severity, parts in (
            ("critical", EventParts("proceedings", ruling="liquidation")),
            ("info", EventParts("proceedings", ruling="closure")),
            ("critical", EventParts("rating", old_rating="B", new_rating="D")),
            ("warning", EventParts("rating", old_rating="A", new_rating="B")),
            ("good", EventParts("rating", old_rating="D", new_rating="B")),
            ("warning", EventParts("rating", 51, 33)),
            ("good", EventParts("rating", 33, 51)),
            ("info", EventParts("rating", None, 51)),
            ("critical", EventParts("limit", 100, 0)),
            ("warning", EventParts("limit", 100, 70)),
            ("info", EventParts("limit", 100, 90)),
            ("good", EventParts("limit", 0, 90)),
            ("info", EventParts("limit", None, None)),
            ("critical", EventParts("status", status="ceased")),
            ("warning", EventParts("payment", 3, 9)),
            ("good", EventParts("payment", 9, 3)),
            ("info", EventParts("address")),
            ("info", EventParts(None)),
        ):
            self.assertEqual(severity_of(parts), severity, parts)

    def test_only_customers_are_told_of_but_proceedings_always(self):
        fall = {"old_number": 3000.0, "new_number": 0.0}
        self.tell({"index": 1, **fall}, {"index": 2, "kind": "proceedings"})
        self.assertEqual(self.activities().mapped("res_id"), [self.partners[2].id])

    def test_old_orders_make_no_customer(self):
        orders = self.env["sale.order"].search([("partner_id", "=", self.partner.id)])
        orders.date_order = fields.Datetime.now() - timedelta(days=400)
        self.tell({"old_number": 3000.0, "new_number": 0.0})
        self.assertFalse(self.activities())

    def test_who_owes_is_a_customer(self):
        journal = self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", self.env.company.id)],
            limit=1,
        )
        Account = self.env["account.account"]
        receivable, other = (
            Account.search([("account_type", "=", kind)], limit=1)
            for kind in ("asset_receivable", "income")
        )
        if not (journal and receivable and other):
            self.skipTest("The company has no chart of accounts.")
        contact = self.env["res.partner"].create(
            {"name": "Compta", "parent_id": self.partners[3].id}
        )
        move = self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": contact.id,
                            "debit": debit,
                            "credit": credit,
                        }
                    )
                    for account, debit, credit in (
                        (receivable, 50, 0),
                        (other, 0, 50),
                    )
                ],
            }
        )
        partners = self.partners
        self.assertEqual(
            partners._ids_with_dealings(self.env.company), self.partner.ids
        )
        move.action_post()
        self.assertCountEqual(
            partners._ids_with_dealings(self.env.company),
            [self.partner.id, partners[3].id],
        )

    def test_dealings_of_many_are_one_query(self):
        partners = copies(self.env["res.partner"].create({"name": "P"}), 1000)
        before = self.env.cr.sql_log_count
        partners._ids_with_dealings(self.env.company)
        self.assertEqual(self.env.cr.sql_log_count - before, 1)

    # === Bundling === #

    def test_events_of_a_day_are_one_activity(self):
        self.credit.name = "Agence"
        self.tell(
            {"old_number": 3000.0, "new_number": 0.0},
            {"kind": "proceedings", "new_value": "Redressement judiciaire"},
        )
        activity = self.activities()
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.summary, "Agence: 2 events")
        self.assertEqual(activity.note.count("<li>"), 2)
        self.assertEqual(activity.date_deadline, fields.Date.today())

    def test_open_activity_is_completed(self):
        self.tell({"old_number": 3000.0, "new_number": 2000.0})
        first = self.activities()
        self.tell({"kind": "privileges", "new_number": 2.0})
        self.assertEqual(self.activities(), first)
        self.assertEqual(first.note.count("<li>"), 2)
        self.assertEqual(first.date_deadline, fields.Date.today())

    def test_after_an_activity_is_done_news_make_another(self):
        self.tell({"old_number": 3000.0, "new_number": 2000.0})
        self.activities().action_feedback()
        self.tell({"kind": "privileges", "new_number": 2.0})
        self.assertEqual(self.activities().note.count("<li>"), 1)

    def test_partners_of_one_legal_unit_are_one_customer(self):
        file = self.partner.credit_file_id
        twin = self.partner.copy({"name": "Agence"})
        twin.company_registry = self.partner.company_registry
        self.credit._link_files([(twin.id, file.id)])
        self.env["sale.order"].create({"partner_id": twin.id})
        self.tell({"old_number": 3000.0, "new_number": 2000.0})
        activity = self.activities(self.partner, twin)
        self.assertEqual(activity.res_id, self.partner.id)
        # What stands at the other one is completed as well.
        activity.res_id = twin.id
        self.tell({"kind": "privileges", "new_number": 2.0})
        self.assertEqual(self.activities(self.partner, twin), activity)
        self.assertEqual(activity.note.count("<li>"), 2)

    def test_each_salesperson_of_a_legal_unit_is_told(self):
        twin = self.partner.copy({"name": "Agence"})
        twin.company_registry = self.partner.company_registry
        self.credit._link_files([(twin.id, self.partner.credit_file_id.id)])
        self.env["sale.order"].create({"partner_id": twin.id})
        self.portfolio.user_id = False
        self.partner.user_id, twin.user_id = self.buyer, self.other_user
        self.tell({"kind": "privileges", "new_number": 2.0})
        self.assertEqual(
            {
                (activity.res_id, activity.user_id)
                for activity in self.activities(self.partner, twin)
            },
            {(self.partner.id, self.buyer), (twin.id, self.other_user)},
        )

    def test_proceedings_of_no_partner_are_told_on_the_portfolio(self):
        files = self.partners[:2].credit_file_id
        names = files.mapped("name")
        files.partner_ids = False
        self.tell(
            {"kind": "proceedings"},
            {"index": 1, "kind": "proceedings"},
            {"index": 1, "old_number": 3000.0, "new_number": 0.0},
        )
        self.assertFalse(self.activities())
        activity = self.portfolio.activity_ids
        self.assertEqual(activity.user_id, self.buyer)
        self.assertEqual(activity.note.count("<li>"), 2)
        for name in names:
            self.assertIn(name, activity.note)
        self.assertEqual(len(self.events(activity_id=activity.id)), 2)

    def test_nobody_is_told_twice(self):
        self.happen(judgment="RJ")
        self.fetch()
        note = self.activities().note
        for _time in range(2):
            self.fetch()
        self.assertEqual(len(self.activities()), 1)
        self.assertEqual(self.activities().note, note)

    def test_telling_that_was_cut_off_is_done_later(self):
        event = self.connector_event(id=1, kind="proceedings")
        since = fields.Datetime.now() - timedelta(days=1)
        self.env["partner.credit.event"]._store(self.portfolio, [event], since)
        self.assertFalse(self.activities())
        self.fetch()
        self.assertEqual(len(self.activities()), 1)

    def test_letter_that_the_page_told_first_is_told(self):
        now = fields.Datetime.now()
        self.partner.credit_file_id.write(
            {
                "rating": "D",
                "previous_rating": "B",
                "rating_changed_on": now.date(),
                "updated_on": now - timedelta(hours=1),
            }
        )
        self.tell({"kind": "rating", "old_score": 65.0, "new_score": 12.0})
        event = self.events()
        self.assertEqual((event.old_rating, event.new_rating), ("B", "D"))
        self.assertEqual(len(self.activities()), 1)

    def test_letter_is_waited_for_while_another_portfolio_tells(self):
        event = self.connector_event(
            kind="rating", old_score=65.0, new_score=12.0, old_rating="B"
        )
        since = fields.Datetime.now() - timedelta(days=1)
        self.env["partner.credit.event"]._store(self.portfolio, [event], since)
        other = self.portfolio.create(
            {"name": "Prospects", "source_id": self.credit.id}
        )
        self.env["partner.credit.event"]._sort_out(other)
        self.assertTrue(self.events().is_pending)

    def test_without_the_option_nobody_is_told(self):
        self.portfolio.create_action = False
        self.tell({"kind": "proceedings"})
        self.assertFalse(self.activities())
        self.assertFalse(self.events().is_pending)

    def test_text_of_the_bureau_is_no_html(self):
        self.tell({"kind": "proceedings", "new_value": "<script>x</script>"})
        self.assertNotIn("<script>", self.activities().note)

    # === Who === #

    def test_without_a_user_the_salesperson_is_told(self):
        seller = new_test_user(
            self.env,
            "credit_seller",
            groups="base.group_user,partner_company_data.group_credit_reader",
        )
        self.partner.user_id = seller
        self.portfolio.user_id = False
        self.tell({"kind": "proceedings"})
        self.assertEqual(self.activities().user_id, seller)

    def test_who_may_not_see_ratings_sees_no_activity_of_them(self):
        self.tell({"kind": "proceedings"})
        groups = "base.group_user,base.group_partner_manager"
        outsider = new_test_user(self.env, "credit_nobody", groups=groups)
        reader = new_test_user(
            self.env,
            "credit_somebody",
            groups=f"{groups},partner_company_data.group_credit_reader",
        )
        call = self.partner.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.buyer.id
        )
        self.env.flush_all()
        self.assertEqual(self.partner.with_user(outsider).activity_ids, call)
        self.env.invalidate_all()
        self.assertEqual(
            self.partner.with_user(reader).activity_ids, self.activities() | call
        )
        with self.assertRaises(AccessError):
            self.activities().with_user(outsider).read(["note"])

    def test_who_may_not_see_ratings_is_not_told(self):
        self.partner.user_id = new_test_user(self.env, "credit_nobody")
        self.portfolio.user_id = False
        self.credit.responsible_id = self.other_user
        self.tell({"kind": "proceedings"})
        self.assertEqual(self.activities().user_id, self.other_user)

    def test_credit_manager_is_told_where_nobody_is_in_charge(self):
        self.partner.user_id = self.portfolio.user_id = False
        self.credit.responsible_id = False
        manager = new_test_user(
            self.env,
            "credit_manager",
            groups="partner_company_data.group_credit_manager",
        )
        others = self.env["res.users"]._stand_ins(
            "partner_company_data.group_credit_manager"
        )
        (others - manager - self.env.ref("base.user_admin")).active = False
        self.tell({"kind": "proceedings"})
        self.assertEqual(self.activities().user_id, manager)

    def test_activity_speaks_the_language_of_its_reader(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.buyer.lang = "fr_FR"
        self.tell({"old_number": 3000.0, "new_number": 1000.0})
        self.assertNotIn("3,000", self.activities().note)

    # === A change of model === #

    def model_change(self, **values):
        self.credit.write(
            {"model_change_companies": 3, "model_change_share": 50, **values}
        )
        self.tell(
            *(
                {"index": index, "old_number": 3000.0, "new_number": 1000.0}
                for index in range(3)
            ),
            {"index": 0, "kind": "privileges", "new_number": 1.0},
        )

    def reports(self):
        return self.env["mail.activity"].search(
            [("res_model", "=", self.portfolio._name)]
        )

    def test_change_of_model_is_reported_once(self):
        self.model_change()
        self.assertEqual(len(self.events(is_model_change=True)), 3)
        self.assertEqual(self.reports().user_id, self.buyer)
        self.assertIn("3 of 4", self.reports().note)
        self.tell({"index": 3, "old_number": 3000.0, "new_number": 1000.0})
        self.assertEqual(len(self.events(is_model_change=True)), 4)
        self.assertEqual(len(self.reports()), 1)

    def test_change_of_model_holds_back_no_privilege(self):
        self.model_change()
        activity = self.activities()
        self.assertEqual(len(activity), 1)
        self.assertIn("Privileges registered: 1", activity.note)
        self.assertNotIn("limit", activity.note)

    def test_few_companies_are_no_change_of_model(self):
        self.model_change(model_change_companies=4)
        self.assertFalse(self.reports())
        self.assertIn("limit", self.activities().note)

    def test_small_share_is_no_change_of_model(self):
        self.model_change(model_change_share=80)
        self.assertFalse(self.reports())

    def test_other_days_do_not_count(self):
        self.credit.write({"model_change_companies": 2, "model_change_share": 20})
        yesterday = utc(fields.Datetime.now() - timedelta(days=1))
        self.tell(
            {"index": 0, "old_number": 3000.0, "new_number": 1000.0},
            {
                "index": 1,
                "old_number": 3000.0,
                "new_number": 1000.0,
                "happened_at": yesterday,
            },
        )
        self.assertFalse(self.events(is_model_change=True))
