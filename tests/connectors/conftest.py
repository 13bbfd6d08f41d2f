"""Plain pytest, without Odoo: the connectors are pure Python.

They carry the name they have inside Odoo, so that there is one set of exception
classes; the packages above them are stood in for where Odoo is not loaded.
"""

import os
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parents[2]
# Nothing that Hypothesis keeps is left behind in the repository.
os.environ.setdefault(
    "HYPOTHESIS_STORAGE_DIRECTORY", str(Path(tempfile.gettempdir(), "hypothesis"))
)
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
from stand_in import StandIn  # noqa: E402

from odoo.addons.partner_company_data.connectors import http  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def _short_pauses():
    """What is repeated is repeated soon; how often, and after which moment no more,
    is what tests look at.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(http, "FIRST_PAUSE", 0.02)
        yield


@pytest.fixture
def server():
    """A server that answers what a test has put in ``answers``."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture(scope="session")
def sandbox_url():
    """Address of the sandbox: a given one, or one of our own for the session."""
    given = os.environ.get("PCD_SANDBOX_URL")
    if given:
        yield given.rstrip("/")
        return
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            for line in process.stdout:
                if line.startswith("ready:"):
                    yield line.split()[1]
                    break
            else:
                pytest.fail("The sandbox did not start.")
        finally:
            process.terminate()


@pytest.fixture
def sandbox(sandbox_url):
    """The sandbox with its control address, put back as it was afterwards."""
    stand_in = StandIn(sandbox_url)
    stand_in.reset()
    yield stand_in
    stand_in.reset()
