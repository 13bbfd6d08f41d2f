"""Everything a command needs, put together: Odoo, Python, the addon, the database."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import odoo_package, postgres, processes, python_env, system_packages
from .cache import Cache, Clone, digest
from .console import Problem

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Environment:
    """A cache that is ready, a clone that is linked, a database server that runs."""

    cache: Cache
    clone: Clone
    addons: Path
    odoo_command: Sequence[str]
    odoo_version: str
    variables: dict[str, str]

    @property
    def python(self) -> Path:
        return python_env.python(self.cache)

    @property
    def filestores(self) -> Path:
        return self.cache.path("data", "filestore")

    def odoo(self, *arguments: str) -> list[str]:
        """The command line that starts Odoo with these arguments."""
        return [*self.odoo_command, *arguments]


@contextmanager
def prepared(tests: bool = False, browser: bool = False) -> Iterator[Environment]:
    """Set up whatever is missing, and keep the database server for the block.

    :param tests: also the Python packages that only the tests need
    :param browser: also a browser
    :raises Problem: when something is missing and cannot be put in place
    """
    cache, clone = Cache.open(), Clone(ROOT)
    given = _existing_odoo(os.environ.get("ODOO"))
    cache.require_space(0.5)
    with cache.lock("setup"):
        needed = partial(
            *(system_packages.ensure, cache),
            postgresql=not os.environ.get("PGHOST"),
            browser=browser,
        )
        processes.together(
            (needed, partial(_prepare_odoo, cache, given, tests)), workers=2
        )
        addons = clone.link_addon(cache)
    if given:
        odoo_command, version = [given], f"given {given}"
    else:
        odoo_command = [str(python_env.python(cache)), "-m", "odoo"]
        version = odoo_package.version(cache)
    with postgres.running(cache) as server_variables:
        variables = {**os.environ, **server_variables}
        python_path = [clone.python_path(cache)]
        if not given:
            python_path.append(odoo_package.dist_packages(cache))
        variables["PYTHONPATH"] = os.pathsep.join(map(str, python_path))
        variables["ODOO_RC"] = str(_write_configuration(cache, clone, addons))
        # Compiled once, wherever the sources lie, and nothing is left beside them.
        variables["PYTHONPYCACHEPREFIX"] = str(cache.path("bytecode"))
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        # What it has once read about sources and characters takes it seconds.
        variables["HYPOTHESIS_STORAGE_DIRECTORY"] = str(cache.path("hypothesis"))
        variables["VIRTUAL_ENV"] = str(python_env.folder(cache))
        variables["PATH"] = os.pathsep.join(_programs(cache))
        yield Environment(cache, clone, addons, odoo_command, version, variables)


def _programs(cache: Cache) -> list[str]:
    """Folders for PATH: our Python's programs, PostgreSQL's, then the machine's."""
    folders = [str(python_env.folder(cache) / "bin")]
    # Debian's psql is a script that looks for the real one; each start takes longer.
    if postgresql := system_packages.postgresql_programs():
        folders.append(str(postgresql))
    return [*folders, os.environ.get("PATH", os.defpath)]


def _prepare_odoo(cache: Cache, given: str | None, tests: bool) -> None:
    """Odoo, unless one was given, and the Python packages."""
    if not given:
        odoo_package.ensure(cache)
    python_env.ensure(cache, ROOT, packaged_odoo=not given, tests=tests)


def _existing_odoo(given: str | None) -> str | None:
    """The full path of the user's own Odoo, if there is one.

    :raises Problem: when it cannot be executed
    """
    if not given:
        return None
    command = shutil.which(given)
    if not command:
        raise Problem(
            f"ODOO={given} is no command: give the path of an `odoo` or `odoo-bin` "
            "that can be executed."
        )
    return str(Path(command).absolute())


def _write_configuration(cache: Cache, clone: Clone, addons: Path) -> Path:
    """Odoo's configuration file; the database server comes from the environment."""
    file = clone.python_path(cache) / "odoo.conf"
    content = (
        "[options]\n"
        f"addons_path = {addons}\n"
        f"data_dir = {cache.path('data')}\n"
        "http_interface = 127.0.0.1\n"
    )
    if not file.exists() or file.read_text() != content:
        # Another command of this clone may be reading it.
        draft = file.with_suffix(f".{digest(str(os.getpid()))}")
        draft.write_text(content)
        draft.replace(file)
    return file
