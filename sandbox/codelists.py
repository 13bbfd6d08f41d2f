"""Code lists and places, read once from ``data/``."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"


def _read(name):
    return json.loads((DATA / name).read_text(encoding="utf-8"))


#: sub-class code (``58.29C``) → label
NAF = _read("naf_rev2.json")
#: two digits → label
NAF_DIVISIONS = _read("naf_divisions.json")
#: letter → label
NAF_SECTIONS = _read("naf_sections.json")
#: four digits → label as INSEE publishes it
LEGAL_FORMS = _read("legal_forms.json")
#: INSEE code (``NN``, ``00`` … ``53``) → label of the open dataset
WORKFORCE_BRACKETS = _read("workforce_brackets.json")
DEPARTMENTS = _read("departments.json")
REGIONS = _read("regions.json")

#: The open dataset words these forms its own way.
DATASET_LEGAL_FORMS = {
    "5499": "Société à responsabilité limitée(sans autre indication)",
    "5710": "Société par actions simplifiée",
    "9220": "Association déclarée",
}

_SECTION_STARTS = (
    (1, "A"),
    (5, "B"),
    (10, "C"),
    (35, "D"),
    (36, "E"),
    (41, "F"),
    (45, "G"),
    (49, "H"),
    (55, "I"),
    (58, "J"),
    (64, "K"),
    (68, "L"),
    (69, "M"),
    (77, "N"),
    (84, "O"),
    (85, "P"),
    (86, "Q"),
    (90, "R"),
    (94, "S"),
    (97, "T"),
    (99, "U"),
)


def naf_section(code):
    """Letter of the section that a NAF rev. 2 code belongs to, or None."""
    try:
        division = int(code[:2])
    except (TypeError, ValueError):
        return None
    letter = None
    for start, candidate in _SECTION_STARTS:
        if division >= start:
            letter = candidate
    return letter


def bracket_rank(code):
    """The dataset's sortable number of a workforce bracket: −1 for no employee."""
    if code is None:
        return None
    return -1 if code == "NN" else int(code)


def department_of(commune_code):
    """Department code of an INSEE commune code (``2A004`` → ``2A``)."""
    width = 3 if commune_code[:2] in ("97", "98") else 2
    return commune_code[:width]


@dataclass(frozen=True)
class Commune:
    code: str
    postcodes: tuple
    name: str
    population: int
    latitude: float
    longitude: float

    @property
    def department(self):
        return department_of(self.code)


def _read_communes():
    with open(DATA / "communes.csv", encoding="utf-8", newline="") as file:
        return tuple(
            Commune(
                code=row["code"],
                postcodes=tuple(row["postcodes"].split()),
                name=row["name"],
                population=int(row["population_thousands"]) * 1000,
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
            )
            for row in csv.DictReader(file)
        )


COMMUNES = _read_communes()
COMMUNES_BY_CODE = {commune.code: commune for commune in COMMUNES}
