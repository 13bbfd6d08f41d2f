"""Tests that Odoo's own runner runs, and what its log says about them."""

import ast
import re
import time
from collections.abc import Iterable
from pathlib import Path

from ..console import say
from ..environment import Environment
from ..ports import free_port
from ..processes import ending, start
from .report import Report

_MODULE = "/partner_company_data"
_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (?P<level>[A-Z]+) \S+ "
    r"(?P<logger>\S+): (?P<text>.*?)\s*$"
)
_STARTING = re.compile(r"^Starting (\S+) \.\.\.$")
_FAILED = re.compile(r"^(?:FAIL|ERROR): (?:Subtest )?([\w.]+)")
_SKIPPED = re.compile(r"^skipped (\S+) : ")
_SUMMARY = "odoo.tests.result"
_PROGRESS_EVERY = 20  # seconds


def run(
    environment: Environment,
    stage: str,
    database: str,
    tags: str,
    log: Path,
    upgrade: bool,
    sandbox: str,
) -> Report:
    """Run the addon's tests of these tags in one Odoo process.

    :param upgrade: upgrade the addon first; only then are tests run that belong
        to the installation (``at_install``)
    :param sandbox: the address of the outside services' stand-in
    """
    arguments = ["server", "-d", database, "--test-tags", tags, "--stop-after-init"]
    arguments += ["--http-port", str(free_port()), "--max-cron-threads=0"]
    if upgrade:
        arguments += ["-u", "partner_company_data"]
    variables = {**environment.variables, "PCD_SANDBOX_URL": sandbox}
    with log.open("wb") as output:
        command = environment.odoo(*arguments)
        with ending(start(command, output, env=variables)) as process:
            told = time.monotonic()
            while process.poll() is None:
                time.sleep(0.2)
                if time.monotonic() - told > _PROGRESS_EVERY:
                    told = time.monotonic()
                    _tell_progress(stage, log)
            code = process.returncode
    report = read(log.read_text(errors="replace").splitlines())
    if code and not report.failures:
        report.failures["Odoo"] = log.read_text(errors="replace")
    return report


def read(lines: Iterable[str]) -> Report:
    """The report that a log of Odoo's runner amounts to."""
    report = Report()
    total, failing = 0, None
    for line in lines:
        if not (found := _LINE.match(line)):
            # The traceback of a failed test follows its line.
            if failing:
                report.failures[failing] += f"\n{line}"
            continue
        failing = None
        text = found["text"]
        if _STARTING.match(text):
            total += 1
        elif _SKIPPED.match(text):
            report.skipped += 1
        elif found["level"] in ("ERROR", "CRITICAL") and found["logger"] != _SUMMARY:
            failed = _FAILED.match(text)
            failing = failed[1] if failed else f"logged by {found['logger']}"
            previous = report.failures.get(failing)
            report.failures[failing] = f"{previous}\n{text}" if previous else text
    tests_failed = sum(1 for name in report.failures if "logged by" not in name)
    report.passed = max(total - report.skipped - tests_failed, 0)
    return report


def _tell_progress(stage: str, log: Path) -> None:
    names = [
        started[1]
        for line in log.read_text(errors="replace").splitlines()
        if (found := _LINE.match(line)) and (started := _STARTING.match(found["text"]))
    ]
    if names:
        say(f"{stage}: {len(names)} tests so far, now {names[-1]}")


def tags(stage: str, tests: Path) -> str:
    """Odoo's test tags of a stage: ``browser``, ``odoo-credit`` or ``odoo-others``.

    Those of credit, about half of the time, are named class by class; the others are
    all the rest, so that none is left out.
    """
    if stage == "browser":
        return f"browser{_MODULE}"
    credit = [f"{_MODULE}:{name}" for name in _classes(tests, "test_credit_*.py")]
    if stage == "odoo-credit":
        return ",".join(credit)
    return ",".join([_MODULE, "-browser", *(f"-{tag}" for tag in credit)])


def _classes(tests: Path, pattern: str) -> list[str]:
    """Names of the test classes in such files that need no browser."""
    return [
        node.name
        for file in sorted(tests.glob(pattern))
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.ClassDef)
        and node.name.startswith("Test")
        and not _in_browser(node)
    ]


def matching_tags(tests: Path, word: str, browser: bool) -> str | None:
    """Odoo's test tags for the tests whose file, class or method contains ``word``.

    :param browser: those that need a browser (tagged so), or the others
    :return: nothing when there is no such test
    """
    tags = []
    for file in sorted(tests.glob("test_*.py")):
        for node in ast.parse(file.read_text()).body:
            if not isinstance(node, ast.ClassDef) or _in_browser(node) != browser:
                continue
            methods = [
                item.name
                for item in node.body
                if isinstance(item, ast.FunctionDef) and item.name.startswith("test")
            ]
            if methods and word.lower() in f"{file.stem} {node.name}".lower():
                tags.append(f"{_MODULE}:{node.name}")
                continue
            tags += [
                f"{_MODULE}:{node.name}.{method}"
                for method in methods
                if word.lower() in f"{node.name}.{method}".lower()
            ]
    return ",".join(tags) or None


def _in_browser(node: ast.ClassDef) -> bool:
    return any(
        isinstance(argument, ast.Constant) and argument.value == "browser"
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        for argument in decorator.args
    )
