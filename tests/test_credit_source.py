from datetime import timedelta

from dateutil.relativedelta import relativedelta
from psycopg2 import DataError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.partner_company_data.connectors.creditsafe import (
    PRODUCTION_URL,
    SANDBOX_URL,
)

from .common import new_test_user
from .credit_common import PASSWORD, CreditCase


@tagged("post_install", "-at_install")
class TestCreditSource(CreditCase):
    def wrong_password(self):
        self.credit.password = "wrong"
        self.env.flush_all()

    def reports_asked(self, status):
        paths = self.control("GET", "requests", last=200)["last"]
        return [one for one in paths if one.get("status") == status]

    def test_one_log_in_for_many_calls(self):
        for partner in self.partners:
            self.update(partner)
        self.assertEqual(self.bought, 4)
        self.assertEqual(self.log_ins, 1)

    def test_token_that_the_bureau_ended_is_renewed_once(self):
        self.update(self.partners[0])
        self.control("POST", "creditsafe/tokens", expire=True)
        self.update(self.partners[1])
        self.assertEqual(self.bought, 2)
        self.assertEqual(self.log_ins, 2)

    def test_old_token_is_renewed_before_its_end(self):
        self.update(self.partners[0])
        token = self.env["partner.data.token"].search([])
        token.renew_on = fields.Datetime.now() - timedelta(minutes=1)
        self.env.flush_all()
        self.update(self.partners[1])
        self.update(self.partners[2])
        self.assertEqual(self.log_ins, 2)

    def test_token_that_cannot_be_kept_is_not_logged(self):
        store = self.credit._token_store()
        with (
            self.credit._own_env() as env,
            self.assertNoLogs("odoo.sql_db", level="WARNING"),
            self.assertRaises(DataError),
        ):
            store._write(env, token="secret", renew_on="no moment")

    def test_refused_log_in_suspends_and_is_not_repeated(self):
        self.wrong_password()
        self.assertIn("refuses the log-in", self.refusal(self.partner))
        self.assertEqual(self.credit.state, "suspended")
        activities = self.credit.activity_ids
        self.assertEqual(len(activities), 1)
        self.assertIn("suspended", self.refusal(self.partner))
        # Another worker that had begun before meets the memory of the refusal.
        self.credit.state = "enabled"
        self.env.flush_all()
        self.assertIn("refuses the log-in", self.refusal(self.partner))
        attempts = [
            one
            for one in self.control("GET", "requests", last=200)["last"]
            if "authenticate" in str(one)
        ]
        self.assertEqual(len(attempts), 1)
        self.credit.password = PASSWORD
        self.credit.action_enable()
        self.env.flush_all()
        self.update(self.partner)
        self.assertEqual(self.bought, 1)

    def test_connection_test_shows_the_contract(self):
        action = self.credit.action_test_connection()
        self.assertIn("Reports FR: 500 left of 500", action["params"]["message"])
        self.assertIn("Monitoring", action["params"]["message"])

    def test_connection_test_of_an_unused_account_suspends_nothing(self):
        self.credit.write({"state": "disabled", "password": "wrong"})
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "refuses the log-in"):
            self.credit.action_test_connection()
        self.assertEqual(self.credit.state, "disabled")

    def test_account_is_made_once_a_company(self):
        other = self.other_company()
        Source = self.env["partner.data.source"].with_company(other)
        made = Source.action_open_creditsafe()["res_id"]
        self.assertEqual(Source.action_open_creditsafe()["res_id"], made)
        source = Source.browse(made)
        self.assertEqual((source.company_id, source.state), (other, "disabled"))
        self.assertEqual(source.server, "production")
        source.server = "sandbox"
        self.assertEqual(source.base_url, SANDBOX_URL)
        source.server = "production"
        self.assertEqual(source.base_url, PRODUCTION_URL)
        with self.assertRaisesRegex(UserError, "user name and password"):
            source.action_enable()

    def test_secrets_are_for_the_system_alone(self):
        manager = new_test_user(
            self.env,
            "credit_manager",
            groups="partner_company_data.group_partner_data_manager",
        )
        for name in ("username", "password"):
            with self.assertRaises(AccessError):
                self.credit.with_user(manager).read([name])
        with self.assertRaises(AccessError):
            self.env["partner.data.token"].with_user(manager).search([])

    def test_retention(self):
        self.update(self.partner)
        file = self.partner.credit_file_id
        report = file.report_ids
        now = fields.Datetime.now()
        old_point = self.env["partner.credit.score"].create(
            {"file_id": file.id, "date": now.date() - relativedelta(months=121)}
        )
        self.env["partner.data.source"]._gc_credit_data()
        self.assertFalse(old_point.exists())
        self.assertTrue(report.raw)
        report.ordered_on = now - relativedelta(months=13)
        self.env["partner.data.source"]._gc_credit_data()
        self.assertFalse(report.raw)
        self.assertTrue(report.pdf)
        with self.assertRaisesRegex(UserError, "not kept"):
            report.action_read_again()
        report.ordered_on = now - relativedelta(months=25)
        self.env["partner.data.source"]._gc_credit_data()
        self.assertFalse(report.exists())
        self.assertTrue(file.exists())

    def test_end_of_contract_erases_what_the_bureau_told(self):
        self.update(self.partner)
        file = self.partner.credit_file_id
        report = file.report_ids
        proposals = self.env["partner.update.proposal"].create(
            [
                {
                    "partner_id": partner.id,
                    "source_id": self.credit.id,
                    "state": state,
                }
                for partner, state in zip(
                    self.partners[1:], ("new", "obsolete", "validated"), strict=True
                )
            ]
        )
        self.credit.action_end_of_contract()
        self.env.flush_all()
        self.assertFalse(file.exists())
        self.assertFalse(report.exists())
        self.assertFalse(self.partner.credit_file_id)
        self.assertEqual(self.credit.state, "suspended")
        self.assertFalse(self.credit.password)
        self.assertFalse(self.env["partner.data.token"].search([]))
        left = self.env["ir.attachment"].search_count(
            [("res_model", "=", "partner.credit.report"), ("res_field", "!=", False)]
        )
        self.assertFalse(left)
        self.assertEqual(len(self.calls("done")), 1)
        self.assertEqual(proposals.exists().mapped("state"), ["validated"])
