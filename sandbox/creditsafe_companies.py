"""Companies as Creditsafe's stand-in knows them: the register's, a few foreign ones.

French companies are the register's establishments, so SIREN and SIRET are the same
everywhere in the sandbox; those of partial diffusion are left out.
"""

import json
import re
from dataclasses import dataclass

from . import words
from .codelists import DATA
from .identifiers import french_vat
from .register import MASK

_FIRST_SAFE_NUMBER = 30_000_000
_CONNECT_ID = re.compile(r"FR(?:[0-9]{3})?-X-([0-9]{14})", re.I)
_SAFE_NUMBER = re.compile(r"FR([0-9]{8})", re.I)
_COLUMNS = (
    "id siren siret etablissementsiege denominationunitelegale "
    "denominationusuelle1unitelegale sigleunitelegale enseigne1etablissement "
    "nomunitelegale prenom1unitelegale "
    "etatadministratifetablissement etatadministratifunitelegale "
    "datecreationunitelegale datefermetureetablissement datefermetureunitelegale "
    "categoriejuridiqueunitelegale naturejuridiqueunitelegale "
    "activiteprincipaleetablissement classeetablissement "
    "trancheeffectifsunitelegale trancheeffectifsunitelegaletriable "
    "numerovoieetablissement typevoieetablissement libellevoieetablissement "
    "codepostaletablissement libellecommuneetablissement "
    "codecommuneetablissement departementetablissement regionetablissement "
    "datederniertraitementunitelegale case_tags"
).split()
_KNOWN = "statutdiffusionetablissement != 'P'"
_FICTION = ("019900", "026191", "035301", "046571", "053649")
_SEARCHED = (
    "{denominationunitelegale denominationusuelle1unitelegale sigleunitelegale "
    "nomunitelegale prenom1unitelegale enseigne1etablissement}"
)


@dataclass(frozen=True)
class Company:
    """A company at one address. ``unit`` tells whose credit standing it has."""

    connect_id: str
    safe_no: str
    country: str
    reg_no: str
    unit: str
    name: str
    vat_no: str | None = None
    trade_name: str | None = None
    acronym: str | None = None
    is_seat: bool = True
    is_closed: bool = False
    is_ceased: bool = False
    ceased_on: str | None = None
    created: str | None = None
    house_no: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    commune: str | None = None
    department: str | None = None
    region: str | None = None
    phone: str | None = None
    website: str | None = None
    email: str | None = None
    activity: str | None = None
    activity_label: str | None = None
    classification: str = "NAF/APE"
    legal_form: str | None = None
    legal_label: str | None = None
    workforce: str | None = None
    workforce_rank: float | None = None
    is_person: bool = False
    case: str | None = None
    changed: str | None = None

    @property
    def status(self):
        return "NonActive" if self.is_ceased or self.is_closed else "Active"

    @property
    def siren(self):
        return self.unit if self.country == "FR" else None

    @property
    def address_line(self):
        way = " ".join(part for part in (self.house_no, self.street) if part)
        town = " ".join(part for part in (self.postcode, self.city) if part)
        return ", ".join(part for part in (way, town) if part)


def _phone(siren):
    """A number that is reserved for fiction in France."""
    return _FICTION[int(siren[0]) % len(_FICTION)] + siren[2:6]


