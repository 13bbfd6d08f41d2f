"""The SIRENE register as OpenDataSoft republishes it (Explore API v2.1).

One record is one establishment with its legal unit. The copy is loaded about once a
month, so :meth:`OpenDataSoft.freshness` tells whether asking again makes sense.

API: https://help.opendatasoft.com/apis/ods-explore-v2/
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from . import nomenclatures, odsql, parsing
from .datatypes import (
    Establishment,
    EstablishmentPage,
    RegisterFreshness,
    RejectedRecord,
    SearchCriteria,
)
from .errors import RefusedError
from .http import DEFAULT_TIMEOUT, ConnectorBase, ServiceClient
from .identifiers import clean, is_valid_siren, is_valid_siret, siren_of
from .lookup import LookupPlan, is_found
from .text import city_key

SERVICE = "opendatasoft"
DEFAULT_DATASET = "economicref-france-sirene-v3"
_API = "/api/explore/v2.1"

#: The service's own limits on one answer and on how deep offsets reach.
MAX_ROWS = 100
MAX_WINDOW = 10_000

#: What is asked for: the names of INSEE's variables in lower case, and
#: OpenDataSoft's own (``siretsiege…``, ``…triable``, labels).
FIELDS = (
    "siren",
    "siret",
    "etablissementsiege",
    "siretsiegeunitelegale",
    "statutdiffusionetablissement",
    "statutdiffusionunitelegale",
    "etatadministratifetablissement",
    "etatadministratifunitelegale",
    "denominationunitelegale",
    "denominationusuelle1unitelegale",
    "denominationusuelle2unitelegale",
    "denominationusuelle3unitelegale",
    "sigleunitelegale",
    "l1_adressage_unitelegale",
    "nomunitelegale",
    "nomusageunitelegale",
    "prenom1unitelegale",
    "prenomusuelunitelegale",
    "denominationusuelleetablissement",
    "enseigne1etablissement",
    "enseigne2etablissement",
    "enseigne3etablissement",
    "activiteprincipaleetablissement",
    "nomenclatureactiviteprincipaleetablissement",
    "activiteprincipaleunitelegale",
    "nomenclatureactiviteprincipaleunitelegale",
    "categoriejuridiqueunitelegale",
    "naturejuridiqueunitelegale",
    "categorieentreprise",
    "anneecategorieentreprise",
    "trancheeffectifsunitelegale",
    "trancheeffectifsunitelegaletriable",
    "anneeeffectifsunitelegale",
    "datecreationunitelegale",
    "datecreationetablissement",
    "datederniertraitementunitelegale",
    "datederniertraitementetablissement",
    "adresseetablissement",
    "numerovoieetablissement",
    "indicerepetitionetablissement",
    "typevoieetablissement",
    "libellevoieetablissement",
    "complementadresseetablissement",
    "distributionspecialeetablissement",
    "codepostaletablissement",
    "libellecommuneetablissement",
    "codecommuneetablissement",
    "codecedexetablissement",
    "libellecedexetablissement",
    "codepaysetrangeretablissement",
    "libellecommuneetrangeretablissement",
)

#: Without these an answer cannot be used: the schema must have changed.
_ESSENTIAL = (
    "siret",
    "siren",
    "etablissementsiege",
    "etatadministratifetablissement",
    "etatadministratifunitelegale",
    "denominationunitelegale",
    "categoriejuridiqueunitelegale",
    "activiteprincipaleetablissement",
    "libellevoieetablissement",
    "codepostaletablissement",
    "libellecommuneetablissement",
)

#: Of another kind than text these make a record unreadable.
_TEXTS = tuple(name for name in _ESSENTIAL if name != "etablissementsiege")

#: Where a company's name may be found.
NAME_FIELDS = (
    "denominationunitelegale",
    "l1_adressage_unitelegale",
    "denominationusuelle1unitelegale",
    "sigleunitelegale",
    "enseigne1etablissement",
    "denominationusuelleetablissement",
)

_CIVILITY = re.compile(r"^(?:MONSIEUR|MADAME|MADEMOISELLE|MME|MLLE|MR|M) ", re.I)
_STREET_BEGINNING = 4
_HEAD_OFFICE = odsql.equals("etablissementsiege", "oui")


class OpenDataSoft(ConnectorBase):
    """Company register on an OpenDataSoft portal; see ``registry.CompanyRegistry``.

    :param base_url: the portal's, with or without ``/api/explore/v2.1``
    :param api_key: optional; raises the daily allowance, works on its own domain only
    :param dataset: identifier of the dataset
    :param timeout: seconds
    """

    service = SERVICE
    max_batch = MAX_ROWS
    DEFAULT_BASE_URL = f"https://public.opendatasoft.com{_API}"

    def __init__(
        self,
        base_url: str = DEFAULT_BASE_URL,
        api_key: str | None = None,
        *,
        dataset: str = DEFAULT_DATASET,
        timeout: float = DEFAULT_TIMEOUT,
    ):
        # In the address a key would be logged by every proxy on the way.
        headers = {"Authorization": f"Apikey {api_key}"} if api_key else None
        self._client = ServiceClient(
            SERVICE,
            base_url,
            headers=headers,
            timeout=timeout,
            # An unknown dataset or a wrong address, never a company.
            status_errors={404: RefusedError},
        )
        if not self._client.base_url.endswith(_API):
            self._client.base_url += _API
        if not re.fullmatch(r"[\w.-]+(@[\w.-]+)?", dataset, re.ASCII):
            raise RefusedError("The dataset's identifier is not one.", service=SERVICE)
        self._path = f"/catalog/datasets/{dataset}"

    def freshness(self) -> RegisterFreshness:
        """When the dataset was last loaded (``metas.default.data_processed``)."""
        answer = self._client.get_json(self._path)
        metas = parsing.require(answer, dict, "the dataset's description", SERVICE)
        default = parsing.as_dict(parsing.as_dict(metas.get("metas")).get("default"))
        return RegisterFreshness(
            loaded_at=parsing.moment(default.get("data_processed"))
            or parsing.moment(default.get("metadata_processed"))
        )

    def fetch(
        self, sirets: Collection[str] = (), sirens: Collection[str] = ()
    ) -> EstablishmentPage:
        """Establishments by SIRET and head offices by SIREN, 100 a request."""
        wanted_sirets = _distinct(sirets, is_valid_siret)
        wanted_sirens = _distinct(sirens, is_valid_siren)
        asked = [("siret", number) for number in wanted_sirets]
        asked += [("siren", number) for number in wanted_sirens]
        found: dict[str, Establishment] = {}
        rejected: list[RejectedRecord] = []
        for batch in _batches(asked, MAX_ROWS):
            batch_sirets = [number for kind, number in batch if kind == "siret"]
            batch_sirens = [number for kind, number in batch if kind == "siren"]
            numbers = {number for _kind, number in batch}
            where = _identifiers_clause(batch_sirets, batch_sirens)
            for page in self._all_pages(where):
                rejected += page.rejected
                for establishment in page.establishments:
                    if establishment.siret in numbers or establishment.siren in numbers:
                        found[establishment.siret] = establishment
                    else:
                        rejected.append(
                            RejectedRecord(
                                establishment.siret, "The record was not asked for."
                            )
                        )
        return EstablishmentPage(tuple(found.values()), len(found), tuple(rejected))

    def search(
        self, criteria: SearchCriteria, limit: int = MAX_ROWS, after: str | None = None
    ) -> EstablishmentPage:
        """One page by SIRET; any number of pages.

        Pages go by offset as far as the service allows it (10,000 rows), and from
        there on start again after the last SIRET seen.
        """
        limit = max(1, min(limit, MAX_ROWS))
        base, offset, total = _read_cursor(after)
        where = odsql.all_of(
            _criteria_clause(criteria), odsql.after("siret", base) if base else ""
        )
        page, last_siret, received = self._page(where, limit=limit, offset=offset)
        total = page.total if total is None else total
        next_offset = offset + received
        cursor = None
        if received and next_offset < page.total:
            if next_offset + limit > MAX_WINDOW:
                # Nowhere to go on from when no record of the page could be read.
                if last_siret:
                    cursor = f"{last_siret}.0.{total}"
            else:
                cursor = f"{base}.{next_offset}.{total}"
        return replace(page, total=total, next_cursor=cursor)

    def lookup(self, criteria: SearchCriteria) -> tuple[Establishment, ...]:
        """Exact identifiers first, then the name ever more loosely.

        The name's words anywhere in the country find nearly all in one request; where
        they don't, beginnings of its words are looked for around the address.
        """
        siret = clean(criteria.siret)
        siren = siren_of(criteria.siren) or siren_of(siret)
        if is_valid_siret(siret) or siren:
            page = self.fetch(
                [siret] if is_valid_siret(siret) else [], [siren] if siren else []
            )
            if page.establishments:
                return page.establishments
        found: dict[str, Establishment] = {}
        was_cut_off = False
        for where, only_after_cut_off in _lookup_steps(criteria):
            if only_after_cut_off and not was_cut_off:
                continue
            page, _last, received = self._page(where, limit=MAX_ROWS)
            found.update((item.siret, item) for item in page.establishments)
            was_cut_off = received < page.total
            if is_found(criteria, found.values(), complete=not was_cut_off):
                break
        return tuple(found.values())

    # ----------------------------------------------------------------------- pages

    def _all_pages(self, where: str) -> Iterator[EstablishmentPage]:
        offset = 0
        seen: set[str] = set()
        while True:
            page, _last, received = self._page(where, limit=MAX_ROWS, offset=offset)
            yield page
            offset += received
            new = {item.siret for item in page.establishments} - seen
            seen |= new
            # A page without anything new: the service does not count well.
            if not new or offset >= page.total:
                return

    def _page(
        self, where: str, *, limit: int, offset: int = 0
    ) -> tuple[EstablishmentPage, str | None, int]:
        """One request: the page, its last SIRET, the number of records received."""
        params: dict[str, Any] = {
            "select": ",".join(FIELDS),
            "order_by": "siret",
            "limit": limit,
        }
        if where:
            params["where"] = where
        if offset:
            params["offset"] = offset
        answer = self._client.get_json(f"{self._path}/records", params)
        answer = parsing.require(answer, dict, "the answer", SERVICE)
        total = parsing.require(answer.get("total_count"), int, "total_count", SERVICE)
        records = parsing.require(answer.get("results"), list, "results", SERVICE)
        establishments, rejected = parsing.read_records(
            records, _read_record, essential=_ESSENTIAL, service=SERVICE
        )
        last_siret = max((item.siret for item in establishments), default=None)
        page = EstablishmentPage(tuple(establishments), max(total, 0), tuple(rejected))
        return page, last_siret, len(records)


# ---------------------------------------------------------------------- expressions


def _identifiers_clause(sirets: list[str], sirens: list[str]) -> str:
    return odsql.any_of(
        odsql.one_of("siret", sirets) if sirets else "",
        odsql.all_of(odsql.one_of("siren", sirens), _HEAD_OFFICE) if sirens else "",
    )


def _criteria_clause(criteria: SearchCriteria) -> str:
    siret = clean(criteria.siret)
    siren = clean(criteria.siren)
    return odsql.all_of(
        odsql.equals("siret", siret) if siret else "",
        odsql.equals("siren", siren) if siren else "",
        _name_clause(LookupPlan(criteria).typed_words),
        _street_clause(criteria.street),
        _zip_clause(criteria.zip),
        _city_clause(criteria.city),
        _departments_clause(criteria.departments),
        _naf_clause(criteria.naf_codes),
        _one_of("categoriejuridiqueunitelegale", criteria.legal_forms),
        _workforce_clause(criteria.workforces),
        _one_of("categorieentreprise", criteria.categories),
        odsql.all_of(
            odsql.equals("etatadministratifetablissement", "Actif"),
            odsql.equals("etatadministratifunitelegale", "Active"),
        )
        if criteria.active_only
        else "",
        _HEAD_OFFICE if criteria.head_offices_only else "",
        odsql.all_of(
            odsql.equals("statutdiffusionetablissement", "O"),
            odsql.equals("statutdiffusionunitelegale", "O"),
        )
        if criteria.disclosed_only
        else "",
    )


def _one_of(field: str, values: Iterable[str]) -> str:
    values = tuple(values)
    return odsql.one_of(field, values) if values else ""


def _name_clause(words: Iterable[str]) -> str:
    """All the words, in one of the name fields."""
    return _words_clause(NAME_FIELDS, words)


def _words_clause(fields: Iterable[str], words: Iterable[str]) -> str:
    """All the words, in one of the fields."""
    line = " ".join(words)
    if not line:
        return ""
    return odsql.any_of(*(odsql.contains_words(field, line) for field in fields))


def _street_clause(street: str | None) -> str:
    street = parsing.text(street)
    return odsql.contains_words("adresseetablissement", street) if street else ""


def _zip_clause(zip_code: str | None) -> str:
    digits = clean(zip_code)
    if not digits:
        return ""
    if len(digits) == 5:
        return odsql.equals("codepostaletablissement", digits)
    return odsql.begins("codepostaletablissement", digits)


def _city_clause(city: str | None) -> str:
    name = city_key(city)[0]
    return odsql.contains_words("libellecommuneetablissement", name) if name else ""


def _departments_clause(departments: Iterable[str]) -> str:
    # The commune code: the department's own field is empty for some (Corsica).
    return odsql.any_of(
        *(odsql.begins("codecommuneetablissement", code) for code in departments)
    )


def _naf_clause(codes: Collection[str]) -> str:
    whole = [code for code in codes if len(code) == 6]
    beginnings = [code for code in codes if len(code) != 6]
    return odsql.any_of(
        odsql.one_of("activiteprincipaleetablissement", whole) if whole else "",
        *(odsql.begins("activiteprincipaleetablissement", code) for code in beginnings),
    )


def _workforce_clause(codes: Iterable[str]) -> str:
    """Brackets by their labels, as this dataset writes them."""
    labels = []
    for code in codes:
        label = nomenclatures.WORKFORCE_LABELS.get(code, code)
        if code == "NN":
            labels += ["Etablissement non employeur", label]
        else:
            plain = re.sub(r"(?<=\d) (?=\d{3})", "", label)
            labels += [plain] if plain == label else [plain, label]
    return _one_of("trancheeffectifsunitelegale", labels)


def _lookup_steps(criteria: SearchCriteria) -> Iterator[tuple[str, bool]]:
    """Expressions for a company described with mistakes, from exact to loose.

    With each comes whether it only makes sense when the one before was cut off.
    """
    plan = LookupPlan(criteria)
    filters = odsql.all_of(
        _departments_clause(criteria.departments),
        odsql.equals("etatadministratifetablissement", "Actif")
        if criteria.active_only
        else "",
        _HEAD_OFFICE if criteria.head_offices_only else "",
    )
    zip_code = _zip_clause(plan.zip)
    city = _city_clause(criteria.city)
    street = _street_beginning_clause(plan.street_words)
    here = zip_code or odsql.all_of(city, street)
    if not plan.words:
        if here or city:
            yield odsql.all_of(zip_code or city, street, filters), False
        return
    # 1. All telling words of the name, anywhere: people move.
    names = odsql.any_of(_name_clause(plan.words), _name_clause(plan.spelt_out))
    yield odsql.all_of(names, filters), False
    # 2. The same at the place: the name has too many namesakes.
    if here:
        yield odsql.all_of(names, here, filters), True
    # 3. Beginnings of its words, or the street, at the place: slips of the fingers.
    beginnings = _all_prefixes_clause(plan.prefixes)
    place = zip_code or city
    if place:
        yield odsql.all_of(place, odsql.any_of(beginnings, street), filters), False
    # 4. One of the beginnings there; the two main words around; words too many.
    department = _departments_clause([plan.department] if plan.department else [])
    around = odsql.any_of(department, city)
    one_beginning = odsql.all_of(place, _prefix_clause(plan.prefixes)) if place else ""
    main_words = odsql.all_of(_name_clause(plan.main_words), around)
    far_beginnings = "" if place else beginnings
    yield (
        odsql.all_of(odsql.any_of(one_beginning, main_words, far_beginnings), filters),
        False,
    )


def _street_beginning_clause(words: Iterable[str]) -> str:
    """Number and beginning of the street's main word."""
    return odsql.all_of(
        *(
            odsql.contains_words("adresseetablissement", word)
            if word.isdigit()
            else odsql.word_begins("adresseetablissement", word[:_STREET_BEGINNING])
            for word in words
        )
    )


