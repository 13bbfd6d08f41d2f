"""The French State's API Recherche d'entreprises: daily data, no key.

One result is one legal unit with its head office and the establishments that match.

API: https://recherche-entreprises.api.gouv.fr/docs/
"""

from collections.abc import Callable, Collection, Iterator
from datetime import date
from typing import Any

from . import nomenclatures, parsing
from .datatypes import (
    Address,
    Establishment,
    EstablishmentPage,
    RegisterFreshness,
    RejectedRecord,
    SearchCriteria,
)
from .errors import NotFoundError, RefusedError
from .http import DEFAULT_TIMEOUT, ConnectorBase, ServiceClient
from .identifiers import clean, is_valid_siren, is_valid_siret, siren_of
from .lookup import LookupPlan, is_found
from .text import city_key, fold, same_city

SERVICE = "recherche_entreprises"

#: The service's own limits: rows of a page, depth of pages, length of ``q``.
MAX_ROWS = 25
MAX_WINDOW = 10_000
MIN_QUERY = 3
MAX_MATCHING = 100

#: The service allows 7 requests a second and address.
MIN_INTERVAL = 0.15

#: From then on the main activity code is one of NAF 2025.
_NAF_2025_IN_FORCE = date(2027, 1, 1)

_ESSENTIAL = ("siren", "siege", "etat_administratif", "nom_complet")
#: Of another kind than text these make a record unreadable.
_TEXTS = ("etat_administratif", "nom_complet")


class RechercheEntreprises(ConnectorBase):
    """Company register of the State; see ``registry.CompanyRegistry``.

    :param base_url: of the service, without ``/search``
    :param api_key: not used by this service; sent as a bearer token when given, for a
        gateway of one's own in front of it
    :param timeout: seconds
    :param min_interval: least seconds between two requests
    """

    service = SERVICE
    #: One request each, so few at once.
    max_batch = 20
    DEFAULT_BASE_URL = "https://recherche-entreprises.api.gouv.fr"

    def __init__(
        self,
        base_url: str = DEFAULT_BASE_URL,
        api_key: str | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        min_interval: float = MIN_INTERVAL,
    ):
        self._client = ServiceClient(
            SERVICE,
            base_url,
            headers={"Authorization": f"Bearer {api_key}"} if api_key else None,
            timeout=timeout,
            min_interval=min_interval,
        )

    def freshness(self) -> RegisterFreshness:
        """Never said: the service has no such address, its data are of the day.

        The dates of its results are those of the companies. One request is made all
        the same, to know that the service answers.
        """
        self._search({"q": "la poste", "per_page": 1})
        return RegisterFreshness(loaded_at=None)

    def fetch(
        self, sirets: Collection[str] = (), sirens: Collection[str] = ()
    ) -> EstablishmentPage:
        """Establishments by SIRET and head offices by SIREN, one request each."""
        found: dict[str, Establishment] = {}
        rejected: list[RejectedRecord] = []
        for number in dict.fromkeys(map(clean, [*sirets, *sirens])):
            if is_valid_siret(number):
                wanted = _with_siret(number)
            elif is_valid_siren(number):
                wanted = _head_office_of(number)
            else:
                continue
            try:
                answer = self._search(
                    {"q": number, "limite_matching_etablissements": MAX_MATCHING}
                )
            except NotFoundError:
                continue
            establishments, set_aside = self._read(answer["results"])
            rejected += set_aside
            found.update((item.siret, item) for item in filter(wanted, establishments))
        return EstablishmentPage(tuple(found.values()), len(found), tuple(rejected))

    def search(
        self, criteria: SearchCriteria, limit: int = MAX_ROWS, after: str | None = None
    ) -> EstablishmentPage:
        """One page; ``total`` counts legal units.

        Of each unit come the establishments that fit the criteria's place, or its
        head office when no place is given. The service shows the first 10,000 only.
        """
        size = max(1, min(limit, MAX_ROWS))
        page = _read_cursor(after)
        answer = self._search(
            {
                **_parameters(criteria),
                "page": page,
                "per_page": size,
                "limite_matching_etablissements": MAX_MATCHING,
            }
        )
        establishments, rejected = self._read(answer["results"])
        total = max(answer["total_results"], 0)
        more = page * size < total and (page + 1) * size <= MAX_WINDOW
        return EstablishmentPage(
            tuple(_fitting(criteria, establishments)),
            total,
            tuple(rejected),
            str(page + 1) if more and answer["results"] else None,
        )

    def lookup(self, criteria: SearchCriteria) -> tuple[Establishment, ...]:
        """Exact identifiers first, then the name ever more loosely."""
        siret = clean(criteria.siret)
        siren = siren_of(criteria.siren) or siren_of(siret)
        if is_valid_siret(siret):
            page = self.fetch([siret])
            if page.establishments:
                return page.establishments
        if siren:
            page = self.fetch((), [siren])
            if page.establishments:
                return page.establishments
        found: dict[str, Establishment] = {}
        for parameters in _lookup_parameters(criteria):
            answer = self._search({**parameters, "per_page": MAX_ROWS})
            establishments, _rejected = self._read(answer["results"])
            found.update((item.siret, item) for item in establishments)
            complete = len(answer["results"]) >= answer["total_results"]
            if is_found(criteria, found.values(), complete=complete):
                break
        return tuple(found.values())

    # --------------------------------------------------------------------- requests

    def _search(self, parameters: dict[str, Any]) -> dict:
        answer = self._client.get_json("/search", parameters)
        answer = parsing.require(answer, dict, "the answer", SERVICE)
        parsing.require(answer.get("results"), list, "results", SERVICE)
        parsing.require(answer.get("total_results"), int, "total_results", SERVICE)
        return answer

    def _read(self, results: list) -> tuple[list[Establishment], list[RejectedRecord]]:
        return parsing.read_records(
            results,
            _read_unit,
            essential=_ESSENTIAL,
            service=SERVICE,
            identifier="siren",
        )


