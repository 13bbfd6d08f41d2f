"""Ending programs: all that was started, their children included."""

import os
import signal
import subprocess
import sys
import time

import pytest

from dev.lib.console import Problem
from dev.lib.processes import ending, run_logged, start, wait_until

# Starts a child, tells its number, and turns a deaf ear to polite requests.
_STUBBORN = """
import signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen(["sleep", "600"]).pid, flush=True)
time.sleep(600)
"""


def _lives(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    # A process that ended is listed until its parent asks after it.
    status = open(f"/proc/{number}/stat").read()
    return status.rpartition(")")[2].split()[0] != "Z"


def test_a_stubborn_process_ends_with_its_child():
    process = start([sys.executable, "-c", _STUBBORN], subprocess.PIPE)
    with ending(process, grace=0.5):
        child = int(process.stdout.readline())
        assert _lives(child)
    assert process.returncode == -signal.SIGKILL
    assert wait_until(lambda: not _lives(child), seconds=30)


def test_ctrl_c_does_not_reach_it_directly():
    with ending(start(["sleep", "600"], subprocess.DEVNULL)) as process:
        assert os.getpgid(process.pid) != os.getpgid(0)


def test_a_failure_is_said_in_the_given_sentence(tmp_path):
    log = tmp_path / "log"
    with pytest.raises(Problem) as problem:
        run_logged(["sh", "-c", "echo why; exit 3"], log, "Do this.")
    assert str(problem.value) == f"Do this. (Its output is in {log}.)"
    assert log.read_text() == "why\n"


def test_details_are_shown_before_the_sentence(tmp_path):
    with pytest.raises(Problem, match="^    why\nDo this."):
        run_logged(
            ["sh", "-c", "echo why; exit 3"], tmp_path / "log", "Do this.", details=True
        )


def test_wait_until_gives_up():
    began = time.monotonic()
    assert not wait_until(lambda: False, seconds=0.2)
    assert time.monotonic() - began < 20
