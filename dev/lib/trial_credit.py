"""Creditsafe in the database that dev/run shows: an account, and reports of months."""

import time

from . import databases
from .console import Problem
from .environment import Environment
from .remote_user import RemoteUser, post

_ACCOUNT = {
    "state": "enabled",
    "username": "sandbox@example.com",
    "password": "sandbox-password",
    "report_price": 4.9,
    "monthly_budget": 200,
}
# Of a stand-in that ran before; an account that people put in is left alone.
_IS_STAND_IN = "code = 'creditsafe' AND base_url LIKE 'http://127.0.0.1:%/creditsafe/%'"
_MOVE = f"UPDATE partner_data_source SET base_url = '{{address}}' WHERE {_IS_STAND_IN}"
_DISABLE = f"UPDATE partner_data_source SET state = 'disabled' WHERE {_IS_STAND_IN}"
_HAS_ACCOUNT = "SELECT 1 FROM partner_data_source WHERE code = 'creditsafe'"

# Customers of the demo data whose report has been bought: how many days ago.
_BOUGHT = {
    **{"brossette": 1, "secercfu": 12, "soreval": 96, "rhonalpes": 171},
    **{"orphea_france": 8, "part_dieu": 133, "conserveries": 21, "novalys": 2},
    **{"sgte": 44, "gratte_ciel": 6, "guichard": 3, "orphea_logistique": 17},
    **{"vandenbroucke": 30, "pharmacie": 0, "miribel": 9, "pixelis": 110},
    **{"filatures": 5, "condition": 1, "brasserie_lille": 27, "cafe_mairie": 14},
    **{"tissandier": 62},
}
# What becomes of the one whose report is bought a second time.
_FALLEN = {"company": "538174061", "score": 24, "limit": 3500, "privileges": 2}
_FALLEN_CUSTOMER = "rhonalpes"
# Those in the portfolio: their rating is of today, whenever their report was bought.
_WATCHED = (
    *("guichard", "soreval", "filatures", "sgte", "secercfu"),
    *("vandenbroucke", "orphea_france", "brossette"),
)
_PORTFOLIO = {"name": "Clients suivis", "create_action": True}
# What the stand-in tells of customers in the portfolio.
_EVENTS = (
    {"company": "449820315", "score": 12, "limit": 4000, "privileges": 2},
    {"company": "412650889", "limit": 2150000},
    {"company": "457183309", "judgment": "RJ", "score": 0, "limit": 0},
    {"company": "389145079", "score": 74, "days_ago": 2},
    {"company": "318420767", "financials": True, "days_ago": 5},
    {"company": "562097139", "score": 36, "limit": 90000, "days_ago": 1},
)
_PARTNERS = """
    SELECT name, res_id FROM ir_model_data
    WHERE module = 'partner_company_data' AND model = 'res.partner'
"""
# What was bought today becomes as old as that; later history is not known yet then.
_AGE = """
    CREATE TEMP TABLE bought AS
    SELECT file.id AS file_id, partner.days
      FROM (VALUES {values}) AS partner (id, days)
      JOIN res_partner ON res_partner.id = partner.id
      JOIN partner_credit_file file ON file.siren = res_partner.l10n_fr_siren;
    DELETE FROM partner_credit_score USING bought
     WHERE partner_credit_score.file_id = bought.file_id AND origin = 'history'
       AND date >= current_date - days;
    UPDATE partner_credit_score SET date = current_date - days
      FROM bought
     WHERE partner_credit_score.file_id = bought.file_id AND origin = 'report';
    UPDATE partner_data_call
       SET started_on = started_on - make_interval(days => days),
           ended_on = ended_on - make_interval(days => days)
      FROM bought JOIN partner_credit_report report USING (file_id)
     WHERE partner_data_call.id = report.call_id;
    UPDATE partner_credit_report
       SET ordered_on = ordered_on - make_interval(days => days)
      FROM bought
     WHERE partner_credit_report.file_id = bought.file_id;
    UPDATE partner_credit_file
       SET updated_on = updated_on - make_interval(days => days)
      FROM bought
     WHERE partner_credit_file.id = bought.file_id;
"""


