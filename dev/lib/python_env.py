"""The virtual environment: Odoo's Python packages, the addon's, and the tests'."""

import shutil
import sys
from email.parser import Parser
from pathlib import Path

from .cache import Cache, digest
from .console import step
from .odoo_package import dist_packages
from .processes import run_logged

# Published without compiled files under its own name.
_COMPILED = {"psycopg2": "psycopg2-binary"}


def folder(cache: Cache) -> Path:
    """One for each Python: a command run by another takes nobody's packages away."""
    return cache.path("environments", _this_python())


def python(cache: Cache) -> Path:
    return folder(cache) / "bin" / "python"


def ensure(cache: Cache, clone_root: Path, packaged_odoo: bool, tests: bool) -> None:
    """Bring the environment up to date with the requirement files.

    :param packaged_odoo: also install what the Odoo of the cache requires
    :param tests: also install what only the tests need
    :raises Problem: when the packages cannot be fetched
    """
    groups = {"addon": _lines(clone_root / "requirements.txt")}
    if packaged_odoo:
        groups["odoo"] = _odoo_requirements(cache)
    if tests:
        groups["tests"] = _lines(clone_root / "requirements-dev.txt")
    _ensure_venv(cache)
    wanted = {
        name: lines
        for name, lines in groups.items()
        if not cache.is_done(_packages_step(name), digest(*lines))
    }
    if not wanted:
        return
    packages = [line for lines in wanted.values() for line in lines]
    with step(f"Installing Python packages ({len(packages)} and what they need)"):
        run_logged(
            (
                *(python(cache), "-m", "pip", "install", "--quiet"),
                *("--disable-pip-version-check", "--prefer-binary", *packages),
            ),
            cache.log("pip"),
            "Python packages could not be installed: check the network and the "
            "space on the disk, then try again.",
        )
    for name, lines in wanted.items():
        cache.mark_done(_packages_step(name), digest(*lines))


def _ensure_venv(cache: Cache) -> None:
    created = f"environment-{_this_python()}"
    if cache.is_done(created, sys.version):
        return
    for name in ("addon", "odoo", "tests"):
        cache.forget(_packages_step(name))
    shutil.rmtree(folder(cache), ignore_errors=True)
    with step("Creating a Python environment"):
        run_logged(
            (sys.executable, "-m", "venv", folder(cache)),
            cache.log("venv"),
            "The Python environment could not be created: install python3-venv.",
        )
    cache.mark_done(created, sys.version)


def _this_python() -> str:
    return digest(sys.version, sys.base_prefix)


def _packages_step(name: str) -> str:
    return f"python-{_this_python()}-{name}"


def _lines(file: Path) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    return [line for line in lines if line]


def _odoo_requirements(cache: Cache) -> list[str]:
    """Odoo's own list, as its package metadata gives it."""
    [info] = dist_packages(cache).glob("odoo-*.egg-info/PKG-INFO")
    requirements = Parser().parsestr(info.read_text()).get_all("Requires-Dist", [])
    wanted = []
    for requirement in requirements:
        if "extra ==" in requirement:
            continue
        for name, compiled in _COMPILED.items():
            if requirement.startswith(name):
                requirement = requirement.replace(name, compiled, 1)
        wanted.append(requirement)
    return wanted
