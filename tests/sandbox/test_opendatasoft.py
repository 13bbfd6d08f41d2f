"""The Explore API: shapes of answers, paging, errors, exports, keys and quotas."""

import datetime
import json
import re

import pytest
from conftest import DATASET, DATASETS

from sandbox.fields import FIELDS


def test_metadata(client):
    dataset = client.get(DATASET).json()
    assert dataset["dataset_id"] == "economicref-france-sirene-v3"
    default = dataset["metas"]["default"]
    loaded = datetime.datetime.fromisoformat(default["data_processed"])
    age = datetime.datetime.now(datetime.timezone.utc) - loaded
    assert datetime.timedelta(days=11) < age < datetime.timedelta(days=13)
    assert default["metadata_processed"] == default["data_processed"]
    assert default["records_count"] == client.records().json()["total_count"]
    assert [field["name"] for field in dataset["fields"]] == list(FIELDS)


def test_record_has_every_field(client):
    row = client.one("41816609600069")
    assert list(row) == list(FIELDS)
    assert row["denominationunitelegale"] == "OCTO-TECHNOLOGY"
    assert row["etatadministratifetablissement"] == "Actif"
    assert row["etatadministratifunitelegale"] == "Active"
    assert row["etablissementsiege"] == "oui"
    assert row["trancheeffectifsunitelegale"] == "500 à 999 salariés"
    assert row["trancheeffectifsunitelegaletriable"] == 41
    assert row["codepostaletablissement"] == "75002"
    assert set(row["geolocetablissement"]) == {"lon", "lat"}
    assert row["sigleunitelegale"] is None


def test_select_and_aliases(client):
    response = client.records(
        'siret="48213367500017"',
        select="siret as number, `codepostaletablissement`, siren as '50 % \"x\":%s'",
    )
    assert response.json()["results"] == [
        {
            "number": "48213367500017",
            "codepostaletablissement": "69002",
            '50 % "x":%s': "482133675",
        }
    ]
    everything = client.records('siret="48213367500017"', select="*").json()
    assert list(everything["results"][0]) == list(FIELDS)


def test_default_limit_and_paging(client):
    first = client.records().json()
    assert len(first["results"]) == 10
    seen = []
    for offset in range(0, 300, 100):
        page = client.records(limit=100, offset=offset, select="siret").json()
        assert page["total_count"] == first["total_count"]
        seen += [row["siret"] for row in page["results"]]
    assert len(set(seen)) == 300
    assert len(client.records(limit=-1).json()["results"]) == 100
    nothing = client.records(limit=0).json()
    assert nothing == {"total_count": first["total_count"], "results": []}
    beyond = client.records(limit=10, offset=9990).json()
    assert beyond["results"] == []


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"limit": 1473},
            "Invalid value for limit API parameter: 1473 was found but "
            "-1 <= limit <= 100 is expected.",
        ),
        (
            {"limit": 1, "offset": 10000},
            "Invalid value for sum of offset + limit API parameter: 10001 was found "
            "but <= 10000 is expected.",
        ),
        (
            {"limit": "ten"},
            "Invalid value for limit API parameter: ten was found but an integer "
            "is expected.",
        ),
        (
            {"offset": -1},
            "Invalid value for offset API parameter: -1 was found but >= 0 "
            "is expected.",
        ),
    ],
)
def test_bad_parameter(client, params, message):
    response = client.records(**params)
    assert response.status_code == 400
    assert response.json() == {
        "error_code": "InvalidRESTParameterError",
        "message": message,
    }


def test_order_by(client):
    where = "datecreationunitelegale is not null"
    days = client.found(
        where, "datecreationunitelegale", order_by="datecreationunitelegale"
    )
    assert days == sorted(days)
    days = client.found(
        where, "datecreationunitelegale", order_by="datecreationunitelegale desc, siren"
    )
    assert days == sorted(days, reverse=True)
    # Rows without a value come last.
    oldest = client.found(
        None,
        "datederniertraitementetablissement",
        order_by="datederniertraitementetablissement asc",
    )
    assert None not in oldest


def test_refine_and_exclude(client):
    refined = client.records(refine="codedepartementetablissement:69", limit=0).json()
    filtered = client.records('codedepartementetablissement="69"', limit=0).json()
    assert refined["total_count"] == filtered["total_count"] > 0
    both = client.records(
        refine=["codedepartementetablissement:69", 'etablissementsiege:"oui"'], limit=0
    ).json()["total_count"]
    excluded = client.records(
        refine="codedepartementetablissement:69",
        exclude="etablissementsiege:oui",
        limit=0,
    ).json()["total_count"]
    assert both + excluded == refined["total_count"]
    assert excluded > 0


