"""The control address: the register changes, faults strike, requests are counted."""

import json

import pytest
import requests
from conftest import DATASET, elapsed

LUGDUNUM = "51908842100028"


def loaded(client):
    return client.get(DATASET).json()["metas"]["default"]["data_processed"]


def units(client, sirens):
    listed = ", ".join(f'"{siren}"' for siren in sirens)
    return client.records(f"siren in ({listed})", limit=100).json()["results"]


def test_move(client):
    before = loaded(client)
    answer = client.control("register/move", {"count": 40})
    assert answer["count"] == 40
    assert len({move["siren"] for move in answer["changed"]}) == 40
    assert loaded(client) == answer["data_processed"] > before
    for move in answer["changed"][:5]:
        old, new = client.one(move["old_siret"]), client.one(move["new_siret"])
        assert old["etatadministratifetablissement"] == "Fermé"
        assert old["etablissementsiege"] == "non"
        assert new["etablissementsiege"] == "oui"
        assert new["etatadministratifetablissement"] == "Actif"
        assert new["siren"] == old["siren"]
        assert new["datecreationetablissement"] == old["datefermetureetablissement"]
        for row in units(client, [move["siren"]]):
            assert row["siretsiegeunitelegale"] == move["new_siret"]
            assert row["etatadministratifunitelegale"] == "Active"
    # The words of the new address are found.
    (one,) = client.control("register/move", {"sirens": ["519088421"]})["changed"]
    assert one["old_siret"] == LUGDUNUM
    city = client.one(one["new_siret"])["libellecommuneetablissement"]
    assert one["new_siret"] in client.found(f'search("lugdunum emballages {city}")')


def test_close_cease_reopen(client):
    (closed,) = client.control("register/close", {"sirets": [LUGDUNUM]})["changed"]
    row = client.one(closed["siret"])
    assert row["etatadministratifetablissement"] == "Fermé"
    assert row["etatadministratifunitelegale"] == "Active"
    client.control("register/cease", {"sirens": ["519088421"]})
    row = client.one(LUGDUNUM)
    assert row["etatadministratifunitelegale"] == "Cessée"
    client.control("register/reopen", {"sirens": ["519088421"]})
    row = client.one(LUGDUNUM)
    assert row["etatadministratifetablissement"] == "Actif"
    assert row["etatadministratifunitelegale"] == "Active"
    assert row["datefermetureetablissement"] is None
    ceased = client.control("register/cease", {"count": 5})["changed"]
    rows = units(client, [change["siren"] for change in ceased])
    assert {row["etatadministratifetablissement"] for row in rows} == {"Fermé"}
    branches = client.control("register/close", {"count": 5})["changed"]
    assert client.one(branches[0]["siret"])["etablissementsiege"] == "non"


def test_change(client):
    values = {
        "denominationunitelegale": "GROSSE BROSSE D'ŒUVRE",
        "numerovoieetablissement": "99",
        "activiteprincipaleunitelegale": "62.02A",
        "categoriejuridiqueunitelegale": "5710",
    }
    client.control("register/change", {"siret": LUGDUNUM, "values": values})
    row = client.one(LUGDUNUM)
    assert row["adresseetablissement"] == "99 Avenue MARCEL CACHIN"
    assert row["naturejuridiqueunitelegale"] == "Société par actions simplifiée"
    assert row["divisionunitelegale"].startswith("Programmation, conseil")
    assert client.found('search("oeuvre grosse")') == [LUGDUNUM]
    assert client.found('search("lugdunum")') == []
    assert client.found('denominationunitelegale like "*d\'oeuv*"') == [LUGDUNUM]


def test_unit_fields_change_on_every_establishment(client):
    sirets = client.found('siren="412650889"')
    assert len(sirets) == 5
    values = {"categorieentreprise": "GE", "denominationunitelegale": "SOREVAL"}
    client.control("register/change", {"siret": sirets[0], "values": values})
    rows = units(client, ["412650889"])
    assert {row["denominationunitelegale"] for row in rows} == {"SOREVAL"}
    assert {row["categorieentreprise"] for row in rows} == {"GE"}


