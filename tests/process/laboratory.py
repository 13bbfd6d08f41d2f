"""What the tests work with: cloned databases, Odoo processes, and the sandbox."""

import os
import tempfile
from contextlib import contextmanager
from multiprocessing.connection import Client
from pathlib import Path

from dev.benchmarks import register
from dev.lib import addon, databases, job_queue, odoo_process
from dev.lib.console import Problem
from dev.lib.processes import last_lines, wait_until

HERE = Path(__file__).resolve().parent
# Several sessions may run side by side.
SESSION = os.environ.get("PCD_SESSION", "process")


class Laboratory:
    """Cloned databases, the sandbox, and Odoo processes that work on them."""

    def __init__(self, environment, url):
        self.environment = environment
        self.url = url
        self.databases = []

    def clone(self, template, purpose):
        """A copy of a database, dropped at the end."""
        name = self.environment.clone.database(f"process_{purpose}")
        self.databases.append(name)
        databases.clone(self.environment, template, name)
        return name

    def clone_with_jobs(self, purpose):
        """A database with the addon and ``queue_job``, dropped at the end."""
        name = self.environment.clone.database(f"process_{purpose}")
        self.databases.append(name)
        addon.clone_installed(
            self.environment,
            name,
            self.log("install-jobs"),
            other=job_queue.MODULE,
            version=job_queue.version(),
        )
        return name

    def drop(self, name):
        """Drop a database at once: else the server writes its pages to the disk."""
        self.databases.remove(name)
        databases.drop(self.environment, name)

    def call(self, name, database, **arguments):
        """What a function of this folder or of ``dev`` answers in an Odoo process.

        :return: its answer, and the errors that the process has logged
        """
        log = self.log(name)
        answer = odoo_process.call(
            self.environment, name, database, HERE, log, **arguments
        )
        return answer, errors_of(log)

    def install(self, database):
        addon.install(self.environment, database, self.log("install"))

    def query(self, database, sql):
        return databases.query(self.environment, sql, database)

    def control(self, path, method="POST", **values):
        return register.control(self.url, path, method, **values)

    def sample(self, count):
        """Numbers and names of companies of the register."""
        return [
            (one["siret"], one["denominationunitelegale"])
            for one in self.control(f"sample?count={count}", "GET")["results"]
        ]

    def log(self, name):
        return log_of(self.environment, name)


class Workshop:
    """An Odoo process that is ready for calls on copies of one database."""

    def __init__(self, environment, address):
        self.environment = environment
        self.address = address

    def call(self, name, database, **arguments):
        """What a function of this folder or of ``dev`` answers in a forked process.

        :return: its answer, and the errors that the process has logged
        """
        log = log_of(self.environment, name)
        with Client(self.address) as connection:
            connection.send(
                {
                    "name": name,
                    "database": database,
                    "arguments": arguments,
                    "log": str(log),
                }
            )
            try:
                answer = connection.recv()
            except EOFError:
                raise Problem(
                    f"{last_lines(log)}\n{name} failed: read {log}."
                ) from None
        return answer, errors_of(log)


@contextmanager
def open_workshop(environment, database):
    """Have a workshop for copies of this database while the block lasts."""
    log = log_of(environment, "workshop")
    with tempfile.TemporaryDirectory() as folder:
        address = os.path.join(folder, "calls")
        with odoo_process.calling(
            environment, "workshop.serve", database, HERE, log, address=address
        ) as process:
            wait_until(
                lambda: process.poll() is not None or os.path.exists(address), 300
            )
            if not os.path.exists(address):
                raise Problem(f"{last_lines(log)}\nOdoo does not start: read {log}.")
            yield Workshop(environment, address)


def log_of(environment, name):
    return environment.cache.log(f"{environment.clone.key}-{SESSION}-{name}")


def errors_of(log):
    return [line for line in log.read_text().splitlines() if " ERROR " in line]
