from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.partner_company_data.connectors.dnb_direct_plus import DnbDirectPlus

from .altares_common import REGISTRATION, AltaresCase
from .common import new_test_user, run_scheduled


@tagged("post_install", "-at_install")
class TestAltaresMonitoring(AltaresCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portfolio = cls.env["partner.credit.portfolio"].search(
            [("source_id", "=", cls.altares.id)]
        )
        cls.update_at_altares(cls.partner)
        cls.file = cls.altares_file(cls.partner)

    def add(self, partners):
        """Put companies into the registration, as the person's dialog does."""
        buyer = partners.with_user(self.buyer).with_context(credit_source="altares")
        action = buyer.action_add_to_credit_portfolio()
        wizard = self.dialog(action)
        self.assertEqual(wizard.portfolio_id, self.portfolio)
        self.env.flush_all()
        wizard.action_confirm()
        self.env.flush_all()
        self.env.invalidate_all()

    def happen(self, **values):
        self.control(
            "POST",
            "dnb/events",
            events=[{"company": self.partner.l10n_fr_siren, **values}],
        )

    def fetch(self):
        run_scheduled(self, "partner.credit.portfolio", "_cron_fetch_events", "altares")

    def events(self):
        return self.env["partner.credit.event"].search(
            [("source_id", "=", self.altares.id)]
        )

    @property
    def batches(self):
        return self.env["partner.credit.notification"].search([])

    def test_a_registration_is_deleted_here_only(self):
        wizard = (
            self.env["partner.credit.portfolio.delete"]
            .with_user(self.buyer)
            .create(
                {"portfolio_ids": [Command.set(self.portfolio.ids)], "where": "both"}
            )
        )
        self.assertFalse(wizard.is_any_there)
        wizard.action_confirm()
        self.assertFalse(self.portfolio.exists())

    def test_the_registration_is_a_portfolio(self):
        self.assertEqual(self.portfolio.bureau_id, REGISTRATION)
        self.altares.altares_registration = REGISTRATION
        self.assertEqual(
            self.env["partner.credit.portfolio"].search_count(
                [("source_id", "=", self.altares.id)]
            ),
            1,
        )

    def test_added_companies_are_monitored(self):
        self.add(self.partner)
        [line] = self.portfolio.line_ids
        self.assertEqual((line.state, line.is_there), ("up_to_date", True))
        self.assertEqual(line.file_id, self.file)
        self.assertTrue(self.file.is_monitored)
        [registration] = self.control("GET", "dnb")["registrations"]
        self.assertEqual(registration["companies"], 1)

    def test_events_are_kept_then_stored_once(self):
        self.add(self.partner)
        self.happen(percentile=11, limit=2500, days=40)
        self.fetch()
        events = self.events()
        self.assertLessEqual({"rating", "limit", "payment"}, set(events.mapped("kind")))
        self.assertEqual(set(events.file_id.ids), {self.file.id})
        self.assertEqual((self.file.score, self.file.credit_limit), (11, 2500))
        self.assertEqual(self.file.dbt, 40)
        self.assertEqual(set(self.batches.mapped("state")), {"read"})
        self.assertTrue(self.portfolio.last_monitored_on)
        count = len(events)
        self.batches.write({"state": "new"})
        self.fetch()
        self.assertEqual(len(self.events()), count)

    def test_another_scale_is_no_score(self):
        self.add(self.partner)
        self.happen(percentile=42)
        self.fetch()
        told = self.events().filtered(
            lambda event: event.kind == "rating" and event.has_new_number
        )
        self.assertEqual(told.mapped("new_number"), [42])

    def test_a_reading_that_is_cut_off_loses_nothing(self):
        self.add(self.partner)
        self.happen(percentile=11)
        Portfolio = type(self.env["partner.credit.portfolio"])
        with patch.object(Portfolio, "_read_kept_apart", return_value=0):
            self.fetch()
        self.assertFalse(self.events())
        self.assertEqual(self.batches.mapped("state"), ["new"])
        self.fetch()
        self.assertTrue(self.events())

    def lose(self, times=1):
        """Lose so many answers of the queue on the way, while a person asks."""
        self.control(
            "POST",
            "faults",
            kind="cut_connection",
            service="dnb",
            path_contains="notifications",
            times=times,
        )
        with suppress(UserError):
            self.portfolio.with_user(self.buyer).action_check_events()
        self.env.invalidate_all()

    def test_an_answer_that_was_lost_is_asked_again(self):
        self.add(self.partner)
        self.fetch()
        self.happen(percentile=11)
        self.lose()
        self.fetch()
        self.assertTrue(self.events())

    def test_lost_answer_is_asked_again_when_the_bureau_is_back(self):
        self.add(self.partner)
        self.fetch()
        self.happen(percentile=11)
        self.lose(times=2)
        self.assertFalse(self.events())
        self.fetch()
        self.assertTrue(self.events())
        self.assertFalse(self.portfolio.replay_since)

    def test_answer_of_a_killed_worker_is_asked_again(self):
        self.add(self.partner)
        self.happen(percentile=11)
        Portfolio = type(self.env["partner.credit.portfolio"])
        with (
            patch.object(Portfolio, "_keep_apart", side_effect=SystemExit),
            suppress(SystemExit),
        ):
            self.portfolio._fetch_events()
        self.env.invalidate_all()
        self.fetch()
        self.assertTrue(self.events())

    def test_liquidation_is_told(self):
        self.add(self.partner)
        self.happen(filing="liquidation")
        self.fetch()
        event = self.events().filtered(lambda event: event.kind == "proceedings")[:1]
        self.assertEqual(event.ruling, "liquidation")
        self.assertTrue(event.is_urgent)
        self.assertTrue(self.file.has_proceedings)

    def test_privileges_are_told(self):
        self.add(self.partner)
        self.file.write({"privilege_count": 0, "has_uncounted_privileges": False})
        self.happen(liens=2)
        self.fetch()
        event = self.events().filtered(lambda event: event.kind == "privileges")
        self.assertEqual(self.file.privilege_event_id, event)
        self.assertTrue(self.file.has_uncounted_privileges)
        self.happen(liens=0)
        self.fetch()
        self.assertFalse(self.file.has_uncounted_privileges)
        self.assertEqual(self.file.privilege_count, 0)
        last = self.events().filtered(lambda event: event.kind == "privileges")[0]
        self.assertEqual((last.is_urgent, last.severity), (False, "info"))
        self.assertEqual(self.file.privilege_event_id, event)

    def test_what_cannot_be_read_is_kept(self):
        self.env["partner.credit.notification"].create(
            {"portfolio_id": self.portfolio.id, "raw": "eyJ4"}
        )
        self.fetch()
        self.assertEqual(self.batches.mapped("state"), ["failed"])
        self.assertTrue(self.batches.error)
        self.batches._gc_old()
        self.assertTrue(self.batches)
        self.batches.pulled_on -= timedelta(days=31)
        self.batches._gc_old()
        self.assertFalse(self.batches)

    def test_removed_companies_are_not_monitored(self):
        self.add(self.partner)
        self.portfolio.line_ids.with_user(self.buyer).action_remove()
        run_scheduled(self, "partner.credit.portfolio.line", "_cron_process")
        self.assertFalse(self.portfolio.line_ids)
        self.assertFalse(self.file.is_monitored)

    def test_no_list_is_asked_for(self):
        with patch.object(DnbDirectPlus, "portfolio_companies", create=True) as pages:
            outcome = self.portfolio._synchronise()
        pages.assert_not_called()
        self.assertEqual(outcome["removed"], 0)

    def test_each_bureau_has_its_block_and_buttons(self):
        self.update(self.partner)
        self.add(self.partner)
        blocks = {
            block["code"]: block
            for block in self.partner.with_user(self.buyer).credit_bureaus
        }
        self.assertEqual([*blocks], ["creditsafe", "altares"])
        labels = {
            code: [button["label"] for button in block["buttons"]]
            for code, block in blocks.items()
        }
        self.assertEqual(
            labels["creditsafe"],
            [
                "Manual update",
                "Open the Creditsafe page",
                "Add to my Creditsafe portfolio",
            ],
        )
        self.assertEqual(
            labels["altares"],
            [
                "Manual update",
                "Open the Intuiz+ page",
                "Add to my Altares portfolio",
                "Remove from the portfolio",
            ],
        )
        self.assertEqual(blocks["altares"]["portfolios"], ["Altares"])
        self.assertTrue(blocks["creditsafe"]["is_known"])
        reader = new_test_user(
            self.env, "block_reader", "partner_company_data.group_credit_reader"
        )
        for block in self.partner.with_user(reader).credit_bureaus:
            self.assertEqual(len(block["buttons"]), 1)
        self.altares.altares_transport = "file"
        self.env.invalidate_all()
        [_creditsafe, altares] = self.partner.with_user(self.buyer).credit_bureaus
        self.assertEqual(
            [button["label"] for button in altares["buttons"]],
            ["Open the Intuiz+ page"],
        )
