"""Every fault of the service, at every step of a run."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .check_common import CheckCase

BATCH = 3

# Where in a run a fault strikes: options of the sandbox's fault, batches before it.
FIRST = ({"path_contains": "/records"}, 0)
MIDDLE = ({"path_contains": "/records", "after": 2}, 2)
USELESS = (
    "500",
    "503",
    "drop_connection",
    "cut_connection",
    "cut_json",
    "html",
    "no_body",
    "not_an_object",
    "renamed_field",
)
SENTENCES = ("does not answer", "could not be read")


@tagged("post_install", "-at_install")
class TestCheckFaults(CheckCase):
    # Four batches: as many as a service that is down is asked, and one more.
    partner_count = 4 * BATCH
    batch_size = BATCH

    def setUp(self):
        super().setUp()
        # Pauses before a call is repeated are the connector's own tests' matter.
        self.startPatcher(
            patch(
                "odoo.addons.partner_company_data.connectors.http.time.sleep",
                lambda _seconds: None,
            )
        )

    def fail_at(self, kind, step, **options):
        """Run into a fault in a savepoint of its own; the run."""
        place, _before = step
        self.control("POST", "reset")
        self.fault(kind, **place, **options)
        return self.run_stopped() if kind in ("429", "401") else self.run_check()

    def states(self):
        return self.links().mapped("state")

    def test_allowance_used_up(self):
        for step in (FIRST, MIDDLE):
            with self.subTest(step=step), self.env.cr.savepoint() as savepoint:
                run = self.fail_at("429", step, seconds=3600)
                moment = fields.Datetime.now() + timedelta(seconds=3600)
                self.assertEqual(run.state, "stopped")
                self.assertIn("used up until", run.stop_reason)
                self.assertAlmostEqual(
                    run.resume_at, moment, delta=timedelta(seconds=30)
                )
                self.assertIn(run.resume_at, self.triggers())
                self.assertEqual(run.checked_count, step[1] * BATCH)
                self.assertEqual(self.states().count("checked"), step[1] * BATCH)
                self.assertNotIn("failed", self.states())
                self.control("POST", "reset")
                self.assertEqual(self.run_check().state, "done")
                self.assertEqual(set(self.states()), {"checked"})
                savepoint.rollback()

    def test_key_refused(self):
        for step in (FIRST, MIDDLE):
            with self.subTest(step=step), self.env.cr.savepoint() as savepoint:
                run = self.fail_at("401", step)
                self.assertEqual(run.state, "stopped")
                self.assertFalse(run.resume_at)
                self.assertEqual(self.source.state, "suspended")
                self.assertIn("refuses the key", self.source.suspension_reason)
                self.assertEqual(len(self.source.activity_ids), 1)
                self.assertEqual(self.states().count("checked"), step[1] * BATCH)
                self.assertNotIn("failed", self.states())
                self.env["partner.data.source"]._cron_check("opendatasoft")
                self.assertEqual(len(self.source.activity_ids), 1)
                savepoint.rollback()

    def test_useless_answer(self):
        for kind in USELESS:
            for step in (FIRST, MIDDLE):
                with (
                    self.subTest(kind=kind, step=step),
                    self.env.cr.savepoint() as savepoint,
                ):
                    # A call that may be repeated is, twice.
                    times = 3 if kind in ("503", "drop_connection") else 1
                    run = self.fail_at(kind, step, times=times)
                    self.assertEqual(run.state, "done")
                    self.assertEqual(run.failed_count, BATCH)
                    self.assertEqual(run.checked_count, len(self.partners) - BATCH)
                    failed = self.links().filtered(lambda link: link.state == "failed")
                    self.assertEqual(len(failed), BATCH)
                    for link in failed:
                        self.assertTrue(
                            any(text in link.last_error for text in SENTENCES)
                        )
                        self.assertEqual(link.attempts, 1)
                        self.assertAlmostEqual(
                            link.next_check,
                            fields.Datetime.now() + timedelta(minutes=30),
                            delta=timedelta(minutes=1),
                        )
                    self.assertFalse(self.open_proposals(failed.partner_id))
                    savepoint.rollback()

    def test_back_off_and_recovery(self):
        self.fault("500", path_contains="/records", times=1)
        self.run_check()
        failed = self.links().filtered(lambda link: link.state == "failed")
        failed.next_check = fields.Datetime.now() - timedelta(minutes=1)
        self.fault("500", path_contains="/records", times=1)
        self.run_check()
        self.assertEqual(set(failed.mapped("attempts")), {2})
        self.assertAlmostEqual(
            failed[0].next_check,
            fields.Datetime.now() + timedelta(minutes=60),
            delta=timedelta(minutes=1),
        )
        failed.next_check = fields.Datetime.now() - timedelta(minutes=1)
        self.run_check()
        self.assertEqual(set(failed.mapped("state")), {"checked"})
        self.assertEqual(set(failed.mapped("attempts")), {0})
        self.assertFalse(any(failed.mapped("last_error")))

    def test_service_down(self):
        self.fault("500", path_contains="/records")
        run = self.run_stopped()
        self.assertEqual(run.state, "stopped")
        self.assertEqual(run.requests, 4)
        self.assertEqual(run.failed_count, 3 * BATCH)
        self.assertEqual(self.states().count("never"), len(self.partners) - 3 * BATCH)
        self.assertIn("does not answer", run.stop_reason)
        self.assertIn(run.resume_at, self.triggers())

    def test_freshness(self):
        for kind in ("500", "drop_connection", "cut_json", "html", "not_an_object"):
            with self.subTest(kind=kind), self.env.cr.savepoint() as savepoint:
                self.control("POST", "reset")
                self.fault(kind)
                run = self.run_stopped()
                self.assertEqual(run.state, "stopped")
                self.assertTrue(any(text in run.stop_reason for text in SENTENCES))
                self.assertIn(run.resume_at, self.triggers())
                self.assertEqual(self.asked(), [])
                self.assertEqual(set(self.states()) - {"never"}, set())
                savepoint.rollback()

    def test_freshness_refused(self):
        self.fault("401")
        self.run_stopped()
        self.assertEqual(self.source.state, "suspended")
        self.assertEqual(len(self.source.activity_ids), 1)
        self.source.action_enable()
        self.assertFalse(self.source.activity_ids)

    def test_address_that_is_none(self):
        self.source.base_url = "opendatasoft"
        with self.assertRaisesRegex(UserError, "Check the source's address"):
            self.source.action_test_connection()
        self.assertIn("Check the source's address", self.run_stopped().stop_reason)

    def test_freshness_allowance(self):
        self.fault("429", seconds=7200)
        run = self.run_stopped()
        self.assertAlmostEqual(
            run.resume_at,
            fields.Datetime.now() + timedelta(seconds=7200),
            delta=timedelta(seconds=30),
        )
        self.assertIn(run.resume_at, self.triggers())

    def test_wrong_types(self):
        self.run_check()
        expected = self.proposed()
        for kind in ("wrong_types", "renamed_field"):
            self.open_proposals().unlink()
            self.let_a_day_pass()
            before = self.partners.read(["name", "street", "zip", "company_registry"])
            self.fault(kind, field="adresseetablissement")
            run = self.run_check()
            self.assertEqual(run.state, "done")
            self.assertEqual(
                self.partners.read(["name", "street", "zip", "company_registry"]),
                before,
            )
            for partner, lines in self.proposed().items():
                for key, line in lines.items():
                    self.assertEqual(line, expected[partner][key])

    def moved_seat(self):
        """A partner whose seat has moved since its last check."""
        self.run_check()
        self.let_a_day_pass()
        partner = self.partners[3]
        [moved] = self.control("POST", "register/move", sirens=[partner.l10n_fr_siren])[
            "changed"
        ]
        return partner, moved["new_siret"]

    def check_seat_found(self, partner, new_siret):
        self.links(partner).next_check = False
        self.assertEqual(self.run_check().state, "done")
        lines = self.proposed(partner)[partner.id]
        self.assertEqual(
            lines["siret"], ({"company_registry": new_siret}, "seat_moved")
        )
        self.assertFalse(self.links(partner).seek_seat)

    def test_seat_follow_up_useless(self):
        for kind in ("500", "cut_json", "html"):
            with self.subTest(kind=kind), self.env.cr.savepoint() as savepoint:
                self.control("POST", "reset")
                partner, new_siret = self.moved_seat()
                self.fault(kind, path_contains="siren+in", times=1)
                run = self.run_check()
                self.assertEqual(run.state, "done")
                self.assertEqual(run.failed_count, 1)
                self.assertEqual(self.links(partner).state, "failed")
                self.assertTrue(self.links(partner).seek_seat)
                self.check_seat_found(partner, new_siret)
                savepoint.rollback()

    def test_seat_follow_up_stopped(self):
        for kind, options in (("429", {"seconds": 60}), ("401", {})):
            with self.subTest(kind=kind), self.env.cr.savepoint() as savepoint:
                self.control("POST", "reset")
                partner, new_siret = self.moved_seat()
                self.fault(kind, path_contains="siren+in", times=1, **options)
                run = self.run_stopped()
                self.assertEqual(run.state, "stopped")
                self.assertTrue(self.links(partner).seek_seat)
                self.source.state = "enabled"
                self.check_seat_found(partner, new_siret)
                savepoint.rollback()

    def test_forgotten_establishment_is_not_up_to_date(self):
        partner = self.partners[0]
        self.only(partner)
        self.run_check()
        self.assertEqual(self.links(partner).state, "checked")
        self.let_a_day_pass()
        self.fault("empty", path_contains="/records")
        self.run_check()
        self.assertEqual(self.links(partner).state, "not_found")

    def test_one_that_cannot_be_stored(self):
        bad = self.partners[7]
        with self.refusing(bad):
            run = self.run_check()
        self.assertEqual(run.state, "done")
        self.assertEqual(run.failed_count, 1)
        self.check_set_aside(bad)

    def test_one_of_a_batch_that_cannot_be_stored(self):
        bad = self.partners[7]
        self.run_check()
        links = self.links()
        with self.refusing(bad):
            self.assertCountEqual(self.source._process_batch(links.ids), links.ids)
        self.check_set_aside(bad)

    @contextmanager
    def refusing(self, bad):
        """Have the proposals of a partner fail."""
        Proposal = type(self.env["partner.update.proposal"])
        sync = Proposal._sync

        def refuse(proposals, source, checks):
            if bad.id in {partner.id for partner in checks}:
                raise ValueError("cannot be stored")
            return sync(proposals, source, checks)

        with (
            patch.object(Proposal, "_sync", refuse),
            self.assertLogs("odoo.addons.partner_company_data", "ERROR"),
        ):
            yield

    def check_set_aside(self, bad):
        link = self.links(bad)
        self.assertEqual(link.state, "failed")
        self.assertIn("ValueError", link.last_error)
        self.assertEqual(set((self.links() - link).mapped("state")), {"checked"})

    def test_no_secret_in_logs(self):
        secret = "clef-tres-secrete-42"
        self.source.api_key = secret
        self.env.flush_all()
        self.fault("500", path_contains="/records", times=1)
        with self.assertLogs(level="DEBUG") as logs:
            run = self.run_check()
        self.fault("401")
        self.let_a_day_pass()
        with self.assertLogs(level="DEBUG") as more_logs:
            run |= self.run_check()
        self.assertNotIn(secret, "".join(logs.output + more_logs.output))
        shown = run.mapped("stop_reason") + self.links().mapped("last_error")
        self.assertNotIn(secret, f"{shown} {self.source.suspension_reason}")
