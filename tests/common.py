"""What the addon's tests share: the sandbox over real HTTP, and French partners."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import common
from odoo.tests.common import TransactionCase
from odoo.tools import SQL

ADDON = Path(__file__).resolve().parent.parent


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def new_test_user(env, login, groups="base.group_user", **values):
    """A user as Odoo's helper makes one; no letter of invitation is written."""
    context = {"no_reset_password": True}
    # What the form of users shows is not worked out for each of them.
    values = {"view_group_hierarchy": None, **values}
    return common.new_test_user(env, login, groups, context, **values)


class WarmCaches:
    """Each test begins with the registry's caches as the class has left them.

    Odoo empties them after each test, and most of a short test would be filling them:
    groups, access rights, rules, templates. What was cached when the class was ready
    is as true when a test has been rolled back.
    """

    def setUp(self):
        caches = self.registry._Registry__caches
        kept = {name: cache.snapshot for name, cache in caches.items()}

        def restore():
            for name, values in kept.items():
                caches[name].update(values)

        # Before Odoo's cleanups: those registered first are done last.
        self.addCleanup(restore)
        super().setUp()


class TodayMixin:
    """Classes and tests have ``today``; each test that of its own beginning.

    A test that begins after midnight runs in a class that was made ready before.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._note_today()

    def setUp(self):
        super().setUp()
        self._note_today()

    @classmethod
    def _note_today(cls):
        cls.today = fields.Date.context_today(cls.env.user)


class SandboxMixin:
    """Points the sources to the sandbox; ``PCD_SANDBOX_URL`` names a running one."""

    @classmethod
    def start_sandbox(cls):
        cls.sandbox_url = os.environ.get("PCD_SANDBOX_URL", "").rstrip("/")
        if not cls.sandbox_url:
            port = _free_port()
            process = subprocess.Popen(
                [sys.executable, "-m", "sandbox", "--port", str(port)], cwd=ADDON
            )
            cls.addClassCleanup(process.wait, 10)
            cls.addClassCleanup(process.terminate)
            cls.sandbox_url = f"http://127.0.0.1:{port}"
        for _attempt in range(200):
            try:
                cls.control("GET", "health")
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        cls.control("POST", "reset")
        Source = cls.env["partner.data.source"]
        cls.source = Source.search([("code", "=", "opendatasoft")])
        cls.source.base_url = f"{cls.sandbox_url}/opendatasoft/api/explore/v2.1"
        cls.daily_source = Source.search([("code", "=", "recherche_entreprises")])
        cls.daily_source.base_url = f"{cls.sandbox_url}/recherche-entreprises"

    @classmethod
    def control(cls, method, path, **payload):
        """Call the sandbox's control address; its JSON answer."""
        options = {"params" if method == "GET" else "json": payload}
        response = requests.request(
            method, f"{cls.sandbox_url}/control/{path}", timeout=30, **options
        )
        response.raise_for_status()
        return response.json()

    def setUp(self):
        super().setUp()
        self.control("POST", "reset")

    @classmethod
    def sample(cls, count, **filters):
        """Establishments of the sandbox, in the register's words."""
        return cls.control("GET", "sample", count=count, **filters)["results"]

    @classmethod
    def partners_like(cls, establishments, **values):
        """Companies whose number and address are those of these establishments."""
        return cls.env["res.partner"].create(
            [
                {
                    "name": item["denominationunitelegale"] or item["siret"],
                    "is_company": True,
                    "company_registry": item["siret"],
                    "country_id": cls.env.ref("base.fr").id,
                    **values,
                }
                for item in establishments
            ]
        )


class SandboxCase(WarmCaches, SandboxMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start_sandbox()


def copies(record, count, **expressions):
    """So many records like this one, made by the database at once.

    :param expressions: SQL of the columns that differ; ``number`` counts from 1
    """
    record.env.flush_all()
    names = [
        field.name
        for field in record._fields.values()
        if field.store and field.column_type and field.name != "id"
    ]
    values = [SQL(expressions.get(name, f'"{name}"')) for name in names]
    rows = record.env.execute_query(
        SQL(
            """
            INSERT INTO %s (%s)
                 SELECT %s FROM %s, generate_series(1, %s) number WHERE id = %s
              RETURNING id
            """,
            SQL.identifier(record._table),
            SQL(", ").join(map(SQL.identifier, names)),
            SQL(", ").join(values),
            SQL.identifier(record._table),
            count,
            record.id,
        )
    )
    made = record.browse(id_ for (id_,) in rows)
    if record._name == "res.partner":
        record.env.cr.execute(
            "UPDATE res_partner SET commercial_partner_id = id WHERE id = ANY(%s)",
            [made.ids],
        )
    record.env.invalidate_all()
    return made


def run_scheduled(case, model, method, *arguments):
    """Run a scheduled action's method as the server does, in its own transaction."""
    case.env.flush_all()
    with case.registry.cursor() as cr:
        getattr(api.Environment(cr, SUPERUSER_ID, {})[model], method)(*arguments)
    case.env.invalidate_all()


def silent_bureau(case, code="creditsafe", company=None):
    """A company's account at a bureau that no test calls; the current one's usually."""
    Source = case.env["partner.data.source"].sudo()
    company = company or case.env.company
    return Source.search(
        [("code", "=", code), ("company_id", "=", company.id)], limit=1
    ) or Source.create(
        {
            "name": code.capitalize(),
            "code": code,
            "kind": "credit",
            "company_id": company.id,
            "base_url": "https://bureau.example",
        }
    )
