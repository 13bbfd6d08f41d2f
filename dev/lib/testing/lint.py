"""Checks of the sources: style, Odoo's and the OCA's rules."""

from pathlib import Path

from ..environment import ROOT, Environment
from ..processes import ending, start
from .report import Report, single

# README.md is ours, not made by the OCA's generator.
_OCA_DISABLED = "prefer-readme-rst"
COMMANDS = {
    "ruff-check": ("ruff", "check", "."),
    "ruff-format": ("ruff", "format", "--diff", "."),
    "pylint-odoo": ("pylint", "--rcfile=.pylintrc", "."),
    "oca-module": ("oca-checks-odoo-module", f"--disable={_OCA_DISABLED}", "."),
}


def run(environment: Environment, name: str, log: Path) -> Report:
    """Run one of ``COMMANDS``."""
    # The linters take the addon's name from its folder: they go through the link.
    addon = environment.clone.link_addon(environment.cache) / "partner_company_data"
    folder = addon if ROOT.name != addon.name else ROOT
    with (
        log.open("wb") as output,
        ending(
            start(COMMANDS[name], output, cwd=folder, env=environment.variables)
        ) as process,
    ):
        return single(name, log, process.wait() == 0)
