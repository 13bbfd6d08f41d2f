"""Exports of Intuiz+: found titles, French values, rows that are not taken, speed."""

import csv
import io
import math
import time
import urllib.request
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.partner_company_data.connectors import french_values as french
from odoo.addons.partner_company_data.connectors.altares_file import (
    FIELD_NAMES,
    REASONS,
    FileRow,
    RejectedRow,
    read_layout,
    read_rows,
    siren_of_cell,
)
from odoo.addons.partner_company_data.connectors.errors import RefusedError

TITLES = (
    "Siren;Raison sociale;Crédit conseillé;Score;Score /20;Paydex;Retard moyen (j);"
    "Privilèges (nombre);Privilèges (montant);Procédure collective;Date procédure;"
    "Chiffre d'affaires (k€);Date bilan;NAF;État"
)
GOOD = (
    "482 133 675;BROSSETTE & FILS;12 345,67 €;72;14,5;78;4;0;0;Néant;;"
    "1 250,5;31/12/2025;43.22A;Actif"
)
FAILING = (
    "005520135;TISSAGES DU NORD;0;3;1;;62 j;2;18.400,00 €;Redressement judiciaire;"
    "03/09/2026;;;1396Z;Actif"
)
UNRATED = "542 107 651;ENERGIE;NC;Non noté;ND;;;;;;;;;;Actif"


def table(*rows, titles=TITLES, encoding="utf-8", delimiter=";"):
    text = "\r\n".join((titles, *rows, ""))
    return text.replace(";", delimiter).encode(encoding)


def read(content, mapping=None, sheet=None):
    layout = read_layout(content, sheet)
    found = list(read_rows(content, layout, mapping))
    rows = [row for row in found if isinstance(row, FileRow)]
    return rows, [row for row in found if isinstance(row, RejectedRow)]


# --------------------------------------------------------------------------- layout


def test_titles_are_proposed():
    layout = read_layout(table(GOOD))
    assert layout.header_line == 1
    assert layout.columns[0].samples == ("482 133 675",)
    assert set(layout.proposed) == {
        "siren",
        "name",
        "credit_limit",
        "score",
        "score_20",
        "paydex",
        "dbt",
        "privileges_number",
        "privileges_amount",
        "proceedings",
        "proceedings_on",
        "turnover",
        "accounts_on",
        "naf",
        "status",
    }
    assert set(layout.proposed) <= set(FIELD_NAMES)


def test_the_titles_need_not_come_first():
    content = table(
        GOOD, titles=f"Portefeuille : Clients\r\n\r\nÉdité le 21/11\r\n{TITLES}"
    )
    assert read_layout(content).header_line == 4
    (row,), rejected = read(content)
    assert (row.line, row.siren, rejected) == (5, "482133675", [])


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_usual_kind_of_csv(encoding, delimiter):
    (row,), _rejected = read(table(GOOD, encoding=encoding, delimiter=delimiter))
    assert (row.siren, row.facts.credit_limit) == ("482133675", 12345.67)


def test_commas_with_quotation_marks():
    content = b'Siren,Raison sociale,Score\r\n482133675,"Dupont, fils",72.5\r\n'
    (row,), _rejected = read(content)
    assert (row.facts.name, row.facts.score) == ("Dupont, fils", 72.5)


def test_a_mapping_of_ones_own():
    content = b"Identifiant;Montant\r\n482133675;500\r\n"
    assert read_layout(content).proposed == {}
    with pytest.raises(RefusedError, match="SIREN"):
        read(content)
    (row,), _rejected = read(content, {"siren": 0, "credit_limit": 1})
    assert row.facts.credit_limit == 500
    with pytest.raises(RefusedError, match="colour"):
        read(content, {"siren": 0, "colour": 1})


def test_an_export_of_the_sandbox(sandbox_url):
    address = f"{sandbox_url}/control/altares_iws/export?count=150"
    with urllib.request.urlopen(address, timeout=60) as answer:
        content = answer.read()
    layout = read_layout(content)
    assert (layout.header_line, len(layout.proposed)) == (2, 16)
    rows, rejected = read(content)
    assert (len(rows), rejected) == (150, [])
    assert not any(row.unread for row in rows)
    for told in ("score", "score_20", "credit_limit", "latest_turnover", "naf"):
        assert sum(getattr(row.facts, told) is not None for row in rows) > 100
    assert {row.facts.is_rated for row in rows} == {True, False}
    assert any(row.facts.has_open_proceedings for row in rows)


# ---------------------------------------------------------------------------- facts


