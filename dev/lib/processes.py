"""Starting other programs, and ending them: all of ours, and nothing else."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .console import Problem

_FULL = 50_000_000  # bytes left on a disk
_started: set[subprocess.Popen] = set()


def terminate_like_ctrl_c() -> None:
    """Let a polite kill unwind the program as Ctrl-C does, so that all is ended."""

    def interrupt(_number, _frame):
        raise KeyboardInterrupt

    # Shells start background jobs with a deaf ear to Ctrl-C's signal.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def start(
    command: Sequence[str | Path], output: int | IO, **options
) -> subprocess.Popen:
    """Start a program in a session of its own, so that it can be ended with its kin.

    Ctrl-C on our terminal does not reach it; see ``ending`` and ``end_all``.
    """
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=output,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        **options,
    )
    _started.add(process)
    return process


def end_all() -> None:
    """End whatever ``start`` has started, for those who wait for it in threads."""
    for process in list(_started):
        end(process)


def together(jobs: Iterable[Callable[[], None]], workers: int) -> None:
    """Do several jobs in threads; when one fails or Ctrl-C comes, end them all."""
    with ThreadPoolExecutor(workers) as pool:
        try:
            for future in [pool.submit(job) for job in jobs]:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise


def run_logged(
    command: Sequence[str | Path],
    log: Path,
    problem: str,
    details: bool = False,
    **options,
) -> None:
    """Run a command to its end, its output going to ``log``.

    :param details: show the log's last lines when the command fails, for failures
        that are ours rather than the machine's
    :raises Problem: with the sentence ``problem``, when the command fails
    """
    with (
        log.open("wb") as output,
        ending(start(command, output, **options)) as process,
    ):
        code = process.wait()
    if code:
        if shutil.disk_usage(log.parent).free < _FULL:
            raise Problem(f"The disk that holds {log.parent} is full: free some space.")
        shown = f"{last_lines(log)}\n" if details else ""
        raise Problem(f"{shown}{problem} (Its output is in {log}.)")


def last_lines(log: Path, count: int = 20) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-count:])


def end(process: subprocess.Popen, grace: float = 10) -> None:
    """Ask a process and its children to end; insist after ``grace`` seconds.

    The process must have been started in a session of its own.
    """
    if process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            pass
    # Children may outlive their parent: the group ends with it.
    _signal_group(process, signal.SIGKILL)
    process.wait()
    _started.discard(process)


def _signal_group(process: subprocess.Popen, number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


@contextmanager
def ending(process: subprocess.Popen, grace: float = 10) -> Iterator[subprocess.Popen]:
    """Make sure that the process and its children have ended after the block."""
    try:
        yield process
    finally:
        end(process, grace)


def wait_until(condition, seconds: float, every: float = 0.1) -> bool:
    """Ask again and again; whether the condition came true within the time."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(every)
    return False
