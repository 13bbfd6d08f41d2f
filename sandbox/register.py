"""Records of the dataset from plain facts: labels, address line, masks.

``unit_values`` and ``establishment_values`` write what is said about a legal unit and
about one of its establishments in the dataset's own words; ``complete`` joins them.
"""

import json
from functools import lru_cache

from .codelists import (
    COMMUNES_BY_CODE,
    DATASET_LEGAL_FORMS,
    DEPARTMENTS,
    LEGAL_FORMS,
    NAF,
    NAF_DIVISIONS,
    NAF_SECTIONS,
    REGIONS,
    WORKFORCE_BRACKETS,
    bracket_rank,
    department_of,
    naf_section,
)
from .fields import FIELDS
from .identifiers import make_nic

MASK = "[ND]"
_EMPTY = dict.fromkeys(FIELDS)
#: Hidden of a unit that asked for partial diffusion; natural persons lose more.
_MASKED_ADDRESS = (
    "adresseetablissement",
    "numerovoieetablissement",
    "indicerepetitionetablissement",
    "typevoieetablissement",
    "libellevoieetablissement",
    "complementadresseetablissement",
    "distributionspecialeetablissement",
    "codepostaletablissement",
    "codecedexetablissement",
    "libellecedexetablissement",
)
_MASKED_PERSON = (
    "l1_adressage_unitelegale",
    "nomunitelegale",
    "nomusageunitelegale",
    "prenom1unitelegale",
    "prenomusuelunitelegale",
    "denominationusuelle1unitelegale",
    "denominationusuelleetablissement",
    "enseigne1etablissement",
)


def legal_form_label(code):
    return DATASET_LEGAL_FORMS.get(code) or LEGAL_FORMS.get(code)


def activity_labels(code, nomenclature, suffix):
    """Section, division, group and class labels of a NAF code.

    A code of an older nomenclature has none. The group repeats the division's label:
    the list of groups is not carried here.
    """
    known = nomenclature == "NAFRev2" and code in NAF
    division = NAF_DIVISIONS.get(code[:2]) if known else None
    return {
        f"section{suffix}": NAF_SECTIONS.get(naf_section(code)) if known else None,
        f"division{suffix}": division,
        f"groupe{suffix}": division,
        f"classe{suffix}": NAF[code] if known else None,
    }


@lru_cache(maxsize=4096)
def activity_values(code, nomenclature, suffix):
    return {
        f"activiteprincipale{suffix}": code,
        f"nomenclatureactiviteprincipale{suffix}": nomenclature if code else None,
        **activity_labels(code, nomenclature, suffix),
    }


@lru_cache(maxsize=1024)
def workforce_values(code, year, suffix):
    return {
        f"trancheeffectifs{suffix}": WORKFORCE_BRACKETS[code] if code else None,
        f"trancheeffectifs{suffix}triable": bracket_rank(code),
        f"anneeeffectifs{suffix}": year if code else None,
        f"caractereemployeur{suffix}": (
            None if code is None else "Non" if code == "NN" else "Oui"
        ),
    }


def address_line(values):
    """The ready-made address line: number, repetition, type and name of the way."""
    parts = (
        values.get("numerovoieetablissement"),
        values.get("indicerepetitionetablissement"),
        values.get("typevoieetablissement"),
        values.get("libellevoieetablissement"),
    )
    return " ".join(part for part in parts if part) or None


@lru_cache(maxsize=4096)
def place_values(commune_code, postcode, city=None, department_known=True):
    """Postcode, commune, department, region and position of an establishment.

    Kept for the next call, as those of activities and workforce: not to be changed.
    """
    commune = COMMUNES_BY_CODE.get(commune_code)
    values = {
        "codepostaletablissement": postcode,
        "codecommuneetablissement": commune_code,
        "libellecommuneetablissement": city or (commune and commune.name),
    }
    if not commune_code:
        return values
    department = department_of(commune_code)
    region = DEPARTMENTS[department]["region"]
    if department_known:
        values["codedepartementetablissement"] = department
    values["departementetablissement"] = DEPARTMENTS[department]["name"]
    values["coderegionetablissement"] = region
    values["regionetablissement"] = REGIONS.get(region)
    if commune:
        values["populationcommuneetablissement"] = commune.population
        values["geolocetablissement"] = json.dumps(
            {"lon": commune.longitude, "lat": commune.latitude}
        )
    return values


