"""Benchmark: a nightly check, and the same work done in two other ways.

Partners who agree with the register are checked once, so that all is known; then a
few companies change, the register is loaded again, and the check of the next night is
measured in a fresh process.
"""

from ..lib.console import step
from ..lib.environment import Environment
from . import register
from .setting import large_register, new_database

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
    with (
        large_register(environment, partners) as (url, store),
        new_database(environment) as call,
    ):
        _prepare(call, url, register.choose(store, partners))
        figures = _measure(call, url, partners, latency)
    title = f"{partners:,} partners, {CHANGED:.0%} changed, {latency:g} ms latency"
    return title, figures, _NOTES


def _prepare(call, url, chosen) -> None:
    """A database whose partners have been checked, and what happens overnight."""
    with step(f"Creating {len(chosen):,} partners, as the register knows them"):
        sirets = [siret for siret, _is_seat in chosen]
        call("check_in_odoo.create_partners", url=url, sirets=sirets)
    with step("Checking them for the first time"):
        call("check_in_odoo.check")
        call("check_in_odoo.let_a_day_pass")
    with step("Changing the register overnight"):
        register.change_overnight(url, chosen, int(len(chosen) * CHANGED))


def _measure(call, url, partners, latency) -> dict:
    register.control(url, "latency", ms=latency)
    register.control(url, "requests", "DELETE")
    with step("Measuring the check"):
        ours = call("check_in_odoo.check")
    asked = register.control(url, "requests?last=1000", "GET")["last"]
    queries = [item["query"] for item in asked if item["path"].endswith("/records")]
    with step("Measuring HTTP, JSON and SQL alone"):
        floor = call("check_in_odoo.floor", url=url, queries=queries)
    floor_seconds = floor["seconds"] * ours["requests"] / len(queries)
    with step("Measuring one partner after the other"):
        single = call("check_in_odoo.one_by_one", url=url, count=ONE_BY_ONE)
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
