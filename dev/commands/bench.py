"""dev/bench: how fast checks, screens and events are, and how well companies are found.

dev/bench check --partners 20000 --latency 50 [--json FILE]
dev/bench match [--json FILE]
dev/bench open --partners 100000 [--json FILE]
dev/bench events --events 50000 --companies 10000 [--json FILE]
dev/bench risk [--partners 100000] [--json FILE]
"""

import argparse
from pathlib import Path

from ..benchmarks import check, events, match, risk, screens
from ..benchmarks.output import print_table, write_json
from ..lib.environment import prepared


def main(arguments: list[str]) -> int:
    options = vars(_parser().parse_args(arguments))
    run, file = options.pop("run"), options.pop("json")
    # Two at once would measure each other.
    with prepared(tests=True) as environment, environment.cache.lock("bench"):
        title, figures, notes = run(environment, **options)
    print_table(title, figures, notes)
    if file:
        write_json(file, figures)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev/bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    benchmarks = parser.add_subparsers(metavar="BENCHMARK", required=True)

    def add(name, run, words, **counts):
        benchmark = benchmarks.add_parser(name, help=words)
        benchmark.set_defaults(run=run)
        benchmark.add_argument(
            "--json", type=Path, metavar="FILE", help="also write the figures there"
        )
        for option, default in counts.items():
            benchmark.add_argument(
                f"--{option}", type=_count, default=default, metavar="N"
            )
        return benchmark

    checking = add(
        "check",
        check.run,
        "a nightly check of which 2 %% of the companies changed",
        partners=20_000,
    )
    checking.add_argument(
        "--latency",
        type=float,
        default=0,
        metavar="MS",
        help="added to every answer of the register",
    )
    add(
        "match",
        match.run,
        "finding companies of which name and address are badly written",
    )
    add(
        "open",
        screens.run,
        "screens that show ratings, among many partners",
        partners=100_000,
    )
    add(
        "events",
        events.run,
        "a night's monitoring events, and the companies' new values",
        events=50_000,
        companies=10_000,
    )
    add(
        "risk",
        risk.run,
        "the risk report, beside the same questions in hand-written SQL",
        partners=100_000,
    )
    return parser


def _count(text: str) -> int:
    count = int(text)
    if count < 200:
        raise argparse.ArgumentTypeError("200 at least")
    return count
