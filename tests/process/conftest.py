"""Databases with committed data, and the sandbox, for tests with real processes."""

import os
from pathlib import Path

import pytest

from dev.benchmarks import register
from dev.lib import databases, odoo_process, sandbox
from dev.lib.environment import prepared
from dev.lib.processes import run_logged

PARTNERS = 2000
CHANGED = 200
HERE = Path(__file__).resolve().parent


class Laboratory:
    """What a test needs: cloned databases and processes that work on them."""

    def __init__(self, environment, url):
        self.environment = environment
        self.url = url
        self.databases = []

    def clone(self, template, purpose):
        """A copy of a database, dropped at the end."""
        name = self.environment.clone.database(f"process_{purpose}")
        self.databases.append(name)
        databases.clone(self.environment, template, name)
        return name

    def call(self, name, database=None, **arguments):
        """What a function of this folder or of ``dev`` answers in an Odoo process.

        :return: its answer, and the errors that the process has logged
        """
        log = self.environment.cache.log(f"process-{name}")
        answer = odoo_process.call(
            self.environment, name, database, HERE, log, **arguments
        )
        errors = [line for line in log.read_text().splitlines() if " ERROR " in line]
        return answer, errors

    def install(self, database, module="partner_company_data"):
        run_logged(
            self.environment.odoo(
                *("server", "-d", database, "-i", module),
                *("--stop-after-init", "--no-http", "--max-cron-threads=0"),
            ),
            self.environment.cache.log("process-install"),
            f"{module} cannot be installed.",
            env=self.environment.variables,
        )

    def query(self, database, sql):
        return databases.query(self.environment, sql, database)

    def control(self, path, method="POST", **values):
        return register.control(self.url, path, method, **values)


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory):
    store = tmp_path_factory.mktemp("register") / "register.sqlite"
    with prepared(tests=True) as environment:
        log = environment.cache.log("process-sandbox")
        options = ("--store", store, "--companies", str(PARTNERS))
        with sandbox.running(environment, log, *options) as running:
            laboratory = Laboratory(environment, running.address)
            laboratory.store = store
            try:
                yield laboratory
            finally:
                for name in laboratory.databases:
                    databases.drop(environment, name)


@pytest.fixture(scope="session")
def installed(laboratory):
    """A database in which the addon is installed."""
    given = os.environ.get("PCD_TEMPLATE_DATABASE")
    if given:
        return given
    template = databases.ensure_template(laboratory.environment)
    name = laboratory.clone(template, "installed")
    laboratory.install(name)
    return name


@pytest.fixture(scope="session")
def unchecked(laboratory, installed):
    """A database with partners of whom some differ from the register."""
    name = laboratory.clone(installed, "unchecked")
    chosen = register.choose(laboratory.store, PARTNERS)
    laboratory.call(
        "dev.benchmarks.check_in_odoo.create_partners",
        name,
        url=laboratory.url,
        sirets=[siret for siret, _is_seat in chosen],
    )
    register.change_overnight(laboratory.url, chosen, CHANGED)
    return name
