"""What the processes of these tests do inside Odoo."""

import os
import random
import signal
import time
import traceback

from odoo import api, sql_db
from odoo.modules.registry import Registry
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


def hand_out(env):
    """The scheduled action, where its batches become jobs; how many there are."""
    env["partner.data.source"]._cron_check("opendatasoft")
    return {"jobs": env["queue.job"].search_count([])}


def run_and_kill(_env, target, times, seconds, seed):
    """Start runs and kill each at a random moment, then let one come to its end.

    :param seconds: how long an undisturbed run takes
    :return: how many runs were at work when they were killed
    """
    registry = _registry(target)
    rng = random.Random(seed)
    killed = 0
    for _time in range(times):
        worker = _fork(registry, _work)
        # On the average a little less than what is needed to get through.
        time.sleep(rng.uniform(0, 1.6 * seconds / times))
        os.kill(worker, signal.SIGKILL)
        _pid, status = os.waitpid(worker, 0)
        killed += os.WIFSIGNALED(status)
    _wait_for_dead_connections(registry)
    return {"killed": killed, "last": _codes([_fork(registry, _work)])}


def run_together(_env, target, workers):
    """Several workers at once on the same due list; their exit codes."""
    registry = _registry(target)
    return {"codes": _codes([_fork(registry, _work) for _n in range(workers)])}


def run_beside_people(_env, target, workers, seed):
    """Workers, while one person edits partners and another decides on proposals."""
    registry = _registry(target)
    people = [_fork(registry, _edit, seed), _fork(registry, _decide)]
    codes = _codes([_fork(registry, _work) for _n in range(workers)])
    for person in people:
        os.kill(person, signal.SIGTERM)
    return {"codes": codes, "people": _codes(people)}


def _source(env):
    source = env["partner.data.source"].search([("code", "=", "opendatasoft")])
    source.batch_size = BATCH
    env.cr.commit()
    return source


def _registry(database):
    """The database's registry, without any connection that children would share."""
    registry = Registry(database)
    with registry.cursor() as cr:
        _source(api.Environment(cr, api.SUPERUSER_ID, {}))
    sql_db.close_all()
    return registry


def _fork(registry, work, *arguments):
    """Have a child process do ``work(registry, ...)``; its process id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work(registry, *arguments)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _codes(children):
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def _work(registry):
    with registry.cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        env["partner.data.source"].search([("code", "=", "opendatasoft")])._run()


def _until_told(act):
    """Repeat ``act()`` until SIGTERM, and until it has done something once."""
    told = []
    signal.signal(signal.SIGTERM, lambda *_: told.append(True))
    done, latest = False, time.monotonic() + 60
    while not (told and done) and time.monotonic() < latest:
        done = act() or done
        time.sleep(0.02)


def _as_people_do(registry, function):
    """Call ``function(env)`` in a transaction, repeated as Odoo repeats requests."""
    with registry.cursor() as cr:
        env = api.Environment(cr, ADMIN, {})
        return retrying(lambda: function(env), env)


def _edit(registry, seed):
    rng = random.Random(seed)

    def edit(env):
        partners = env["res.partner"].search([("l10n_fr_siret", "!=", False)])
        partner = rng.choice(partners)
        partner.write({"street2": f"Bâtiment {rng.randrange(1000)}", "ref": "edited"})
        return True

    _until_told(lambda: _as_people_do(registry, edit))


def _decide(registry):
    def decide(env):
        proposals = env["partner.update.proposal"].search(
            [("state", "=", "new")], order="id", limit=2
        )
        proposals.action_validate()
        return len(proposals)

    _until_told(lambda: _as_people_do(registry, decide))


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