def connect(environment: Environment, name: str, sandbox: str | None) -> None:
    """Point an account at the stand-in to where it is now; before Odoo starts.

    :param sandbox: its address; without one the account is disabled
    """
    statement = _MOVE.format(address=_address(sandbox)) if sandbox else _DISABLE
    databases.query(environment, statement, database=name)


def customers(environment: Environment, name: str) -> dict[str, int]:
    """Ids of the demo data's partners, by their name there."""
    rows = databases.query(environment, _PARTNERS, database=name)
    pairs = (row.removeprefix("partner_").split("|") for row in rows)
    return {customer: int(partner_id) for customer, partner_id in pairs}


def has_account(environment: Environment, name: str) -> bool:
    return bool(databases.query(environment, _HAS_ACCOUNT, database=name))


def set_up(name: str, port: int, sandbox: str) -> None:
    """Make the account at the stand-in, and enable it."""
    admin = RemoteUser(name, port, "admin")
    source = admin("partner.data.source", "action_open_creditsafe")["res_id"]
    values = _ACCOUNT | {"base_url": _address(sandbox)}
    admin("partner.data.source", "write", [source], values)


def buy_reports(environment: Environment, name: str, port: int, sandbox: str) -> None:
    """Buy reports as the demo data's credit manager has done over the months."""
    ids = customers(environment, name)
    bought = {ids[customer]: days for customer, days in _BOUGHT.items()}
    manager = RemoteUser(name, port, "claire")
    asked = manager("res.partner", "action_credit_update", list(bought))
    manager("partner.credit.order", "action_confirm", [asked["res_id"]])
    running = [("id", "=", asked["res_id"]), ("state", "=", "running")]
    wait(lambda: not manager("partner.credit.order", "search_count", running))
    values = ", ".join(map(str, bought.items()))
    query_beside_odoo(environment, name, _AGE.format(values=values))
    tell(sandbox, "creditsafe/change", _FALLEN)
    fallen = [ids[_FALLEN_CUSTOMER]]
    manager("res.partner", "action_credit_update", fallen)


def query_beside_odoo(environment: Environment, name: str, statement: str) -> None:
    """Scheduled actions may work on the same rows: a later try finds them free."""
    for _second in range(10):
        try:
            databases.query(environment, statement, database=name)
        except Problem:
            time.sleep(1)
        else:
            return
    databases.query(environment, statement, database=name)


def watch_customers(environment: Environment, name: str, port: int) -> None:
    """Keep these customers in a portfolio."""
    ids = customers(environment, name)
    watched = [ids[customer] for customer in _WATCHED]
    manager = RemoteUser(name, port, "claire")
    model = "partner.credit.portfolio"
    portfolio = manager(model, "create", _PORTFOLIO)
    manager(model, "action_list_rules", [portfolio])
    manager(model, "action_create_remote", [portfolio])
    dialog = manager("res.partner", "action_add_to_credit_portfolio", watched)["res_id"]
    manager("partner.credit.portfolio.add", "action_confirm", [dialog])
    lines = [("portfolio_id", "=", portfolio), ("state", "=", "to_add")]
    wait(lambda: not manager(f"{model}.line", "search_count", lines))


def tell_events(name: str, port: int, sandbox: str) -> None:
    """A few things have happened to the customers in the portfolio."""
    tell(sandbox, "creditsafe/events", {"events": _EVENTS})
    manager = RemoteUser(name, port, "claire")
    model = "partner.credit.portfolio"
    portfolios = manager(model, "search", [("name", "=", _PORTFOLIO["name"])])
    manager(model, "action_check_events", portfolios)


def wait(is_done) -> None:
    """Until a scheduled action has done its work."""
    for _second in range(120):
        if is_done():
            return
        time.sleep(1)
    raise Problem("The sandbox's accounts were not set up within two minutes.")


def _address(sandbox: str) -> str:
    return f"{sandbox}/creditsafe/v1"


def tell(sandbox: str, what: str, values: dict) -> None:
    """Have something happen at a stand-in."""
    post(f"{sandbox}/control/{what}", values)