def _french(row):
    value = dict(zip(_COLUMNS, row, strict=True))
    siren, siret = value["siren"], value["siret"]
    name = value["denominationunitelegale"]
    person = " ".join(
        part for part in (value["prenom1unitelegale"], value["nomunitelegale"]) if part
    )
    way = (value["typevoieetablissement"], value["libellevoieetablissement"])
    trade = value["enseigne1etablissement"] or value["denominationusuelle1unitelegale"]
    ceased = value["etatadministratifunitelegale"] != "Active"
    activity = value["activiteprincipaleetablissement"]
    return Company(
        connect_id=f"FR-X-{siret}",
        safe_no=f"FR{_FIRST_SAFE_NUMBER + value['id']:08d}",
        country="FR",
        reg_no=siret,
        unit=siren,
        name=name or person or siren,
        vat_no=french_vat(siren),
        trade_name=trade,
        acronym=value["sigleunitelegale"],
        is_seat=value["etablissementsiege"] == "oui",
        is_closed=value["etatadministratifetablissement"] != "Actif",
        is_ceased=ceased,
        ceased_on=value["datefermetureunitelegale"]
        or (value["datefermetureetablissement"] if ceased else None),
        created=value["datecreationunitelegale"],
        house_no=value["numerovoieetablissement"],
        street=" ".join(part for part in way if part).upper() or None,
        postcode=str(value["codepostaletablissement"] or "") or None,
        city=value["libellecommuneetablissement"],
        commune=value["codecommuneetablissement"],
        department=value["departementetablissement"],
        region=value["regionetablissement"],
        phone=_phone(siren),
        activity=activity.replace(".", "") if activity else None,
        activity_label=value["classeetablissement"],
        legal_form=value["categoriejuridiqueunitelegale"],
        legal_label=value["naturejuridiqueunitelegale"],
        workforce=value["trancheeffectifsunitelegale"],
        workforce_rank=value["trancheeffectifsunitelegaletriable"],
        is_person=not name,
        changed=value["datederniertraitementunitelegale"],
    )


class Companies:
    """Finds companies; keeps those it has seen until the register changes."""

    def __init__(self, store):
        self._store = store
        self._kept = {}
        self._version = None
        self.foreign = [
            Company(unit=row["connect_id"], **row)
            for row in json.loads(
                (DATA / "foreign_companies.json").read_text(encoding="utf-8")
            )
        ]
        self._foreign_by_id = {
            key.upper(): company
            for company in self.foreign
            for key in (company.connect_id, company.safe_no)
        }

    def get(self, identifier):
        """The company of a connectId or Safe Number, or None."""
        return self.get_many([identifier]).get(identifier)

    def get_many(self, identifiers):
        """Companies by connectId or Safe Number; unknown ones are left out."""
        self._forget_old()
        missing = [one for one in identifiers if one not in self._kept]
        by_siret, by_row = {}, {}
        for one in missing:
            connect_id = _CONNECT_ID.fullmatch(one)
            safe_number = _SAFE_NUMBER.fullmatch(one)
            if connect_id:
                by_siret.setdefault(connect_id[1], []).append(one)
            elif safe_number:
                row_id = int(safe_number[1]) - _FIRST_SAFE_NUMBER
                by_row.setdefault(row_id, []).append(one)
            elif one.upper() in self._foreign_by_id:
                self._kept[one] = self._foreign_by_id[one.upper()]
        for column, wanted in (("siret", by_siret), ("id", by_row)):
            keys = list(wanted)
            for start in range(0, len(keys), 500):
                part = keys[start : start + 500]
                marks = ", ".join("?" * len(part))
                for row in self._rows(f"{column} IN ({marks})", part):
                    company = _french(row)
                    key = company.reg_no if column == "siret" else row[0]
                    for one in wanted[key]:
                        self._kept[one] = company
        return {one: self._kept[one] for one in identifiers if one in self._kept}

    def _forget_old(self):
        if self._version != self._store.version:
            self._kept.clear()
            self._version = self._store.version

    def all_of(self, siren):
        """A French unit's establishments, the seat first."""
        return list(
            map(
                _french,
                self._rows(
                    "siren = ?", [siren], "ORDER BY etablissementsiege DESC, id"
                ),
            )
        )

    def some(self, count):
        """The first companies of the register that are open seats, by row."""
        condition = "etablissementsiege = 'oui' AND etatadministratifunitelegale = ?"
        rows = self._rows(condition, ["Active"], f"ORDER BY id LIMIT {int(count)}")
        found = list(map(_french, rows))
        self._forget_old()
        self._kept.update((company.connect_id, company) for company in found)
        return found

    def _rows(self, condition, parameters, tail=""):
        return self._store.query(
            f"SELECT {', '.join(_COLUMNS)} FROM establishment "
            f"WHERE {_KNOWN} AND {condition} {tail}",
            parameters,
        )

    # -- search --------------------------------------------------------------------

    def search(self, countries, asked, limit=1000):
        """Companies of some countries that fit what is asked (names of parameters)."""
        found = []
        if "FR" in countries:
            found += self._search_french(asked, limit)
        found += [
            company
            for company in self.foreign
            if company.country in countries and _fits_identifiers(company, asked)
        ]
        return [company for company in found if _fits(company, asked)][:limit]

    def _search_french(self, asked, limit):
        conditions, parameters = [], []
        number = re.sub(r"\W", "", asked.get("regNo") or "")
        if number:
            conditions.append("siren = ?" if len(number) == 9 else "siret = ?")
            parameters.append(number)
        vat = re.sub(r"\W", "", asked.get("vatNo") or "").upper()
        if vat:
            conditions.append("siren = ?")
            parameters.append(vat[4:] if french_vat_fits(vat) else "")
        for key in ("id", "safeNo"):
            if asked.get(key):
                company = self.get(asked[key])
                conditions.append("siret = ?")
                parameters.append(company.reg_no if company else "")
        for key in ("name", "tradeName", "acronym"):
            wanted = words.words(asked.get(key) or "")
            if wanted:
                conditions.append(
                    "id IN (SELECT rowid FROM establishment_words "
                    "WHERE establishment_words MATCH ?)"
                )
                terms = " ".join(f'"{word}"' for word in wanted[:-1])
                parameters.append(f'{_SEARCHED} : ({terms} "{wanted[-1]}"*)')
        if asked.get("postCode"):
            conditions.append("codepostaletablissement GLOB ?")
            parameters.append(re.sub(r"[^0-9A-Z*]", "", asked["postCode"].upper()))
        if not conditions:
            return []
        tail = f"ORDER BY etablissementsiege DESC, id LIMIT {limit}"
        return list(
            map(_french, self._rows(" AND ".join(conditions), parameters, tail))
        )


