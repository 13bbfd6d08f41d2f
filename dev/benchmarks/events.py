"""Benchmark: a night's monitoring events, and the same work done in two other ways.

A portfolio is read once, so that all companies are known. Then events happen, and the
scheduled reading is measured in a fresh process: first a tenth of the events, which
shows what memory their number takes, then all of them.
"""

from ..lib import databases, odoo_process, sandbox
from ..lib.console import say, step
from ..lib.environment import Environment
from ..lib.processes import run_logged
from . import register

# Each event is told at once; the measured reading is one of an ordinary night.
DAYS = 1
ONE_BY_ONE = 100
# Of the comparison with a request for each company.
LATENCY = 50
_NOTES = {
    "requests": "sent to the bureau, log-in included",
    "queries": "all SQL queries of the reading",
    "peak_mib": "of the process, Odoo itself included",
    "peak_mib_of_a_tenth": "the same with a tenth of the events",
    "ratio_one_by_one": f"times faster than a request a company, {LATENCY} ms each",
    "ratio_floor": "times the time of HTTP, JSON and SQL alone",
}


def run(environment: Environment, events: int, companies: int) -> tuple:
    """Measure the reading of ``events`` of so many monitored ``companies``.

    :return: title, figures, notes
    """
    database = environment.clone.database("bench_events")
    # There are about as many open seats as legal units.
    store = environment.cache.path("bench", f"register-{companies * 2}.sqlite")
    store.parent.mkdir(exist_ok=True)
    say(f"Starting a register of {companies * 2:,} companies...")
    log = environment.cache.log("bench-sandbox")
    options = ("--store", store, "--companies", str(companies * 2))
    try:
        with sandbox.running(environment, log, *options) as running:
            url = running.address
            register.control(url, "reset")
            _prepare(environment, database, url, companies)
            figures = _measure(environment, database, url, events, companies)
    finally:
        databases.drop(environment, database)
    title = f"{events:,} events of {companies:,} monitored companies"
    return title, figures, _NOTES


def _prepare(environment, database, url, companies) -> None:
    """A database that knows a portfolio and the companies in it."""
    with step("Preparing a database with the addon"):
        template = databases.ensure_template(environment)
        databases.clone(environment, template, database)
        run_logged(
            environment.odoo(
                *("server", "-d", database, "-i", "partner_company_data"),
                *("--stop-after-init", "--no-http", "--max-cron-threads=0"),
            ),
            environment.cache.log("bench-install"),
            "The addon cannot be installed.",
            env=environment.variables,
        )
    with step(f"Monitoring {companies:,} companies"):
        register.control(
            url, "creditsafe/contract", monitoring={"paid": 2 * companies, "used": 0}
        )
        answer = odoo_process.call(
            environment, f"{_STEPS}.create_portfolio", database, url=url
        )
        register.control(
            url,
            "creditsafe/monitor",
            portfolio_id=answer["portfolio_id"],
            count=companies,
        )
        odoo_process.call(environment, f"{_STEPS}.read", database)


def _measure(environment, database, url, events, companies) -> dict:
    def call(name, **arguments):
        return odoo_process.call(environment, f"{_STEPS}.{name}", database, **arguments)

    def happen(count):
        call("let_a_day_pass")
        portfolio = call("portfolio")["portfolio_id"]
        register.control(
            url, "creditsafe/events", count=count, days=DAYS, portfolio_id=portfolio
        )

    with step(f"Reading {events // 10:,} events"):
        happen(events // 10)
        tenth = call("read")
    with step(f"Letting {events:,} events happen"):
        happen(events)
    with step("Reading them"):
        ours = call("read")
    with step("Measuring HTTP, JSON and SQL alone"):
        call("forget", count=events)
        floor = call("floor")
    register.control(url, "latency", ms=LATENCY)
    with step(f"Reading them with {LATENCY} ms of latency"):
        call("forget", count=events)
        late = call("read")
    with step("Measuring one company after the other"):
        call("forget", count=events)
        single = call("one_by_one", count=ONE_BY_ONE)
    single_seconds = single["seconds"] * companies / ONE_BY_ONE
    return {
        "events": ours["events"],
        "companies": companies,
        "requests": ours["requests"],
        "seconds": ours["seconds"],
        "events_per_second": ours["events"] / ours["seconds"],
        "queries": ours["queries"],
        "peak_mib": ours["peak_mib"],
        "peak_mib_of_a_tenth": tenth["peak_mib"],
        "floor_seconds": floor["seconds"],
        "seconds_with_latency": late["seconds"],
        "ratio_one_by_one": single_seconds / late["seconds"],
        "ratio_floor": ours["seconds"] / floor["seconds"],
    }


_STEPS = "dev.benchmarks.events_in_odoo"
