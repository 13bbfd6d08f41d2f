"""What benchmarks work in: a new database with the addon, a large register."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..lib import addon, databases, odoo_process, sandbox
from ..lib.console import say, step
from ..lib.environment import Environment
from . import register


@contextmanager
def new_database(environment: Environment) -> Iterator[Callable[..., dict]]:
    """Have a new database with the addon while the block lasts.

    :return: a function that calls a function of this folder (``module.name``) in an
        Odoo process on that database, see ``odoo_process.call``
    """
    database = environment.clone.database("bench")

    def call(name: str, **arguments) -> dict:
        name = f"dev.benchmarks.{name}"
        return odoo_process.call(environment, name, database, **arguments)

    try:
        with step("Preparing a database with the addon"):
            template = databases.ensure_template(environment)
            databases.clone(environment, template, database)
            log = environment.cache.log("bench-install")
            addon.install(environment, database, log)
        yield call
    finally:
        databases.drop(environment, database)


@contextmanager
def large_register(
    environment: Environment, companies: int
) -> Iterator[tuple[str, Path]]:
    """Have a sandbox of so many companies while the block lasts.

    :return: its address, and the file in which the register is kept from one time to
        the next
    """
    store = environment.cache.path("bench", f"register-{companies}.sqlite")
    store.parent.mkdir(exist_ok=True)
    say(f"Starting a register of {companies:,} companies...")
    log = environment.cache.log("bench-sandbox")
    options = ("--store", store, "--companies", str(companies))
    with sandbox.running(environment, log, *options) as running:
        register.control(running.address, "reset")
        yield running.address, store
