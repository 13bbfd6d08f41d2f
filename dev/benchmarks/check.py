"""Benchmark: a nightly check, and the same work done in two other ways.

Partners who agree with the register are checked once, so that all is known; then a
few companies change, the register is loaded again, and the check of the next night is
measured in a fresh process.
"""

from ..lib import databases, odoo_process, sandbox
from ..lib.console import say, step
from ..lib.environment import Environment
from ..lib.processes import run_logged
from . import register

CHANGED = 0.02
ONE_BY_ONE = 200
_NOTES = {
    "requests": "sent to the register",
    "queries_per_unchanged_partner": "all SQL queries of the run",
    "peak_mib": "of the process, Odoo itself included",
    "ratio_one_by_one": "times faster than a request and a write for each partner",
    "ratio_floor": "times the time of HTTP, JSON and SQL alone",
}


def run(environment: Environment, partners: int, latency: float) -> tuple:
    """Measure a night with ``partners``, each answer ``latency`` ms late.

    :return: title, figures, notes
    """
    database = environment.clone.database("bench")
    store = environment.cache.path("bench", f"register-{partners}.sqlite")
    store.parent.mkdir(exist_ok=True)
    say(f"Starting a register of {partners:,} companies...")
    log = environment.cache.log("bench-sandbox")
    options = ("--store", store, "--companies", str(partners))
    try:
        with sandbox.running(environment, log, *options) as running:
            url = running.address
            register.control(url, "reset")
            _prepare(environment, database, url, register.choose(store, partners))
            figures = _measure(environment, database, url, partners, latency)
    finally:
        databases.drop(environment, database)
    title = f"{partners:,} partners, {CHANGED:.0%} changed, {latency:g} ms latency"
    return title, figures, _NOTES


def _prepare(environment, database, url, chosen) -> None:
    """A database whose partners have been checked, and what happens overnight."""
    with step("Preparing a database with the addon"):
        template = databases.ensure_template(environment)
        databases.clone(environment, template, database)
        _install(environment, database)

    def call(name, **arguments):
        return odoo_process.call(environment, name, database, **arguments)

    with step(f"Creating {len(chosen):,} partners, as the register knows them"):
        call(
            "dev.benchmarks.check_in_odoo.create_partners",
            url=url,
            sirets=[siret for siret, _is_seat in chosen],
        )
    with step("Checking them for the first time"):
        call("dev.benchmarks.check_in_odoo.check")
        call("dev.benchmarks.check_in_odoo.let_a_day_pass")
    with step("Changing the register overnight"):
        register.change_overnight(url, chosen, int(len(chosen) * CHANGED))


def _install(environment: Environment, database: str) -> None:
    run_logged(
        environment.odoo(
            *("server", "-d", database, "-i", "partner_company_data"),
            *("--stop-after-init", "--no-http", "--max-cron-threads=0"),
        ),
        environment.cache.log("bench-install"),
        "The addon cannot be installed.",
        env=environment.variables,
    )


def _measure(environment, database, url, partners, latency) -> dict:
    def call(name, **arguments):
        return odoo_process.call(environment, name, database, **arguments)

    register.control(url, "latency", ms=latency)
    register.control(url, "requests", "DELETE")
    with step("Measuring the check"):
        ours = call("dev.benchmarks.check_in_odoo.check")
    asked = register.control(url, "requests?last=1000", "GET")["last"]
    queries = [item["query"] for item in asked if item["path"].endswith("/records")]
    with step("Measuring HTTP, JSON and SQL alone"):
        floor = call("dev.benchmarks.check_in_odoo.floor", url=url, queries=queries)
    floor_seconds = floor["seconds"] * ours["requests"] / len(queries)
    with step("Measuring one partner after the other"):
        single = call(
            "dev.benchmarks.check_in_odoo.one_by_one", url=url, count=ONE_BY_ONE
        )
    single_seconds = single["seconds"] * partners / ONE_BY_ONE
    return {
        "partners": ours["checked"],
        "requests": ours["requests"],
        "seconds": ours["seconds"],
        "partners_per_second": ours["checked"] / ours["seconds"],
        "queries_per_unchanged_partner": ours["queries"] / (partners * (1 - CHANGED)),
        "peak_mib": ours["peak_mib"],
        "ratio_one_by_one": single_seconds / ours["seconds"],
        "ratio_floor": ours["seconds"] / floor_seconds,
    }
