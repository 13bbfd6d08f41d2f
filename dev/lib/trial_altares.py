"""Altares in the database that dev/run shows: a second bureau beside Creditsafe."""

from . import databases
from .environment import Environment
from .remote_user import RemoteUser
from .trial_credit import customers, tell, wait

_ACCOUNT = {
    "state": "enabled",
    "altares_transport": "direct_plus",
    "username": "sandbox-key",
    "password": "sandbox-secret",
    "altares_registration": "SANDBOX-FR",
    "report_price": 3.8,
    "monthly_budget": 200,
}
_IS_STAND_IN = "code = 'altares' AND base_url LIKE 'http://127.0.0.1:%/dnb'"
_MOVE = f"UPDATE partner_data_source SET base_url = '{{address}}' WHERE {_IS_STAND_IN}"
_DISABLE = f"UPDATE partner_data_source SET state = 'disabled' WHERE {_IS_STAND_IN}"
_HAS_ACCOUNT = "SELECT 1 FROM partner_data_source WHERE code = 'altares'"
# Customers whose report has been bought at both bureaus.
_BOUGHT = (
    *("brossette", "soreval", "guichard", "novalys", "filatures", "sgte"),
    *("condition", "part_dieu", "rhonalpes", "conserveries", "nord_logistique"),
    *("chantiers", "occitanie", "huilerie"),
)
# What Altares thinks of some; of the first three otherwise than Creditsafe.
_OPINIONS = (
    {"company": "482133675", "percentile": 17, "limit": 2500, "days": 38},
    {"company": "314772088", "percentile": 31, "limit": 12000, "days": 33},
    {"company": "538174061", "percentile": 84, "limit": 30000, "days": 2},
    {"company": "799524087", "percentile": 55, "limit": 45000, "days": 18},
    {"company": "506134790", "percentile": 88, "limit": 150000, "days": -3},
    {"company": "412650889", "percentile": 91, "limit": 1800000, "days": 1},
)
_WATCHED = ("nord_logistique", "chantiers", "conserveries")
_EVENTS = (
    {"company": "799524087", "percentile": 9, "limit": 6000, "days": 52},
    {"company": "799524087", "liens": 2, "lien_amount": 18400},
    {"company": "314772088", "days": 41},
)
_PORTFOLIOS = [("source_id.code", "=", "altares")]


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


def confirm_classes(name: str, port: int) -> None:
    """What the bureau's values mean, as the credit manager has confirmed it."""
    manager, model = RemoteUser(name, port, "claire"), "partner.credit.class.threshold"
    waiting = manager(model, "search", [("is_confirmed", "=", False)])
    manager(model, "write", waiting, {"is_confirmed": True})


def buy_reports(environment: Environment, name: str, port: int, sandbox: str) -> None:
    """Buy reports on customers that Creditsafe is asked about as well."""
    for opinion in _OPINIONS:
        tell(sandbox, "dnb/change", opinion)
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


def watch_customers(environment: Environment, name: str, port: int) -> None:
    """Keep these customers in the registration."""
    ids = customers(environment, name)
    manager = RemoteUser(name, port, "claire")
    dialog = manager(
        "res.partner",
        "action_add_to_credit_portfolio",
        [ids[customer] for customer in _WATCHED],
        credit_source="altares",
    )["res_id"]
    manager("partner.credit.portfolio.add", "action_confirm", [dialog])
    lines = [("portfolio_id.source_id.code", "=", "altares"), ("state", "=", "to_add")]
    admin = RemoteUser(name, port, "admin")
    wait(lambda: not admin("partner.credit.portfolio.line", "search_count", lines))


def tell_events(name: str, port: int, sandbox: str) -> None:
    """A few things have happened to the customers in the registration."""
    tell(sandbox, "dnb/events", {"events": _EVENTS})
    admin, model = RemoteUser(name, port, "admin"), "partner.credit.portfolio"
    admin(model, "action_check_events", admin(model, "search", _PORTFOLIOS))
