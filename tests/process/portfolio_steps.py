"""What the processes of the tests of portfolios do inside Odoo."""

import requests
from bureau import create_companies, open_account
from children import exit_codes, fork, kill_when, registry_of


def prepare(env, url, establishments):
    """An account, a portfolio created at the sandbox, and partners that wait for it.

    :param establishments: of the register, with number and name
    :return: the portfolio's number at the sandbox
    """
    source = open_account(env, url)
    portfolio = env["partner.credit.portfolio"].create(
        {"name": "Clients", "source_id": source.id}
    )
    partners = create_companies(env, establishments)
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


def kill_while_working(env, url, number, companies):
    """Work in a process, kill it when the portfolio has that many companies.

    :return: whether that ended it
    """

    def has_them():
        state = requests.get(f"{url}/control/creditsafe", timeout=60).json()
        [found] = [one for one in state["portfolios"] if one["id"] == number]
        return found["companies"] >= companies

    return kill_when(has_them, fork(registry_of(env), work))


def work_together(env, workers):
    """Several processes work at once; their exit codes."""
    registry = registry_of(env)
    return exit_codes([fork(registry, work) for _n in range(workers)])
