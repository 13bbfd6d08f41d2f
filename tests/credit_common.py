"""What the tests of credit bureaus share: an account at the sandbox, its counters."""

from concurrent.futures import Executor, Future
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests.common import TransactionCase
from odoo.tools import SQL

from .common import SandboxMixin, WarmCaches, new_test_user, run_scheduled

BUYER = "partner_company_data.group_credit_buyer"
USER = "sandbox@example.com"
PASSWORD = "sandbox-password"
READ_AHEAD = "odoo.addons.partner_company_data.models.read_ahead"


class SameThread(Executor):
    """Does what is submitted at once."""

    def __init__(self, max_workers):
        super().__init__()

    def submit(self, work, *arguments):
        future = Future()
        try:
            future.set_result(work(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


class CreditCase(WarmCaches, SandboxMixin, TransactionCase):
    """Own transactions of the code under test share the test's one."""

    account_is_kept = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry_enter_test_mode_cls()
        # A thread would wait for the one cursor that all transactions share.
        cls.startClassPatcher(patch(f"{READ_AHEAD}.ThreadPoolExecutor", SameThread))
        cls.start_sandbox()
        cls.credit = cls.make_source(cls.env.company)
        cls.buyer = new_test_user(
            cls.env, "credit_buyer", groups=f"base.group_user,{BUYER}"
        )
        cls.establishments = cls.sample(4)
        cls.partners = cls.partners_like(cls.establishments)
        cls.partner = cls.partners[0]

    @classmethod
    def keep_account(cls):
        """Let all tests begin with the account at the sandbox as it is now."""
        cls.env.flush_all()
        cls.env.invalidate_all()
        cls.control("POST", "creditsafe/keep")
        cls.account_is_kept = True

    def setUp(self):
        super().setUp()
        self.env.flush_all()
        if self.account_is_kept:
            self.control("POST", "creditsafe/restore")

    @classmethod
    def make_source(cls, company, **values):
        return cls.env["partner.data.source"].create(
            {
                "name": "Creditsafe",
                "code": "creditsafe",
                "kind": "credit",
                "state": "enabled",
                "company_id": company.id,
                "base_url": f"{cls.sandbox_url}/creditsafe/v1",
                "username": USER,
                "password": PASSWORD,
                "report_price": 12.5,
                "timeout": 20,
                **values,
            }
        )

    @property
    def bought(self):
        """Reports that the sandbox has counted."""
        return self.control("GET", "creditsafe")["reports_bought"]

    @property
    def log_ins(self):
        return self.control("GET", "creditsafe")["log_ins"]

    def fault(self, kind, path, times=1, **values):
        self.control(
            "POST",
            "faults",
            kind=kind,
            service="creditsafe",
            path_contains=path,
            times=times,
            **values,
        )

    @classmethod
    def update(cls, partners, user=None):
        """Manual update by the buyer, as one request; its action."""
        cls.env.flush_all()
        action = partners.with_user(user or cls.buyer).action_credit_update()
        cls.env.flush_all()
        cls.env.invalidate_all()
        return action

    def refusal(self, partners, user=None):
        """The sentence that a manual update ends with.

        ``assertRaises`` would roll back what own transactions have committed.
        """
        try:
            self.update(partners, user)
        except UserError as error:
            self.env.invalidate_all()
            return str(error)
        self.fail("The update went through.")

    def run_schedule(self):
        """The scheduled action that buys what waits."""
        run_scheduled(self, "partner.credit.order", "_cron_run")

    def make_old(self, records, **delta):
        """Move the creation of records into the past."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET create_date = create_date - %s WHERE id IN %s",
                SQL.identifier(records._table),
                timedelta(**delta),
                records._ids,
            )
        )
        records.invalidate_recordset()

    def calls(self, *states):
        domain = [("state", "in", states)] if states else []
        return self.env["partner.data.call"].search(domain)

    def dialog(self, action):
        return (
            self.env[action["res_model"]].with_user(self.buyer).browse(action["res_id"])
        )

    def age_calls(self, **delta):
        """Move all calls into the past."""
        self.calls().started_on = fields.Datetime.now() - timedelta(**delta)

    @classmethod
    def other_company(cls):
        company = cls.env["res.company"].create(
            {"name": "Deuxième société", "logo": False}
        )
        cls.env.user.company_ids = [Command.link(company.id)]
        return company
