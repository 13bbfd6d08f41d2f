"""Processes forked inside an Odoo process: side by side, and killed."""

import os
import signal
import time
import traceback

from odoo import SUPERUSER_ID, api, sql_db


def registry_of(env):
    """The registry, without any connection that children would share."""
    env.cr.close()
    sql_db.close_all()
    return env.registry


def fork(registry, work, *arguments):
    """Have a child do ``work(env, ...)`` as the superuser; its process id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        with registry.cursor() as cr:
            work(api.Environment(cr, SUPERUSER_ID, {}), *arguments)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def exit_codes(children):
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def kill_after(seconds, child):
    """Kill a child after so many seconds; whether that is what ended it."""
    time.sleep(seconds)
    return _kill(child)


def kill_when(condition, child, seconds=60):
    """Kill a child when ``condition()`` has come true; whether that is what ended it.

    :param seconds: the longest to wait for it
    """
    latest = time.monotonic() + seconds
    while time.monotonic() < latest and not condition():
        time.sleep(0.1)
    return _kill(child)


def _kill(child):
    os.kill(child, signal.SIGKILL)
    return exit_codes([child]) == [-signal.SIGKILL]
