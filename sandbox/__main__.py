"""``python -m sandbox``: start the stand-in of the outside services."""

import argparse
import signal
import sqlite3
import sys
import time

from .app import SERVICES, Sandbox
from .server import Server


def _arguments():
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A stand-in of outside company services, over real HTTP.",
    )
    parser.add_argument("--port", type=int, default=8090, help="0: any free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--companies", type=int, default=2000, help="invented legal units"
    )
    parser.add_argument("--seed", default="partner")
    parser.add_argument(
        "--store",
        default=":memory:",
        metavar="PATH",
        help="file to keep the register in; made again when parameters differ",
    )
    parser.add_argument(
        "--latency", type=float, default=0, metavar="MS", help="added to every answer"
    )
    parser.add_argument(
        "--loaded",
        metavar="MOMENT",
        help="when the dataset was loaded, ISO format (default: 12 days ago)",
    )
    return parser.parse_args()


def main():
    arguments = _arguments()
    started = time.perf_counter()
    try:
        # The port is taken first: finding it taken after a long build is a pity.
        server = Server((arguments.host, arguments.port), None)
    except OSError as error:
        sys.exit(f"port {arguments.port} of {arguments.host}: {error.strerror}")
    try:
        server.sandbox = Sandbox(
            arguments.store,
            arguments.companies,
            arguments.seed,
            arguments.latency,
            arguments.loaded,
        )
    except sqlite3.Error as error:
        sys.exit(f"{arguments.store}: {error}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    base = f"http://{arguments.host}:{server.server_port}"
    print(
        f"{server.sandbox.store.count('1')} establishments "
        f"in {time.perf_counter() - started:.1f} s"
    )
    for mount, _service in SERVICES:
        print(f"{base}{mount}")
    print(f"ready: {base}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
