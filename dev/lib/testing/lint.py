"""Checks of the sources: style, Odoo's and the OCA's rules."""

from pathlib import Path

from ..cache import NAME
from ..environment import ROOT, Environment
from ..processes import ending, start
from .report import Report, single

COMMANDS = {
    "ruff-check": ("ruff", "check", "."),
    "ruff-format": ("ruff", "format", "--diff", "."),
    # README.md is ours, not made by the OCA's generator.
    "pylint-odoo": (
        "pylint",
        f"--rcfile={ROOT}/.pylintrc",
        "-d",
        "missing-readme",
        NAME,
    ),
    # That hook wants words that French shares with English left empty; a complete file
    # tells them from forgotten ones.
    "oca-po": (
        *("oca-checks-po", "--disable=po-pretty-format"),
        *("i18n/fr.po", "i18n/partner_company_data.pot"),
    ),
    "oca-module": ("oca-checks-odoo-module", "--disable=prefer-readme-rst", NAME),
}


def run(environment: Environment, name: str, log: Path) -> Report:
    """Run one of ``COMMANDS``."""
    # Some linters take the addon's name from its folder: they go through the link.
    through_link = NAME in COMMANDS[name]
    folder = environment.addons if through_link else ROOT
    with (
        log.open("wb") as output,
        ending(
            start(COMMANDS[name], output, cwd=folder, env=environment.variables)
        ) as process,
    ):
        return single(name, log, process.wait() == 0)
