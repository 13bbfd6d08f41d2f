"""Databases: made once as a template, then cloned in seconds."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import partial

from .cache import digest
from .console import Problem, step
from .environment import Environment
from .processes import run_logged

# What the addon depends on, with the French chart of accounts.
_MODULES = "contacts,account,sale,l10n_fr,l10n_fr_account,phone_validation"
_RECIPE = "1"


def ensure_template(environment: Environment) -> str:
    """The name of a database with all that the addon depends on, made if missing.

    The main company is French, with its chart of accounts, in euros; French is
    installed and is the administrator's language. There is no demo data.
    """
    key = digest(_RECIPE, environment.odoo_version, _MODULES)
    name = f"pcd_template_{key}"
    ensure_kept(environment, name, partial(_create_template, environment))
    return name


def ensure_kept(
    environment: Environment, name: str, create: Callable[[str], None]
) -> None:
    """Have a database to copy from; ``create(name)`` makes it if it is missing."""
    with environment.cache.lock(name):
        # A finished one is marked as a template in the server itself.
        finished = f"SELECT 1 FROM pg_database WHERE {_is(name)} AND datistemplate"
        if not query(environment, finished):
            drop(environment, name)
            create(name)
            query(environment, f'ALTER DATABASE "{name}" IS_TEMPLATE true')


def drop_kept(environment: Environment, name: str) -> None:
    """Delete a database that ``ensure_kept`` has made; others may have, meanwhile."""
    if exists(environment, name):
        query(environment, f'ALTER DATABASE "{name}" IS_TEMPLATE false')
    drop(environment, name)


def _create_template(environment: Environment, name: str) -> None:
    log = environment.cache.log(name)
    with step("Preparing a database with Odoo's modules, in French"):
        for command in (
            environment.odoo("db", "init", name, "--language=fr_FR", "--country=FR"),
            server_command(environment, name, "-i", _MODULES, "--stop-after-init"),
        ):
            run_logged(
                command,
                log,
                "The database could not be prepared.",
                details=True,
                env=environment.variables,
            )


def server_command(environment: Environment, name: str, *arguments: str) -> list[str]:
    """The command that works on a database without answering to anybody."""
    return environment.odoo(
        *("server", "-d", name, "--no-http", "--max-cron-threads=0", *arguments)
    )


# The server waits five seconds for others before it refuses: two minutes in all, more
# than any copy of the template takes.
_CLONE_ATTEMPTS = 24


def clone(environment: Environment, template: str, name: str) -> None:
    """Make ``name`` a copy of ``template``, its files included; replaces it."""
    drop(environment, name)
    # Copying files is faster than writing everything through the server's log.
    command = ("createdb", "--template", template, "--strategy=file_copy", name)
    for _attempt in range(_CLONE_ATTEMPTS):
        try:
            _client(environment, *command)
            break
        except Problem as problem:
            # Another stage reads the template at this moment; the server has waited
            # some seconds for it already.
            if "being accessed by other users" not in str(problem):
                raise
            waited = problem
    else:
        raise waited
    source = environment.filestores / template
    if source.is_dir():
        # Odoo never changes a stored file: links are enough.
        shutil.copytree(source, environment.filestores / name, copy_function=os.link)


# Odoo keeps the language of new partners as a default value of the field.
_SPEAK = """
    UPDATE res_lang SET active = true WHERE code = '{language}';
    UPDATE res_partner SET lang = '{language}'
    WHERE id IN (
        SELECT partner_id FROM res_users UNION SELECT partner_id FROM res_company
    );
    UPDATE ir_default SET json_value = '"{language}"'
    WHERE field_id IN (
        SELECT id FROM ir_model_fields WHERE model = 'res.partner' AND name = 'lang'
    );
"""


def speak(environment: Environment, name: str, language: str) -> None:
    """Make this the language of all companies and users, present and to come.

    Only while no Odoo runs on the database: it would not notice.

    :param language: such as ``fr_FR``; French and English are there already
    """
    query(environment, _SPEAK.format(language=language), database=name)


_LEAVE_ALONE = """
    DO $$
    DECLARE name regclass;
    BEGIN
        FOR name IN
            SELECT oid FROM pg_class
             WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        LOOP
            EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', name);
        END LOOP;
    END $$
"""


def leave_alone(environment: Environment, name: str) -> None:
    """Have the server not count the rows of a database that nobody commits to.

    It would count none, and plan the queries of tests for empty tables.
    """
    query(environment, _LEAVE_ALONE, database=name)


def drop(environment: Environment, name: str) -> None:
    _client(environment, "dropdb", "--if-exists", "--force", name)
    shutil.rmtree(environment.filestores / name, ignore_errors=True)


def exists(environment: Environment, name: str) -> bool:
    return bool(query(environment, f"SELECT 1 FROM pg_database WHERE {_is(name)}"))


def query(environment: Environment, sql: str, database: str = "postgres") -> list[str]:
    """The lines that psql answers to one statement."""
    output = _client(
        environment, "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql
    )
    return output.splitlines()


def _is(name: str) -> str:
    return f"datname = '{name}'"


def _refusal(message: str) -> Problem:
    """What the server, or its absence, means for a person."""
    given = os.environ.get("PGHOST")
    if given and (found := re.search(r"connection to server .*failed: (.+)", message)):
        return Problem(
            f"PostgreSQL cannot be used at PGHOST={given} ({found[1]}): start it, see "
            "that PGPORT, PGUSER and PGPASSWORD fit, or leave PGHOST out to have a "
            "server made here."
        )
    return Problem(f"The database server refused: {message.strip()}")


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
        raise _refusal(done.stderr)
    return done.stdout
