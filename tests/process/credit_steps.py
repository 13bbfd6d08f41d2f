"""What the processes of the tests of purchases do inside Odoo."""

import threading

from bureau import create_companies, open_account
from children import exit_codes, fork, kill_after, registry_of

from odoo import api
from odoo.exceptions import UserError

ADMIN = 2


def prepare(env, url, establishments):
    """An account at the sandbox and partners; their ids."""
    open_account(env, url)
    partners = create_companies(env, establishments)
    env.cr.commit()
    return partners.ids


def kill_while_ordering(env, partner_id, seconds):
    """Buy in a process, kill it after so many seconds; whether that ended it."""
    return kill_after(seconds, fork(registry_of(env), _buy, partner_id))


def buy_together(env, partner_id, workers):
    """Several processes buy the same report at once; their exit codes."""
    registry = registry_of(env)
    return exit_codes([fork(registry, _buy, partner_id) for _n in range(workers)])


def buy(env, partner_id):
    """Buy a partner's report; the sentence when it is not bought."""
    try:
        _buy(env, partner_id)
    except UserError as error:
        return str(error)
    return None


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
    return failures


def _buy(env, partner_id):
    env(user=ADMIN)["res.partner"].browse(partner_id).action_credit_update()
    env.cr.commit()
