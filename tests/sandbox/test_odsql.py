"""The query language: what each form finds, what is refused and how."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

BROSSETTE = "48213367500017"
OCTO = "41816609600069"


def quote(text, mark='"'):
    """A text literal as a careful client writes it."""
    escaped = text.replace("\\", "\\\\").replace(mark, f"\\{mark}")
    return f"{mark}{escaped}{mark}"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ('siret="48213367500017"', [BROSSETTE]),
        ("siret='48213367500017'", [BROSSETTE]),
        ('siret:"48213367500017"', [BROSSETTE]),
        ("`siret` = '48213367500017'", [BROSSETTE]),
        ("siret=48213367500017", [BROSSETTE]),
        ('SIRET IN ("48213367500017", "nothing")', [BROSSETTE]),
        ('siren="482133675" AND etablissementsiege="oui"', [BROSSETTE]),
        ('siren="482133675" and not etablissementsiege="non"', [BROSSETTE]),
        ('siren="482133675" and etablissementsiege not in ("non")', [BROSSETTE]),
        ('siren="482133675" and etablissementsiege != "non"', [BROSSETTE]),
        ('siren="482133675" and etablissementsiege="non"', []),
        ('siren="482133675" and startswith(codepostaletablissement,"69")', [BROSSETTE]),
        ('siren="482133675" and startswith(codepostaletablissement,"9")', []),
        ('siren="482133675" and denominationunitelegale like "*plomb*"', [BROSSETTE]),
        ('siren="482133675" and denominationunitelegale like "bros%"', [BROSSETTE]),
        ('siren="482133675" and denominationunitelegale like "plomb%"', []),
        ('siren="482133675" and denominationunitelegale like "fils"', [BROSSETTE]),
        ('siren="482133675" and denominationunitelegale not like "fils"', []),
        ('siren="482133675" and datefermetureetablissement is null', [BROSSETTE]),
        ('siren="482133675" and datefermetureetablissement is not null', []),
        ('siren="482133675" and trancheeffectifsunitelegaletriable > 2', [BROSSETTE]),
        ('siren="482133675" and trancheeffectifsunitelegaletriable <= 2', []),
        (
            "siren=\"482133675\" and datecreationunitelegale >= date'2005-06-01' "
            'and datecreationunitelegale < "2005-06-02"',
            [BROSSETTE],
        ),
        ('search(denominationunitelegale, "brossette plomberie")', [BROSSETTE]),
        ('search("PLOMBERIE bross")', [BROSSETTE]),
        ('search(denominationunitelegale, sigleunitelegale, "Brossette")', [BROSSETTE]),
        ('"brossette mercière"', [BROSSETTE]),
        ('suggest(denominationunitelegale, "bross plom")', [BROSSETTE]),
        ('search("bross plomberie")', []),
        (
            'search(naturejuridiqueunitelegale, "limitee") and siren="482133675"',
            [BROSSETTE],
        ),
        (
            '(siren="482133675" or siren="418166096") and etablissementsiege="oui" '
            'and (codepostaletablissement="69002" or codepostaletablissement="75002")',
            [OCTO, BROSSETTE],
        ),
        # "and" binds more tightly than "or".
        ('siren="482133675" or siren="418166096" and nic="00069"', [OCTO, BROSSETTE]),
        ('siren="482133675"\n\tAnd (not (nic="00069"))', [BROSSETTE]),
    ],
)
def test_where(client, where, expected):
    assert client.found(where) == expected


def test_negation_keeps_rows_without_a_value(client):
    total = client.records(limit=0).json()["total_count"]
    masked = client.records('sigleunitelegale="[ND]"', limit=0).json()["total_count"]
    rest = client.records('not sigleunitelegale="[ND]"', limit=0).json()["total_count"]
    assert masked > 0
    assert masked + rest == total


@pytest.mark.parametrize(
    "where",
    [
        "siren=",
        'siren="482133675',
        "siren in ()",
        'siren in ("1", )',
        '(siren="1"',
        'siren="1")',
        'siren "1"',
        'and siren="1"',
        'siren="1" or',
        'siren is "1"',
        'siren not "1"',
        'nosuchfield="1"',
        'nosuchfunction(siren, "1")',
        "startswith(siren)",
        "search(siren)",
        "siren ; drop table establishment",
        'siren="1"; delete from establishment',
        'trancheeffectifsunitelegaletriable > "many"',
        "(" * 500 + 'siren="1"' + ")" * 500,
        " or ".join(['siren="1"'] * 3000),
    ],
)
def test_malformed_where_is_refused(client, where):
    response = client.records(where)
    assert response.status_code == 400
    body = response.json()
    assert set(body) == {"message", "error_code"}
    assert body["error_code"] == "ODSQLError"
    assert body["message"].startswith("ODSQL query is malformed: ")
    assert body["message"].endswith(" Clause(s) containing the error(s): where.")
    assert client.control("health", method="GET")["establishments"] > 3000


@pytest.mark.parametrize(
    ("clause", "source"),
    [
        ("select", "nosuchfield"),
        ("select", "siren siret"),
        ("order_by", "siren sideways"),
        ("order_by", "nosuchfield desc"),
        ("refine", "nosuchfield:1"),
        ("exclude", "siren"),
    ],
)
def test_malformed_clause_is_named(client, clause, source):
    response = client.records(**{clause: source})
    assert response.status_code == 400
    assert response.json()["error_code"] == "ODSQLError"
    message = response.json()["message"]
    assert message.endswith(f"Clause(s) containing the error(s): {clause}.")


names = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"),
    min_size=1,
    max_size=60,
)


@given(name=names, mark=st.sampled_from("\"'"))
def test_any_text_finds_its_company(client, name, mark):
    values = {"denominationunitelegale": name}
    client.control("register/change", {"siret": BROSSETTE, "values": values})
    where = f"siren='482133675' and denominationunitelegale={quote(name, mark)}"
    results = client.records(where).json()["results"]
    assert [row["denominationunitelegale"] for row in results] == [name]
    # The same text as a pattern, or as words, is a valid query whatever it holds.
    for where in (
        f"denominationunitelegale like {quote(name, mark)}",
        f"search(denominationunitelegale, {quote(name, mark)})",
        f"startswith(denominationunitelegale, {quote(name, mark)})",
    ):
        assert client.records(where, limit=1).status_code == 200


@given(where=st.text(st.sampled_from("siren\"'\\()=,* inorandlike0%<"), max_size=40))
def test_any_query_gets_an_answer(client, where):
    assert client.records(where, limit=1).status_code in (200, 400)