def test_a_good_company():
    (row,), rejected = read(table(GOOD))
    facts = row.facts
    assert rejected == [] and row.unread == ()
    assert (facts.siren, facts.name) == ("482133675", "BROSSETTE & FILS")
    assert (facts.credit_limit, facts.credit_limit_currency) == (12345.67, "EUR")
    assert (facts.score, facts.score_20, facts.is_rated) == (72, 14.5, True)
    assert (facts.payment.paydex, facts.payment.dbt) == (78, 4)
    assert (facts.privileges.number, facts.privileges.has_open) == (0, False)
    assert (facts.has_legal_facts, facts.has_open_proceedings) == (True, False)
    assert (facts.latest_turnover, facts.naf) == (1_250_500, "43.22A")
    assert facts.key_figures[0].period_end == date(2025, 12, 31)
    assert (facts.status, facts.is_failing) == ("active", False)


def test_a_failing_company():
    (row,), _rejected = read(table(FAILING))
    facts = row.facts
    (proceeding,) = facts.proceedings
    assert facts.siren == "005520135"
    assert (proceeding.kind, proceeding.decided_on) == (
        "receivership",
        date(2026, 9, 3),
    )
    assert facts.has_open_proceedings and facts.is_failing
    assert (facts.privileges.number, facts.privileges.amount) == (2, 18400)
    assert facts.credit_limit == 0
    assert (facts.payment.dbt, facts.payment.paydex) == (62, None)
    assert facts.latest_turnover is None


def test_what_is_not_known_is_no_value():
    (row,), _rejected = read(table(UNRATED))
    facts = row.facts
    assert (facts.credit_limit, facts.score, facts.score_20) == (None, None, None)
    assert (facts.is_rated, facts.is_failing) == (False, None)
    assert (facts.has_legal_facts, facts.has_open_proceedings) == (False, None)
    assert facts.privileges.number is facts.payment.dbt is None
    assert row.unread == ()


def test_nonsense_leaves_its_field_empty_and_is_told():
    content = table("482133675;X;abc;172;25;12 j;;;;;31/02/2026;;;;", titles=TITLES)
    (row,), _rejected = read(content)
    assert row.unread == (
        ("credit_limit", "abc"),
        ("score", "172"),
        ("score_20", "25"),
        ("paydex", "12 j"),
        ("proceedings_on", "31/02/2026"),
    )
    assert row.facts.credit_limit is row.facts.score is row.facts.payment.paydex is None


def test_rows_that_are_not_taken():
    rows, rejected = read(
        table(
            GOOD,
            "482133676;CLEF FAUSSE",
            ";TOTAL;1 000",
            "4,82E+08;ARRONDI",
            "",
            GOOD,
            "sans numéro;X",
        )
    )
    assert len(rows) == 1
    assert [(row.line, row.code) for row in rejected] == [
        (3, "bad_siren"),
        (4, "no_siren"),
        (5, "rounded_siren"),
        (7, "duplicate"),
        (8, "no_siren"),
    ]
    assert all(row.reason == REASONS[row.code] for row in rejected)


def test_a_quotation_mark_that_is_never_closed_costs_what_it_swallows():
    rows, rejected = read(table(GOOD, '005520135;"SANS FIN;1;2' + "x" * 200_000))
    assert len(rows) == 1
    assert [row.code for row in rejected] == ["unreadable"]


# ----------------------------------------------------------------------- single cells


@pytest.mark.parametrize(
    ("cell", "siren"),
    [
        ("482 133 675", "482133675"),
        ("482.133.675", "482133675"),
        (482133675, "482133675"),
        (482133675.0, "482133675"),
        ("482133675.0", "482133675"),
        (5520135, "005520135"),
        ("5520135", "005520135"),
        ("48213367500017", "482133675"),
        (48213367500017, "482133675"),
        ("4,82133675E+08", "482133675"),
        ("4,82E+08", None),
        ("482133676", None),
        ("", None),
        (None, None),
        (True, None),
        (-5, None),
        (1.5, None),
        ("٤٨٢١٣٣٦٧٥", None),
    ],
)
def test_sirens(cell, siren):
    assert siren_of_cell(cell) == siren


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12 345,67 €", 12345.67),
        ("12\u00a0345,67\u202f€", 12345.67),
        ("12.345,67", 12345.67),
        ("12,345.67", 12345.67),
        ("12.345", 12345),
        ("12,345", 12.345),
        ("1,234,567", 1234567),
        ("25 k€", 25000),
        ("1,5 M€", 1_500_000),
        ("-350", -350),
        ("(1 200)", -1200),
        ("12/20", 12),
        ("18 jours", 18),
        ("1,5E6", 1_500_000),
        ("6.997E8", 699_700_000),
        (7, 7),
        (7.5, 7.5),
        (True, None),
        ("12 chevaux", None),
        ("1.2.3,4,5", None),
        ("1e999", None),
        (math.inf, None),
    ],
)
def test_numbers(cell, number):
    assert french.number(cell) == number


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("31/12/2025", date(2025, 12, 31)),
        ("31-12-25", date(2025, 12, 31)),
        ("2025-12-31", date(2025, 12, 31)),
        ("31/12/2025 00:00", date(2025, 12, 31)),
        (datetime(2025, 12, 31, 8), date(2025, 12, 31)),
        (date(2025, 12, 31), date(2025, 12, 31)),
        (46022, date(2025, 12, 31)),
        (46022.0, date(2025, 12, 31)),
        ("31/02/2025", None),
        (12, None),
        (True, None),
    ],
)
def test_days(cell, day):
    assert french.day(cell) == day


