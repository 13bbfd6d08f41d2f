"""dev/run: set everything up and start the product, to be looked at in a browser."""

import argparse
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import xmlrpc.client
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..lib import (
    databases,
    ports,
    sandbox,
    trial,
    trial_altares,
    trial_credit,
    trial_risk,
)
from ..lib.console import Problem, say, step
from ..lib.environment import Environment, prepared
from ..lib.processes import ending, last_lines, start, wait_until

_EPILOG = """\
environment variables:
  PYTHON                      the Python to use (default: the distribution's own, or
                              else python3; 3.10 or newer)
  ODOO                        the command of an Odoo 19 that is installed already
  PGHOST                      the host of a PostgreSQL that runs already (PGUSER,
                              PGPASSWORD and PGPORT count too)
  PARTNER_COMPANY_DATA_CACHE  where to keep downloads and databases (default:
                              XDG_CACHE_HOME, ~/.cache, or /var/cache for root);
                              the folder partner_company_data in it may be deleted

Ctrl-C ends everything that the command has started.
"""


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    _require_free(options.port)
    if options.live:
        _require_answer(trial.addresses(None)["opendatasoft"])
    with ExitStack() as stack:
        environment = stack.enter_context(prepared())
        cache = environment.cache
        name = environment.clone.database("trial" if options.demo else "empty")
        in_use = "This clone's database is in use by another `dev/run`: stop it first."
        stack.enter_context(cache.lock(f"run-{name}", in_use))
        is_new = trial.ensure(environment, name, options.demo, options.fresh)
        services = None
        if not options.live:
            say("Starting the sandbox of outside services")
            log = cache.log(f"{name}-sandbox")
            services = stack.enter_context(sandbox.running(environment, log))
        say("Connecting the sources")
        addresses = trial.addresses(services.address if services else None)
        trial.connect(environment, name, addresses)
        trial_credit.connect(environment, name, services and services.address)
        trial_altares.connect(environment, name, services and services.address)
        with step("Starting Odoo"):
            log = cache.log(f"{name}-odoo")
            odoo = stack.enter_context(
                _odoo_running(environment, name, options.port, log)
            )
        if is_new and options.demo and services:
            with step("Checking the partners against the sandbox"):
                trial.check_partners(environment, name, options.port)
        if services:
            access = name, options.port, services.address
            _set_up_bureaus(environment, *access, with_history=is_new and options.demo)
        _introduce(environment, name, options.port, services, log)
        _watch(odoo, log, services)
    return 0


def _set_up_bureaus(
    environment: Environment, name: str, port: int, address: str, with_history: bool
) -> None:
    """Accounts at the sandbox; in the demo data, months of work with them."""
    if not trial_credit.has_account(environment, name):
        with step("Setting up Creditsafe at the sandbox"):
            trial_credit.set_up(name, port, address)
            if with_history:
                trial_credit.buy_reports(environment, name, port, address)
                trial_credit.watch_customers(environment, name, port)
    if not trial_altares.has_account(environment, name):
        with step("Setting up Altares at the sandbox"):
            trial_altares.set_up(name, port, address)
            if with_history:
                trial_altares.confirm_classes(name, port)
                trial_altares.buy_reports(environment, name, port, address)
                trial_altares.watch_customers(environment, name, port)
    if with_history:
        with step("Granting limits, and letting alerts fire"):
            trial_risk.work(environment, name, port)
            trial_credit.tell_events(name, port, address)
            trial_altares.tell_events(name, port, address)
            trial_risk.look(environment, name, port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev/run",
        description=__doc__.partition(": ")[2].capitalize(),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--fresh", action="store_true", help="begin again with a new database")
    add("--port", type=_port, default=8069, help="where Odoo answers (default: 8069)")
    add(
        "--live",
        action="store_true",
        help="ask the real services instead of the sandbox (no key needed)",
    )
    add(
        "--no-demo",
        dest="demo",
        action="store_false",
        help="a database of its own, without demo data",
    )
    return parser


def _port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"a port is from 1 to 65535, not {text}")
    return int(text)


def _require_free(port: int) -> None:
    try:
        taken = ports.is_taken(port)
    except PermissionError as error:
        raise Problem(
            f"Port {port} is kept for root: choose one above 1023, as in "
            "`dev/run --port 8069`."
        ) from error
    if taken:
        raise Problem(
            f"Port {port} is taken: stop what uses it, or choose another one, as in "
            f"`dev/run --port {port + 10}`."
        )


def _require_answer(address: str) -> None:
    """Say at once what every check would say later.

    :raises Problem: when a service cannot be reached; any answer of it will do
    """
    try:
        urllib.request.urlopen(address, timeout=30).close()
    except urllib.error.HTTPError:
        return
    except OSError as error:
        host = urllib.parse.urlsplit(address).hostname
        raise Problem(
            f"{host} cannot be reached ({getattr(error, 'reason', error)}): check the "
            "network, or leave --live out to use the sandbox."
        ) from error


@contextmanager
def _odoo_running(
    environment: Environment, name: str, port: int, log: Path
) -> Iterator[subprocess.Popen]:
    """Odoo with its scheduled actions, answering on the port."""
    command = environment.odoo(
        *("server", "-d", name, "--db-filter", f"^{name}$"),
        *("--http-port", str(port), "--max-cron-threads=1"),
    )
    with (
        log.open("wb") as output,
        ending(start(command, output, env=environment.variables)) as odoo,
    ):
        wait_until(lambda: odoo.poll() is not None or _answers(port), seconds=120)
        if not _answers(port):
            raise Problem(f"{last_lines(log)}\nOdoo does not start: read {log}.")
        yield odoo


def _answers(port: int) -> bool:
    """Whether the log-in page comes; the first time, Odoo makes its style sheets."""
    try:
        page = f"http://127.0.0.1:{port}/web/login"
        with urllib.request.urlopen(page, timeout=60) as answer:
            return answer.status == 200
    except OSError:
        return False


def _introduce(
    environment: Environment,
    name: str,
    port: int,
    services: sandbox.Sandbox | None,
    log: Path,
) -> None:
    logins = ", ".join(
        f"{login} / {login}" for login in _logins(environment, name, port)
    )
    asked = f"a sandbox, {services.address}" if services else "the real ones"
    print(
        f"""
    Open      http://localhost:{port}
    Log in    {logins}   (user / password)
    Services  {asked}
    Database  {name}
    Odoo log  {log}

Ctrl-C ends it.
""",
        flush=True,
    )


def _logins(environment: Environment, name: str, port: int) -> list[str]:
    """The users whose password is their name: the administrator, the demo users."""
    users = "SELECT login FROM res_users WHERE active AND NOT share ORDER BY id LIMIT 9"
    server = xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}/xmlrpc/2/common")
    return [
        login
        for login in databases.query(environment, users, database=name)
        if server.authenticate(name, login, login, {})
    ]


def _watch(odoo: subprocess.Popen, log: Path, services: sandbox.Sandbox | None) -> None:
    """Stay until Ctrl-C.

    :raises Problem: when something that is needed has ended by itself
    """
    while True:
        time.sleep(1)
        if odoo.poll() is not None:
            raise Problem(
                f"{last_lines(log)}\nOdoo has ended by itself: read {log}, then start "
                "again."
            )
        if services and services.process.poll() is not None:
            raise Problem(
                f"{last_lines(services.log)}\nThe sandbox of outside services has "
                f"ended by itself: read {services.log}, then start again."
            )
