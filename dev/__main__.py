"""Starts one of the commands of this folder: ``python3 dev COMMAND [ARGUMENT...]``."""

import errno
import importlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ("run", "test", "bench", "odoo", "env")


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in COMMANDS:
        print(f"Usage: python3 dev {{{'|'.join(COMMANDS)}}} ...", file=sys.stderr)
        return 2
    from dev.lib.console import Problem
    from dev.lib.processes import terminate_like_ctrl_c

    terminate_like_ctrl_c()
    if os.geteuid() == 0:
        # PostgreSQL's user and apt's own pass through the folders that root makes.
        os.umask(0o022)
    command = importlib.import_module(f"dev.commands.{arguments[0]}")
    try:
        return command.main(arguments[1:])
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print("\nThe disk is full: free some space, then start again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nEverything that was started has ended.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    # Python puts this folder first on the path; the packages are seen from above it.
    sys.path[0] = str(ROOT)
    sys.exit(main(sys.argv[1:]))
