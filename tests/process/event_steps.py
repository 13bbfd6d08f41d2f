"""What the processes of the tests of events do inside Odoo."""

from dataclasses import replace

from bureau import create_companies, open_account
from children import exit_codes, fork, kill_after, registry_of


def prepare(env, url):
    """An account at the sandbox and a portfolio that is told everything; its number."""
    # All is to be told, however much happens on one day.
    source = open_account(env, url, model_change_companies=10**6)
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
    partners = create_companies(env, [(file.siren, file.name) for file in files])
    env["sale.order"].create([{"partner_id": partner.id} for partner in partners])
    env.flush_all()
    pairs = list(zip(partners.ids, files.ids, strict=True))
    files.source_id._link_files(pairs)
    env.cr.commit()
    return len(partners)


def read(env):
    """Read what is new; how many events were new."""
    return env["partner.credit.portfolio"].search([])._fetch_events()


def kill_while_reading(env, seconds):
    """Read in a process, kill it after so many seconds; whether that ended it."""
    return kill_after(seconds, fork(registry_of(env), read))


def read_together(env, workers):
    """Several processes read at once; their exit codes."""
    registry = registry_of(env)
    return exit_codes([fork(registry, read) for _n in range(workers)])
