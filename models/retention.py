"""How long what nobody needs any more is kept, and its nightly removal.

Decisions are kept as long as somebody may ask why: five years. What the services said
and the addon did about it is kept one year.
"""

from dateutil.relativedelta import relativedelta

from odoo import fields

FACTS = relativedelta(months=12)
DECISIONS = relativedelta(months=60)
# A trend shows a year; the year before is there to compare with.
SNAPSHOTS = relativedelta(months=24)
# What one turn of the nightly removal takes.
LIMIT = 10_000


def older_than(term):
    """The moment before which everything is older than ``term`` (naive UTC)."""
    return fields.Datetime.now() - term


def remove(records):
    """Delete these records.

    :param records: found with ``limit=LIMIT``
    :return: what ``@api.autovacuum`` wants: how many, and whether there may be more
    """
    count = len(records)
    records.unlink()
    return count, count == LIMIT
