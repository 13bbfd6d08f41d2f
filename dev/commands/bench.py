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
    options = _parser().parse_args(arguments)
    # Two at once would measure each other.
    with prepared(tests=True) as environment, environment.cache.lock("bench"):
        if options.benchmark == "check":
            title, figures, notes = check.run(
                environment, options.partners, options.latency
            )
        elif options.benchmark == "open":
            title, figures, notes = screens.run(environment, options.partners)
        elif options.benchmark == "events":
            title, figures, notes = events.run(
                environment, options.events, options.companies
            )
        elif options.benchmark == "risk":
            title, figures, notes = risk.run(environment, options.partners)
        else:
            title, figures, notes = match.run(environment)
    print_table(title, figures, notes)
    if options.json:
        write_json(options.json, figures)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev/bench", description=__doc__)
    benchmarks = parser.add_subparsers(dest="benchmark", required=True)
    checking = benchmarks.add_parser(
        "check", help="a nightly check of which 2 %% of the companies changed"
    )
    checking.add_argument("--partners", type=_count, default=20_000, metavar="N")
    checking.add_argument(
        "--latency",
        type=float,
        default=0,
        metavar="MS",
        help="added to every answer of the register",
    )
    matching = benchmarks.add_parser(
        "match", help="finding companies of which name and address are badly written"
    )
    opening = benchmarks.add_parser(
        "open", help="screens that show ratings, among many partners"
    )
    opening.add_argument("--partners", type=_count, default=100_000, metavar="N")
    telling = benchmarks.add_parser(
        "events", help="a night's monitoring events, and the companies' new values"
    )
    telling.add_argument("--events", type=_count, default=50_000, metavar="N")
    telling.add_argument("--companies", type=_count, default=10_000, metavar="N")
    at_risk = benchmarks.add_parser(
        "risk", help="the risk report, beside the same questions in hand-written SQL"
    )
    at_risk.add_argument("--partners", type=_count, default=100_000, metavar="N")
    for benchmark in (checking, matching, opening, telling, at_risk):
        benchmark.add_argument(
            "--json", type=Path, metavar="FILE", help="also write the figures there"
        )
    return parser


def _count(text: str) -> int:
    count = int(text)
    if count < 200:
        raise argparse.ArgumentTypeError("200 at least")
    return count
