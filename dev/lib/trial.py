"""The database that dev/run shows: what is set in it before people look at it."""

from . import addon, databases, scheduled_action
from .console import step
from .environment import Environment
from .processes import run_logged

_LIVE = {
    "opendatasoft": "https://public.opendatasoft.com/api/explore/v2.1",
    "recherche_entreprises": "https://recherche-entreprises.api.gouv.fr",
}
# Before Odoo starts, so no cache of its own can be out of date.
_ADDRESS = "UPDATE partner_data_source SET base_url = '{address}' WHERE code = '{code}'"


def addresses(sandbox: str | None) -> dict[str, str]:
    """Where each source finds its service.

    :param sandbox: the stand-in's address; without it, the real services
    """
    if not sandbox:
        return _LIVE
    return {
        "opendatasoft": f"{sandbox}/opendatasoft/api/explore/v2.1",
        "recherche_entreprises": f"{sandbox}/recherche-entreprises",
    }


def ensure(environment: Environment, name: str, demo: bool, fresh: bool) -> bool:
    """Have the database, with the addon as it is in this clone now.

    :param demo: with the addon's demo data
    :param fresh: throw away the one that exists
    :return: whether it has been made now
    """
    stamp, now = f"trial-{name}", addon.fingerprint()
    log = environment.cache.log(f"{name}-install")
    complete = addon.has_demo if demo else addon.is_installed
    is_new = fresh or not complete(environment, name)
    if is_new:
        template = databases.ensure_template(environment)
        environment.cache.forget(stamp)
        databases.clone(environment, template, name)
        words = "the addon and its demo data" if demo else "the addon"
        with step(f"Installing {words}"):
            addon.install(environment, name, log, demo)
    elif not environment.cache.is_done(stamp, now):
        with step("Upgrading the addon to what it is now"):
            run_logged(
                databases.server_command(
                    *(environment, name, "-u", "partner_company_data"),
                    "--stop-after-init",
                ),
                log,
                "The addon cannot be upgraded: `dev/run --fresh` begins again with a "
                "new database.",
                details=True,
                env=environment.variables,
            )
    environment.cache.mark_done(stamp, now)
    return is_new


def connect(environment: Environment, name: str, services: dict[str, str]) -> None:
    """Point the sources to these addresses, and speak French to everybody."""
    for code, address in services.items():
        statement = _ADDRESS.format(address=address, code=code)
        databases.query(environment, statement, database=name)
    databases.speak(environment, name, "fr_FR")


def check_partners(environment: Environment, name: str, port: int) -> None:
    """Run the nightly check once, so that something waits to be validated."""
    scheduled_action.run_now(environment, name, port, "cron_update_check_from_ods")
