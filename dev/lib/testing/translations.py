"""The French translation is complete: checked against what Odoo itself exports."""

import subprocess
from pathlib import Path

from ..environment import ROOT, Environment
from ..processes import run_logged
from .report import Report, single

TRANSLATION = ROOT / "i18n" / "fr.po"
# Runs with the packages of the tests, which the machine's own Python has not.
_COMPARE = """
import sys
import polib

wanted, found = (polib.pofile(name) for name in sys.argv[1:])
translated = {entry.msgid: entry for entry in found if not entry.obsolete}
problems = []
for entry in wanted:
    known = translated.get(entry.msgid)
    if known is None:
        problems.append(f"missing: {entry.msgid!r}")
    elif "fuzzy" in known.flags:
        problems.append(f"fuzzy: {entry.msgid!r}")
    elif not known.msgstr:
        problems.append(f"empty: {entry.msgid!r}")
print("\\n".join(problems) or "complete")
sys.exit(bool(problems))
"""


def run(environment: Environment, database: str, log: Path) -> Report:
    """Compare ``i18n/fr.po`` with an export of all terms of the addon.

    :param database: one in which the addon is installed
    """
    if not TRANSLATION.exists():
        return Report(failures={"i18n/fr.po": "The file is missing."})
    template = log.with_suffix(".pot")
    run_logged(
        environment.odoo(
            *("i18n", "export", "-d", database, "-o", str(template)),
            "partner_company_data",
        ),
        log,
        "The terms could not be exported.",
        env=environment.variables,
    )
    with log.open("w") as output:
        compared = subprocess.run(
            (environment.python, "-c", _COMPARE, template, TRANSLATION),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return single("i18n/fr.po", log, compared.returncode == 0)


def check_syntax(environment: Environment, log: Path) -> Report:
    """Check all translation files with the OCA's hooks."""
    files = sorted((ROOT / "i18n").glob("*.po*"))
    if not files:
        return Report(failures={"i18n": "There is no translation file."})
    with log.open("w") as output:
        checked = subprocess.run(
            # That hook wants words that French shares with English left empty; a
            # complete file tells them from forgotten ones.
            ("oca-checks-po", "--disable=po-pretty-format", *files),
            env=environment.variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return single("i18n", log, checked.returncode == 0)
