"""The machine's own packages (Debian and its kin), installed when missing."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .cache import Cache
from .console import Problem, step
from .processes import run_logged

_CLUSTER_SETTINGS = Path("/etc/postgresql-common/createcluster.conf")

# Settings that people have made on the machine stay as they are.
_INSTALL = (
    *("apt-get", "-q", "install", "-y", "--no-install-recommends"),
    *("-o", "Dpkg::Options::=--force-confold"),
)


def as_root(*command: str) -> list[str]:
    """The command, with what is needed to run it as root.

    :raises Problem: when we are not root and cannot become it
    """
    if os.geteuid() == 0:
        return list(command)
    if shutil.which("sudo"):
        return ["sudo", *command]
    raise _no_right(f"run `{' '.join(command[:3])}`")


def _no_right(action: str) -> Problem:
    return Problem(
        f"No right to {action}: start this command as root, or install sudo and allow "
        "yourself to use it."
    )


def install(cache: Cache, *packages: str) -> None:
    """Install packages of the machine's distribution.

    :raises Problem: without apt, rights or network
    """
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        raise Problem(f"This machine has no apt-get: install {names} by hand.")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    problem = f"{names} could not be installed: check the network, then try again."
    with cache.lock("system-packages"), step(f"Installing {names}"):
        # sudo may ask for its password: before the output goes to a file.
        if subprocess.run(as_root("true"), check=False).returncode:
            raise _no_right(f"install {names}")
        for command in (
            ("apt-get", "-q", "update"),
            (*_INSTALL, *packages),
        ):
            run_logged(as_root(*command), cache.log("apt"), problem, env=environment)


def postgresql_programs() -> Path | None:
    """The folder of the newest PostgreSQL's programs, the server's included."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")]
    if folders:
        return max(folders, key=lambda folder: float(folder.parent.name))
    in_path = shutil.which("pg_ctl")
    return Path(in_path).resolve().parent if in_path else None


def ensure(cache: Cache, postgresql: bool, browser: bool) -> None:
    """Install what is missing of the database server and the browser.

    :raises Problem: without apt, rights or network
    """
    missing = []
    if postgresql and not postgresql_programs():
        missing.append("postgresql")
    if browser and not shutil.which("chromium"):
        missing.append("chromium")
    if missing:
        with _without_debian_cluster():
            install(cache, *missing)


@contextmanager
def _without_debian_cluster() -> Iterator[None]:
    """Keep Debian from setting up a database server of its own beside ours."""
    ours = not _CLUSTER_SETTINGS.exists()
    if ours:
        folder = _CLUSTER_SETTINGS.parent
        write = f"umask 022 && mkdir -p {folder} && echo create_main_cluster=false"
        subprocess.run(
            as_root("sh", "-c", f"{write} > {_CLUSTER_SETTINGS}"), check=False
        )
    try:
        yield
    finally:
        if ours:
            subprocess.run(as_root("rm", "-f", str(_CLUSTER_SETTINGS)), check=False)
