"""What the processes of the tests of events do inside Odoo."""

import os
import signal
import time
import traceback
from dataclasses import replace

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry


def prepare(env, url):
    """An account at the sandbox and a portfolio that is told everything; its number."""
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
            # All is to be told, however much happens on one day.
            "model_change_companies": 10**6,
        }
    )
    env.cr.commit()
    with source._open_connector() as connector:
        number = connector.create_portfolio("Clients").id
        for country in ("XX", "FR"):
            rules = connector.event_rules(country, portfolio_id=number)
            rules = [replace(rule, is_active=True) for rule in rules]
            connector.set_event_rules(number, country, rules)
    env["partner.credit.portfolio"].create(
        {
            "name": "Clients",
            "source_id": source.id,
            "user_id": env.ref("base.user_admin").id,
            "create_action": True,
            "bureau_id": str(number),
        }
    )
    env.cr.commit()
    return number


def make_customers(env):
    """The companies of the portfolio are partners with a quotation each."""
    files = env["partner.credit.file"].search([("siren", "!=", False)])
    partners = env["res.partner"].create(
        [
            {
                "name": file.name,
                "is_company": True,
                "company_registry": file.siren,
                "country_id": env.ref("base.fr").id,
            }
            for file in files
        ]
    )
    env["sale.order"].create([{"partner_id": partner.id} for partner in partners])
    env.flush_all()
    pairs = list(zip(partners.ids, files.ids, strict=True))
    files.source_id._link_files(pairs)
    env.cr.commit()
    return len(partners)


def read(env):
    """Read what is new; how many events were new."""
    return env["partner.credit.portfolio"].search([])._fetch_events()


def kill_while_reading(_env, target, seconds):
    """Read in a process, kill it after so many seconds; whether that ended it."""
    registry = _registry(target)
    worker = _fork(registry)
    time.sleep(seconds)
    os.kill(worker, signal.SIGKILL)
    _pid, status = os.waitpid(worker, 0)
    return os.WIFSIGNALED(status)


def read_together(_env, target, workers):
    """Several processes read at once; their exit codes."""
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
            read(api.Environment(cr, SUPERUSER_ID, {}))
            code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)
