"""What the processes of the test of the job queue do inside Odoo."""

from dev.benchmarks.check_in_odoo import create_partners


def hand_out_twice(env, url, sirets):
    """Checks of new partners become jobs; how many, after each of two times."""
    create_partners(env, url, sirets)
    return [_hand_out(env) for _time in range(2)]


def _hand_out(env):
    """The scheduled action, where its batches become jobs."""
    env["partner.data.source"]._cron_check("opendatasoft")
    return env["queue.job"].search_count([])
