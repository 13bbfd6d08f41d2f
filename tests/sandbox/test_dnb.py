"""The stand-ins of D&B and Altares, as their callers meet them."""

import base64

import pytest

TOKEN = "/dnb/v3/token"
MATCH = "/dnb/v1/match/cleanseMatch"
REGISTRATION = "/dnb/v1/monitoring/registrations/SANDBOX-FR"
GOOD = "482133675"
BLOCKS = "companyinfo_L2_v1,financialstrengthinsight_L2_v1,paymentinsight_L1_v1"


@pytest.fixture
def dnb(client):
    """Calls of the API with a token."""
    pair = base64.b64encode(b"sandbox-key:sandbox-secret").decode()
    answer = client.session.post(
        client.base + TOKEN,
        json={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {pair}"},
    )
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def call(path, method="GET", expected=200, body=None, **params):
        found = client.session.request(
            method,
            client.base + path,
            params=params,
            json=body,
            headers=headers,
            timeout=30,
        )
        assert found.status_code == expected, found.text
        return found.json()

    return call


@pytest.fixture
def duns(dnb):
    found = dnb(MATCH, countryISOAlpha2Code="FR", registrationNumber=GOOD)
    return found["matchCandidates"][0]["organization"]["duns"]


def test_tokens(client):
    for headers, body, expected in (
        ({}, {"grant_type": "client_credentials"}, 401),
        ({"Authorization": "Basic bm8="}, {"grant_type": "client_credentials"}, 401),
        (
            {"Authorization": "Basic c2FuZGJveC1rZXk6c2FuZGJveC1zZWNyZXQ="},
            {},
            400,
        ),
    ):
        answer = client.session.post(client.base + TOKEN, json=body, headers=headers)
        assert answer.status_code == expected
        assert answer.json()["error"]["errorCode"]
    assert client.get(MATCH).status_code == 401


def test_tokens_end(client, dnb, duns):
    client.control("dnb/tokens", {"expire": True})
    dnb(f"/dnb/v1/data/duns/{duns}", expected=401, blockIDs=BLOCKS)


def test_what_is_asked_wrongly(dnb, duns):
    dnb(MATCH, expected=400, countryISOAlpha2Code="FR")
    dnb(f"/dnb/v1/data/duns/{duns}", expected=400)
    dnb(f"/dnb/v1/data/duns/{duns}", expected=400, blockIDs="nonsense")
    dnb("/dnb/v1/data/duns/123456789", expected=404, blockIDs=BLOCKS)
    dnb("/dnb/v1/other", expected=404)
    for maximum in ("0", "101", "many"):
        dnb(f"{REGISTRATION}/notifications", expected=400, maxNotifications=maximum)
    dnb(f"{REGISTRATION}/notifications/replay", expected=400)
    dnb(f"{REGISTRATION}/duns", "POST", 400, {"other": []})


def test_the_same_company_as_in_the_register(client, dnb):
    seats = client.control("sample?count=40&seed=5&fields=siren,siret", method="GET")
    for seat in seats["results"]:
        found = dnb(MATCH, countryISOAlpha2Code="FR", registrationNumber=seat["siren"])[
            "matchCandidates"
        ]
        numbers = [
            number["registrationNumber"]
            for number in found[0]["organization"]["registrationNumbers"]
        ]
        assert numbers == [seat["siret"], seat["siren"]]
        codes = [row["matchQualityInformation"]["confidenceCode"] for row in found]
        assert codes == sorted(codes, reverse=True)


def test_answers_are_the_same_in_every_sandbox(start, client, dnb, duns):
    other = start()
    control = [one.control("dnb/change", {"company": GOOD}) for one in (client, other)]
    assert control[0] == control[1]
    assert control[0]["duns"] == duns


def test_all_sorts_of_companies_are_there(client, dnb):
    seats = client.control("sample?count=150&seed=2&fields=siren", method="GET")
    found = [
        client.control("dnb/change", {"company": seat["siren"]})
        for seat in seats["results"]
    ]
    assert {one["failure_class"] for one in found} == {None, 1, 2, 3, 4, 5}
    assert {one["rating"][-1] for one in found if one["rating"]} == set("1234")
    assert None in {one["paydex"] for one in found}
    assert any(one["paydex"] and one["paydex"] < 60 for one in found)


def test_monitoring_in_all_three_ways(client, dnb, duns):
    subject = f"{REGISTRATION}/subjects/{duns}"
    assert dnb(subject, "POST", 201)["information"]["code"] == "21113"
    assert dnb(subject, "POST", 400)["error"]["errorCode"] == "21012"
    dnb(subject, "DELETE")
    dnb(subject, "DELETE", 404)
    numbers = {"dunsList": [duns, "123456789"]}
    added = dnb(f"{REGISTRATION}/duns", "POST", 202, numbers)
    assert added == {"addedQuantity": 1, "rejectedDuns": ["123456789"]}
    assert dnb(f"{REGISTRATION}/duns", "DELETE", 200, numbers) == {"removedQuantity": 1}
    dnb("/dnb/v1/monitoring/registrations/OTHER/duns", "POST", 404, numbers)


def test_the_queue(client, dnb, duns):
    dnb(f"{REGISTRATION}/subjects/{duns}", "POST", 201)
    change = {"events": [{"company": GOOD, "limit": 1000 * n} for n in range(1, 8)]}
    assert client.control("dnb/events", change)["count"] == 7
    path = f"{REGISTRATION}/notifications"
    first = dnb(path, maxNotifications=5)["notifications"]
    assert len(first) == 5
    assert first[0]["type"] == "UPDATE" and first[0]["organization"] == {"duns": duns}
    element = first[1]["elements"][0]
    assert (element["previous"]["value"], element["current"]["value"]) == (1000, 2000)
    assert len(dnb(path)["notifications"]) == 2
    assert dnb(path)["notifications"] == []
    since = first[0]["deliveryTimeStamp"]
    again = dnb(f"{path}/replay", replayStartTimestamp=since)["notifications"]
    assert again[:5] == first and len(again) == 7
    client.control("dnb/advance", {"days": 15})
    assert dnb(f"{path}/replay", replayStartTimestamp=since)["notifications"] == []


def test_what_cannot_be_controlled_is_told(client):
    client.control("dnb/events", {"events": [{"company": "1"}]}, expected=400)
    client.control("dnb/nothing", {}, expected=404)
    assert "POST /control/dnb/events" in client.control("dnb/help", method="GET")
    client.control("altares_iws/nothing", {}, expected=404)


def soap(client, service, operation, fields, namespace="serviceobject.service"):
    inner = "".join(f"<x:{name}>{value}</x:{name}>" for name, value in fields.items())
    envelope = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<s:{operation} xmlns:s="http://{namespace}.callisto.newsys.altares.fr" '
        f'xmlns:x="any"><s:request>{inner}</s:request></s:{operation}>'
        "</e:Body></e:Envelope>"
    )
    address = f"{client.base}/altares/iws/services/{service}/"
    return client.session.post(address, data=envelope.encode(), timeout=30)


