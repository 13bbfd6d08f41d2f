"""Functions run in an Odoo process of their own."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .console import Problem
from .environment import ROOT, Environment
from .processes import ending, last_lines

_SCRIPT = """
import importlib, json
from pathlib import Path
module = importlib.import_module({module!r})
answer = module.{function}(globals().get("env"), **json.loads({arguments!r}))
Path({answer!r}).write_text(json.dumps(answer))
"""


def call(
    environment: Environment,
    name: str,
    database: str | None = None,
    folder: Path = ROOT,
    log: Path | None = None,
    **arguments,
) -> dict:
    """What a function answers in a fresh process.

    :param name: ``module.function``, imported there alone: its module may need what
        only Odoo's Python has; it is called as ``function(env, **arguments)``, all in
        JSON
    :param database: whose ``env`` it gets, ``None`` without a database
    :param folder: where its module is found
    :param log: what the process says, warnings and errors only
    :raises Problem: when the process fails
    """
    log = log or environment.cache.log(name)
    with tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch, "answer.json")
        with calling(
            environment, name, database, folder, log, answer, **arguments
        ) as process:
            code = process.wait()
        if code or not answer.exists():
            raise Problem(f"{last_lines(log)}\n{name} failed: read {log}.")
        return json.loads(answer.read_text())


@contextmanager
def calling(
    environment: Environment,
    name: str,
    database: str | None,
    folder: Path,
    log: Path,
    answer: str | Path = os.devnull,
    **arguments,
) -> Iterator[subprocess.Popen]:
    """Have a process that calls a function (see ``call``), at most for the block.

    :param answer: the file for the function's answer
    """
    module, _dot, function = name.rpartition(".")
    script = _SCRIPT.format(
        module=module,
        function=function,
        arguments=json.dumps(arguments),
        answer=str(answer),
    )
    # Without the option -d Odoo would take the name from the environment.
    command = environment.odoo(
        *("shell", "-d", database or "", "--no-http", "--log-level=warn")
    )
    variables = dict(environment.variables)
    variables["PYTHONPATH"] = os.pathsep.join(
        filter(None, (variables.get("PYTHONPATH"), str(ROOT), str(folder)))
    )
    with (
        log.open("wb") as output,
        ending(
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=ROOT,
                env=variables,
            )
        ) as process,
    ):
        with suppress(BrokenPipeError), process.stdin as script_file:
            script_file.write(script.encode())
        yield process