def unit_values(
    *,
    siren,
    name=None,
    usual_name=None,
    sigle=None,
    last_name=None,
    first_name=None,
    sex=None,
    legal_form=None,
    naf=None,
    nomenclature="NAFRev2",
    bracket=None,
    bracket_year=None,
    category=None,
    category_year=None,
    created=None,
    ceased=False,
    ceased_on=None,
    diffusion="O",
    processed=None,
):
    """What the dataset says about a legal unit."""
    values = {
        "siren": siren,
        "statutdiffusionunitelegale": diffusion,
        "denominationunitelegale": name,
        "denominationusuelle1unitelegale": usual_name,
        "sigleunitelegale": sigle,
        "l1_adressage_unitelegale": name,
        "etatadministratifunitelegale": "Cessée" if ceased else "Active",
        "datecreationunitelegale": created,
        "datedebutunitelegale": ceased_on or created,
        "datefermetureunitelegale": ceased_on,
        "datederniertraitementunitelegale": processed,
        "nombreperiodesunitelegale": 2 if ceased else 1,
        "categorieentreprise": category,
        "anneecategorieentreprise": category_year if category else None,
        "categoriejuridiqueunitelegale": legal_form,
        "naturejuridiqueunitelegale": legal_form_label(legal_form),
        **activity_values(naf, nomenclature, "unitelegale"),
        **workforce_values(bracket, bracket_year, "unitelegale"),
    }
    if last_name:
        title = "MADAME" if sex == "F" else "MONSIEUR"
        values.update(
            nomunitelegale=last_name,
            prenom1unitelegale=first_name,
            prenomusuelunitelegale=first_name,
            sexeunitelegale="Féminin" if sex == "F" else "Masculin",
            l1_adressage_unitelegale=f"{title} {first_name} {last_name}",
        )
    else:
        values["economiesocialesolidaireunitelegale"] = (
            "Oui" if legal_form in ("9220", "9230", "6317") else "Non"
        )
    return values


def establishment_values(
    *,
    nic,
    seat,
    naf=None,
    nomenclature="NAFRev2",
    bracket=None,
    bracket_year=None,
    number=None,
    repeat=None,
    street_type=None,
    street=None,
    complement=None,
    distribution=None,
    postcode=None,
    commune=None,
    city=None,
    cedex=None,
    cedex_label=None,
    sign=None,
    usual_name=None,
    created=None,
    closed=False,
    closed_on=None,
    diffusion="O",
    processed=None,
    department_known=True,
):
    """What the dataset says about one establishment."""
    values = {
        "nic": nic,
        "etablissementsiege": "oui" if seat else "non",
        "statutdiffusionetablissement": diffusion,
        "etatadministratifetablissement": "Fermé" if closed else "Actif",
        "datecreationetablissement": created,
        "datedebutetablissement": closed_on if closed else created,
        "datefermetureetablissement": closed_on,
        "datederniertraitementetablissement": processed,
        "nombreperiodesetablissement": 2 if closed else 1,
        "enseigne1etablissement": sign,
        "denominationusuelleetablissement": usual_name,
        "numerovoieetablissement": number,
        "indicerepetitionetablissement": repeat,
        "typevoieetablissement": street_type,
        "libellevoieetablissement": street,
        "complementadresseetablissement": complement,
        "distributionspecialeetablissement": distribution,
        "codecedexetablissement": cedex,
        "libellecedexetablissement": cedex_label,
        **place_values(commune, postcode, city, department_known),
        **activity_values(naf, nomenclature, "etablissement"),
        **workforce_values(bracket, bracket_year, "etablissement"),
    }
    values["adresseetablissement"] = address_line(values)
    return values


def mask(record):
    """Hide what partial diffusion hides; the commune stays visible."""
    hidden = ["sigleunitelegale", *_MASKED_ADDRESS]
    if record["nomunitelegale"]:
        hidden += _MASKED_PERSON
    for field in hidden:
        # The service masks a field whether or not it holds something; here an empty
        # trade name or sign stays null, which is what most rows look like.
        if record[field] is not None:
            record[field] = MASK
    return record


def complete(unit, establishment, seat_nic):
    """A whole record: every field of the dataset, null where nothing is known."""
    siren = unit["siren"]
    record = {**_EMPTY, **unit, **establishment}
    record["siret"] = siren + establishment["nic"]
    record["nicsiegeunitelegale"] = seat_nic
    record["siretsiegeunitelegale"] = siren + seat_nic
    if record["statutdiffusionetablissement"] == "P":
        mask(record)
    return record


def next_nic(siren, nics):
    """The NIC that the next establishment of a unit gets."""
    return make_nic(siren, max(int(nic[:4]) for nic in nics) + 1)
