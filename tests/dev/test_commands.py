"""What a person meets on the command line."""

import os
import socket
import subprocess
import sys
import urllib.error
from pathlib import Path
from unittest.mock import patch

import pytest

from dev.commands import run
from dev.lib import databases, odoo_package, ports, postgres, system_packages
from dev.lib.console import Problem

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def taken_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def _command(name, *arguments, **variables):
    return subprocess.run(
        [ROOT / "dev" / name, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        check=False,
    )


@pytest.mark.parametrize("name", ["run", "test"])
def test_help_sets_nothing_up(name, tmp_path):
    shown = _command(name, "--help", PARTNER_COMPANY_DATA_CACHE=str(tmp_path))
    assert shown.returncode == 0
    assert f"usage: dev/{name}" in shown.stdout
    assert not list(tmp_path.iterdir())


def test_run_names_every_option():
    shown = _command("run", "--help").stdout
    for option in ("--fresh", "--port", "--live", "--no-demo", "ODOO", "PGHOST"):
        assert option in shown


def test_taken_port_is_one_sentence(taken_port, tmp_path):
    done = _command(
        *("run", "--port", str(taken_port)), PARTNER_COMPANY_DATA_CACHE=str(tmp_path)
    )
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"Port {taken_port} is taken: stop what uses it, or choose another one, as in "
        f"`dev/run --port {taken_port + 10}`."
    )


_UMASK_OF_ROOT = """
import os
os.umask(0o077)
os.geteuid = lambda: 0
from dev.__main__ import main
try:
    main(["run", "--help"])
finally:
    print(f"umask {os.umask(0):03o}")
"""


def test_what_root_makes_is_open_to_the_database_server():
    command = [sys.executable, "-c", _UMASK_OF_ROOT]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.endswith("umask 022\n")


def test_too_old_a_python_is_one_sentence(tmp_path):
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo Python 3.8.1\nexit 1\n')
    old.chmod(0o755)
    done = _command("run", PYTHON=str(old))
    assert done.returncode == 1
    assert done.stderr.startswith("Odoo 19 needs Python 3.10 or newer")
    assert "Python 3.8.1" in done.stderr


@pytest.mark.parametrize("python", ["/nowhere/python3", "/bin/ls"])
def test_a_python_that_is_none_is_one_sentence(python):
    done = _command("run", PYTHON=python)
    assert done.returncode == 1
    assert done.stderr.startswith(f"PYTHON={python} is no Python that can be started:")
    assert done.stderr.count("\n") == 1


def test_a_server_that_is_away_is_one_sentence(monkeypatch):
    monkeypatch.setenv("PGHOST", "/nowhere")
    said = (
        'psql: error: connection to server on socket "/nowhere/.s.PGSQL.5432" failed: '
        "No such file or directory\n\tIs the server running locally?\n"
    )
    sentence = str(databases._refusal(said))
    assert sentence.startswith(
        "PostgreSQL cannot be used at PGHOST=/nowhere (No such file or directory): "
    )
    assert "\n" not in sentence


def test_a_port_of_root_is_one_sentence(monkeypatch):
    def refuse(_port):
        raise PermissionError

    monkeypatch.setattr(ports, "is_taken", refuse)
    with pytest.raises(Problem, match="Port 80 is kept for root"):
        run._require_free(80)


def test_live_without_network_is_one_sentence():
    address = f"http://127.0.0.1:{ports.free_port()}/api"
    with pytest.raises(Problem, match=r"127\.0\.0\.1 cannot be reached .*--live"):
        run._require_answer(address)


def test_live_takes_any_answer():
    refused = urllib.error.HTTPError("http://service.example", 403, "", {}, None)
    with patch("urllib.request.urlopen", side_effect=refused):
        run._require_answer("http://service.example")


def test_an_odoo_that_is_no_command_is_one_sentence(tmp_path):
    done = _command(
        "env",
        "true",
        ODOO="/nowhere/odoo-bin",
        PARTNER_COMPANY_DATA_CACHE=str(tmp_path),
    )
    assert done.returncode == 1
    assert "ODOO=/nowhere/odoo-bin is no command" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_rights_and_sudo_it_is_said(monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(Problem, match="start this command as root, or install sudo"):
        system_packages.as_root("apt-get", "install")


def test_another_system_is_told_to_bring_its_odoo(monkeypatch):
    release = {"ID": "fedora", "PRETTY_NAME": "Fedora Linux 44"}
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: release)
    with pytest.raises(Problem, match="Fedora Linux 44.*ODOO=/opt"):
        odoo_package._stable_suite()


def test_an_existing_server_is_left_alone(cache, monkeypatch):
    monkeypatch.setenv("PGHOST", "db.example.com")
    with postgres.running(cache) as variables:
        assert variables == {}
    assert not cache.path("postgresql").exists()


def test_free_port_is_free(taken_port):
    assert ports.is_taken(taken_port)
    assert not ports.is_taken(ports.free_port())


def test_options():
    options = run._parser().parse_args(["--no-demo", "--live", "--port", "8100"])
    assert (options.demo, options.live, options.fresh) == (False, True, False)
    assert options.port == 8100


@pytest.mark.parametrize("port", ["abc", "0", "99999"])
def test_no_such_port(port, capsys):
    with pytest.raises(SystemExit):
        run._parser().parse_args(["--port", port])
    assert f"not {port}" in capsys.readouterr().err
