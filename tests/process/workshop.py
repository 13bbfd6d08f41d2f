"""An Odoo process that has loaded a database once, and forks for each call.

To load Odoo takes seconds of computing, more than most calls. A fork may work on any
copy of the database: the same modules are installed there, so the models are the same.
"""

import gc
import importlib
import os
import signal
import threading
import traceback
from multiprocessing.connection import Listener

import children

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry


def serve(env, address):
    """Answer calls, one after the other, until the process is ended.

    :param address: of the socket where calls come in: function (with its module),
        database, arguments, and the file for what the function says
    """
    registry = children.registry_of(env)
    # Worked out when first needed: here once, instead of in each fork.
    registry.get_trigger_tree(list(registry["res.partner"]._fields.values()))
    # What is loaded stays: else each fork would look through it, and copy it.
    gc.collect()
    gc.freeze()
    # Odoo would wait for its threads.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with Listener(address) as listener:
        while True:
            with listener.accept() as connection:
                call = connection.recv()
                child = os.fork()
                if not child:
                    _answer(connection, registry, **call)
                os.waitpid(child, 0)


def _answer(connection, registry, name, database, arguments, log):
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        module, _dot, function = name.rpartition(".")
        function = getattr(importlib.import_module(module), function)
        _turn_to(registry, database)
        env = api.Environment(registry.cursor(), SUPERUSER_ID, {})
        connection.send(function(env, **arguments))
    except BaseException:
        traceback.print_exc()
    finally:
        # Without an answer, the other side meets the end of the connection.
        os._exit(0)


def _turn_to(registry, database):
    """Work on a copy of the registry's database from now on."""
    registry.db_name = threading.current_thread().dbname = database
    registry._db = sql_db.db_connect(database)
    Registry.registries[database] = registry
    # As servers do before each request: what was remembered may have changed.
    registry.check_signaling()
