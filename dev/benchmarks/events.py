"""Benchmark: a night's monitoring events, and the same work done in two other ways.

A portfolio is read once, so that all companies are known. Then events happen, and the
scheduled reading is measured in a fresh process: first a tenth of the events, which
shows what memory their number takes, then all of them.
"""

from ..lib.console import step
from ..lib.environment import Environment
from . import register
from .setting import large_register, new_database

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
    # There are about as many open seats as legal units.
    with (
        large_register(environment, companies * 2) as (url, _store),
        new_database(environment) as call,
    ):
        _prepare(call, url, companies)
        figures = _measure(call, url, events, companies)
    title = f"{events:,} events of {companies:,} monitored companies"
    return title, figures, _NOTES


def _prepare(call, url, companies) -> None:
    """A database that knows a portfolio and the companies in it."""
    with step(f"Monitoring {companies:,} companies"):
        contract = {"paid": 2 * companies, "used": 0}
        register.control(url, "creditsafe/contract", monitoring=contract)
        portfolio = call("events_in_odoo.create_portfolio", url=url)["portfolio_id"]
        register.control(
            url, "creditsafe/monitor", portfolio_id=portfolio, count=companies
        )
        call("events_in_odoo.read")


def _measure(call, url, events, companies) -> dict:
    def happen(count):
        call("events_in_odoo.let_a_day_pass")
        portfolio = call("events_in_odoo.portfolio")["portfolio_id"]
        register.control(
            url, "creditsafe/events", count=count, days=DAYS, portfolio_id=portfolio
        )

    with step(f"Reading {events // 10:,} events"):
        happen(events // 10)
        tenth = call("events_in_odoo.read")
    with step(f"Letting {events:,} events happen"):
        happen(events)
    with step("Reading them"):
        ours = call("events_in_odoo.read")
    with step("Measuring HTTP, JSON and SQL alone"):
        call("events_in_odoo.forget", count=events)
        floor = call("events_in_odoo.floor")
    register.control(url, "latency", ms=LATENCY)
    with step(f"Reading them with {LATENCY} ms of latency"):
        call("events_in_odoo.forget", count=events)
        late = call("events_in_odoo.read")
    with step("Measuring one company after the other"):
        call("events_in_odoo.forget", count=events)
        single = call("events_in_odoo.one_by_one", count=ONE_BY_ONE)
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
