"""The register: an SQLite database of establishments, indexed, in memory or a file.

One row is one establishment with a column a field of the dataset, and three columns of
our own: ``case_tags``, ``integer_postcode`` (the row's postcode is delivered as a
number) and ``id``. Words of the searched fields stand in an FTS5 index. Changes keep
the row's first state aside, so that the register can be put back as it was at the
start.
"""

import gc
import hashlib
import json
import sqlite3
import threading
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path

from . import companies, demo_companies, words
from .codelists import DATA
from .fields import FIELDS, NEVER_FILLED, SEARCHED_FIELDS

OWN_COLUMNS = ("case_tags", "integer_postcode")
COLUMNS = FIELDS + OWN_COLUMNS
#: What a newly made record may hold; the other columns are left null.
_FILLED = tuple(name for name in FIELDS if name not in NEVER_FILLED)
_INDEXES = {
    "by_siret": "siret",
    "by_siren": "siren",
    "by_postcode": "codepostaletablissement, activiteprincipaleetablissement",
    "by_commune": "codecommuneetablissement",
    "by_name": "denominationunitelegale",
    "by_department": (
        "codedepartementetablissement, activiteprincipaleetablissement, "
        "trancheeffectifsetablissement"
    ),
    "by_activity": (
        "activiteprincipaleunitelegale, codedepartementetablissement, "
        "trancheeffectifsunitelegale"
    ),
    "by_establishment_activity": (
        "activiteprincipaleetablissement, codedepartementetablissement"
    ),
    "by_processing": "datederniertraitementetablissement",
}


