"""Functions of this package, run in an Odoo process of their own."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from ..lib.console import Problem
from ..lib.environment import ROOT, Environment
from ..lib.processes import ending, last_lines

_SCRIPT = """
import importlib, json
from pathlib import Path
module = importlib.import_module("dev.benchmarks.{module}")
answer = module.{function}(globals().get("env"), **json.loads({arguments!r}))
Path({answer!r}).write_text(json.dumps(answer))
"""


def call(
    environment: Environment, name: str, database: str | None = None, **arguments
) -> dict:
    """What a function of this package answers in a fresh process.

    :param name: ``module.function``, imported there alone: its module may need what
        only Odoo's Python has; it is called as ``function(env, **arguments)``, all in
        JSON
    :param database: whose ``env`` it gets, ``None`` without a database
    :raises Problem: when the process fails
    """
    options = ["-d", database] if database else []
    log = environment.cache.log(f"bench-{name}")
    module, function = name.split(".")
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        script = _SCRIPT.format(
            module=module,
            function=function,
            arguments=json.dumps(arguments),
            answer=str(answer),
        )
        code = _run(environment, ["shell", *options], script, log)
        if code or not answer.exists():
            raise Problem(
                f"{last_lines(log)}\nThe benchmark failed in its step "
                f"{name}: read {log}."
            )
        return json.loads(answer.read_text())


def _run(environment: Environment, command: list, script: str, log: Path) -> int:
    variables = dict(environment.variables)
    variables["PYTHONPATH"] = os.pathsep.join(
        filter(None, (variables.get("PYTHONPATH"), str(ROOT)))
    )
    with (
        log.open("wb") as output,
        ending(
            subprocess.Popen(
                environment.odoo(*command, "--no-http", "--log-level=warn"),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=ROOT,
                env=variables,
            )
        ) as process,
    ):
        process.communicate(script.encode())
        return process.returncode
