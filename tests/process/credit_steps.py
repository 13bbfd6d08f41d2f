"""What the processes of the tests of purchases do inside Odoo."""

import os
import signal
import threading
import time
import traceback

import requests

from odoo import api, sql_db
from odoo.exceptions import UserError
from odoo.modules.registry import Registry

ADMIN = 2


def prepare(env, url, siren_count):
    """An account at the sandbox and partners; their ids."""
    establishments = requests.get(
        f"{url}/control/sample", params={"count": siren_count}, timeout=30
    ).json()["results"]
    env["partner.data.source"].create(
        {
            "name": "Creditsafe",
            "code": "creditsafe",
            "kind": "credit",
            "state": "enabled",
            "company_id": env.ref("base.main_company").id,
            "base_url": f"{url}/creditsafe/v1",
            "username": "sandbox@example.com",
            "password": "sandbox-password",
        }
    )
    partners = env["res.partner"].create(
        [
            {
                "name": one["denominationunitelegale"] or one["siret"],
                "is_company": True,
                "company_registry": one["siret"],
                "country_id": env.ref("base.fr").id,
            }
            for one in establishments
        ]
    )
    env.cr.commit()
    return partners.ids


def kill_while_ordering(_env, target, partner_id, seconds):
    """Buy in a process, kill it after so many seconds; the way it ended."""
    registry = _registry(target)
    worker = _fork(registry, partner_id)
    time.sleep(seconds)
    os.kill(worker, signal.SIGKILL)
    _pid, status = os.waitpid(worker, 0)
    return {"killed": os.WIFSIGNALED(status)}


def buy_together(_env, target, partner_id, workers):
    """Several processes buy the same report at once; their exit codes."""
    registry = _registry(target)
    children = [_fork(registry, partner_id) for _n in range(workers)]
    return {"codes": [os.waitpid(child, 0)[1] for child in children]}


def buy(env, partner_id):
    """Buy a partner's report; the sentence when it is not bought."""
    return {"refusal": _buy(env, partner_id)}


def read_tokens_together(env, threads):
    """Several sessions need a token at the same moment."""
    source = env["partner.data.source"].search([("code", "=", "creditsafe")])
    registry, source_id, failures = env.registry, source.id, []

    def ask():
        with registry.cursor() as cr:
            own = api.Environment(cr, ADMIN, {})["partner.data.source"]
            try:
                own.browse(source_id)._counters()
            except Exception as error:
                failures.append(repr(error))

    asking = [threading.Thread(target=ask) for _n in range(threads)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    return {"failures": failures}


def _buy(env, partner_id):
    partner = env(user=ADMIN)["res.partner"].browse(partner_id)
    try:
        partner.action_credit_update()
        env.cr.commit()
    except UserError as error:
        env.cr.rollback()
        return str(error)
    return None


def _registry(database):
    """The database's registry, without any connection that children would share."""
    registry = Registry(database)
    sql_db.close_all()
    return registry


def _fork(registry, partner_id):
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        with registry.cursor() as cr:
            env = api.Environment(cr, ADMIN, {})
            code = 0 if _buy(env, partner_id) is None else 3
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)
