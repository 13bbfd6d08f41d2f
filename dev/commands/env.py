"""dev/env COMMAND: any command in the development environment.

dev/env psql -l           the databases
dev/env sleep infinity    keeps the database server running meanwhile
dev/python                the same as dev/env python: Odoo can be imported
"""

import subprocess
import sys

from ..lib.console import Problem, announce_on_error_output
from ..lib.environment import prepared


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    announce_on_error_output()
    with prepared(tests=True) as environment:
        return in_foreground(arguments, environment.variables)


def in_foreground(command: list[str], variables: dict[str, str]) -> int:
    """Run a command that owns the terminal; Ctrl-C reaches it directly."""
    sys.stdout.flush()
    try:
        process = subprocess.Popen(command, env=variables)
    except FileNotFoundError as error:
        raise Problem(f"{command[0]} is not installed.") from error
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
