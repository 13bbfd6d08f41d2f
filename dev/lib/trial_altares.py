"""Altares in the database that dev/run shows: a second bureau beside Creditsafe."""

from . import databases
from .environment import Environment
from .remote_user import RemoteUser
from .trial_credit import customers, wait

_ACCOUNT = {
    "state": "enabled",
    "altares_transport": "direct_plus",
    "username": "sandbox-key",
    "password": "sandbox-secret",
    "altares_registration": "SANDBOX-FR",
    "monthly_budget": 200,
}
_IS_STAND_IN = "code = 'altares' AND base_url LIKE 'http://127.0.0.1:%/dnb'"
_MOVE = f"UPDATE partner_data_source SET base_url = '{{address}}' WHERE {_IS_STAND_IN}"
_DISABLE = f"UPDATE partner_data_source SET state = 'disabled' WHERE {_IS_STAND_IN}"
_HAS_ACCOUNT = "SELECT 1 FROM partner_data_source WHERE code = 'altares'"
# Customers whose report has been bought at both bureaus.
_BOUGHT = (
    *("brossette", "soreval", "guichard", "novalys", "filatures", "sgte"),
    *("condition", "part_dieu", "rhonalpes"),
)


def connect(environment: Environment, name: str, sandbox: str | None) -> None:
    """Point an account at the stand-in to where it is now; before Odoo starts.

    :param sandbox: its address; without one the account is disabled
    """
    statement = _MOVE.format(address=f"{sandbox}/dnb") if sandbox else _DISABLE
    databases.query(environment, statement, database=name)


def has_account(environment: Environment, name: str) -> bool:
    return bool(databases.query(environment, _HAS_ACCOUNT, database=name))


def set_up(name: str, port: int, sandbox: str) -> None:
    """Make the account at the stand-in, and enable it."""
    admin = RemoteUser(name, port, "admin")
    source = admin("partner.data.source", "action_open_account", "altares")["res_id"]
    values = _ACCOUNT | {"base_url": f"{sandbox}/dnb"}
    admin("partner.data.source", "write", [source], values)


def buy_reports(environment: Environment, name: str, port: int) -> None:
    """Buy reports on customers that Creditsafe is asked about as well."""
    ids = customers(environment, name)
    manager = RemoteUser(name, port, "claire")
    asked = manager(
        "res.partner",
        "action_credit_update",
        [ids[customer] for customer in _BOUGHT],
        credit_source="altares",
    )
    manager("partner.credit.order", "action_confirm", [asked["res_id"]])
    running = [("id", "=", asked["res_id"]), ("state", "=", "running")]
    wait(lambda: not manager("partner.credit.order", "search_count", running))
