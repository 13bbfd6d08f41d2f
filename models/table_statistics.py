"""What PostgreSQL knows of tables that have just grown a lot.

Autovacuum comes a minute later. Until then the planner takes them for as good as empty
and compares each row with each other one.
"""

from odoo.tools import SQL

# New rows that are worth it.
MANY = 1_000


def analyze(env, *tables):
    """Have the planner know of rows that this transaction has inserted, too.

    Left alone is a table that somebody else is counting, or vacuuming.
    """
    names = SQL(", ").join(map(SQL.identifier, tables))
    env.cr.execute(SQL("ANALYZE (SKIP_LOCKED) %s", names))
