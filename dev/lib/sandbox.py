"""Starting the stand-in of the outside services (see the folder ``sandbox``)."""

import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .console import Problem
from .environment import ROOT, Environment
from .ports import free_port
from .processes import ending, last_lines, start, wait_until


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that runs."""

    address: str
    process: subprocess.Popen
    log: Path


@contextmanager
def running(
    environment: Environment, log: Path, *options: str | Path
) -> Iterator[Sandbox]:
    """Have a sandbox while the block lasts.

    :param options: of ``python -m sandbox``; a large register takes a minute to make
    :raises Problem: when it ends or stays silent
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = (environment.python, "-m", "sandbox", "--port", str(port), *options)
    with (
        log.open("wb") as output,
        ending(start(command, output, cwd=ROOT, env=environment.variables)) as process,
    ):
        wait_until(lambda: process.poll() is not None or _answers(address), 600)
        if process.poll() is not None or not _answers(address):
            raise Problem(
                f"{last_lines(log)}\nThe sandbox of outside services does not "
                f"start: read {log}."
            )
        yield Sandbox(address, process, log)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/control/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False