def test_altares_speaks_soap(client):
    log_in = {"identification": "sandbox|sandbox-password", "refClient": "test"}
    answer = soap(client, "CallistoRisqueSecure", "getScore", {**log_in, "siren": GOOD})
    assert answer.status_code == 200
    assert "<ax:correct>true</ax:correct>" in answer.text
    assert "scoreVingt" in answer.text
    for fields, code in (
        ({**log_in, "siren": "000000018"}, "102"),
        ({**log_in, "siren": "nonsense"}, "101"),
        ({"identification": "sandbox|wrong", "refClient": "x", "siren": GOOD}, "9"),
    ):
        answer = soap(client, "CallistoRisqueSecure", "getScore", fields)
        assert f"<ax:code>{code}</ax:code>" in answer.text
    for service, operation, namespace in (
        ("CallistoRisqueSecure", "getOther", "serviceobject.service"),
        ("CallistoIdentiteObjectSecure", "getScore", "serviceobject.service"),
        ("CallistoRisqueSecure", "getScore", "other"),
    ):
        answer = soap(client, service, operation, log_in, namespace)
        assert answer.status_code == 500 and "Fault" in answer.text
    assert client.get("/altares/iws/services/CallistoRisqueSecure/").status_code == 404


def test_an_export_for_imports(client):
    answer = client.get("/control/altares_iws/export", {"count": 30})
    lines = answer.content.decode("cp1252").splitlines()
    assert lines[1].startswith("Siren;Raison sociale;Crédit conseillé;")
    assert len(lines) == 32
    assert len({line.count(";") for line in lines[1:]}) == 1
