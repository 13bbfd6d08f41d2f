"""Creditsafe in the database that dev/run shows: an account, and reports of months."""

import json
import time
import urllib.request
import xmlrpc.client

from . import databases
from .console import Problem
from .environment import Environment

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


def has_account(environment: Environment, name: str) -> bool:
    return bool(databases.query(environment, _HAS_ACCOUNT, database=name))


def set_up(name: str, port: int, sandbox: str) -> None:
    """Make the account at the stand-in, and enable it."""
    admin = _User(name, port, "admin")
    source = admin("partner.data.source", "action_open_creditsafe")["res_id"]
    values = _ACCOUNT | {"base_url": _address(sandbox)}
    admin("partner.data.source", "write", [source], values)


def buy_reports(environment: Environment, name: str, port: int, sandbox: str) -> None:
    """Buy reports as the demo data's credit manager has done over the months."""
    rows = databases.query(environment, _PARTNERS, database=name)
    ids = dict(row.removeprefix("partner_").split("|") for row in rows)
    bought = {int(ids[customer]): days for customer, days in _BOUGHT.items()}
    manager = _User(name, port, "claire")
    asked = manager("res.partner", "action_credit_update", list(bought))
    manager("partner.credit.order", "action_confirm", [asked["res_id"]])
    _wait(manager, asked["res_id"])
    values = ", ".join(map(str, bought.items()))
    databases.query(environment, _AGE.format(values=values), database=name)
    _change(sandbox, _FALLEN)
    fallen = [int(ids[_FALLEN_CUSTOMER])]
    manager("res.partner", "action_credit_update", fallen)


def _wait(user, order: int) -> None:
    """Until the reports are bought, which the scheduled action does."""
    for _second in range(120):
        [found] = user("partner.credit.order", "read", [order], ["state"])
        if found["state"] != "running":
            return
        time.sleep(1)
    raise Problem("The reports of the demo data were not bought within two minutes.")


def _address(sandbox: str) -> str:
    return f"{sandbox}/creditsafe/v1"


def _change(sandbox: str, values: dict) -> None:
    request = urllib.request.Request(
        f"{sandbox}/control/creditsafe/change", json.dumps(values).encode()
    )
    with urllib.request.urlopen(request, timeout=30):
        pass


class _User:
    """One whose password is the login, calling methods as a browser would."""

    def __init__(self, database: str, port: int, login: str):
        server = f"http://127.0.0.1:{port}/xmlrpc/2"
        common = xmlrpc.client.ServerProxy(f"{server}/common")
        uid = common.authenticate(database, login, login, {})
        self._access = database, uid, login
        self._models = xmlrpc.client.ServerProxy(f"{server}/object", allow_none=True)

    def __call__(self, model: str, method: str, *arguments):
        return self._models.execute_kw(*self._access, model, method, arguments)
