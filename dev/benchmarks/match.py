"""Benchmark: whether the right company is found, and with how many requests."""

from ..lib import odoo_process, sandbox
from ..lib.environment import Environment

PARTNERS = 500
_NOTES = {
    "top1": "share whose right company comes first; at least 0.95",
    "requests_per_partner": "on average; at most 3",
}


def run(environment: Environment) -> tuple[str, dict, dict]:
    """Look up partners whose name and address are badly written.

    :return: title, figures, notes
    """
    log = environment.cache.log("bench-sandbox")
    with sandbox.running(environment, log) as running:
        found = odoo_process.call(
            environment,
            "dev.benchmarks.match_in_odoo.look_up",
            url=running.address,
            count=PARTNERS,
        )
    return f"{PARTNERS} partners looked up by name and address", found, _NOTES
