"""A PostgreSQL cluster of our own, on a Unix socket only.

Several commands may use it at once: each holds a shared lock while it does, and
the last one to finish stops the server. The system drops the lock of a command
that dies, so nothing has to be counted.
"""

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .cache import Cache, digest
from .console import Problem, say, step
from .processes import run_logged
from .system_packages import postgresql_programs

# Odoo refuses the customary name "postgres".
USER = "odoo"
# The content can be made again, so speed goes before safety on a power cut.
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",
    "shared_buffers": "512MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
# The system allows 107 characters for a socket's path, its name included.
_LONGEST_SOCKET_FOLDER = 85


@contextmanager
def running(cache: Cache) -> Iterator[dict[str, str]]:
    """Have a PostgreSQL server while the block lasts.

    :return: the environment variables with which its clients find it
    """
    if os.environ.get("PGHOST"):
        yield {}
        return
    cluster = _Cluster(cache)
    with cluster.in_use():
        yield cluster.variables()


class _Cluster:
    def __init__(self, cache: Cache):
        self.cache = cache
        self.folder = cache.path("postgresql")
        self.data = self.folder / "data"
        self.sockets = self.folder / "sockets"
        if len(str(self.sockets)) > _LONGEST_SOCKET_FOLDER:
            self.sockets = Path(tempfile.gettempdir(), f"pcd-{digest(str(self.data))}")

    def variables(self) -> dict[str, str]:
        found = {"PGHOST": str(self.sockets), "PGUSER": USER}
        # createdb, psql and their kin look for a database of the user's name.
        return {**found, "PGDATABASE": "postgres"}

    @contextmanager
    def in_use(self) -> Iterator[None]:
        with open(self.cache.path("locks", "postgresql-users"), "w") as users:
            with self.cache.lock("postgresql"):
                fcntl.flock(users, fcntl.LOCK_SH)
                self._start()
            try:
                yield
            finally:
                with self.cache.lock("postgresql"):
                    try:
                        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        pass  # another command is using the server
                    else:
                        self._stop()

    def _start(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._create()
        if self._pg_ctl("status").returncode == 0:
            return
        options = [f"-c {name}={value}" for name, value in _SETTINGS.items()]
        options.append(f"-c unix_socket_directories='{self.sockets}'")
        self._own(self.sockets)
        say("Starting the database server")
        log = self.folder / "server.log"
        started = self._pg_ctl("start", "-w", "-l", log, "-o", " ".join(options))
        if started.returncode:
            raise Problem(
                "The database server does not start: read the last lines of "
                f"{log}, or delete {self.folder} to begin again."
            )

    def _create(self) -> None:
        with step("Creating a database cluster"):
            shutil.rmtree(self.data, ignore_errors=True)
            self._own(self.folder)
            run_logged(
                self._as_server_user(
                    *(_program("initdb"), "-D", self.data, "-U", USER),
                    *("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"),
                ),
                self.cache.log("initdb"),
                f"The database cluster could not be created in {self.data}: every "
                "folder above it must be open to other users (try another "
                "PARTNER_COMPANY_DATA_CACHE).",
            )

    def _stop(self) -> None:
        self._pg_ctl("stop", "-m", "fast")

    def _own(self, folder: Path) -> None:
        """A folder for the server's user alone: its socket asks for no password."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if os.geteuid() == 0:
            shutil.chown(folder, _server_user())

    def _pg_ctl(self, action: str, *options: str | Path):
        return subprocess.run(
            self._as_server_user(_program("pg_ctl"), action, "-D", self.data, *options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            # Ctrl-C on our terminal must not reach the server.
            start_new_session=True,
            check=False,
        )

    def _as_server_user(self, *command: str | Path) -> Sequence[str]:
        """PostgreSQL refuses to run as root."""
        words = [str(word) for word in command]
        if os.geteuid() == 0:
            return ["setpriv", f"--reuid={_server_user()}", "--clear-groups", *words]
        return words


def _server_user() -> str:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise Problem("PostgreSQL needs a user that is not root: create `postgres`.")


def _program(name: str) -> Path:
    folder = postgresql_programs()
    if not folder:
        raise Problem("PostgreSQL is missing: install its server.")
    return folder / name
