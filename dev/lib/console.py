"""What a person reads while a command works: one line a step, and clear refusals."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Problem(Exception):
    """Something a person has to act upon, said in one sentence."""


_started = time.monotonic()
_writing = threading.Lock()
_output = sys.stdout


def announce_on_error_output() -> None:
    """Leave the standard output to the program that the command starts."""
    global _output
    _output = sys.stderr


def say(text: str) -> None:
    """Print one line, preceded by the seconds since the command began."""
    with _writing:
        elapsed = time.monotonic() - _started
        print(f"[{elapsed:4.0f} s] {text}", file=_output, flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Announce a step that takes time, and say how long it took."""
    began = time.monotonic()
    say(f"{text}...")
    yield
    seconds = time.monotonic() - began
    if seconds >= 5:
        say(f"{text}: done in {seconds:.0f} s")
