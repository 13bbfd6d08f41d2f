"""The cache folder: where it lies, its locks, its memory, the addon's link."""

import fcntl
from collections import namedtuple
from pathlib import Path

import pytest

from dev.lib.cache import NAME, Cache, Clone, default_folder
from dev.lib.console import Problem


@pytest.mark.parametrize(
    ("environ", "user", "folder"),
    [
        ({"PARTNER_COMPANY_DATA_CACHE": "/big"}, 0, "/big"),
        ({"XDG_CACHE_HOME": "/home/me/cache"}, 0, "/home/me/cache"),
        ({}, 0, "/var/cache"),
        ({}, 1000, "~/.cache"),
    ],
)
def test_default_folder(monkeypatch, environ, user, folder):
    monkeypatch.setattr("os.geteuid", lambda: user)
    assert default_folder(environ) == Path(folder).expanduser() / NAME


def test_unwritable_cache_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("PARTNER_COMPANY_DATA_CACHE", str(tmp_path / "file"))
    with pytest.raises(Problem, match="set PARTNER_COMPANY_DATA_CACHE to a folder"):
        Cache.open()


def test_full_disk_is_a_sentence(cache, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage(9e9, 8e9, 1e9))
    cache.require_space(0.5)
    with pytest.raises(Problem, match="has 1.0 GB free and 6 GB are needed"):
        cache.require_space(6)


def test_a_step_is_done_for_its_key_only(cache):
    assert not cache.is_done("venv", "3.11")
    cache.mark_done("venv", "3.11")
    assert cache.is_done("venv", "3.11")
    assert not cache.is_done("venv", "3.12")
    cache.forget("venv")
    assert not cache.is_done("venv", "3.11")


def test_a_lock_that_is_taken_refuses_or_frees_itself(cache):
    with open(cache.path("locks", "run"), "w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Problem, match="stop it first"):
            with cache.lock("run", "stop it first"):
                pass
    with cache.lock("run", "stop it first"):
        taken = cache.path("locks", "run")
    assert taken.exists()


def test_each_clone_has_its_own_link_and_databases(cache, tmp_path):
    clones = [Clone(tmp_path / "one"), Clone(tmp_path / "two")]
    for clone in clones:
        clone.root.mkdir()
        addons = clone.link_addon(cache)
        assert (addons / NAME).resolve() == clone.root
        assert addons == clone.link_addon(cache)
    first, second = clones
    assert first.link_addon(cache) != second.link_addon(cache)
    assert first.database("trial") != second.database("trial")


def test_a_link_to_elsewhere_is_put_right(cache, tmp_path):
    clone = Clone(tmp_path)
    link = clone.link_addon(cache) / NAME
    link.unlink()
    link.symlink_to("/nowhere")
    clone.link_addon(cache)
    assert link.resolve() == tmp_path
