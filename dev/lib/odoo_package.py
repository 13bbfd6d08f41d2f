"""Odoo 19 as Debian packages it, unpacked into the cache.

The package's dependencies are those of Debian's unstable suite, so it is not
installed: its files are unpacked, and its Python packages come from the package
index (see python_env).
"""

import platform
import re
import shutil
import subprocess
from pathlib import Path

from .cache import Cache
from .console import Problem, say, step
from .processes import run_logged

_PACKAGE = "odoo-19"
# The package's fonts and older JavaScript libraries are links into these.
_LINKED = (
    "fonts-dejavu-core",
    "fonts-glyphicons-halflings",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "gsfonts",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
# The unstable suite has moved the files of these two.
_LINKED_STABLE = ("fonts-font-awesome", "fonts-inconsolata")
# Left out of Debian's package; every page would log its absence.
_ABSENT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
_RECIPE = "1"


def dist_packages(cache: Cache) -> Path:
    """The folder to put on PYTHONPATH."""
    return cache.path("odoo", "usr/lib/python3/dist-packages")


def version(cache: Cache) -> str:
    return cache.path("odoo", "VERSION").read_text()


def ensure(cache: Cache) -> None:
    """Download and unpack Odoo, once a cache.

    :raises Problem: without network, space on the disk, or apt
    """
    if cache.is_done("odoo", _RECIPE):
        return
    cache.require_space(6)
    archive = _Archive(cache)
    with step("Reading the archive's list of packages"):
        archive.update()
    with step("Downloading Odoo 19 (about 130 MB)"):
        packages = archive.download(_PACKAGE, *_LINKED)
        packages += archive.download(*_LINKED_STABLE, suite=archive.stable)
    target = cache.path("odoo")
    with step("Unpacking Odoo"):
        shutil.rmtree(target, ignore_errors=True)
        for package in packages:
            run_logged(
                ("dpkg", "-x", package, target),
                cache.log("unpack"),
                "Odoo could not be unpacked: check that the disk is not full.",
            )
    absent = dist_packages(cache) / "odoo/addons" / _ABSENT
    if not absent.exists():
        absent.parent.mkdir(parents=True, exist_ok=True)
        absent.write_text("/* Background blur in calls is not part of this copy. */\n")
    broken = [path for path in target.rglob("*") if not path.exists()]
    if broken:
        say(f"Warning: {len(broken)} links of Odoo's package lead nowhere: {broken[0]}")
    found = re.match(rf"{_PACKAGE}_(.+)_all\.deb$", packages[0].name)
    (target / "VERSION").write_text(found[1] if found else "unknown")
    shutil.rmtree(archive.folder)
    cache.mark_done("odoo", _RECIPE)
    say(f"Odoo {version(cache)} is unpacked")


class _Archive:
    """A private state of apt: the machine's own sources stay as they are."""

    def __init__(self, cache: Cache):
        if not (shutil.which("apt-get") and shutil.which("dpkg")):
            raise Problem(
                "Odoo 19 is fetched with apt, which this machine has not: install "
                "Odoo 19 yourself and give its command, as in "
                "`ODOO=/opt/odoo/odoo-bin dev/run`."
            )
        self.folder = cache.path("apt")
        self.log = cache.log("odoo-download")
        self.stable = _stable_suite()
        for part in ("lists/partial", "cache/archives/partial", "packages"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        address = _archive_address(self.stable)
        keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
        signed = f"[signed-by={keyring}] " if keyring.exists() else ""
        (self.folder / "sources.list").write_text(
            f"deb {signed}{address} sid main\n"
            f"deb {signed}{address} {self.stable} main\n"
        )

    def _apt(self, *arguments: str) -> None:
        options = {
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State::lists": self.folder / "lists",
            "Dir::Cache": self.folder / "cache",
            "Acquire::Languages": "none",
            # A mirror that lags behind is good enough; its signature is checked.
            "Acquire::Check-Valid-Until": "false",
            "APT::Sandbox::User": "root",
        }
        flags = [
            part for key, value in options.items() for part in ("-o", f"{key}={value}")
        ]
        run_logged(
            ("apt-get", *flags, *arguments),
            self.log,
            "Odoo could not be downloaded: check the network, then try again.",
            cwd=self.folder / "packages",
        )

    def update(self) -> None:
        self._apt("update", "--error-on=any")

    def download(self, *packages: str, suite: str = "sid") -> list[Path]:
        self._apt("download", *(f"{package}/{suite}" for package in packages))
        found = []
        for package in packages:
            matches = sorted((self.folder / "packages").glob(f"{package}_*.deb"))
            found.append(max(matches, key=lambda path: path.stat().st_mtime))
        return found


def _stable_suite() -> str:
    """The code name of the machine's Debian, such as ``bookworm``."""
    system = platform.freedesktop_os_release()
    if system.get("ID") != "debian":
        raise Problem(
            f"Odoo 19 is fetched from Debian's archive and this is "
            f"{system.get('PRETTY_NAME', 'another system')}: install Odoo 19 "
            "yourself and give its command, as in `ODOO=/opt/odoo/odoo-bin dev/run`."
        )
    return system["VERSION_CODENAME"]


def _archive_address(suite: str) -> str:
    """The address from which this machine gets the packages of its own suite."""
    listing = subprocess.run(
        (
            "apt-get",
            "indextargets",
            "--format",
            "$(CODENAME) $(RELEASE) $(COMPONENT) $(REPO_URI)",
        ),
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    for line in listing.splitlines():
        codename, release, component, address = line.split(maxsplit=3)
        if suite in (codename, release) and component == "main":
            return address
    raise Problem(
        f"apt knows no archive for {suite}: add Debian's archive to the machine's "
        "sources of packages, run `apt-get update`, then try again."
    )