def test_change_some(client):
    answer = client.control("register/change", {"count": 7, "fields": ["name"]})
    assert answer["count"] == 7
    for change in answer["changed"]:
        row = client.one(change["siret"])
        assert {k: row[k] for k in change["values"]} == change["values"]
    answer = client.control("register/change", {"count": 5, "fields": ["nomenclature"]})
    for change in answer["changed"]:
        row = client.one(change["siret"])
        assert row["nomenclatureactiviteprincipaleunitelegale"] == "NAF2025"
        assert row["classeunitelegale"] is None


def test_a_change_is_made_whole_or_not_at_all(client):
    before = loaded(client)
    sirens = ["519088421", "000000000"]
    client.control("register/move", {"sirens": sirens}, expected=400)
    values = {"categorieentreprise": "GE", "nosuchfield": 1}
    body = {"siret": LUGDUNUM, "values": values}
    client.control("register/change", body, expected=400)
    client.control("register/reopen", {"sirets": [LUGDUNUM, "0"]}, expected=400)
    assert client.one(LUGDUNUM)["etablissementsiege"] == "oui"
    assert client.one(LUGDUNUM)["categorieentreprise"] == "PME"
    assert loaded(client) == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("register/move", {}),
        ("register/move", {"count": 0}),
        ("register/move", {"sirens": ["000000000"]}),
        ("register/move", {"how_many": 3}),
        ("register/reopen", {}),
        ("register/change", {"siret": "0", "values": {}}),
        ("register/change", {"siret": LUGDUNUM, "values": {"nosuchfield": 1}}),
        ("register/change", {"count": 1, "fields": ["nosuchkind"]}),
        ("register/reload", {"date": "yesterday"}),
        ("faults", {"kind": "nosuchkind"}),
        ("faults", {"kind": "500", "service": "nosuchservice"}),
        ("faults", {"kind": "500", "nosuchparameter": 1}),
        ("latency", {}),
        ("quota", {"reset_format": "roman"}),
    ],
)
def test_refused(client, path, body):
    assert client.control(path, body, expected=400)["error"]
    assert client.control("faults", method="GET") == {"faults": []}


def test_reload(client):
    moment = "2026-01-31T04:00:00+00:00"
    client.control("register/reload", {"date": moment})
    assert loaded(client) == moment


def test_reset_puts_everything_back(client):
    def picture():
        return sorted(client.get(f"{DATASET}/exports/jsonl").text.splitlines())

    before, moment = picture(), loaded(client)
    first = client.control("register/move", {"count": 10})["changed"]
    client.control("register/cease", {"count": 10})
    client.control("register/change", {"count": 10})
    client.fault("500")
    client.control("quota", {"key": None, "limit": 0})
    client.control("reset")
    assert picture() == before
    assert loaded(client) == moment
    assert client.found('search("lugdunum")') == [LUGDUNUM]
    # The same call changes the same companies as it did the first time.
    again = client.control("register/move", {"count": 10})["changed"]
    assert again == first


# -- faults ----------------------------------------------------------------------------


def get_one(client):
    return client.records('siren="519088421"')


def test_status_faults(client):
    client.fault("429", times=1)
    response = get_one(client)
    assert response.status_code == 429
    assert response.json()["errorcode"] == 10002
    client.fault("429", times=1, seconds=90, service="recherche_entreprises")
    assert get_one(client).status_code == 200
    response = client.search("octo technology")
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "90"
    for status in (401, 404, 500, 503):
        client.fault(str(status), times=1)
        assert get_one(client).status_code == status
        assert get_one(client).status_code == 200


def test_after_and_path(client):
    client.fault("500", times=2, after=1, path_contains="/records")
    statuses = [get_one(client).status_code for _ in range(4)]
    assert statuses == [200, 500, 500, 200]
    client.fault("500", path_contains="/exports")
    assert get_one(client).status_code == 200
    assert client.get(f"{DATASET}/exports/json").status_code == 500
    client.control("faults", method="DELETE")
    assert client.get(f"{DATASET}/exports/json").status_code == 200


def test_times_null_lasts(client):
    client.fault("500", times=None)
    assert {get_one(client).status_code for _ in range(5)} == {500}
    (fault,) = client.control("faults", method="GET")["faults"]
    assert fault["struck"] == 5


def test_slow_and_latency(client):
    client.fault("slow", times=1, seconds=0.4)
    assert elapsed(lambda: get_one(client)) >= 0.4
    client.control("latency", {"ms": 150})
    assert elapsed(lambda: get_one(client)) >= 0.15