def test_record_by_id(client):
    record_id = b"48213367500017".hex()
    row = client.get(f"{DATASET}/records/{record_id}").json()
    assert row == client.one("48213367500017")
    assert client.get(f"{DATASET}/records/abc").status_code == 404


def test_exports(client):
    where = 'codedepartementetablissement="69"'
    total = client.records(where, limit=0).json()["total_count"]
    params = {"where": where, "order_by": "siret desc"}
    lines = client.get(f"{DATASET}/exports/jsonl", params).text.splitlines()
    assert len(lines) == total
    sirets = [json.loads(line)["siret"] for line in lines]
    assert sirets == sorted(sirets, reverse=True)
    as_list = client.get(f"{DATASET}/exports/json", params).json()
    assert as_list == [json.loads(line) for line in lines]
    assert client.get(f"{DATASET}/exports/json", {"where": 'siren="x"'}).json() == []
    two = client.get(f"{DATASET}/exports/jsonl", {"limit": 2, "select": "siren"})
    assert len(two.text.splitlines()) == 2
    assert client.get(f"{DATASET}/exports/parquet").status_code == 400


def test_export_is_not_capped(client):
    everything = client.get(f"{DATASET}/exports/jsonl", {"select": "siret"})
    assert (
        len(everything.text.splitlines())
        == (client.records(limit=0).json()["total_count"])
    )


def test_unknown_dataset_and_methods(client):
    assert client.get(f"{DATASETS}/sirene_v3/records").status_code == 404
    # The other domain of the service serves it under this name.
    assert client.get(f"{DATASET}@public/records").status_code == 200
    assert client.get("/opendatasoft/api/explore/v2.0/nothing").status_code == 404
    posted = client.session.post(
        client.base + f"{DATASET}/records", json={}, timeout=30
    )
    assert posted.status_code == 405


def test_keys(client):
    client.control("keys", {"add": ["of-mine"]})
    for headers, params in (
        ({"Authorization": "Apikey of-mine"}, {}),
        ({"authorization": "apikey of-mine"}, {}),
        ({}, {"apikey": "of-mine"}),
    ):
        response = client.get(f"{DATASET}/records", params, headers=headers)
        assert response.status_code == 200
    bad = client.get(f"{DATASET}/records", headers={"Authorization": "Apikey wrong"})
    assert bad.status_code == 401
    client.control("keys", {"remove": ["of-mine"]})
    assert client.records(apikey="of-mine").status_code == 401


def test_quota(client):
    client.control("quota", {"key": None, "limit": 3})
    left = []
    for _ in range(3):
        response = client.records(limit=0)
        assert response.status_code == 200
        assert response.headers["X-RateLimit-Limit"] == "3"
        left.append(response.headers["X-RateLimit-Remaining"])
    assert left == ["2", "1", "0"]
    response = client.records(limit=0)
    assert response.status_code == 429
    body = response.json()
    assert body["errorcode"] == 10002
    assert body["call_limit"] == 3
    assert body["limit_time_unit"] == "day"
    assert set(body) == {
        "errorcode",
        "reset_time",
        "limit_time_unit",
        "call_limit",
        "error",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", body["reset_time"])
    assert response.headers["X-RateLimit-Reset"] == body["reset_time"]
    # A key has a quota of its own.
    keyed = client.records(limit=0, apikey="sandbox-key")
    assert keyed.status_code == 200
    client.control("quota", {"key": "sandbox-key", "limit": 1, "reset_format": "epoch"})
    keyed = client.records(limit=0, apikey="sandbox-key")
    assert keyed.headers["X-RateLimit-Remaining"] == "0"
    assert int(keyed.headers["X-RateLimit-Reset"]) % 86400 == 0
    assert client.records(limit=0, apikey="sandbox-key").status_code == 429


def test_masks(client):
    person = client.one(client.found('siren="847962107"')[0])
    assert person["statutdiffusionetablissement"] == "P"
    for field in (
        "nomunitelegale",
        "prenom1unitelegale",
        "l1_adressage_unitelegale",
        "adresseetablissement",
        "codepostaletablissement",
    ):
        assert person[field] == "[ND]"
    assert person["libellecommuneetablissement"] == "LYON"
    company = client.records('denominationunitelegale="CARDINAL PATRIMOINE"').json()
    company = company["results"][0]
    assert company["sigleunitelegale"] == company["adresseetablissement"] == "[ND]"
    assert company["libellecommuneetablissement"] == "ROUBAIX"


def test_postcode_as_a_number(client):
    where = 'denominationunitelegale="HUILERIE DES ALPES DU SUD"'
    assert client.found(where, "codepostaletablissement") == [4100]
    assert len(client.found(f'{where} and codepostaletablissement="04100"')) == 1
