"""Benchmark: screens with ratings, among many partners."""

from ..lib import databases, odoo_process
from ..lib.console import step
from ..lib.environment import Environment

_NOTES = {
    "form_queries": "of a partner's form with ten years of monthly history",
    "list_extra_queries": "that the ratings add to a list of 80; at most 3",
    "search_seconds": "partners rated D or E, the first page and their number",
    "search_without_seconds": "partners without rating, the same",
    "group_seconds": "all partners by rating",
    "sort_seconds": "all partners by rating, the first page and their number",
}


def run(environment: Environment, partners: int) -> tuple[str, dict, dict]:
    """Measure with ``partners``, of which nine in ten have a rating.

    :return: title, figures, notes
    """
    database = environment.clone.database("bench")
    try:
        with step("Preparing a database with the addon"):
            template = databases.ensure_template(environment)
            databases.clone(environment, template, database)
            log = environment.cache.log("bench-install")
            databases.install_addon(environment, database, log)

        def call(name, **arguments):
            name = f"dev.benchmarks.screens_in_odoo.{name}"
            return odoo_process.call(environment, name, database, **arguments)

        with step(f"Creating {partners:,} partners and their credit files"):
            call("create_partners", count=partners)
        with step("Opening, searching, grouping and sorting"):
            figures = call("measure")
    finally:
        databases.drop(environment, database)
    return f"Ratings on {partners:,} partners", figures, _NOTES
