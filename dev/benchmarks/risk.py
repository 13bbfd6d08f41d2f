"""Benchmark: the risk report over many customers, beside the same in plain SQL."""

from ..lib.console import step
from ..lib.environment import Environment
from .setting import new_database

INVOICES_PER_CUSTOMER = 2.5

_NOTES = {
    "page_seconds": "the list's first page and number of customers",
    "totals_seconds": "of all customers",
    "pivot_seconds": "by risk class and limit exceeded",
    "sql_seconds": "the three in hand-written SQL",
    "ratio_sql": "times the time of hand-written SQL; at most 3",
    "unit_milliseconds": "the exposure of one SIREN, as a document's banner asks",
    "queries_per_file": "of 20 alert rules over all files; at most 0.05",
    "snapshot_seconds": "to keep the month of all customers",
}


def run(environment: Environment, partners: int) -> tuple[str, dict, dict]:
    """Measure with ``partners`` customers and ten invoice lines for each.

    :return: title, figures, notes
    """
    invoices = int(partners * INVOICES_PER_CUSTOMER)
    with new_database(environment) as call:
        with step(f"Creating {partners:,} customers and {invoices:,} invoices"):
            call("risk_in_odoo.create_customers", count=partners)
            call("risk_in_odoo.create_documents", invoices=invoices)
        with step("Asking for page, totals and pivot"):
            figures = call("risk_in_odoo.measure")
        with step("Telling news of one company in a hundred, looking for alerts"):
            figures |= call("alerts_in_odoo.measure")
    lines = figures["invoice_lines"]
    return f"Risk of {partners:,} customers, {lines:,} invoice lines", figures, _NOTES
