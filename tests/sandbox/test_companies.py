"""The invented companies: lifelike, complete, always the same."""

import json
import subprocess
import sys
from collections import Counter, defaultdict

import pytest
from conftest import DATASET, ROOT
from stdnum.fr import siret as stdnum_siret

from sandbox.codelists import LEGAL_FORMS, NAF, WORKFORCE_BRACKETS
from sandbox.companies import make_companies
from sandbox.identifiers import french_vat, is_valid


@pytest.fixture(scope="module")
def rows(shared_client):
    shared_client.control("reset")
    lines = shared_client.get(f"{DATASET}/exports/jsonl").text.splitlines()
    return [json.loads(line) for line in lines]


def test_identifiers(rows):
    sirets = [row["siret"] for row in rows]
    assert len(set(sirets)) == len(sirets) > 3000
    for row in rows:
        assert is_valid(row["siret"]) and is_valid(row["siren"])
        assert stdnum_siret.is_valid(row["siret"])
        assert row["siret"] == row["siren"] + row["nic"]
    assert french_vat("944716448") == "FR58944716448"
    assert not is_valid("482133676")


def test_one_seat_a_unit(rows):
    seats = Counter(r["siren"] for r in rows if r["etablissementsiege"] == "oui")
    assert set(seats) == {row["siren"] for row in rows}
    assert set(seats.values()) == {1}
    for row in rows:
        assert row["siretsiegeunitelegale"] == row["siren"] + row["nicsiegeunitelegale"]
        is_seat = row["siret"] == row["siretsiegeunitelegale"]
        assert is_seat == (row["etablissementsiege"] == "oui")


def test_every_code_occurs(rows):
    assert {row["categoriejuridiqueunitelegale"] for row in rows} >= set(LEGAL_FORMS)
    assert {row["activiteprincipaleunitelegale"] for row in rows} >= set(NAF)
    brackets = {row["trancheeffectifsunitelegale"] for row in rows}
    assert brackets == {None, *WORKFORCE_BRACKETS.values()}
    assert {r["categorieentreprise"] for r in rows} == {None, "PME", "ETI", "GE"}


def test_words_of_the_service(rows):
    def values(field):
        return {row[field] for row in rows}

    assert values("etatadministratifetablissement") == {"Actif", "Fermé"}
    assert values("etatadministratifunitelegale") == {"Active", "Cessée"}
    assert values("etablissementsiege") == {"oui", "non"}
    assert values("statutdiffusionetablissement") == {"O", "P"}
    assert values("caractereemployeurunitelegale") == {None, "Oui", "Non"}
    assert values("sexeunitelegale") == {None, "Masculin", "Féminin"}
    assert "Société à responsabilité limitée(sans autre indication)" in values(
        "naturejuridiqueunitelegale"
    )
    assert "1000 à 1999 salariés" in values("trancheeffectifsunitelegale")


def test_odd_cases_occur(rows):
    names = [row["denominationunitelegale"] or "" for row in rows]
    for part in ("'", '"', "&", "É"):
        assert any(part in name for name in names), part
    assert any(len(name) > 120 for name in names)
    homonyms = defaultdict(set)
    for row in rows:
        homonyms[row["denominationunitelegale"]].add(row["libellecommuneetablissement"])
    assert len(homonyms["GARAGE DUPONT"]) == 4
    assert any(isinstance(row["codepostaletablissement"], int) for row in rows)
    assert any(row["codecedexetablissement"] for row in rows)
    assert any(row["datederniertraitementetablissement"] is None for row in rows)
    assert any(row["datecreationetablissement"] is None for row in rows)
    assert any(
        row["datefermetureetablissement"]
        and row["etatadministratifetablissement"] == "Actif"
        for row in rows
    )
    overseas = {row["codecommuneetablissement"] for row in rows}
    assert {"97701", "97801"} <= overseas
    for row in rows:
        if row["codecommuneetablissement"] == "97701":
            assert row["codepostaletablissement"] in ("97133", 97133, "[ND]")
            assert row["codedepartementetablissement"] == "977"


def test_moved_seats_close_when_the_next_opens(rows):
    units = defaultdict(list)
    for row in rows:
        units[row["siren"]].append(row)
    (old, new) = sorted(
        (r for r in rows if r["denominationunitelegale"] == "RHONALPES INGENIERIE"),
        key=lambda r: r["nic"],
    )
    assert old["etatadministratifetablissement"] == "Fermé"
    assert old["datefermetureetablissement"] == new["datecreationetablissement"]
    chains = [
        unit
        for unit in units.values()
        if len(unit) > 1
        and unit[0]["nic"][:4] == "0001"
        and unit[0]["datefermetureetablissement"]
        and unit[0]["datefermetureetablissement"]
        == unit[1]["datecreationetablissement"]
    ]
    assert len(chains) > 50


def test_real_records_are_as_published(shared_client):
    client = shared_client
    assert client.one("94471644800013")["adresseetablissement"] == "3087 Rue DE LA GARE"
    assert client.one("94471644800013")["datecreationunitelegale"] == "2025-05-16"
    thor = client.one("99151642800018")
    assert thor["adresseetablissement"] == "920 ROUTE DE L'ISLE SUR SORGUE"
    assert thor["naturejuridiqueunitelegale"] == "Association déclarée"
    closed = client.one("49081738400020")
    assert closed["etatadministratifetablissement"] == "Fermé"
    assert closed["etatadministratifunitelegale"] == "Cessée"
    assert closed["sigleunitelegale"] == "B &D CONSULTING"
    octo = client.found('siren="418166096"', "datefermetureetablissement")
    assert sorted(filter(None, octo)) == ["2002-03-20", "2005-02-17", "2016-11-28"]


def test_same_companies_in_another_process():
    code = (
        "import hashlib; from sandbox.companies import make_companies; "
        "print(hashlib.sha256("
        "repr(list(make_companies('a', 300))).encode()).hexdigest())"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def test_seed_and_number():
    def sirets(seed, count):
        return [row[0]["siret"] for row in make_companies(seed, count)]

    few, many = sirets("a", 50), sirets("a", 200)
    assert many[: len(few)] == few
    assert sirets("b", 50) != few


def test_two_servers_agree(start, rows):
    other = start()
    lines = other.get(f"{DATASET}/exports/jsonl").text.splitlines()
    assert [json.loads(line) for line in lines] == rows
