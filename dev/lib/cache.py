"""The one folder that holds everything downloaded or created; safe to delete."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .console import Problem, say
from .processes import wait_until

NAME = "partner_company_data"


def default_folder(environ=os.environ) -> Path:
    """Where the cache lies, by the user's wish or by the system's customs.

    For root it is not the home folder: PostgreSQL's server runs as another user,
    who could not reach it there.
    """
    if chosen := environ.get("PARTNER_COMPANY_DATA_CACHE"):
        return Path(chosen).expanduser().absolute() / NAME
    if xdg := environ.get("XDG_CACHE_HOME"):
        return Path(xdg).absolute() / NAME
    if os.geteuid() == 0:
        return Path("/var/cache") / NAME
    return Path.home() / ".cache" / NAME


@dataclass(frozen=True)
class Cache:
    """The cache folder with its locks and its memory of finished steps."""

    root: Path

    @classmethod
    def open(cls) -> "Cache":
        cache = cls(default_folder())
        try:
            for folder in ("locks", "stamps", "logs"):
                cache.path(folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Problem(
                f"The cache folder {cache.root} cannot be written "
                f"({error.strerror}): set PARTNER_COMPANY_DATA_CACHE to a folder "
                "of yours."
            ) from error
        return cache

    def path(self, *parts: str) -> Path:
        return self.root.joinpath(*parts)

    def log(self, name: str) -> Path:
        return self.path("logs", f"{name}.log")

    @contextmanager
    def lock(self, name: str, refusal: str | None = None) -> Iterator[None]:
        """Keep other commands on this cache out; the system frees it if we die.

        :param refusal: what to say instead of waiting for the other command
        """
        with open(self.path("locks", name), "w") as handle:
            if not wait_until(lambda: _try_to_lock(handle), seconds=2):
                if refusal:
                    raise Problem(refusal)
                say(f"Waiting for another command that is busy with: {name}")
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def is_done(self, step: str, key: str) -> bool:
        stamp = self.path("stamps", step)
        return stamp.is_file() and stamp.read_text() == key

    def mark_done(self, step: str, key: str) -> None:
        self.path("stamps", step).write_text(key)

    def forget(self, step: str) -> None:
        self.path("stamps", step).unlink(missing_ok=True)

    def require_space(self, gigabytes: float) -> None:
        free = shutil.disk_usage(self.root).free / 1e9
        if free < gigabytes:
            raise Problem(
                f"{self.root} has {free:.1f} GB free and {gigabytes:g} GB are "
                "needed: free some space, or set PARTNER_COMPANY_DATA_CACHE to a "
                "folder on another disk."
            )


@dataclass(frozen=True)
class Clone:
    """This copy of the repository; several of them may share one cache."""

    root: Path

    @property
    def key(self) -> str:
        """Short and stable: names the clone's databases and its addons folder."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:10]

    def database(self, purpose: str) -> str:
        return f"pcd_{self.key}_{purpose}"

    def python_path(self, cache: Cache) -> Path:
        """With this on PYTHONPATH, odoo.addons.partner_company_data is this clone."""
        return cache.path("addons", self.key)

    def link_addon(self, cache: Cache) -> Path:
        """Give the addon its technical name, whatever the clone's folder is called.

        The link lies in ``odoo/addons``, so that Python finds it too where Odoo's
        configuration is not read (see python_path).

        :return: the addons folder that holds the link
        """
        addons = self.python_path(cache) / "odoo" / "addons"
        addons.mkdir(parents=True, exist_ok=True)
        link = addons / NAME
        if not (link.is_symlink() and link.resolve() == self.root):
            link.unlink(missing_ok=True)
            link.symlink_to(self.root)
        return addons


def _try_to_lock(handle) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]
