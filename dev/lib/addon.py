"""The addon in a database: installed, and kept as long as its files are the same."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from . import databases, odoo_process
from .cache import digest
from .console import Problem, step
from .environment import ROOT, Environment
from .processes import run_logged

# Folders whose content Odoo reads when an addon is installed or upgraded.
_READ_BY_ODOO = (
    *("data", "demo", "i18n", "models", "security"),
    *("static", "views", "wizards"),
)
_KEPT = "pcd_addon_"
_MOST_KEPT = 9
_ADDON = "SELECT 1 FROM ir_module_module WHERE name = 'partner_company_data'"


def fingerprint() -> str:
    """Changes whenever a file changes that an upgrade of the addon would read."""
    files: list[Path] = [*ROOT.glob("*.py")]
    for folder in _READ_BY_ODOO:
        files += (ROOT / folder).rglob("*")
    return digest(
        *(
            f"{file.relative_to(ROOT)} {digest(file.read_bytes().hex())}"
            for file in sorted(files)
            if file.is_file() and "__pycache__" not in file.parts
        )
    )


def install(environment: Environment, name: str, log: Path, demo: bool = False) -> None:
    """Install the addon in a clone of the template.

    :param demo: with its demo data; Odoo's own stays away
    :raises Problem: when it cannot be installed, its demo data included
    """
    arguments = ["-i", "partner_company_data", "--stop-after-init"]
    if demo:
        # Odoo loads an addon's demo data where its dependencies have theirs.
        everywhere = "UPDATE ir_module_module SET demo = true"
        databases.query(environment, everywhere, database=name)
        arguments.append("--with-demo")
    run_logged(
        databases.server_command(environment, name, *arguments),
        log,
        "The addon cannot be installed.",
        details=True,
        env=environment.variables,
    )
    if demo and not has_demo(environment, name):
        raise Problem(f"The demo data could not be loaded: read {log}.")


def is_installed(environment: Environment, name: str) -> bool:
    """Whether the addon is installed there: a first start may have been cut short."""
    return _is_there(environment, name, "state = 'installed'")


def has_demo(environment: Environment, name: str) -> bool:
    """Whether the addon is installed there with its demo data."""
    return _is_there(environment, name, "state = 'installed' AND demo")


def _is_there(environment: Environment, name: str, condition: str) -> bool:
    return databases.exists(environment, name) and bool(
        databases.query(environment, f"{_ADDON} AND {condition}", database=name)
    )


def clone_installed(
    environment: Environment,
    name: str,
    log: Path,
    bundles: bool = False,
    other: str | None = None,
    version: str = "",
) -> None:
    """Make ``name`` a database with the addon, in which users speak English.

    It is a copy of one that is kept for as long as nothing changes that Odoo reads of
    the addon.

    :param bundles: with the scripts and styles that Odoo makes before browser tests
    :param other: another addon that is installed as well, of this ``version``
    :raises Problem: when the addon cannot be installed
    """
    template = databases.ensure_template(environment)
    install_kept = partial(_install_kept, environment, template, log)
    kept = _ensure_kept(environment, install_kept, template, fingerprint())
    if bundles:
        prepare_bundles = partial(_prepare_bundles, environment, kept)
        times = _times_of_static_files()
        kept = _ensure_kept(environment, prepare_bundles, kept, *times)
    if other:
        install_other = partial(_install_other, environment, kept, log, other)
        kept = _ensure_kept(environment, install_other, kept, other, version)
    databases.clone(environment, kept, name)
    _drop_long_unused(environment)


def _ensure_kept(
    environment: Environment, create: Callable[[str], None], *key: str
) -> str:
    """The name of the database that is kept for this key, made if missing."""
    name = f"{_KEPT}{digest(*key)}"
    databases.ensure_kept(environment, name, create)
    environment.cache.mark_done(name, "")
    return name


def _install_kept(
    environment: Environment, template: str, log: Path, name: str
) -> None:
    databases.clone(environment, template, name)
    # The words that tests look for are those of the sources.
    databases.speak(environment, name, "en_US")
    with step("Installing the addon"):
        install(environment, name, log)


def _prepare_bundles(environment: Environment, installed: str, name: str) -> None:
    databases.clone(environment, installed, name)
    with step("Preparing the scripts and styles of the screens"):
        odoo_process.call(environment, "dev.lib.addon_in_odoo.prepare_bundles", name)


def _install_other(
    environment: Environment, installed: str, log: Path, other: str, name: str
) -> None:
    databases.clone(environment, installed, name)
    run_logged(
        databases.server_command(environment, name, "-i", other, "--stop-after-init"),
        log,
        f"{other} cannot be installed beside the addon.",
        details=True,
        env=environment.variables,
    )


def _times_of_static_files() -> list[str]:
    """When they were written: Odoo makes a bundle anew when that is another time."""
    files = sorted((ROOT / "static").rglob("*"))
    return [f"{file.relative_to(ROOT)} {file.stat().st_mtime}" for file in files]


def _drop_long_unused(environment: Environment) -> None:
    stamps = sorted(
        environment.cache.path("stamps").glob(f"{_KEPT}*"),
        key=lambda stamp: stamp.stat().st_mtime,
    )
    for stamp in stamps[:-_MOST_KEPT]:
        databases.drop_kept(environment, stamp.name)
        stamp.unlink(missing_ok=True)