def _fingerprint():
    """Changes when the code or the data that make companies change."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    sources = [
        here / name
        for name in (
            "codelists.py",
            "companies.py",
            "demo_companies.py",
            "fields.py",
            "identifiers.py",
            "register.py",
            "store.py",
        )
    ]
    for path in [*sources, *sorted(DATA.iterdir())]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


#: Of one SQL function: 127 at most.
_ARGUMENTS = 100


class Store:
    """The register's rows. Safe to use from several threads: one query at a time."""

    def __init__(self, path=":memory:", companies=2000, seed="partner"):
        self.companies = companies
        self.seed = seed
        self.lock = threading.RLock()
        #: Goes up with each change: answers kept from before are worth nothing then.
        self.version = 0
        self._counts = {}
        self._connection = sqlite3.connect(
            path, check_same_thread=False, isolation_level=None
        )
        self._connection.create_function(
            "contains_words", 3, self._contains_words, deterministic=True
        )
        for pragma in (
            "journal_mode = MEMORY" if path == ":memory:" else "journal_mode = WAL",
            "synchronous = OFF",
            "temp_store = MEMORY",
            "cache_size = -131072",
            "mmap_size = 2147483648",
        ):
            self._connection.execute(f"PRAGMA {pragma}")
        parameters = json.dumps([_fingerprint(), companies, seed])
        if self._stored_parameters() == parameters:
            self.reset()
        else:
            self._build(parameters)

    @staticmethod
    def _contains_words(text, wanted, prefix_last):
        if text is None:
            return False
        return words.contains_words(str(text), wanted.split(), bool(prefix_last))

    def create_function(self, name, arity, function):
        self._connection.create_function(name, arity, function, deterministic=True)

    def close(self):
        with self.lock:
            self._connection.close()

    # -- building -----------------------------------------------------------------

    def _stored_parameters(self):
        try:
            row = self._connection.execute("SELECT parameters FROM made_of").fetchone()
        except sqlite3.OperationalError:
            return None
        return row[0] if row else None

    def _build(self, parameters):
        execute = self._connection.execute
        for table in (
            "made_of",
            "establishment_words",
            "establishment",
            "first_state",
            "added",
        ):
            execute(f"DROP TABLE IF EXISTS {table}")
        columns = ", ".join(COLUMNS)
        execute(f"CREATE TABLE establishment (id INTEGER PRIMARY KEY, {columns})")
        execute(f"CREATE TABLE first_state (id INTEGER PRIMARY KEY, {columns})")
        execute("CREATE TABLE added (id INTEGER PRIMARY KEY)")
        execute(
            "CREATE VIRTUAL TABLE establishment_words USING fts5("
            + ", ".join(SEARCHED_FIELDS)
            + ", tokenize = 'unicode61 remove_diacritics 2', detail = 'column', "
            "prefix = '3')"
        )
        execute("BEGIN")
        filled = _FILLED + OWN_COLUMNS
        insert = (
            f"INSERT INTO establishment ({', '.join(filled)}) "
            f"VALUES ({', '.join('?' * len(filled))})"
        )
        # Nothing made here refers to itself: the collector would look in vain, for
        # a quarter of the time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            self._connection.executemany(insert, self._all_rows())
        finally:
            if collecting:
                gc.enable()
        for name, indexed in _INDEXES.items():
            unique = "UNIQUE " if indexed == "siret" else ""
            execute(f"CREATE {unique}INDEX {name} ON establishment ({indexed})")
        self._index_words("")
        execute("CREATE TABLE made_of (parameters TEXT)")
        execute("INSERT INTO made_of VALUES (?)", (parameters,))
        # No ANALYZE: without statistics SQLite trusts the indexes, also for the long
        # lists of numbers that it would rather read a small table for.
        execute("COMMIT")

    def _all_rows(self):
        fixed = list(demo_companies.fixed_records())
        taken = {record["siren"] for record, _case, _integer in fixed}
        values_of = itemgetter(*_FILLED)
        made = companies.make_companies(self.seed, self.companies, taken)
        for source in (fixed, made):
            for record, tags, integer_postcode in source:
                yield (*values_of(record), tags, int(integer_postcode))

    def _index_words(self, condition, parameters=()):
        texts = ", ".join(
            f"replace(replace(nullif({name}, '[ND]'), 'Œ', 'OE'), 'œ', 'oe')"
            for name in SEARCHED_FIELDS
        )
        self._connection.execute(
            f"INSERT INTO establishment_words (rowid, {', '.join(SEARCHED_FIELDS)}) "
            f"SELECT id, {texts} FROM establishment {condition}",
            parameters,
        )

    # -- reading ------------------------------------------------------------------

    def query(self, sql, parameters=()):
        """All rows of a query, as tuples."""
        with self.lock:
            return self._connection.execute(sql, parameters).fetchall()

    def count(self, condition, parameters=()):
        """How many establishments fulfil an SQL condition; kept until a change."""
        key = (self.version, condition, tuple(parameters))
        with self.lock:
            if key not in self._counts:
                if len(self._counts) > 500:
                    self._counts.clear()
                row = self._connection.execute(
                    f"SELECT count(*) FROM establishment WHERE {condition}", parameters
                ).fetchone()
                self._counts[key] = row[0]
            return self._counts[key]

    def records(self, condition="1", parameters=(), tail=""):
        """Whole records as dictionaries of dataset fields, as delivered."""
        rows = self.query(
            f"SELECT {', '.join(FIELDS)}, integer_postcode FROM establishment "
            f"WHERE {condition} {tail}",
            parameters,
        )
        return [as_record(row) for row in rows]

    # -- changing -----------------------------------------------------------------

    @contextmanager
    def transaction(self):
        """Changes that others see all at once, or, after an error, not at all."""
        with self.lock:
            self._connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                self._changed()
                raise
            self._connection.execute("COMMIT")

    def update(self, values, condition, parameters=()):
        """Set columns of the rows that fulfil a condition; number of rows."""
        assignments = ", ".join(f"{name} = ?" for name in values)
        reindex = not set(values).isdisjoint(SEARCHED_FIELDS)
        with self.lock:
            ids = [
                row[0]
                for row in self._connection.execute(
                    f"SELECT id FROM establishment WHERE {condition}", parameters
                )
            ]
            for row_id in ids:
                self._keep_first_state(row_id)
                self._connection.execute(
                    f"UPDATE establishment SET {assignments} WHERE id = ?",
                    (*values.values(), row_id),
                )
                if reindex:
                    self._reindex_words(row_id)
            self._changed()
            return len(ids)

    def add(self, record, tags="", integer_postcode=False):
        """Add an establishment: a record with every field of the dataset."""
        row = (*(record[name] for name in FIELDS), tags, int(integer_postcode))
        with self.lock:
            cursor = self._connection.execute(
                f"INSERT INTO establishment ({', '.join(COLUMNS)}) "
                f"VALUES ({', '.join('?' * len(COLUMNS))})",
                row,
            )
            self._connection.execute(
                "INSERT INTO added VALUES (?)", (cursor.lastrowid,)
            )
            self._index_words("WHERE id = ?", (cursor.lastrowid,))
            self._changed()

    def reset(self):
        """Put the register back as it was when it was made."""
        with self.transaction():
            changed = [
                row[0]
                for row in self._connection.execute(
                    "SELECT id FROM added UNION SELECT id FROM first_state"
                )
            ]
            if not changed:
                return
            execute = self._connection.execute
            execute("DELETE FROM establishment WHERE id IN (SELECT id FROM added)")
            execute("INSERT OR REPLACE INTO establishment SELECT * FROM first_state")
            execute("DELETE FROM added")
            execute("DELETE FROM first_state")
            for row_id in changed:
                self._reindex_words(row_id)
            self._changed()

    def _keep_first_state(self, row_id):
        self._connection.execute(
            "INSERT OR IGNORE INTO first_state SELECT * FROM establishment "
            "WHERE id = ? AND id NOT IN (SELECT id FROM added)",
            (row_id,),
        )

    def _reindex_words(self, row_id):
        self._connection.execute(
            "DELETE FROM establishment_words WHERE rowid = ?", (row_id,)
        )
        self._index_words("WHERE id = ?", (row_id,))

    def _changed(self):
        self.version += 1
        self._counts.clear()