def test_periods():
    for cell in ("2025", 2025, "12/2025", "31/12/2025"):
        assert french.end_of_period(cell) == date(2025, 12, 31)
    assert french.end_of_period("02/2024") == date(2024, 2, 29)
    assert french.end_of_period("13/2024") is None


# -------------------------------------------------------------------------- workbooks


def workbook(rows, titles=None):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Portefeuille"
    sheet.append(["Export Intuiz+"])
    sheet.append(titles or TITLES.split(";"))
    for row in rows:
        sheet.append(row)
    book.create_sheet("Notice")
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_workbook():
    content = workbook(
        [
            [482133675, "BROSSETTE", 12345.67, 72, 14.5, 78, 4, 0, 0, "Néant", None]
            + [1250.5, datetime(2025, 12, 31), "4322A", "Actif"],
            [5520135, "TISSAGES", 0, 3, 1, None, 62, 2, 18400, "Liquidation judiciaire"]
            + [datetime(2026, 9, 3)],
        ]
    )
    layout = read_layout(content)
    assert (layout.header_line, layout.sheets) == (2, ("Portefeuille", "Notice"))
    (good, failing), rejected = read(content)
    assert rejected == []
    assert (good.line, good.facts.latest_turnover, good.facts.naf) == (
        3,
        1_250_500,
        "43.22A",
    )
    assert failing.siren == "005520135"
    assert failing.facts.proceedings[0].decided_on == date(2026, 9, 3)


def test_files_that_are_no_tables():
    for content in (
        b"",
        b" \r\n ",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 64,
        b"PK\x03\x04 no archive",
        b"\x89PNG\x00\x00\x00\x00",
    ):
        with pytest.raises(RefusedError):
            read(content)


def test_a_workbook_with_entities_is_refused():
    sound = workbook([[482133675]])
    spoilt = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sound)) as old, zipfile.ZipFile(spoilt, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith("sheet1.xml"):
                part = b'<!DOCTYPE x [<!ENTITY a "b">]>' + part
            new.writestr(name, part)
    with pytest.raises(RefusedError):
        read(spoilt.getvalue())


# --------------------------------------------------------------------- nonsense, speed


@settings(max_examples=150)
@given(st.lists(st.text(max_size=12), min_size=15, max_size=15), st.binary(max_size=80))
def test_nonsense_never_becomes_a_fact(cells, noise):
    row = ";".join(cell.replace(";", "").replace('"', "") for cell in cells[1:])
    for content in (table(f"482133675;{row}"), noise, table(GOOD) + noise):
        try:
            rows, rejected = read(content)
        except RefusedError:
            continue
        for found in rows:
            facts = found.facts
            assert facts.score is None or 0 <= facts.score <= 100
            assert facts.score_20 is None or 0 <= facts.score_20 <= 20
            assert facts.credit_limit is None or facts.credit_limit >= 0
        assert all(row.code in REASONS for row in rejected)


def _sirens(count):
    for number in range(10_000_000, 10_000_000 + count):
        digits = [int(digit) for digit in str(number)]
        total = sum(digits[0::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])
        yield f"{number}{-total % 10}"


def test_many_rows_are_read_in_little_more_than_csv_takes():
    rows = [
        f"{siren};SOCIÉTÉ {siren};{siren[3:]},5 €;{int(siren) % 100};14,5;78;4;0;0;"
        f"Néant;;{siren[2:]};31/12/2025;43.22A;Actif"
        for siren in _sirens(10_000)
    ]
    content = table(*rows)
    text = content.decode()
    started = time.process_time()
    for _row in csv.reader(io.StringIO(text), delimiter=";"):
        pass
    floor = time.process_time() - started
    started = time.process_time()
    found, rejected = read(content)
    assert (len(found), len(rejected)) == (10_000, 0)
    # Two or three seconds for a hundred thousand.
    assert time.process_time() - started < 100 * floor


def test_rows_come_one_by_one():
    content = table(*(f"{siren};X" for siren in _sirens(2000)))
    rows = read_rows(content, read_layout(content))
    assert next(rows).line == 2
