"""What the stages of dev/test found, and how it is told at the end."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Report:
    """The result of one stage."""

    passed: int = 0
    skipped: int = 0
    # What failed, with what a person needs to see of it.
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return len(self.failures)

    @property
    def found_nothing(self) -> bool:
        return not (self.passed or self.skipped or self.failures)

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def single(name: str, log: Path, succeeded: bool) -> Report:
    """The report of a stage that is one check, whose words are in ``log``."""
    if succeeded:
        return Report(passed=1)
    return Report(failures={name: log.read_text(errors="replace")})


def print_summary(reports: dict[str, Report], seconds: dict[str, float]) -> int:
    """Print failures, a table and the closing line.

    :return: the exit code
    """
    for stage, report in reports.items():
        for name, detail in report.failures.items():
            print(f"\n======== {stage}: {name}\n{_shortened(detail)}")
    print()
    width = max(map(len, reports), default=0)
    for stage, report in reports.items():
        print(f"{stage:<{width}}  {seconds[stage]:5.0f} s  {report}")
    passed = sum(report.passed for report in reports.values())
    failed = sum(report.failed for report in reports.values())
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def _shortened(text: str, lines: int = 60) -> str:
    found = text.strip().splitlines()
    if len(found) > lines:
        found = [f"... ({len(found) - lines} lines before)", *found[-lines:]]
    return "\n".join(found)
