"""A large register answers in milliseconds, and a kept one starts at once."""

import sqlite3
import time

import pytest

from sandbox.store import COLUMNS, Store

SIZE = 100_000


@pytest.fixture(scope="module")
def large(start, tmp_path_factory):
    """A register of 100,000: the small one many times over under other numbers."""
    path = tmp_path_factory.mktemp("store") / "register.db"
    store = Store(str(path))
    size = store.count("1")
    store.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -200000")
    columns = ", ".join(COLUMNS)
    copied = columns.replace("siren,", "printf('%09d', siren + ?),", 1)
    copied = copied.replace(" siret,", " printf('%09d', siren + ?) || nic,", 1)
    connection.execute("BEGIN")
    # Rows are copied, and sorted once at the end, faster than into each index. The
    # unique one stays: it leaves out numbers that exist.
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'establishment' "
        "AND sql LIKE 'CREATE INDEX %'"
    ).fetchall()
    for name, _sql in indexes:
        connection.execute(f"DROP INDEX {name}")
    for number in range(1, SIZE // size + 1):
        connection.execute(
            f"INSERT OR IGNORE INTO establishment ({columns}) SELECT {copied} "
            f"FROM establishment WHERE id <= {size}",
            (number, number),
        )
    for _name, sql in indexes:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.close()
    return start("--store", str(path))


def test_hundred_sirets(large):
    health = large.control("health", method="GET")
    assert health["establishments"] > SIZE * 0.9
    sirets = [
        r["siret"] for r in large.control("sample?count=1000", method="GET")["results"]
    ]
    milliseconds = []
    for start in range(0, 1000, 100):
        part = sirets[start : start + 100]
        numbers = ", ".join(f'"{siret}"' for siret in part)
        sirens = ", ".join(f'"{siret[:9]}"' for siret in part)
        seats = f'siren in ({sirens}) and etablissementsiege="oui"'
        response = large.records(
            f"siret in ({numbers}) or ({seats})",
            limit=100,
            select="siren,siret,denominationunitelegale,adresseetablissement,"
            "codepostaletablissement,libellecommuneetablissement,"
            "etatadministratifetablissement,etatadministratifunitelegale,"
            "datederniertraitementetablissement,datederniertraitementunitelegale",
        )
        assert response.json()["total_count"] == 100
        timing = response.headers["Server-Timing"]
        milliseconds.append(float(timing.removeprefix("app;dur=")))
    # The best of ten: the machine may have other work in between.
    assert min(milliseconds) < 20


def test_kept_register_starts_at_once(start, tmp_path):
    path = str(tmp_path / "kept.db")
    first = start("--store", path, "--companies", "1000")
    moved = first.control("register/move", {"count": 1})["changed"][0]
    started = time.perf_counter()
    second = start("--store", path, "--companies", "1000")
    assert time.perf_counter() - started < 5
    # Changes of an earlier run are taken back at the start.
    assert second.one(moved["old_siret"])["etablissementsiege"] == "oui"
    other = start("--store", path, "--companies", "20")
    assert other.control("health", method="GET")["companies"] == 20