def test_timeout(client):
    client.fault("timeout", times=1, seconds=0.2)
    with pytest.raises(requests.ConnectionError):
        get_one(client)
    client.fault("timeout", times=1, seconds=1)
    with pytest.raises(requests.Timeout):
        client.get(f"{DATASET}/records", timeout=0.2)
    assert get_one(client).status_code == 200


def test_broken_transfers(client):
    client.fault("drop_connection", times=1)
    with pytest.raises(requests.ConnectionError):
        get_one(client)
    client.fault("cut_connection", times=1)
    with pytest.raises(
        (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    ):
        get_one(client)
    assert get_one(client).status_code == 200


def test_spoilt_answers(client):
    whole = get_one(client)
    client.fault("cut_json", times=1)
    cut = get_one(client)
    assert cut.status_code == 200
    assert whole.text.startswith(cut.text)
    with pytest.raises(ValueError):
        cut.json()
    client.fault("html", times=1)
    page = get_one(client)
    assert page.headers["Content-Type"].startswith("text/html")
    client.fault("no_body", times=1)
    assert get_one(client).content == b""
    client.fault("empty", times=1)
    assert get_one(client).json() == {"total_count": 0, "results": []}
    client.fault("not_an_object", times=1)
    assert isinstance(get_one(client).json(), list)
    client.fault("wrong_types", times=1)
    (wrong,) = get_one(client).json()["results"]
    (right,) = whole.json()["results"]
    assert wrong.keys() == right.keys()
    assert wrong["siret"] == int(right["siret"])
    assert all(wrong[key] != value for key, value in right.items())


def test_renamed_field(client):
    client.fault("renamed_field", times=1, field="siret", to="numero")
    (row,) = get_one(client).json()["results"]
    assert row["numero"] == LUGDUNUM
    assert "siret" not in row
    client.fault("renamed_field", times=2, field="siret", strict=True)
    response = client.records('siren="519088421"', select="siret")
    assert response.status_code == 400
    assert "Unknown field: siret" in response.json()["message"]
    assert "siret_v2" in get_one(client).json()["results"][0]
    client.fault("renamed_field", times=1)
    assert "nom_complet" not in client.search("octo technology").json()["results"][0]


def test_requests_are_counted(client):
    get_one(client)
    client.search("octo technology")
    client.records(apikey="a-secret")
    state = client.control("requests", method="GET")
    assert state["services"] == {"opendatasoft": 2, "recherche_entreprises": 1}
    assert state["total"] == 3
    assert state["statuses"] == {"200": 2, "401": 1}
    assert state["last"][0]["query"]["where"] == ['siren="519088421"']
    assert state["last"][0]["path"].endswith("/records")
    assert "a-secret" not in json.dumps(state)
    assert client.control("requests", method="DELETE")["total"] == 0


def test_what_exists(client):
    assert "POST /control/reset" in client.control("", method="GET")
    for case in (
        "real",
        "plain",
        "moved_seat",
        "closed_establishment",
        "ceased_unit",
        "partial",
        "sole_trader",
        "homonym",
        "holding",
        "subsidiary",
        "branches",
        "association",
        "long_name",
        "acronym",
        "overseas",
        "integer_postcode",
        "la_poste",
    ):
        answer = client.control(f"companies?case={case}&limit=3", method="GET")
        assert answer["total_count"] > 0, case
        assert all(case in row["case"].split(",") for row in answer["results"])
    sample = client.control("sample?count=50&seed=4", method="GET")["results"]
    assert len({row["siret"] for row in sample}) == 50
    assert {row["etatadministratifetablissement"] for row in sample} == {"Actif"}
    assert sample == client.control("sample?count=50&seed=4", method="GET")["results"]
    other = client.control("sample?count=50&seed=5", method="GET")["results"]
    assert other != sample
    narrow = client.control("sample?count=50&seed=4&fields=siret", method="GET")
    assert narrow["results"] == [{"siret": row["siret"]} for row in sample]
    assert client.control("nothing", method="GET", expected=404)


def test_connection_stays_open_without_delay(client):
    """Small answers leave at once: Nagle's algorithm would make this 40 ms each."""
    get_one(client)
    assert elapsed(lambda: [get_one(client) for _ in range(25)]) < 25 * 0.03
    pool = client.session.get_adapter(client.base).poolmanager
    assert sum(p.num_connections for p in pool.pools._container.values()) >= 1
