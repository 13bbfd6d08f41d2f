"""Plain pytest, without Odoo: the connectors are pure Python.

They carry the name they have inside Odoo, so that there is one set of exception
classes; the packages above them are stood in for where Odoo is not loaded.
"""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parents[2]
# No folder of examples is left behind.
settings.register_profile("connectors", database=None, deadline=None)
settings.load_profile("connectors")

PACKAGE = "odoo.addons.partner_company_data"


def _stand_in_for_packages():
    parent = None
    for name in ("odoo", "odoo.addons", PACKAGE):
        package = sys.modules.get(name)
        if package is None:
            package = ModuleType(name)
            package.__path__ = [str(REPOSITORY)] if name == PACKAGE else []
            sys.modules[name] = package
        if parent is not None:
            setattr(parent, name.rpartition(".")[2], package)
        parent = package


try:
    import_module(f"{PACKAGE}.connectors")
except ImportError:
    _stand_in_for_packages()

from servers import ScriptedServer  # noqa: E402  (after the packages stand)


@pytest.fixture
def server():
    """A server that answers what a test has put in ``answers``."""
    with ScriptedServer() as running:
        yield running