def json_sql(selection):
    """An SQL expression: the JSON text of a row as the service delivers it.

    ``selection`` lists ``(field, name in the answer)``. SQLite writes the text several
    times faster than Python makes a dictionary and encodes it.
    """
    pieces = []
    for start in range(0, len(selection), _ARGUMENTS):
        part = selection[start : start + _ARGUMENTS]
        keys = (json.dumps(name, ensure_ascii=False) for _field, name in part)
        # A percent sign in a name is not a place for a value.
        names = ",".join(key.replace("%", "%%") + ":%s" for key in keys)
        names = names.replace("'", "''")
        values = ", ".join(_json_value(field) for field, _ in part)
        pieces.append(f"printf('{names}', {values})")
    return "'{' || " + " || ',' || ".join(pieces) + " || '}'"


def _json_value(field):
    if field == "geolocetablissement":
        return f"coalesce({field}, 'null')"
    if field == "codepostaletablissement":
        return (
            f"CASE WHEN integer_postcode AND {field} NOT GLOB '*[^0-9]*' "
            f"THEN CAST({field} AS INTEGER) ELSE json_quote({field}) END"
        )
    # Most values are null: that much is known without a function call.
    return f"iif({field} IS NULL, 'null', json_quote({field}))"


def as_record(row):
    """A dataset record from the columns of ``FIELDS`` followed by the postcode flag."""
    record = dict(zip(FIELDS, row, strict=False))
    return as_delivered(record, row[-1])


def as_delivered(record, integer_postcode):
    """Values as the service sends them: position as an object, odd postcodes."""
    position = record.get("geolocetablissement")
    if position:
        record["geolocetablissement"] = json.loads(position)
    if integer_postcode:
        postcode = record.get("codepostaletablissement")
        if postcode and postcode.isdigit():
            record["codepostaletablissement"] = int(postcode)
    return record
