"""Address and key are all that a register needs: two servers that are not ours.

They are written from the services' public documentation alone, say no more than it
promises (no rate-limit headers, a postcode as an integer, no labels, fields of a newer
version), and know nothing of the addon.
"""

import inspect
import json
import re

import pytest
from servers import LocalServer

from odoo.addons.partner_company_data.connectors.datatypes import SearchCriteria
from odoo.addons.partner_company_data.connectors.errors import AuthenticationError
from odoo.addons.partner_company_data.connectors.matching import rank
from odoo.addons.partner_company_data.connectors.registry import (
    CompanyRegistry,
    make_registry,
)

COMPANIES = [
    {
        "siren": "944716448",
        "siret": "94471644800013",
        "name": "ODOO FR",
        "street": ("3087", "Rue", "DE LA GARE"),
        "zip": 59299,
        "city": "BOESCHEPE",
        "commune": "59086",
    },
    {
        "siren": "991516428",
        "siret": "99151642800018",
        "name": "ODOO COMMUNITY ASSOCIATION FRANCE",
        "street": ("920", "ROUTE", "DE L'ISLE SUR SORGUE"),
        "zip": "84250",
        "city": "LE THOR",
        "commune": "84132",
    },
    {
        "siren": "880760681",
        "siret": "88076068100010",
        "name": "AKEI",
        "street": ("4", "GRAND RUE", None),
        "zip": "34830",
        "city": "JACOU",
        "commune": "34120",
    },
]


class AnotherPortal(LocalServer):
    """An Explore API v2.1 on a portal of its own, with one key."""

    key = "portal-key"

    def handle(self, handler):
        seen = self.seen(handler)
        if seen.headers.get("Authorization") != f"Apikey {self.key}":
            status, answer = 401, {"message": "Unauthorized"}
        elif seen.path == "/api/explore/v2.1/catalog/datasets/entreprises":
            default = {"metadata_processed": "2026-10-03T04:00:00+00:00"}
            status, answer = 200, {"dataset_id": "entreprises", "metas": {}}
            answer["metas"]["default"] = default
        elif seen.path == "/api/explore/v2.1/catalog/datasets/entreprises/records":
            status, answer = self.records(seen.query)
        else:
            status, answer = 404, {"error": "Unknown"}
        body = json.dumps(answer).encode()
        self.send(handler, status, body, {})
        handler.wfile.write(body)

    def records(self, query):
        where = query.get("where", "")
        asked = set(re.findall(r'"((?:[^"\\]|\\.)*)"', where)) - {"oui"}
        found = [
            self.record(company)
            for company in COMPANIES
            if not asked
            or company["siren"] in asked
            or company["siret"] in asked
            or any(
                set(text.split()) & set(company["name"].split())
                for text in asked
                if text
            )
        ]
        offset, limit = int(query.get("offset", 0)), int(query.get("limit", 10))
        if not -1 <= limit <= 100 or offset + limit > 10_000:
            return 400, {
                "error_code": "InvalidRESTParameterError",
                "message": "Invalid value for limit API parameter",
            }
        names = query["select"].split(",")
        rows = [
            {name: record.get(name) for name in names}
            for record in found[offset : offset + limit]
        ]
        return 200, {"total_count": len(found), "results": rows}

    @staticmethod
    def record(company):
        number, kind, name = company["street"]
        return {
            "siren": company["siren"],
            "siret": company["siret"],
            "etablissementsiege": "Oui",
            "etatadministratifetablissement": "Actif",
            "etatadministratifunitelegale": "Actif",
            "denominationunitelegale": company["name"],
            "numerovoieetablissement": number,
            "typevoieetablissement": kind if name else None,
            "libellevoieetablissement": name or kind,
            "codepostaletablissement": company["zip"],
            "libellecommuneetablissement": company["city"],
            "codecommuneetablissement": company["commune"],
            "geolocetablissement": {"lon": 2.6, "lat": 50.8},
        }


