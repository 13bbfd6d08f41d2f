"""OCA's ``queue_job`` for one test; the addon itself does without it."""

import dataclasses
from pathlib import Path

from . import python_env
from .cache import digest
from .console import step
from .environment import ROOT, Environment
from .processes import run_logged

MODULE = "queue_job"
_REQUIREMENTS = ROOT / "requirements-queue-job.txt"


def environment_with(environment: Environment) -> Environment:
    """The environment with ``queue_job`` among its addons.

    :raises Problem: when it cannot be fetched
    """
    cache = environment.cache
    packages = _ensure(environment)
    configuration = Path(environment.variables["ODOO_RC"])
    own = configuration.with_name("odoo-queue-job.conf")
    own.write_text(
        configuration.read_text().replace(
            f"addons_path = {environment.addons}",
            f"addons_path = {environment.addons},{packages / 'odoo' / 'addons'}",
        )
    )
    variables = {
        **environment.variables,
        "ODOO_RC": str(own),
        "PYTHONPATH": f"{environment.variables['PYTHONPATH']}:{packages}",
    }
    return dataclasses.replace(environment, cache=cache, variables=variables)


def version() -> str:
    """Changes when another ``queue_job`` is required."""
    return digest(_REQUIREMENTS.read_text())


def _ensure(environment: Environment) -> Path:
    """The folder of the packages, filled when the requirements have changed."""
    cache = environment.cache
    folder = cache.path("queue_job")
    key = version()
    with cache.lock("queue-job"):
        if cache.is_done("queue-job", key):
            return folder
        with step("Installing OCA's job queue"):
            run_logged(
                (
                    *(python_env.python(cache), "-m", "pip", "install", "--quiet"),
                    *("--disable-pip-version-check", "--no-deps", "--upgrade"),
                    *("--target", folder, "-r", _REQUIREMENTS),
                ),
                cache.log("pip-queue-job"),
                "OCA's job queue could not be installed: check the network and the "
                "space on the disk, then try again.",
            )
        cache.mark_done("queue-job", key)
    return folder