# ----------------------------------------------------------------------- parameters


def _parameters(criteria: SearchCriteria) -> dict[str, str]:
    """A person's criteria in the service's parameters."""
    number = clean(criteria.siret) or clean(criteria.siren)
    if number:
        # The service then ignores every other parameter.
        return {"q": number}
    words = LookupPlan(criteria).typed_words
    words += fold(criteria.street).split() + city_key(criteria.city)[0].split()
    found = {
        "q": " ".join(words),
        "code_postal": clean(criteria.zip) if len(clean(criteria.zip)) == 5 else "",
        "departement": ",".join(criteria.departments),
        "activite_principale": ",".join(criteria.naf_codes),
        "nature_juridique": ",".join(criteria.legal_forms),
        "tranche_effectif_salarie": ",".join(criteria.workforces),
        "categorie_entreprise": ",".join(criteria.categories),
        "etat_administratif": "A" if criteria.active_only else "",
    }
    if len(found["q"]) < MIN_QUERY:
        del found["q"]
    found = {name: value for name, value in found.items() if value}
    if not found:
        raise RefusedError(
            "This service needs a name of three letters, or another criterion.",
            service=SERVICE,
        )
    return found


def _lookup_parameters(criteria: SearchCriteria) -> Iterator[dict[str, str]]:
    """Queries for a company described with mistakes, from exact to loose.

    ``q`` looks at names and addresses alike, so that the street finds who is
    misspelt; its last word may be a beginning.
    """
    plan = LookupPlan(criteria)
    city = city_key(criteria.city)[0]
    place = {"code_postal": plan.zip} if plan.zip else {}
    around = {"departement": plan.department} if plan.department else {}
    street = " ".join(plan.street_words)
    name = " ".join(plan.words)
    queries = [(name, {}), (name, place), (" ".join(plan.spelt_out), {})]
    if street:
        queries += [(street, place)] if place else [(f"{street} {city}", around)]
    if plan.words:
        longest, beginning = plan.main_words[0], plan.prefixes[0]
        queries += [
            (beginning, place or around),
            (" ".join(plan.main_words), {}),
            (longest, around),
        ]
    asked = []
    for query, filters in queries:
        parameters = {"q": query.strip(), **filters}
        if len(parameters["q"]) >= MIN_QUERY and parameters not in asked:
            asked.append(parameters)
            yield parameters


