"""Databases with committed data, and the sandbox, for tests with real processes."""

import os

import pytest
from laboratory import Laboratory, log_of, open_workshop

from dev.lib import databases, processes, sandbox
from dev.lib.environment import prepared

COMPANIES = 2000


def pytest_configure():
    # So that what the fixtures have started ends with a run that is cut short.
    processes.terminate_like_ctrl_c()


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory):
    store = tmp_path_factory.mktemp("register") / "register.sqlite"
    with prepared(tests=True) as environment:
        log = log_of(environment, "sandbox")
        options = ("--store", store, "--companies", str(COMPANIES))
        with sandbox.running(environment, log, *options) as running:
            laboratory = Laboratory(environment, running.address)
            laboratory.store = store
            try:
                yield laboratory
            finally:
                for name in [*laboratory.databases]:
                    laboratory.drop(name)


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
def workshop(laboratory, installed):
    """Where calls on copies of ``installed`` are answered without delay."""
    with open_workshop(laboratory.environment, installed) as workshop:
        yield workshop
