"""dev/test: everything is tested, from the sources' style to tours in a browser."""

import argparse
import time
from functools import partial
from threading import Lock

from ..lib import addon, databases, processes, sandbox
from ..lib.console import Problem, say
from ..lib.environment import ROOT, Environment, prepared
from ..lib.testing import inside_odoo, lint, plain
from ..lib.testing.report import Report, print_summary

_PLAIN_FOLDERS = ("connectors", "sandbox", "dev")
# Folders of tests/process, as long as one another.
_PROCESS = {"process-workers": "process/workers", "process-servers": "process/servers"}
# In this order: what needs no database runs while the database is being made, then
# what waits most, so that the cores have work at the end as well.
STAGES = (
    *("install", *lint.COMMANDS, *_PLAIN_FOLDERS),
    *("browser", "process-workers", "process-servers", "odoo-credit", "odoo-others"),
)
_EPILOG = f"""\
stages: {", ".join(STAGES)}

A filter chooses the stages whose name contains it; when there is none, the tests
whose file, class or method contains it: `dev/test browser`, `dev/test TestProposal`.
"""


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    with prepared(tests=True, browser=True) as environment:
        with environment.cache.lock(f"test-{environment.clone.key}"):
            suite = _Suite(environment, options.filter)
            try:
                suite.run()
            finally:
                suite.clean()
    return print_summary(suite.reports, suite.seconds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev/test",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("filter", nargs="?", help="only these stages or tests")
    return parser


class _Suite:
    """The stages, run beside one another."""

    def __init__(self, environment: Environment, chosen: str | None):
        self.environment = environment
        self.stages = (
            [chosen]
            if chosen in STAGES
            else [stage for stage in STAGES if (chosen or "") in stage]
        )
        # Without a stage of that name, the filter is a part of tests' names.
        self.word = None if self.stages else chosen
        if self.word:
            self.stages = [*_PLAIN_FOLDERS, "odoo-others", "browser", *_PROCESS]
        self.reports: dict[str, Report] = {}
        self.seconds: dict[str, float] = {}
        self._installing = Lock()
        self._installed: str | Problem | None = None
        self._databases: list[str] = []

    def run(self) -> None:
        jobs = [partial(self._run_timed, stage) for stage in self.stages]
        # Two cores are enough for four: many wait for a browser or a server.
        processes.together(jobs, workers=4)

    def clean(self) -> None:
        for name in self._databases:
            databases.drop(self.environment, name)

    def _run_timed(self, stage: str) -> None:
        began = time.monotonic()
        try:
            report = self._run(stage)
        except Problem as problem:
            report = Report(failures={"not run": str(problem)})
        if report.found_nothing:
            if self.word:
                return
            report.failures["no test"] = f"{stage} has found no test to run."
        self.reports[stage] = report
        self.seconds[stage] = time.monotonic() - began
        say(f"{stage}: {report}")

    def _run(self, stage: str) -> Report:
        log = self._log(stage)
        if stage in lint.COMMANDS:
            return lint.run(self.environment, stage, log)
        if stage == "install":
            return self._run_install()
        if stage in _PLAIN_FOLDERS:
            return plain.run(self.environment, stage, log, self.word)
        if stage in _PROCESS:
            return self._run_process_tests(stage, log)
        return self._run_in_odoo(stage, log)

    def _run_process_tests(self, stage: str, log) -> Report:
        folder = _PROCESS[stage]
        if self.word and not plain.has_match(self.environment, folder, self.word):
            return Report()
        variables = {
            "PCD_TEMPLATE_DATABASE": self._installed_database(),
            "PCD_SESSION": stage,
        }
        return plain.run(self.environment, folder, log, self.word, variables)

    def _run_in_odoo(self, stage: str, log) -> Report:
        browser = stage == "browser"
        if self.word:
            tags = inside_odoo.matching_tags(ROOT / "tests", self.word, browser)
            if not tags:
                return Report()
        else:
            tags = inside_odoo.tags(stage, ROOT / "tests")
        database = self._database_for(stage)
        sandbox_log = self._log(f"{stage}-sandbox")
        with sandbox.running(self.environment, sandbox_log) as services:
            return inside_odoo.run(
                self.environment,
                stage=stage,
                database=database,
                tags=tags,
                log=log,
                # Once shows that it can be upgraded.
                upgrade=stage == "odoo-others",
                sandbox=services.address,
            )

    def _database_for(self, stage: str) -> str:
        """A copy of the database in which the addon is installed, for one stage."""
        name = self.environment.clone.database(f"test_{stage}")
        installed = self._installed_database()
        self._databases.append(name)
        if stage == "browser":
            log = self._log("bundles")
            addon.clone_installed(self.environment, name, log, bundles=True)
        else:
            databases.clone(self.environment, installed, name)
        databases.leave_alone(self.environment, name)
        return name

    def _run_install(self) -> Report:
        self._installed_database()
        return Report(passed=1)

    def _installed_database(self) -> str:
        """A database in which the addon is installed, for copies to be made of.

        :raises Problem: the first time, why it cannot be installed
        """
        with self._installing:
            if self._installed is None:
                try:
                    self._installed = self._install()
                except Problem as problem:
                    self._installed = Problem("The addon could not be installed.")
                    raise problem
            if isinstance(self._installed, Problem):
                raise self._installed
            return self._installed

    def _install(self) -> str:
        name = self.environment.clone.database("test")
        self._databases.append(name)
        addon.clone_installed(self.environment, name, self._log("install"))
        return name

    def _log(self, name: str):
        return self.environment.cache.log(f"{self.environment.clone.key}-{name}")