def _read_cursor(cursor: str | None) -> int:
    if cursor is None:
        return 1
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 5:
        raise RefusedError("This is not a page of this search.", service=SERVICE)
    return int(cursor)


def _with_siret(siret: str) -> Callable[[Establishment], bool]:
    return lambda establishment: establishment.siret == siret


def _head_office_of(siren: str) -> Callable[[Establishment], bool]:
    return lambda establishment: (
        establishment.siren == siren and establishment.is_head_office is True
    )


def _fitting(
    criteria: SearchCriteria, establishments: list[Establishment]
) -> Iterator[Establishment]:
    """The establishments that fit the place: the service filters units by any."""
    has_place = bool(criteria.zip or criteria.city or criteria.departments)
    head_offices_only = criteria.head_offices_only or not has_place
    siret = clean(criteria.siret)
    for item in establishments:
        if siret:
            fits = item.siret == siret
        else:
            fits = item.is_head_office is True or not head_offices_only
        if (
            fits
            and _fits_place(criteria, item.address)
            and (not criteria.active_only or item.establishment_state == "active")
            and (not criteria.disclosed_only or not item.is_partial)
        ):
            yield item


def _fits_place(criteria: SearchCriteria, place: Address) -> bool:
    departments = criteria.departments
    return (
        (not criteria.zip or (place.zip or "").startswith(clean(criteria.zip)))
        and (not criteria.city or same_city(place.city, criteria.city))
        and (not departments or place.department_code in departments)
    )


# ---------------------------------------------------------------------------- record


def _read_unit(result: dict) -> Iterator[Establishment]:
    """Head office and matching establishments of one result."""
    siren = parsing.siren(result.get("siren"))
    if siren is None:
        raise parsing.UnreadableRecord("The record has no valid SIREN.")
    head_office = parsing.as_dict(result.get("siege"))
    head_office_siret = parsing.siret(head_office.get("siret"))
    if head_office_siret is None or head_office_siret[:9] != siren:
        raise parsing.UnreadableRecord("The record has no valid head office.")
    parsing.check_texts(result, _TEXTS)
    parsing.check_texts(head_office, ("etat_administratif",))
    unit = _unit_values(siren, result)
    matching = result.get("matching_etablissements")
    rows = [head_office, *(matching if isinstance(matching, list) else ())]
    seen = set()
    for row in map(parsing.as_dict, rows):
        siret = parsing.siret(row.get("siret"))
        if siret is None or siret[:9] != siren or siret in seen:
            continue
        seen.add(siret)
        yield _establishment(siret, row, unit, head_office_siret)


def _unit_values(siren: str, result: dict) -> dict[str, Any]:
    legal_form = parsing.legal_form(result.get("nature_juridique"))
    naf = parsing.naf(result.get("activite_principale"))
    category = parsing.category(result.get("categorie_entreprise"))
    workforce = parsing.workforce(result.get("tranche_effectif_salarie"))
    turnover, turnover_year = _turnover(result.get("finances"))
    return {
        "siren": siren,
        "unit_state": parsing.unit_state(result.get("etat_administratif")),
        "legal_name": _legal_name(result),
        "acronym": parsing.text(result.get("sigle")),
        "is_sole_trader": (legal_form or "").startswith("1"),
        "is_partial": parsing.is_partially_disclosed(result.get("statut_diffusion"))
        or _holds_mask(result),
        "naf": naf,
        "naf_nomenclature": _nomenclature(naf, result),
        "legal_form": legal_form,
        "legal_form_label": nomenclatures.legal_form_labels().get(legal_form),
        "category": category,
        "category_year": category
        and parsing.year(result.get("annee_categorie_entreprise")),
        "workforce": workforce,
        "workforce_year": workforce
        and parsing.year(result.get("annee_tranche_effectif_salarie")),
        "unit_creation_date": parsing.day(result.get("date_creation")),
        "last_processed": parsing.day(result.get("date_mise_a_jour_insee")),
        "turnover": turnover,
        "turnover_year": turnover_year,
        "vat_numbers": _vat_numbers(siren, result.get("tva")),
    }


