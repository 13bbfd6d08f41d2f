"""What the processes of the tests of checks do inside Odoo."""

import os
import random
import signal
import time

from children import exit_codes, fork, kill_after, registry_of

from odoo import api, sql_db
from odoo.service.model import retrying

ADMIN = 2
# Small batches: many commits for a process to be killed between.
BATCH = 10


def run_undisturbed(env):
    """One run by one worker."""
    source = _source(env)
    started = time.monotonic()
    source._run()
    return {"seconds": time.monotonic() - started}


def run_and_kill(env, times, seconds, seed):
    """Start runs and kill each at a random moment, then let one come to its end.

    :param seconds: how long an undisturbed run takes
    :return: how many runs were at work when they were killed
    """
    _source(env)
    registry = registry_of(env)
    rng = random.Random(seed)
    killed = 0
    for _time in range(times):
        # On the average a little less than what is needed to get through.
        wait = rng.uniform(0, 1.6 * seconds / times)
        killed += kill_after(wait, fork(registry, _work))
    _wait_for_dead_connections(registry)
    return {"killed": killed, "last": exit_codes([fork(registry, _work)])}


def run_together(env, workers):
    """Several workers at once on the same due list; their exit codes."""
    _source(env)
    registry = registry_of(env)
    return exit_codes([fork(registry, _work) for _n in range(workers)])


def run_beside_people(env, workers, seed):
    """Workers, while one person edits partners and another decides on proposals."""
    _source(env)
    registry = registry_of(env)
    people = [fork(registry, _edit, seed), fork(registry, _decide)]
    codes = exit_codes([fork(registry, _work) for _n in range(workers)])
    for person in people:
        os.kill(person, signal.SIGTERM)
    return {"codes": codes, "people": exit_codes(people)}


def _source(env):
    source = env["partner.data.source"].search([("code", "=", "opendatasoft")])
    source.batch_size = BATCH
    env.cr.commit()
    return source


def _work(env):
    env["partner.data.source"].search([("code", "=", "opendatasoft")])._run()


def _until_told(act):
    """Repeat ``act()`` until SIGTERM, and until it has done something once."""
    told = []
    signal.signal(signal.SIGTERM, lambda *_: told.append(True))
    done, latest = False, time.monotonic() + 60
    while not (told and done) and time.monotonic() < latest:
        done = act() or done
        time.sleep(0.1)


def _as_people_do(registry, function):
    """Call ``function(env)`` in a transaction, repeated as Odoo repeats requests."""
    with registry.cursor() as cr:
        env = api.Environment(cr, ADMIN, {})
        return retrying(lambda: function(env), env)


def _edit(env, seed):
    rng = random.Random(seed)

    def edit(env):
        partners = env["res.partner"].search([("l10n_fr_siret", "!=", False)])
        partner = rng.choice(partners)
        partner.write({"street2": f"Bâtiment {rng.randrange(1000)}", "ref": "edited"})
        return True

    _until_told(lambda: _as_people_do(env.registry, edit))


def _decide(env):
    def decide(env):
        proposals = env["partner.update.proposal"].search(
            [("state", "=", "new")], order="id", limit=2
        )
        proposals.action_validate()
        return len(proposals)

    _until_told(lambda: _as_people_do(env.registry, decide))


def _wait_for_dead_connections(registry):
    """The server notices that a client is gone at the end of its statement."""
    for _attempt in range(100):
        with registry.cursor() as cr:
            cr.execute(
                "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = %s "
                "AND pid != pg_backend_pid()",
                [registry.db_name],
            )
            if cr.fetchone() == (0,):
                break
        time.sleep(0.1)
    sql_db.close_all()
