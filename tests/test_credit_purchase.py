import base64
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.partner_company_data.connectors.credit import CreditCandidate, Page
from odoo.addons.partner_company_data.connectors.creditsafe import Creditsafe
from odoo.addons.partner_company_data.connectors.datatypes import Address

from .common import new_test_user
from .credit_common import CreditCase

REPORT = "/companies/"
LOG = "odoo.addons.partner_company_data.models"


@tagged("post_install", "-at_install")
class TestCreditPurchase(CreditCase):
    def test_one_report_fills_file_history_and_partner(self):
        self.update(self.partner)
        file = self.partner.credit_file_id
        self.assertEqual(file.siren, self.partner.l10n_fr_siren)
        self.assertIn(file.rating, ("A", "B", "C", "D", "E"))
        self.assertEqual(self.partner.credit_rating, file.rating)
        self.assertEqual(file.updated_on.date(), fields.Date.today())
        self.assertGreater(len(file.score_ids), 30)
        self.assertEqual(
            len({point.date for point in file.score_ids}), len(file.score_ids)
        )
        report = file.report_ids
        self.assertEqual(report.user_id, self.buyer)
        self.assertEqual(report.facts["siren"], file.siren)
        self.assertTrue(base64.b64decode(report.pdf).startswith(b"%PDF-"))
        call = report.call_id
        self.assertEqual((call.state, call.price), ("done", 12.5))
        self.assertEqual(call.partner_id, self.partner)
        self.assertEqual(self.bought, 1)

    def test_partners_of_one_siren_share_one_report(self):
        branch = self.partner.copy({"company_registry": self.partner.l10n_fr_siren})
        self.update(self.partner)
        self.assertEqual(branch.credit_file_id, self.partner.credit_file_id)
        self.age_calls(hours=1)
        action = self.update(branch)
        self.assertEqual(action["res_model"], "partner.credit.update")
        self.assertEqual(self.bought, 1)

    def test_young_report_is_bought_again_only_when_asked(self):
        self.update(self.partner)
        self.age_calls(days=3)
        wizard = self.dialog(self.update(self.partner))
        self.assertIn("buy again", wizard.question)
        self.assertIn(self.buyer.name, wizard.question)
        self.assertEqual(self.bought, 1)
        wizard.action_buy()
        self.assertEqual(self.bought, 2)
        # The same request, repeated after its own transaction failed.
        wizard.action_buy()
        self.assertEqual(self.bought, 2)

    def test_report_older_than_the_cache_is_bought_by_the_button(self):
        self.update(self.partner)
        self.age_calls(days=31)
        self.update(self.partner)
        self.assertEqual(self.bought, 2)

    def test_request_repeated_by_odoo_buys_once(self):
        self.update(self.partner)
        self.partner.credit_file_id = False
        action = self.update(self.partner)
        self.assertEqual(action["tag"], "display_notification")
        self.assertTrue(self.partner.credit_file_id)
        self.assertEqual(self.bought, 1)

    def test_repeated_request_buys_once_without_a_cache_too(self):
        self.credit.cache_days = 0
        for _time in range(2):
            self.update(self.partner)
        self.assertEqual(self.bought, 1)

    def test_purchase_that_ends_while_another_begins_is_the_only_one(self):
        self.update(self.partner)
        company = self.partner.credit_file_id._bureau_company()
        source = self.credit.with_user(self.buyer).sudo()
        none = self.env["partner.data.call"]
        with (
            patch.object(type(source), "_settled_call", return_value=none),
            self.assertRaises(UserError),
        ):
            source._buy_report(company, False, "Test")
        self.assertEqual(self.bought, 1)

    def test_cut_connection_is_an_unknown_outcome(self):
        self.fault("cut_connection", f"{REPORT}FR-X")
        self.refusal(self.partner)
        call = self.calls("unknown")
        self.assertEqual(call.partner_id, self.partner)
        self.assertIn("Nobody knows", self.refusal(self.partner))
        self.assertEqual(self.bought, 1)
        wizard = self.dialog(call.with_user(self.buyer).action_settle())
        self.assertIn("499 left of 500", wizard.counters)
        wizard.action_bought()
        self.assertEqual((call.state, call.settled_by_id), ("done", self.buyer))
        self.assertEqual(self.bought, 1)

    def test_unknown_outcome_that_was_not_bought_may_be_bought(self):
        self.fault("500", f"{REPORT}FR-X")
        self.refusal(self.partner)
        wizard = self.dialog(self.calls("unknown").action_settle())
        self.assertIn("500 left of 500", wizard.counters)
        wizard.action_not_bought()
        self.update(self.partner)
        self.assertEqual(self.bought, 1)

    def test_pending_call_of_a_killed_worker_is_an_unknown_outcome(self):
        self.env["partner.data.call"].create(
            {
                "source_id": self.credit.id,
                "bureau_id": f"FR-X-{self.establishments[0]['siret']}",
                "user_id": self.buyer.id,
                "worker": "1@0",
            }
        )
        self.assertIn("Nobody knows", self.refusal(self.partner))
        self.assertTrue(self.calls("unknown"))
        self.assertEqual(self.bought, 0)

    def test_pending_call_of_a_living_worker_is_left_alone(self):
        Call = self.env["partner.data.call"]
        call = Call.create(
            {
                "source_id": self.credit.id,
                "bureau_id": f"FR-X-{self.establishments[0]['siret']}",
                "user_id": self.buyer.id,
                "worker": Call._own_worker(),
            }
        )
        self.assertIn("being bought", self.refusal(self.partner))
        Call._cron_settle_abandoned()
        self.assertEqual(call.state, "pending")
        self.assertEqual(self.bought, 0)

    @mute_logger(f"{LOG}.partner_credit_report")
    def test_answer_is_kept_when_reading_fails(self):
        File = type(self.env["partner.credit.file"])
        with patch.object(File, "_apply_report", side_effect=ValueError("broken")):
            self.update(self.partner)
        report = self.partner.credit_file_id.report_ids
        self.assertTrue(report.raw)
        self.assertTrue(report.error)
        self.assertFalse(report.facts)
        report.with_user(self.buyer).action_read_again()
        self.assertEqual(report.facts["siren"], self.partner.l10n_fr_siren)
        self.assertFalse(report.error)
        self.assertTrue(self.partner.credit_rating)
        self.assertEqual(self.bought, 1)

    def test_nonsense_answer_is_kept_with_its_reason(self):
        self.fault("cut_json", f"{REPORT}FR-X")
        self.update(self.partner)
        report = self.partner.credit_file_id.report_ids
        self.assertTrue(report.raw)
        self.assertIn("could not be read", report.error)
        self.assertEqual(report.call_id.state, "done")
        self.assertFalse(self.partner.credit_rating)

    def test_reading_that_was_cut_off_is_done_later(self):
        self.update(self.partner)
        report = self.partner.credit_file_id.report_ids
        report.facts = False
        self.make_old(report, hours=1)
        self.partner.credit_file_id = False
        Report = self.env["partner.credit.report"]
        with (
            patch.object(type(report.file_id), "_apply_report", side_effect=KeyError),
            mute_logger(f"{LOG}.partner_credit_report"),
        ):
            Report._cron_read_forgotten()
        self.assertTrue(report.error)
        self.assertFalse(report.facts)
        report.error = False
        Report._cron_read_forgotten()
        self.assertTrue(report.facts)
        self.assertEqual(self.partner.credit_file_id, report.file_id)

    def test_reading_again_adds_no_point_and_costs_nothing(self):
        self.update(self.partner)
        file = self.partner.credit_file_id
        count = len(file.score_ids)
        file.write({"rating": False, "credit_limit": 1})
        file.report_ids.action_read_again()
        file.invalidate_recordset()
        self.assertTrue(file.rating)
        self.assertEqual(len(file.score_ids), count)
        self.assertEqual(self.bought, 1)

    def test_budget_stops_the_purchase_before_the_call(self):
        self.credit.monthly_budget = 1
        self.update(self.partners[0])
        self.assertIn("budget", self.refusal(self.partners[1]))
        self.assertEqual(self.bought, 1)
        self.assertFalse(self.partners[1].credit_file_id.rating)

    def test_month_of_the_budget_is_the_companys(self):
        company = self.credit.company_id
        company.country_id = self.env.ref("base.fr")
        # In Paris the last hour of November, and the first one of December.
        moments = ["2026-11-30 22:30:00", "2026-11-30 23:10:00"]
        self.env["partner.data.call"].sudo().create(
            [
                {
                    "source_id": self.credit.id,
                    "bureau_id": f"FR-X-{moment}",
                    "started_on": moment,
                    "state": "done",
                    "user_id": self.buyer.id,
                }
                for moment in moments
            ]
        )
        for zone, now, count in (
            (False, "2026-11-30 22:50:00", 2),
            (False, "2026-11-30 23:30:00", 1),
            ("Europe/Paris", "2026-11-30 23:30:00", 1),
            ("America/Toronto", "2026-11-30 23:30:00", 2),
        ):
            company.partner_id.tz = zone
            moment = fields.Datetime.to_datetime(now)
            with patch.object(fields.Datetime, "now", return_value=moment):
                self.assertEqual(self.credit._count_bought(), count)

    def test_company_with_another_identifier_is_not_bought_again(self):
        self.update(self.partner)
        file, call = self.partner.credit_file_id, self.calls("done")
        siren = self.partner.l10n_fr_siren
        moved = file._bureau_company()._replace(bureau_id=f"FR-X-{siren}99999")
        with self.credit._own_env() as env:
            source = env["partner.data.source"].browse(self.credit.id)
            self.assertEqual(source._file_of(moved).id, file.id)
        self.env.invalidate_all()
        self.assertEqual(file.bureau_id, moved.bureau_id)
        self.assertEqual(self.credit._young_call(moved.bureau_id), call)
        self.assertTrue(file.report_ids)

    def test_identifier_that_the_bureau_has_replaced_is_looked_up(self):
        self.update(self.partner)
        file = self.partner.credit_file_id
        now, before = file.bureau_id, f"FR-X-{file.siren}99999"
        file.bureau_id = self.calls("done").bureau_id = before
        self.age_calls(days=400)
        self.assertIn("another identifier", self.refusal(self.partner))
        self.assertEqual(file.bureau_id, now)
        self.assertEqual(self.bought, 1)
        self.update(self.partner)
        self.assertEqual(self.bought, 2)
        self.assertEqual(len(file.report_ids), 2)

    def test_refused_order_is_no_cost(self):
        self.fault("403", f"{REPORT}FR-X")
        self.assertIn("refused", self.refusal(self.partner))
        self.assertEqual(len(self.calls("failed")), 1)
        self.assertEqual(self.credit._count_bought(), 0)
        self.update(self.partner)
        self.assertEqual(self.bought, 1)

    def test_name_alone_lets_a_person_choose(self):
        name = self.partner.name
        nameless = self.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "country_id": self.env.ref("base.fr").id,
            }
        )
        wizard = self.dialog(self.update(nameless))
        self.assertEqual(self.bought, 0)
        chosen = wizard.candidate_ids.filtered(
            lambda one: one.siren == self.partner.l10n_fr_siren
        )
        chosen[:1].action_choose()
        self.env.invalidate_all()
        self.assertEqual(self.bought, 1)
        self.assertEqual(nameless.credit_file_id.siren, self.partner.l10n_fr_siren)
        self.assertEqual(self.partner.credit_file_id, nameless.credit_file_id)

    def test_companies_in_the_partners_town_come_first(self):
        towns = (("13002", "MARSEILLE"), ("69003", "LYON"), ("59000", "LILLE"))
        found = tuple(
            CreditCandidate(
                bureau_id=f"FR-X-{zip_code}",
                name=f"TRANSPORTS {city}",
                status="active",
                country_code="FR",
                address=Address(zip=zip_code, city=city),
            )
            for zip_code, city in towns
        )
        partner = self.env["res.partner"].create(
            {"name": "Transports", "is_company": True, "zip": "69003", "city": "Lyon"}
        )
        with patch.object(Creditsafe, "search", return_value=Page(found)):
            candidates = self.dialog(self.update(partner)).candidate_ids
        self.assertEqual(candidates[0].name, "TRANSPORTS LYON")
        self.assertEqual(len(candidates), 3)
        self.assertEqual(set(candidates.mapped("status")), {"active"})

    def test_unknown_company_says_so(self):
        stranger = self.partner.copy(
            {"name": "Zzyzx Introuvable", "company_registry": "73282932000074"}
        )
        wizard = self.dialog(self.update(stranger))
        self.assertIn("finds no company", wizard.not_found)
        self.assertTrue(wizard.has_search)
        search = self.dialog(wizard.action_search())
        self.assertEqual(search.partner_id, stranger)
        self.assertEqual(search.name, "Zzyzx Introuvable")
        self.assertEqual(self.bought, 0)

    def test_buying_needs_the_right(self):
        reader = new_test_user(
            self.env,
            "credit_reader",
            groups="base.group_user,partner_company_data.group_credit_report",
        )
        with self.assertRaises(AccessError):
            self.update(self.partner, user=reader)
        self.assertEqual(self.bought, 0)

    def test_raw_answer_is_for_the_system_alone(self):
        self.update(self.partner)
        report = self.partner.credit_file_id.report_ids.with_user(self.buyer)
        self.assertTrue(report.pdf)
        with self.assertRaises(AccessError):
            report.read(["raw"])
        raw = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", report._name),
                    ("res_id", "=", report.id),
                    ("res_field", "=", "raw"),
                ]
            )
        )
        self.assertTrue(raw)
        with self.assertRaises(AccessError):
            raw.with_user(self.buyer).read(["datas"])

    def test_each_company_has_its_own_account_and_files(self):
        other = self.other_company()
        with self.assertRaisesRegex(UserError, "No credit bureau"):
            self.partner.with_company(other).action_credit_update()
        self.update(self.partner)
        self.assertFalse(self.partner.with_company(other).credit_file_id)
        self.make_source(other)
        self.buyer.company_ids = [fields.Command.link(other.id)]
        self.env.flush_all()
        self.update(self.partner.with_company(other))
        files = (
            self.partner.credit_file_id,
            self.partner.with_company(other).credit_file_id,
        )
        self.assertEqual(files[0].company_id, self.env.company)
        self.assertEqual(files[1].company_id, other)
        self.assertEqual(self.bought, 2)

    def test_page_at_the_bureau(self):
        action = self.partner.with_user(self.buyer).action_open_credit_page()
        self.assertIn("app.creditsafe.com/search?", action["url"])
        self.assertNotIn(" ", action["url"])
        self.update(self.partner)
        action = self.partner.with_user(self.buyer).action_open_credit_page()
        self.assertEqual(
            action["url"],
            f"https://app.creditsafe.com/companies/"
            f"{self.partner.credit_file_id.bureau_id}",
        )