def _establishment(
    siret: str, row: dict, unit: dict[str, Any], head_office_siret: str
) -> Establishment:
    values = dict(unit)
    naf = parsing.naf(row.get("activite_principale"))
    if naf:
        values["naf"] = naf
        values["naf_nomenclature"] = _nomenclature(naf, row)
    processed = parsing.day(row.get("date_mise_a_jour_insee"))
    values["last_processed"] = max(
        filter(None, (processed, unit["last_processed"])), default=None
    )
    values["is_partial"] = (
        unit["is_partial"]
        or parsing.is_partially_disclosed(row.get("statut_diffusion_etablissement"))
        or any(map(parsing.is_masked, row.values()))
    )
    return Establishment(
        **values,
        siret=siret,
        is_head_office=siret == head_office_siret,
        head_office_siret=head_office_siret,
        establishment_state=parsing.establishment_state(row.get("etat_administratif")),
        trade_names=tuple(
            name
            for name in parsing.texts(
                row.get("nom_commercial"), row.get("liste_enseignes")
            )
            if name != unit["legal_name"]
        ),
        naf_label=nomenclatures.naf_label(values["naf"], values["naf_nomenclature"]),
        establishment_creation_date=parsing.day(row.get("date_creation")),
        address=_address(row),
    )


def _legal_name(result: dict) -> str | None:
    """Registered name; the full name without its bracketed ones for sole traders."""
    registered = parsing.text(result.get("nom_raison_sociale"))
    if registered:
        return registered
    full = parsing.text(result.get("nom_complet"))
    return (full.partition(" (")[0].strip() or None) if full else None


def _holds_mask(result: dict) -> bool:
    names = ("nom_complet", "nom_raison_sociale", "sigle")
    return any(parsing.is_masked(result.get(name)) for name in names)


def _nomenclature(naf: str | None, record: dict) -> str | None:
    """The service names no nomenclature; only what can be told is told.

    As long as a NAF 2025 code stands beside it, and until NAF 2025 comes into force,
    the main code is one of NAF rev. 2, or an older one.
    """
    if naf not in nomenclatures.naf_labels():
        return None
    if "activite_principale_naf25" in record or date.today() < _NAF_2025_IN_FORCE:
        return "NAFRev2"
    return None


def _turnover(finances: Any) -> tuple[float | None, int | None]:
    """Turnover of the latest year that has one."""
    figures = {
        parsing.year(label): parsing.number(parsing.as_dict(figure).get("ca"))
        for label, figure in parsing.as_dict(finances).items()
    }
    known = [label for label, turnover in figures.items() if label and turnover]
    return (figures[max(known)], max(known)) if known else (None, None)


def _vat_numbers(siren: str, value: Any) -> tuple[str, ...]:
    numbers = parsing.texts(value)
    return tuple(
        number
        for number in map(clean, numbers)
        if number[:2] + number[4:] == f"FR{siren}"
    )


def _address(row: dict) -> Address:
    line = row.get("adresse") if not parsing.is_masked(row.get("adresse")) else None
    return parsing.address(
        number=row.get("numero_voie"),
        repetition=row.get("indice_repetition"),
        kind=row.get("type_voie"),
        name=row.get("libelle_voie"),
        line=_street_of_line(
            parsing.text(line), parsing.postcode(row.get("code_postal"))
        ),
        complement=row.get("complement_adresse"),
        distribution=row.get("distribution_speciale"),
        zip_code=row.get("code_postal"),
        city_name=row.get("libelle_commune"),
        commune=row.get("commune"),
        cedex_code=row.get("cedex"),
        cedex_city=row.get("libelle_cedex"),
        foreign_city=row.get("libelle_commune_etranger"),
        foreign_country=row.get("code_pays_etranger"),
    )


def _street_of_line(line: str | None, zip_code: str | None) -> str | None:
    """What stands before the postcode in a one-line address."""
    if not line or not zip_code:
        return None
    street, found, _city = line.rpartition(zip_code)
    return street.strip(" ,") or None if found else None
