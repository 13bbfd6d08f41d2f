"""Databases: made once as a template, then cloned in seconds."""

import os
import shutil
import subprocess

from .cache import digest
from .console import Problem, step
from .environment import Environment
from .processes import run_logged

# What the addon depends on, with the French chart of accounts.
_MODULES = "contacts,account,sale,l10n_fr,l10n_fr_account,phone_validation"
_RECIPE = "1"


def ensure_template(environment: Environment, demo: bool = False) -> str:
    """The name of a database with all that the addon depends on, made if missing.

    The main company is French, with its chart of accounts, in euros; French is
    installed and is the administrator's language.

    :param demo: with Odoo's own demo data
    """
    key = digest(_RECIPE, environment.odoo_version, _MODULES)
    name = f"pcd_template_{'demo_' if demo else ''}{key}"
    cache = environment.cache
    with cache.lock(name):
        # A finished template is one that the server itself knows as such.
        if query(
            environment, f"SELECT datistemplate FROM pg_database WHERE {_is(name)}"
        ) == ["t"]:
            return name
        drop(environment, name)
        with step("Preparing a database with Odoo's modules, in French"):
            _create_template(environment, name, demo)
        query(environment, f'ALTER DATABASE "{name}" IS_TEMPLATE true')
    return name


def _create_template(environment: Environment, name: str, demo: bool) -> None:
    log = environment.cache.log(name)
    with_demo = ["--with-demo"] if demo else []
    for command in (
        environment.odoo(
            *("db", "init", name, "--language=fr_FR", "--country=FR", *with_demo)
        ),
        environment.odoo(
            *("server", "-d", name, "-i", _MODULES, *with_demo),
            *("--stop-after-init", "--no-http", "--max-cron-threads=0"),
        ),
    ):
        run_logged(
            command,
            log,
            "The database could not be prepared.",
            env=environment.variables,
        )


def clone(environment: Environment, template: str, name: str) -> None:
    """Make ``name`` a copy of ``template``, its files included; replaces it."""
    drop(environment, name)
    # Copying files is faster than writing everything through the server's log.
    _client(
        environment, "createdb", "--template", template, "--strategy=file_copy", name
    )
    source = environment.filestores / template
    if source.is_dir():
        # Odoo never changes a stored file: links are enough.
        shutil.copytree(source, environment.filestores / name, copy_function=os.link)


def drop(environment: Environment, name: str) -> None:
    _client(environment, "dropdb", "--if-exists", "--force", name)
    shutil.rmtree(environment.filestores / name, ignore_errors=True)


def exists(environment: Environment, name: str) -> bool:
    return bool(query(environment, f"SELECT 1 FROM pg_database WHERE {_is(name)}"))


def is_initialised(environment: Environment, name: str) -> bool:
    """Whether the addon is installed there: a first start may have been cut short."""
    if not exists(environment, name):
        return False
    state = "SELECT state FROM ir_module_module WHERE name = 'partner_company_data'"
    try:
        return query(environment, state, database=name) == ["installed"]
    except Problem:
        return False


def query(environment: Environment, sql: str, database: str = "postgres") -> list[str]:
    """The lines that psql answers to one statement."""
    output = _client(
        environment, "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql
    )
    return output.splitlines()


def _is(name: str) -> str:
    return f"datname = '{name}'"


def _client(environment: Environment, *command: str) -> str:
    try:
        done = subprocess.run(
            command,
            env=environment.variables,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise Problem(
            f"PostgreSQL's program {command[0]} is missing: install its client."
        ) from error
    if done.returncode:
        raise Problem(f"The database server refused: {done.stderr.strip()}")
    return done.stdout