def _prefix_clause(prefixes: Iterable[str]) -> str:
    """One of the words' beginnings, in one of the name fields."""
    return odsql.any_of(
        *(
            odsql.word_begins(field, prefix)
            for prefix in prefixes
            for field in NAME_FIELDS
        )
    )


def _all_prefixes_clause(prefixes: Iterable[str]) -> str:
    return odsql.all_of(*(_prefix_clause([prefix]) for prefix in prefixes))


# --------------------------------------------------------------------------- cursor

_CURSOR = re.compile(r"([0-9]{14})?\.([0-9]{1,5})\.([0-9]{1,12})")


def _read_cursor(cursor: str | None) -> tuple[str, int, int | None]:
    """SIRET to start after, offset from there, total of the first page."""
    if cursor is None:
        return "", 0, None
    found = _CURSOR.fullmatch(cursor)
    if not found:
        raise RefusedError("This is not a page of this search.", service=SERVICE)
    return found[1] or "", int(found[2]), int(found[3])


def _distinct(numbers: Iterable[str], is_valid) -> list[str]:
    return list(dict.fromkeys(filter(is_valid, map(clean, numbers))))


def _batches(items: list, size: int) -> Iterator[list]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


# --------------------------------------------------------------------------- record


def _read_record(record: dict) -> tuple[Establishment, ...]:
    siret = parsing.siret(record.get("siret"))
    if siret is None:
        raise parsing.UnreadableRecord("The record has no valid SIRET.")
    siren = siret[:9]
    if record.get("siren") != siren and parsing.siren(record.get("siren")) != siren:
        raise parsing.UnreadableRecord("The record's SIREN is not that of its SIRET.")
    parsing.check_texts(record, _TEXTS)
    is_head_office = parsing.flag(record.get("etablissementsiege"))
    head_office_siret = parsing.siret(record.get("siretsiegeunitelegale"))
    if head_office_siret is None or head_office_siret[:9] != siren:
        head_office_siret = siret if is_head_office else None
    legal_form = parsing.legal_form(record.get("categoriejuridiqueunitelegale"))
    is_sole_trader = _is_sole_trader(record, legal_form)
    legal_name = _legal_name(record, is_sole_trader)
    naf, nomenclature = _activity(record)
    workforce = parsing.workforce(record.get("trancheeffectifsunitelegale"))
    if workforce is None:
        workforce = parsing.workforce_of_sort_key(
            record.get("trancheeffectifsunitelegaletriable")
        )
    category = parsing.category(record.get("categorieentreprise"))
    processed = [
        parsing.day(record.get("datederniertraitementetablissement")),
        parsing.day(record.get("datederniertraitementunitelegale")),
    ]
    return (
        Establishment(
            siren=siren,
            siret=siret,
            is_head_office=is_head_office,
            head_office_siret=head_office_siret,
            establishment_state=parsing.establishment_state(
                record.get("etatadministratifetablissement")
            ),
            unit_state=parsing.unit_state(record.get("etatadministratifunitelegale")),
            legal_name=legal_name,
            acronym=parsing.text(record.get("sigleunitelegale")),
            trade_names=tuple(
                name
                for name in parsing.texts(
                    record.get("denominationusuelle1unitelegale"),
                    record.get("denominationusuelle2unitelegale"),
                    record.get("denominationusuelle3unitelegale"),
                    record.get("enseigne1etablissement"),
                    record.get("enseigne2etablissement"),
                    record.get("enseigne3etablissement"),
                    record.get("denominationusuelleetablissement"),
                )
                if name != legal_name
            ),
            is_sole_trader=is_sole_trader,
            is_partial=_is_partial(record),
            naf=naf,
            naf_nomenclature=nomenclature,
            naf_label=nomenclatures.naf_label(naf, nomenclature),
            legal_form=legal_form,
            legal_form_label=nomenclatures.legal_form_labels().get(legal_form)
            or parsing.text(record.get("naturejuridiqueunitelegale")),
            category=category,
            category_year=category
            and parsing.year(record.get("anneecategorieentreprise")),
            workforce=workforce,
            workforce_year=workforce
            and parsing.year(record.get("anneeeffectifsunitelegale")),
            unit_creation_date=parsing.day(record.get("datecreationunitelegale")),
            establishment_creation_date=parsing.day(
                record.get("datecreationetablissement")
            ),
            last_processed=max(filter(None, processed), default=None),
            address=_address(record),
        ),
    )