def french_vat_fits(vat):
    """Whether a VAT number is the usual one of a SIREN."""
    siren = vat[4:]
    return siren.isdigit() and len(siren) == 9 and french_vat(siren) == vat


def _fits_identifiers(company, asked):
    exact = {
        "regNo": company.reg_no,
        "vatNo": company.vat_no,
        "id": company.connect_id,
        "safeNo": company.safe_no,
    }
    given = [key for key in exact if asked.get(key)]
    for key in given:
        if _plain(asked[key]) != _plain(exact[key]):
            return False
    name = asked.get("name") or asked.get("tradeName")
    if name:
        names = f"{company.name} {company.trade_name or ''}"
        return words.contains_words(names, words.words(name))
    return bool(given or asked.get("postCode"))


def _fits(company, asked):
    office = (asked.get("officeType") or "").lower()
    if office and office not in ("other", office_type(company).lower()):
        return False
    if asked.get("status") and asked["status"].lower() != company.status.lower():
        return False
    city = asked.get("city")
    if city and words.fold(city) not in words.fold(company.city or ""):
        return False
    street = asked.get("street")
    if street and words.fold(street) not in words.fold(company.street or ""):
        return False
    postcode = asked.get("postCode")
    if postcode:
        pattern = re.escape(postcode.upper()).replace(r"\*", ".*")
        return bool(re.fullmatch(pattern, company.postcode or ""))
    return MASK not in (company.name, company.street)


def office_type(company):
    return "HeadOffice" if company.is_seat else "Branch"


def _plain(text):
    return re.sub(r"\W", "", text or "").upper()
