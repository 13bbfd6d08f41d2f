"""What is kept of events, once: pages, overlaps, faults, rights."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.partner_company_data.connectors.creditsafe_monitoring import (
    MonitoringCalls,
)

from .common import run_scheduled
from .credit_event_common import CreditEventCase, utc

FETCH = "odoo.addons.partner_company_data.models.partner_credit_event_fetch"
SOURCE = "odoo.addons.partner_company_data.models.partner_data_source"
NBSP = "\N{NO-BREAK SPACE}"


@tagged("post_install", "-at_install")
class TestCreditEvent(CreditEventCase):
    # === Once === #

    def test_event_is_kept_in_parts_and_said_in_words(self):
        self.set_values(0, limit=50000)
        [number] = self.happen(limit=20000)
        self.assertEqual(self.fetch(), 1)
        event = self.events()
        self.assertEqual(event.bureau_event_id, str(number))
        self.assertEqual((event.kind, event.severity), ("limit", "warning"))
        self.assertEqual(
            event.sentence,
            f"The limit falls from 50,000{NBSP}€ to 20,000{NBSP}€ (−60{NBSP}%)",
        )
        self.assertEqual(event.file_id, self.partner.credit_file_id)
        self.assertEqual(event.partner_ids, self.partner)
        self.assertEqual(event.state, "new")
        self.assertEqual(event.file_id.credit_limit, 20000)

    def test_reading_again_changes_nothing(self):
        self.happen(limit=1000)
        self.assertEqual(self.fetch(), 1)
        before = self.events().read()
        activities = self.activities().ids
        self.assertEqual(self.fetch(), 0)
        self.assertEqual(self.events().read(), before)
        self.assertEqual(self.activities().ids, activities)

    def test_reading_begins_before_the_last_event(self):
        self.happen(limit=1000)
        self.fetch()
        # Added late by the bureau, with a moment before the last event's.
        self.happen(1, limit=2000, days_ago=1)
        self.assertEqual(self.fetch(), 1)
        self.assertEqual(len(self.events()), 2)

    def test_pages_are_read_to_the_end(self):
        numbers = self.happen_all(
            [
                {"company": siret, "limit": 1000 + step}
                for step in range(6)
                for siret in self.sirets
            ]
        )
        with self.pages_of(7):
            self.assertEqual(self.fetch(), len(numbers))
        self.assertEqual(
            set(self.events().mapped("bureau_event_id")), set(map(str, numbers))
        )

    def test_reading_that_was_cut_off_begins_again(self):
        numbers = self.happen_all(
            [{"company": siret, "limit": 1234} for siret in self.sirets]
        )
        self.fault("500", "notificationEvents", times=10, after=1)
        with self.pages_of(2), mute_logger(SOURCE), self.assertLogs(SOURCE, "WARNING"):
            self.refused_fetch()
        self.assertEqual(len(self.events()), 2)
        self.control("DELETE", "faults")
        with self.pages_of(2):
            self.fetch()
        self.assertEqual(len(self.events()), len(numbers))

    def test_number_beyond_an_integer(self):
        number = 2**31 + 5
        event = self.connector_event(id=number)
        self.assertEqual(self.store([event]), 1)
        self.assertEqual(self.store([event]), 0)
        self.assertEqual(self.events().bureau_event_id, str(number))

    def test_same_event_twice_in_a_page(self):
        event = self.connector_event()
        self.assertEqual(self.store([event, event]), 1)

    # === Companies === #

    def test_company_without_file_gets_one_from_the_event(self):
        [siret] = [one["siret"] for one in self.sample(1, seed=7)]
        event = self.connector_event(
            bureau_id=f"FR-X-{siret}",
            bureau_number="FR12345678",
            siren=siret[:9],
            company_name="NOUVELLE",
            country_code="FR",
        )
        self.store([event])
        file = self.events().file_id
        self.assertEqual(
            (file.bureau_id, file.name, file.siren, file.country_code),
            (f"FR-X-{siret}", "NOUVELLE", siret[:9], "FR"),
        )
        self.assertEqual(file.company_id, self.credit.company_id)

    def test_new_file_is_linked_to_its_partner(self):
        self.partner.credit_file_id = False
        file = self.file(0)
        file.event_ids.unlink()
        file.unlink()
        self.store([self.connector_event()])
        self.assertEqual(self.partner.credit_file_id, self.events().file_id)

    def test_company_that_moved_is_found_by_its_number(self):
        file = self.file(0)
        event = self.connector_event(
            bureau_id="FR-X-99999999900001", bureau_number=file.bureau_number
        )
        self.store([event])
        self.assertEqual(self.events().file_id, file)

    def test_company_that_moved_is_found_by_its_siren(self):
        file = self.file(0)
        file.bureau_number = False
        moved = {"bureau_id": f"FR-X-{file.siren}99999", "country_code": "FR"}
        self.store([self.connector_event(**moved)])
        self.assertEqual(self.events().file_id, file)
        self.assertNotEqual(file.bureau_id, moved["bureau_id"])
        file.bureau_number = "FR00000001"
        self.store([self.connector_event(id=2, bureau_number="FR00000002", **moved)])
        self.assertNotEqual(self.events(bureau_event_id="2").file_id, file)

    # === Current values === #

    def test_history_gets_a_point(self):
        self.happen(limit=7000)
        self.fetch()
        point = self.file(0).score_ids.filtered(
            lambda point: point.date == fields.Date.today()
        )
        self.assertEqual((point.limit, point.origin), (7000, "monitoring"))

    def test_limit_has_the_currency_that_it_must_have(self):
        for country, currency in (("GB", False), ("FR", "EUR")):
            file = self.file(0)
            file.write({"currency_id": False, "country_code": country})
            self.store([self.connector_event(id=ord(country[0]), new_number=7000.0)])
            self.assertEqual(file.credit_limit, 7000)
            self.assertEqual(file.currency_id.name, currency)
            self.partner.invalidate_recordset()
            self.assertEqual(self.partner.exposure_has_limit, bool(currency))

    def test_older_news_does_not_hide_newer(self):
        now = fields.Datetime.now()
        newer = self.connector_event(id=2, new_number=5.0, created_at=utc(now))
        older = self.connector_event(
            id=1, new_number=9.0, created_at=utc(now - timedelta(hours=5))
        )
        self.store([newer])
        self.store([older])
        self.assertEqual(self.file(0).credit_limit, 5)

    def test_news_older_than_the_page_changes_no_value(self):
        file = self.file(0)
        file.write({"credit_limit": 42, "updated_on": fields.Datetime.now()})
        moment = utc(fields.Datetime.now() - timedelta(hours=2))
        self.store([self.connector_event(new_number=5.0, created_at=moment)])
        self.assertEqual(file.credit_limit, 42)
        self.assertEqual(len(self.events()), 1)

    def test_judgment_older_than_the_page_counts(self):
        file = self.file(0)
        file.updated_on = fields.Datetime.now()
        moment = utc(fields.Datetime.now() - timedelta(hours=2))
        self.store(
            [
                self.connector_event(
                    kind="proceedings", ruling="liquidation", created_at=moment
                )
            ]
        )
        self.assertEqual(file.proceeding, "liquidation")

    def test_older_report_read_again_takes_no_judgment_away(self):
        self.update(self.partner)
        file = self.file(0)
        moment = utc(fields.Datetime.now() + timedelta(minutes=1))
        self.store(
            [
                self.connector_event(
                    kind="proceedings", ruling="liquidation", created_at=moment
                )
            ]
        )
        file.report_ids.with_user(self.buyer).action_read_again()
        self.assertTrue(file.has_proceedings)
        self.assertEqual(file.proceeding, "liquidation")

    def test_score_makes_no_letter(self):
        file = self.file(0)
        file.write({"rating": "B", "risk": "low"})
        self.store(
            [
                self.connector_event(
                    kind="rating",
                    old_value="64",
                    new_value="12",
                    old_number=64.0,
                    new_number=12.0,
                    old_score=64.0,
                    new_score=12.0,
                )
            ]
        )
        self.assertEqual((file.rating, file.score), ("B", 12))
        self.assertEqual(file.score_range, "0_20")
        self.assertFalse(self.events().new_rating)

    def test_letter_that_is_told_is_taken_over(self):
        file = self.file(0)
        file.write({"rating": "B", "risk": "low"})
        self.store(
            [self.connector_event(kind="rating", old_rating="B", new_rating="D")]
        )
        self.assertEqual((file.rating, file.risk), ("D", "high"))
        self.assertEqual(file.previous_rating, "B")
        self.assertEqual(self.events().severity, "critical")

    def test_letter_of_a_score_comes_with_the_portfolio(self):
        self.set_values(0, score=65)
        self.file(0).write(
            {
                "rating": "B",
                "updated_on": fields.Datetime.now() - timedelta(days=1),
            }
        )
        self.happen(score=12)
        self.fetch()
        event = self.events(kind="rating")
        self.assertEqual((event.old_rating, event.new_rating), ("B", "D"))
        self.assertEqual(event.severity, "critical")
        self.assertEqual(event.sentence, "The rating goes from B to D (65 → 12)")
        self.assertEqual(self.file(0).rating, "D")

    def test_certain_states_are_taken_over(self):
        self.happen(1, judgment="LJ")
        self.happen(2, status="NonActive")
        self.fetch()
        self.assertTrue(self.file(1).has_proceedings)
        self.assertEqual(self.file(1).proceeding, "liquidation")
        self.assertEqual(
            self.file(1).proceeding_on,
            self.events(kind="proceedings").happened_on.date(),
        )
        self.assertEqual(self.file(2).status, "ceased")
        self.assertEqual(self.events(kind="status").sentence, "The company has ceased")

    def test_class_follows_the_rating(self):
        self.file(0).write({"rating": "A", "risk": "very_low"})
        before = self.file(0).risk_class
        self.happen(score=12)
        self.fetch()
        self.assertEqual(self.file(0).rating, "D")
        self.assertGreater(self.file(0).risk_class, before)

    def test_judgment_reaches_the_alerts(self):
        self.hits("proceedings")
        self.happen(1, judgment="LJ")
        self.fetch()
        hit = self.hits("proceedings")
        self.assertEqual(len(hit), 1)
        self.assertEqual(hit.proceeding_on, self.file(1).proceeding_on)

    def test_new_privilege_reaches_the_alerts_once(self):
        self.hits("privilege")
        self.happen(1, privileges=2)
        self.fetch()
        hit = self.hits("privilege")
        self.assertEqual(len(hit), 1)
        self.assertEqual(hit.event_id, self.events(kind="privileges"))
        self.assertIn(hit.event_id.sentence, hit._note(self.buyer, {}))
        told = {row[2]: row[3] for row in self.partners[1]._credit_data_rows()}
        self.assertEqual(told["Privileges"], "2")
        self.fetch()
        self.assertEqual(self.hits("privilege"), hit)

    def test_fewer_privileges_are_no_news(self):
        self.set_values(1, privileges=3)
        self.events().unlink()
        self.hits("privilege")
        self.happen(1, privileges=1)
        self.fetch()
        self.assertFalse(self.hits("privilege"))

    def test_privilege_without_a_number_is_one_more(self):
        file = self.file(1)
        file.write({"has_legal_facts": True, "privilege_count": 2})
        self.hits("privilege")
        bureau_id = file.bureau_id
        for number in (1, 2):
            event = self.connector_event(
                id=number, kind="privileges", bureau_id=bureau_id
            )
            self.store([event])
            hits = self.hits("privilege")
            self.assertEqual(len(hits), number)
            hits.fired_on = fields.Datetime.now() - timedelta(days=99)
        self.assertTrue(file.has_uncounted_privileges)

    def test_older_report_read_again_takes_no_privilege_away(self):
        self.update(self.partner)
        file = self.file(0)
        moment = utc(fields.Datetime.now() + timedelta(minutes=1))
        self.store(
            [self.connector_event(kind="privileges", new_number=7.0, created_at=moment)]
        )
        file.report_ids.with_user(self.buyer).action_read_again()
        self.assertEqual(file.privilege_count, 7)

    def hits(self, rule):
        """What a delivered rule finds of the second customer, who is looked at."""
        company = self.credit.company_id
        customer = self.partners[1]
        customer.customer_rank = 1
        self.env["partner.credit.assessment"]._refresh(
            self.env["partner.credit.policy"]._of(company), customer
        )
        while self.env["partner.credit.alert"].sudo()._evaluate_changed(company):
            pass
        alert = self.env.ref(f"partner_company_data.credit_alert_{rule}")
        return self.env["partner.credit.alert.hit"].search(
            [("partner_id", "=", customer.id), ("alert_id", "=", alert.id)]
        )

    def test_words_that_say_nothing_certain_change_nothing(self):
        file = self.file(0)
        self.store(
            [self.connector_event(kind="proceedings", new_value="Quelque chose")]
        )
        self.assertFalse(file.has_proceedings)
        self.assertEqual(self.events().severity, "critical")

    # === The portfolio === #

    def test_proceedings_are_named_in_the_readers_words(self):
        words = {
            "Involuntary Liquidation": "liquidation",
            "Recovery Plan": "recovery plan",
            "Closure for Insufficient Assets": "closure",
            "Quelque chose": "Quelque chose",
        }
        self.store(
            [
                self.connector_event(id=number, kind="proceedings", new_value=value)
                for number, value in enumerate(words, start=1)
            ]
        )
        told = self.env["partner.credit.event"].search([("kind", "=", "proceedings")])
        self.assertEqual(
            set(told.mapped("sentence")),
            {f"Collective proceedings: {word}" for word in words.values()},
        )

    def test_amounts_of_capital_are_written_like_amounts(self):
        self.store(
            [
                self.connector_event(
                    kind="capital",
                    old_value="2000",
                    old_number=2000.0,
                    new_value="50000",
                    new_number=50000.0,
                )
            ]
        )
        event = self.env["partner.credit.event"].search([("kind", "=", "capital")])
        self.assertEqual(event.sentence, "Share capital: 2,000 → 50,000")

    def test_line_says_what_is_new_until_it_was_seen(self):
        self.happen(limit=1000)
        self.fetch()
        line = self.portfolio.line_ids.filtered(
            lambda line: line.file_id == self.file(0)
        )
        self.assertEqual(line.state, "new_event")
        self.assertEqual(line.last_event, self.events().sentence)
        self.assertEqual(line.last_event_on, self.events().happened_on)
        self.assertEqual(self.portfolio.new_event_count, 1)
        self.fetch()
        self.assertEqual(line.state, "new_event")
        self.events().with_user(self.buyer).action_mark_seen()
        self.assertEqual(line.state, "up_to_date")
        self.assertEqual(self.events().seen_by_id, self.buyer)
        self.assertEqual(self.portfolio.new_event_count, 0)

    def test_first_reading_takes_old_events_for_seen(self):
        self.happen(limit=1000, days_ago=30)
        self.happen(1, limit=0)
        self.portfolio.feed_ids.unlink()
        self.fetch()
        self.assertEqual(self.events(state="seen").file_id, self.file(0))
        self.assertEqual(self.events(state="new").file_id, self.file(1))

    def test_first_events_after_quiet_weeks_are_news(self):
        self.happen(limit=1000, days_ago=10)
        self.fetch()
        self.assertEqual(self.events().state, "new")

    def test_purged_events_of_a_quiet_portfolio_are_not_read_again(self):
        self.happen(limit=1000, days_ago=40)
        self.assertEqual(self.fetch(), 1)
        self.credit.event_months = 1
        self.env["partner.data.source"]._gc_credit_data()
        self.assertFalse(self.events())
        self.assertEqual(self.fetch(), 0)
        self.happen(limit=3000)
        self.assertEqual(self.fetch(), 1)
        self.assertEqual(self.events().state, "new")

    def test_inactive_portfolio_is_not_read_by_the_schedule(self):
        self.happen(limit=1000)
        self.portfolio.state = "inactive"
        self.env.flush_all()
        self.run_events_schedule()
        self.assertFalse(self.events())

    def test_schedule_reads_active_portfolios(self):
        self.happen(limit=1000)
        self.env.flush_all()
        self.run_events_schedule()
        self.env.invalidate_all()
        self.assertEqual(len(self.events()), 1)
        self.assertTrue(self.portfolio.last_monitored_on)

    # === Faults === #

    @mute_logger(FETCH, "odoo.sql_db")
    def test_event_that_cannot_be_stored_is_set_aside(self):
        events = [self.connector_event(id=number) for number in range(1, 6)]
        events[2] = self.connector_event(id=3, rule_code=2**40)
        self.env.flush_all()
        with self.credit._own_env() as env:
            portfolio = env[self.portfolio._name].browse(self.portfolio.id)
            count, failed = portfolio._store_page_apart(
                events, fields.Datetime.now() - timedelta(1)
            )
        self.env.invalidate_all()
        self.assertEqual((count, len(self.events())), (4, 4))
        [(number, reason)] = failed
        self.assertEqual(number, "3")
        self.assertIn("out of range", reason)

    def test_row_without_number_is_noted_with_its_reason(self):
        self.happen(limit=1000)
        self.happen(1, limit=1000)
        self.fault("renamed_field", "notificationEvents", field="notificationEventId")
        self.fetch()
        feed = self.portfolio.feed_ids
        self.assertEqual((len(self.events()), feed.rejected_count), (0, 2))
        self.assertIn("no identifier", feed.rejected_reasons)
        self.fetch()
        self.assertEqual((len(self.events()), feed.rejected_count), (2, 0))

    @mute_logger(SOURCE)
    def test_bureau_that_is_down_loses_nothing(self):
        self.happen(limit=1000)
        for kind in ("500", "cut_json", "429"):
            self.fault(kind, "notificationEvents", times=20)
            self.refused_fetch()
            self.control("DELETE", "faults")
        self.assertEqual(self.fetch(), 1)

    def test_elements_are_named_in_words(self):
        event = self.env["partner.credit.event"].new(
            {
                "kind": "other",
                "rule_name": "standardRating.rating",
                "old_value": "H1",
                "new_value": "H4",
            }
        )
        self.assertEqual(event.sentence, "D&B rating: H1 → H4")

    # === Rights === #

    def test_reader_sees_and_changes_nothing(self):
        self.happen(limit=1000)
        self.fetch()
        events = self.events().with_user(self.other_user)
        self.assertTrue(events.sentence)
        with self.assertRaises(AccessError):
            events.action_mark_seen()
        with self.assertRaises(AccessError):
            events.write({"severity": "good"})
        with self.assertRaises(AccessError):
            self.events().with_user(self.buyer).write({"severity": "good"})

    def test_events_belong_to_one_company(self):
        self.happen(limit=1000)
        self.fetch()
        other = self.other_company()
        self.buyer.write({"company_ids": other.ids, "company_id": other.id})
        Event = self.env["partner.credit.event"].with_user(self.buyer)
        self.assertFalse(Event.search([("source_id", "=", self.credit.id)]))

    # === Life and end === #

    def test_old_events_go(self):
        self.store([self.connector_event(id=1), self.connector_event(id=2)])
        self.events(bureau_event_id="1").created_on = fields.Datetime.now() - timedelta(
            days=800
        )
        self.env["partner.data.source"]._gc_credit_data()
        self.assertEqual(self.events().bureau_event_id, "2")

    def test_end_of_contract_takes_events(self):
        self.store([self.connector_event()])
        self.credit.action_end_of_contract()
        self.assertFalse(self.events())

    # === Screens === #

    def test_charts_have_a_mark_a_day(self):
        today = fields.Datetime.now()
        self.store(
            [
                self.connector_event(id=1, new_number=10.0),
                self.connector_event(id=2, kind="proceedings", new_value="RJ"),
                self.connector_event(id=3, happened_at=utc(today - timedelta(days=9))),
            ]
        )
        marks = self.file(0)._history_marks()
        self.assertEqual(
            [(mark["kind"], mark.get("severity")) for mark in marks[-2:]],
            [("event", "info"), ("event", "critical")],
        )
        self.assertIn("Collective proceedings: RJ", marks[-1]["label"])

    def test_partner_is_opened(self):
        self.store([self.connector_event()])
        action = self.events().action_open_partner()
        self.assertEqual(action["res_id"], self.partner.id)

    def test_views_are_read(self):
        for kind in ("list", "form", "graph", "pivot", "search"):
            self.env["partner.credit.event"].get_view(view_type=kind)

    # === Speed === #

    def test_page_of_a_thousand_events_takes_as_many_queries_as_ten(self):
        self.store([self.connector_event(id=1)])
        ten = self.queries_of(range(10, 20))
        thousand = self.queries_of(range(1000, 2000))
        self.assertEqual(thousand, ten)
        self.assertLessEqual(thousand, 16)

    def queries_of(self, numbers):
        kinds = ("limit", "rating", "privileges", "proceedings", "status", "name")
        events = [
            self.connector_event(
                id=number,
                kind=kinds[number % len(kinds)],
                new_score=float(number % 100),
                new_status="ceased",
                ruling="liquidation",
                bureau_id=f"FR-X-{self.sirets[number % 4]}",
            )
            for number in numbers
        ]
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.store(events)
        return self.env.cr.sql_log_count - before

    # === Help === #

    def file(self, index):
        return self.env["partner.credit.file"].search(
            [
                ("source_id", "=", self.credit.id),
                ("bureau_id", "=", f"FR-X-{self.sirets[index]}"),
            ]
        )

    def set_values(self, index, **values):
        """What the bureau thinks of a company, before anything happens."""
        self.control("POST", "creditsafe/change", company=self.sirets[index], **values)
        self.fetch()

    def store(self, events):
        since = fields.Datetime.now() - timedelta(days=1)
        return self.env["partner.credit.event"]._store(self.portfolio, events, since)

    def run_events_schedule(self):
        run_scheduled(
            self, "partner.credit.portfolio", "_cron_fetch_events", "creditsafe"
        )

    def test_a_turn_comes_to_each_portfolio_once(self):
        others = self.portfolio.create(
            [
                {"name": name, "source_id": self.credit.id, "bureau_id": name}
                for name in ("1001", "1002")
            ]
        )
        cron = self.env.ref("partner_company_data.cron_credit_events_creditsafe")
        cron.nextcall = fields.Datetime.now() - timedelta(minutes=1)
        Portfolio = self.env["partner.credit.portfolio"]
        read = []

        def fetch(portfolio):
            read.append(portfolio)
            raise UserError("out of order")

        with (
            mute_logger(FETCH),
            patch.object(type(Portfolio), "_fetch_events", fetch),
            # No time is left after the first portfolio of each call.
            patch.object(type(cron), "_commit_progress", return_value=0),
        ):
            for _call in range(4):
                Portfolio.with_context(cron_id=cron.id)._cron_fetch_events("creditsafe")
            self.assertCountEqual(read, self.portfolio | others)
            cron.nextcall = fields.Datetime.now() + timedelta(hours=1)
            Portfolio.with_context(cron_id=cron.id)._cron_fetch_events("creditsafe")
        self.assertEqual(len(read), 6, "all of them, where somebody runs it")

    def refused_fetch(self):
        """A reading that fails; ``assertRaises`` would roll back what is stored."""
        try:
            self.portfolio._fetch_events()
        except UserError:
            self.env.invalidate_all()
        else:
            self.fail("The events were read.")

    def pages_of(self, size):
        whole = MonitoringCalls.notification_events

        def short(connector, *args, **kwargs):
            return whole(connector, *args, **kwargs, page_size=size)

        return patch.object(MonitoringCalls, "notification_events", short)
