"""What the processes of the tests of portfolios do inside Odoo."""

import os
import signal
import time
import traceback

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry


def prepare(env, url, establishments):
    """An account, a portfolio created at the sandbox, and partners that wait for it.

    :param establishments: of the register, with number and name
    :return: the portfolio's number at the sandbox
    """
    source = env["partner.data.source"].create(
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
    portfolio = env["partner.credit.portfolio"].create(
        {"name": "Clients", "source_id": source.id}
    )
    partners = env["res.partner"].create(
        [
            {
                "name": item["denominationunitelegale"] or item["siret"],
                "is_company": True,
                "company_registry": item["siret"],
                "country_id": env.ref("base.fr").id,
            }
            for item in establishments
        ]
    )
    env.cr.commit()
    # In transactions of their own, so that they see what was created.
    portfolio.action_create_remote()
    env.cr.commit()
    env.invalidate_all()
    action = partners.action_add_to_credit_portfolio()
    wizard = env[action["res_model"]].browse(action["res_id"])
    wizard.portfolio_id = portfolio
    env.cr.commit()
    wizard.action_confirm()
    env.cr.commit()
    return int(portfolio.bureau_id)


def work(env):
    """The scheduled action that adds and removes what waits."""
    env["partner.credit.portfolio.line"]._cron_process()
    env.cr.commit()


def remove_all(env):
    """Ask for all companies to be removed."""
    env["partner.credit.portfolio.line"].search([]).action_remove()
    env.cr.commit()


def kill_while_working(_env, target, seconds):
    """Work in a process, kill it after so many seconds; whether that ended it."""
    registry = _registry(target)
    worker = _fork(registry)
    time.sleep(seconds)
    os.kill(worker, signal.SIGKILL)
    _pid, status = os.waitpid(worker, 0)
    return os.WIFSIGNALED(status)


def work_together(_env, target, workers):
    """Several processes work at once; their exit codes."""
    registry = _registry(target)
    children = [_fork(registry) for _n in range(workers)]
    return [os.waitpid(child, 0)[1] for child in children]


def _registry(database):
    """The database's registry, without any connection that children would share."""
    registry = Registry(database)
    sql_db.close_all()
    return registry


def _fork(registry):
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        with registry.cursor() as cr:
            work(api.Environment(cr, SUPERUSER_ID, {}))
            code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)