@tagged("post_install", "-at_install")
class TestCreditOrder(CreditCase):
    def setUp(self):
        super().setUp()
        self.copy_of_first = self.partner.copy()
        self.nameless = self.env["res.partner"].create(
            {"name": "Sans numéro", "is_company": True}
        )

    def order(self, partners):
        action = self.update(partners)
        self.assertEqual(action["res_model"], "partner.credit.order")
        return self.env["partner.credit.order"].browse(action["res_id"])

    def confirm(self, order):
        order.with_user(self.buyer).action_confirm()
        self.run_schedule()

    def test_shows_before_what_it_buys_then_buys_each_once(self):
        self.update(self.partner)
        order = self.order(self.partners + self.copy_of_first + self.nameless)
        self.assertEqual(order.line_count, 5)
        self.assertEqual(order.to_buy_count, 3)
        self.assertEqual(order.young_count, 1)
        self.assertEqual(order.person_count, 1)
        self.assertIn("37.50", order.cost)
        self.assertIn("499 left of 500", order.counters)
        self.assertEqual(self.bought, 1)
        self.confirm(order)
        self.assertEqual(order.state, "done")
        self.assertEqual(order.bought_count, 3)
        self.assertEqual(order.progress, 100)
        self.assertEqual(self.bought, 4)
        self.assertTrue(all(self.partners.mapped("credit_rating")))
        self.assertEqual(self.calls()[0].user_id, self.buyer)
        self.run_schedule()
        self.assertEqual(self.bought, 4)

    def test_stops_at_the_budget_and_goes_on(self):
        self.credit.monthly_budget = 2
        order = self.order(self.partners)
        self.confirm(order)
        self.assertEqual(order.state, "stopped")
        self.assertIn("budget", order.stop_reason)
        self.assertEqual((order.bought_count, order.to_buy_count), (2, 2))
        self.credit.monthly_budget = 0
        order.with_user(self.buyer).action_go_on()
        self.run_schedule()
        self.assertEqual((order.state, order.bought_count), ("done", 4))
        self.assertEqual(self.bought, 4)

    def test_stops_when_the_bureau_is_down(self):
        order = self.order(self.partners)
        self.fault("403", "/companies/FR-X", times=None)
        self.confirm(order)
        self.assertEqual(order.state, "stopped")
        self.assertEqual((order.failed_count, order.to_buy_count), (3, 1))
        self.assertEqual(self.bought, 0)

    def test_one_failure_does_not_hinder_the_others(self):
        order = self.order(self.partners)
        self.fault("404", "/companies/FR-X")
        self.confirm(order)
        self.assertEqual(order.state, "done")
        self.assertEqual((order.failed_count, order.bought_count), (1, 3))

    def test_cut_off_after_the_purchase_buys_nothing_twice(self):
        order = self.order(self.partners[:2])
        self.confirm(order)
        order.line_ids.state = "waiting"
        order.state = "running"
        self.run_schedule()
        self.assertEqual(set(order.line_ids.mapped("state")), {"young"})
        self.assertEqual(self.bought, 2)
        # Nor when the cut lasts longer than reports are young.
        self.credit.cache_days = 0
        self.make_old(order, days=1)
        self.age_calls(hours=1)
        order.line_ids.state = "waiting"
        order.state = "running"
        self.run_schedule()
        self.assertEqual(self.bought, 2)

    def test_unconfirmed_order_buys_nothing_and_is_swept(self):
        order = self.order(self.partners)
        self.run_schedule()
        self.assertEqual(self.bought, 0)
        self.make_old(order, days=2)
        self.env["partner.credit.order"]._gc_drafts()
        self.assertFalse(order.exists())