class AnotherDirectory(LocalServer):
    """A ``/search`` as the State documents it, below a path of its own."""

    def handle(self, handler):
        seen = self.seen(handler)
        assert seen.path == "/gateway/search"
        query = seen.query.get("q", "")
        words = set(query.split())
        found = [
            self.result(company)
            for company in COMPANIES
            if query in (company["siren"], company["siret"])
            or words <= set(company["name"].split())
        ]
        answer = {
            "results": found,
            "total_results": len(found),
            "page": 1,
            "per_page": 10,
            "total_pages": 1,
        }
        body = json.dumps(answer).encode()
        self.send(handler, 200, body, {})
        handler.wfile.write(body)

    @staticmethod
    def result(company):
        number, kind, name = company["street"]
        street = " ".join(filter(None, company["street"]))
        seat = {
            "siret": company["siret"],
            "est_siege": True,
            "etat_administratif": "A",
            "adresse": f"{street} {company['zip']} {company['city']}".upper(),
            "numero_voie": number,
            "type_voie": kind if name else None,
            "libelle_voie": name or kind,
            "code_postal": str(company["zip"]),
            "commune": company["commune"],
            "libelle_commune": company["city"],
        }
        return {
            "siren": company["siren"],
            "nom_complet": company["name"],
            "nom_raison_sociale": company["name"],
            "etat_administratif": "A",
            "siege": seat,
            "matching_etablissements": [],
        }


@pytest.fixture(params=["opendatasoft", "recherche_entreprises"])
def registry(request):
    if request.param == "opendatasoft":
        with AnotherPortal() as server:
            yield make_registry(
                "opendatasoft",
                f"{server.url}/api/explore/v2.1/",
                api_key=AnotherPortal.key,
                dataset="entreprises",
            )
    else:
        with AnotherDirectory() as server:
            yield make_registry("recherche_entreprises", f"{server.url}/gateway")


def test_test_connection(registry):
    registry.freshness()
    assert registry.requests_made == 1
    assert registry.quota.remaining is None


def test_fetch(registry):
    page = registry.fetch(["94471644800013"], ["880760681", "356000000"])
    found = {item.siret: item for item in page.establishments}
    assert set(found) == {"94471644800013", "88076068100010"}
    first, last = found["94471644800013"], found["88076068100010"]
    assert first.legal_name == "ODOO FR"
    assert (first.establishment_state, first.unit_state) == ("active", "active")
    assert first.is_head_office is True
    assert first.address.street == "3087 RUE DE LA GARE"
    assert (first.address.zip, first.address.department_code) == ("59299", "59")
    assert last.address.street == "4 GRAND RUE"
    assert (first.category, first.workforce, first.last_processed) == (None,) * 3
    assert not page.rejected


def test_search_and_lookup(registry):
    page = registry.search(SearchCriteria(name="odoo"))
    assert page.total == 2
    criteria = SearchCriteria(name="Odoo FR SARL", zip="59299", city="Boeschèpe")
    ranked = rank(criteria, registry.lookup(criteria))
    assert ranked[0].establishment.siren == "944716448"
    assert ranked[0].match.rate == 100


def test_only_the_host_is_enough_for_opendatasoft():
    with AnotherPortal() as server:
        registry = make_registry(
            "opendatasoft", server.url, api_key=server.key, dataset="entreprises"
        )
        assert registry.fetch(["94471644800013"]).total == 1


def test_a_wrong_key_is_told():
    with AnotherPortal() as server:
        registry = make_registry(
            "opendatasoft", server.url, api_key="wrong", dataset="entreprises"
        )
        with pytest.raises(AuthenticationError):
            registry.freshness()


@pytest.mark.parametrize("code", ["opendatasoft", "recherche_entreprises"])
def test_every_register_answers_the_same_questions(code):
    registry = make_registry(code)
    promised = [name for name in vars(CompanyRegistry) if not name.startswith("_")]
    assert {"fetch", "search", "lookup", "freshness"} <= set(promised)
    for name in [*promised, *CompanyRegistry.__annotations__]:
        assert hasattr(registry, name)
        theirs = getattr(type(registry), name)
        if callable(theirs):
            promise = inspect.signature(getattr(CompanyRegistry, name)).parameters
            assert list(inspect.signature(theirs).parameters) == list(promise)


def test_unknown_register():
    with pytest.raises(KeyError):
        make_registry("pages_jaunes")
