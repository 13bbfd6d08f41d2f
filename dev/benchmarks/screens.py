"""Benchmark: screens with ratings, among many partners."""

from ..lib.console import step
from ..lib.environment import Environment
from .setting import new_database

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
    with new_database(environment) as call:
        with step(f"Creating {partners:,} partners and their credit files"):
            call("screens_in_odoo.create_partners", count=partners)
        with step("Opening, searching, grouping and sorting"):
            figures = call("screens_in_odoo.measure")
    return f"Ratings on {partners:,} partners", figures, _NOTES