def _is_sole_trader(record: dict, legal_form: str | None) -> bool:
    if legal_form:
        return legal_form.startswith("1")
    has_person = parsing.text(record.get("nomunitelegale")) is not None
    return has_person and parsing.text(record.get("denominationunitelegale")) is None


def _legal_name(record: dict, is_sole_trader: bool) -> str | None:
    """Name of the legal unit; a sole trader's first and last name in use."""
    company = parsing.text(record.get("denominationunitelegale"))
    if is_sole_trader or company is None:
        first = parsing.text(record.get("prenomusuelunitelegale")) or parsing.text(
            record.get("prenom1unitelegale")
        )
        last = parsing.text(record.get("nomusageunitelegale")) or parsing.text(
            record.get("nomunitelegale")
        )
        if last:
            return f"{first} {last}" if first else last
    if company is None:
        line = parsing.text(record.get("l1_adressage_unitelegale"))
        return _CIVILITY.sub("", line) if line else None
    return company


def _activity(record: dict) -> tuple[str | None, str | None]:
    """Activity code and nomenclature, of the establishment before the unit."""
    for owner in ("etablissement", "unitelegale"):
        naf = parsing.naf(record.get(f"activiteprincipale{owner}"))
        if naf:
            nomenclature = record.get(f"nomenclatureactiviteprincipale{owner}")
            return naf, parsing.naf_nomenclature(nomenclature)
    return None, None


def _is_partial(record: dict) -> bool:
    texts = [value for value in record.values() if isinstance(value, str)]
    return (
        parsing.is_partially_disclosed(record.get("statutdiffusionetablissement"))
        or parsing.is_partially_disclosed(record.get("statutdiffusionunitelegale"))
        or parsing.is_masked("\n".join(texts))
    )


def _address(record: dict):
    return parsing.address(
        number=record.get("numerovoieetablissement"),
        repetition=record.get("indicerepetitionetablissement"),
        kind=record.get("typevoieetablissement"),
        name=record.get("libellevoieetablissement"),
        line=record.get("adresseetablissement"),
        complement=record.get("complementadresseetablissement"),
        distribution=record.get("distributionspecialeetablissement"),
        zip_code=record.get("codepostaletablissement"),
        city_name=record.get("libellecommuneetablissement"),
        commune=record.get("codecommuneetablissement"),
        cedex_code=record.get("codecedexetablissement"),
        cedex_city=record.get("libellecedexetablissement"),
        foreign_city=record.get("libellecommuneetrangeretablissement"),
        foreign_country=record.get("codepaysetrangeretablissement"),
    )
