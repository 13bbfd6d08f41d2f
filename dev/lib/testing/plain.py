"""Tests that pytest runs, without Odoo's runner."""

import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from ..environment import ROOT, Environment
from ..processes import ending, start
from .report import Report

_NO_TEST_FOUND = 5


def run(
    environment: Environment,
    folder: str,
    log: Path,
    keyword: str | None = None,
    variables: dict[str, str] | None = None,
) -> Report:
    """Run the tests of one folder of ``tests/`` in a pytest session of its own.

    :param keyword: as pytest's ``-k``
    :param variables: environment variables to add
    """
    results = log.with_suffix(".xml")
    results.unlink(missing_ok=True)
    command = [environment.python, "-m", "pytest", f"tests/{folder}"]
    command += ["-q", "-ra", f"--junitxml={results}"]
    if keyword:
        command += ["-k", keyword]
    merged = {**environment.variables, **(variables or {})}
    with (
        log.open("wb") as output,
        ending(start(command, output, cwd=ROOT, env=merged)) as process,
    ):
        code = process.wait()
    if code == _NO_TEST_FOUND:
        return Report()
    report = _read(results)
    if code and not report.failures:
        report.failures["pytest"] = log.read_text(errors="replace")
    return report


def has_match(environment: Environment, folder: str, keyword: str) -> bool:
    """Whether a test of the folder goes by this keyword."""
    collected = subprocess.run(
        (
            *(environment.python, "-m", "pytest", f"tests/{folder}"),
            *("-q", "--collect-only", "-k", keyword),
        ),
        cwd=ROOT,
        env=environment.variables,
        capture_output=True,
        check=False,
    )
    return collected.returncode == 0


def _read(results: Path) -> Report:
    report = Report()
    if not results.exists():
        return report
    for case in ElementTree.parse(results).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        problems = [*case.findall("failure"), *case.findall("error")]
        if problems:
            report.failures[name] = "\n".join(
                problem.text or problem.get("message", "") for problem in problems
            )
        elif case.find("skipped") is not None:
            report.skipped += 1
        else:
            report.passed += 1
    return report
