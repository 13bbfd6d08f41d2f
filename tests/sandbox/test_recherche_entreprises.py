"""API Recherche d'entreprises: look-ups, filters, paging, limits and masks."""

import pytest

OCTO = "418166096"


def sirens(response):
    assert response.status_code == 200, response.text
    return [result["siren"] for result in response.json()["results"]]


@pytest.mark.parametrize(
    "q",
    [
        "418166096",
        "418 166 096",
        "41816609600069",
        "418 166 096 00051",
        "octo technology",
        "technology OCTO",
        "Octo-Technology opéra",
        "octo techno",
    ],
)
def test_search_finds(client, q):
    assert sirens(client.search(q)) == [OCTO]


def test_the_nearest_name_comes_first(client):
    results = client.search("garage dupont", per_page=25).json()["results"]
    assert {r["nom_complet"] for r in results[:4]} == {"GARAGE DUPONT"}


def test_direct_lookup_ignores_filters(client):
    assert sirens(client.search(OCTO, departement="59", code_postal="1")) == [OCTO]
    assert sirens(client.search("octo technology", departement="59")) == []
    assert client.search("999999999").json() == {
        "results": [],
        "total_results": 0,
        "page": 1,
        "per_page": 10,
        "total_pages": 0,
    }


def test_result(client):
    (result,) = client.search(OCTO).json()["results"]
    assert result["nom_complet"] == "OCTO-TECHNOLOGY"
    assert result["etat_administratif"] == "A"
    assert result["tranche_effectif_salarie"] == "41"
    assert result["categorie_entreprise"] == "GE"
    assert result["nature_juridique"] == "5710"
    assert result["section_activite_principale"] == "J"
    assert result["nombre_etablissements"] == 4
    assert result["nombre_etablissements_ouverts"] == 1
    assert result["date_mise_a_jour_insee"] == "2024-05-31T05:29:58"
    assert result["tva"] == ["FR16418166096"]
    seat = result["siege"]
    assert seat["siret"] == "41816609600069"
    assert seat["est_siege"] is True
    assert seat["etat_administratif"] == "A"
    assert seat["adresse"] == "34 AVENUE DE L'OPERA 75002 PARIS"
    assert seat["commune"] == "75102"
    assert seat["libelle_commune"] == "PARIS"
    assert [
        (e["siret"][-5:], e["etat_administratif"], e["ancien_siege"])
        for e in result["matching_etablissements"]
    ] == [
        ("00036", "F", True),
        ("00044", "F", True),
        ("00051", "F", True),
        ("00069", "A", False),
    ]


def test_ceased_and_sole_trader(client):
    (ceased,) = client.search("490817384").json()["results"]
    assert ceased["etat_administratif"] == "C"
    assert ceased["siege"]["etat_administratif"] == "F"
    assert ceased["nom_complet"] == (
        "BUSINESS &DECISION CONSULTING (B &D CONSULTING) (MC CONSEIL)"
    )
    (trader,) = client.search("marchetti bruno").json()["results"]
    assert trader["nom_complet"] == "BRUNO MARCHETTI"
    assert trader["nom_raison_sociale"] is None
    assert trader["nature_juridique"] == "1000"


def test_masks(client):
    (company,) = client.search("816739023").json()["results"]
    assert company["nom_complet"] == "CARDINAL PATRIMOINE"
    assert company["sigle"] == "[NON-DIFFUSIBLE]"
    assert company["statut_diffusion"] == "P"
    assert company["siege"]["adresse"] == "[NON-DIFFUSIBLE]"
    assert company["siege"]["libelle_commune"] == "ROUBAIX"
    (person,) = client.search("847962107").json()["results"]
    assert person["nom_complet"] == "[NON-DIFFUSIBLE]"
    assert "[ND]" not in client.search("847962107").text


def test_filters(client):
    for params, check in (
        ({"departement": "59"}, None),
        ({"code_postal": "69002,69003"}, None),
        ({"code_commune": "59512"}, None),
        ({"region": "84"}, None),
        (
            {"activite_principale": "45.20A"},
            lambda r: r["activite_principale"] == "45.20A",
        ),
        (
            {"section_activite_principale": "J,F"},
            lambda r: r["section_activite_principale"] in "JF",
        ),
        (
            {"categorie_entreprise": "ETI"},
            lambda r: r["categorie_entreprise"] == "ETI",
        ),
        (
            {"tranche_effectif_salarie": "21,22"},
            lambda r: r["tranche_effectif_salarie"] in ("21", "22"),
        ),
        ({"nature_juridique": "5499"}, lambda r: r["nature_juridique"] == "5499"),
        ({"etat_administratif": "C"}, lambda r: r["etat_administratif"] == "C"),
        (
            {"est_entrepreneur_individuel": "true"},
            lambda r: r["nature_juridique"] == "1000",
        ),
        ({"nom_personne": "marchetti"}, lambda r: "MARCHETTI" in r["nom_complet"]),
    ):
        results = client.search(per_page=25, **params).json()["results"]
        assert results, params
        for result in results:
            assert check is None or check(result), params
    lyon = client.search("garage dupont", departement="69").json()["results"]
    assert [r["siege"]["code_postal"] for r in lyon] == ["69100"]
    postcodes = {
        e["code_postal"]
        for r in client.search(code_postal="69002,69003").json()["results"]
        for e in r["matching_etablissements"]
    }
    assert postcodes == {"69002", "69003"}


def test_paging(client):
    first = client.search(departement="75", per_page=25).json()
    second = client.search(departement="75", per_page=25, page=2).json()
    assert len(first["results"]) == len(second["results"]) == 25
    assert first["total_results"] == second["total_results"] > 50
    assert first["total_pages"] == -(-first["total_results"] // 25)
    numbers = {r["siren"] for r in first["results"] + second["results"]}
    assert len(numbers) == 50


def test_minimal(client):
    (result,) = client.search(OCTO, minimal="true", include="siege,tva").json()[
        "results"
    ]
    assert "siege" in result
    assert "tva" in result
    assert "matching_etablissements" not in result
    limited = client.search(OCTO, limite_matching_etablissements=2).json()["results"]
    assert len(limited[0]["matching_etablissements"]) == 2


@pytest.mark.parametrize(
    "params",
    [
        {"q": "ab"},
        {},
        {"q": "octo", "per_page": 26},
        {"q": "octo", "per_page": 0},
        {"q": "octo", "page": 1001},
        {"q": "octo", "page": "x"},
        {"q": "octo", "page": 401, "per_page": 25},
        {"q": "octo", "limite_matching_etablissements": 101},
        {"q": "octo", "etat_administratif": "X"},
        {"q": "octo", "tranche_effectif_salarie": "99"},
        {"q": "octo", "section_activite_principale": "Z"},
        {"q": "octo", "categorie_entreprise": "XXL"},
        {"q": "octo", "nature_juridique": "0001"},
        {"q": "octo", "code_postal": "690"},
        {"q": "octo", "est_association": "maybe"},
        {"q": "octo", "include": "siege"},
        {"q": "octo", "nosuchparameter": "1"},
    ],
)
def test_refused(client, params):
    response = client.search(**params)
    assert response.status_code == 400
    assert set(response.json()) == {"erreur"}
    assert response.json()["erreur"]


def test_rate_limit(client):
    client.control("quota", {"requests_per_second": 2})
    responses = [client.search("octo technology") for _ in range(12)]
    refused = [r for r in responses if r.status_code == 429]
    assert refused
    assert refused[0].headers["Retry-After"] == "1"
    assert "erreur" in refused[0].json()
