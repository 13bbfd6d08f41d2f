"""Companies with fixed numbers: real public records, and invented ones to refer to.

``data/demo_companies.csv`` and ``data/real_companies.csv`` hold one establishment a
row. Columns: ``case`` (below), ``siren`` + ``nic`` (SIRET), ``seat`` (oui/non),
``state`` (A open, F closed), ``unit_state`` (A active, C ceased), names, codes of
INSEE, address, dates.

Cases of the invented ones: ``plain``, ``moved_seat`` (old seat closed the day the new
one opened), ``closed_establishment`` (a branch closed, the unit is active),
``ceased_unit``, ``partial`` (partial diffusion, masked), ``sole_trader``, ``homonym``
(GARAGE DUPONT in four cities), ``holding`` and ``subsidiary``, ``branches``,
``association``, ``long_name``, ``acronym``, ``overseas``, ``integer_postcode``,
``la_poste`` (keys that pass the digit sum only). Those of the others are ``real``.
"""

import csv

from .codelists import DATA
from .register import complete, establishment_values, unit_values

_FILES = ("real_companies.csv", "demo_companies.csv")


def read_rows(name):
    """Rows of one of the files, empty cells as None."""
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return [
            {key: value or None for key, value in row.items()}
            for row in csv.DictReader(file)
        ]


def _record(row, seat_nic):
    unit = unit_values(
        siren=row["siren"],
        name=row["name"],
        usual_name=row["usual_name"],
        sigle=row["sigle"],
        last_name=row["last_name"],
        first_name=row["first_name"],
        sex=row["sex"],
        legal_form=row["legal_form"],
        naf=row["naf"],
        bracket=row["bracket"],
        bracket_year=row["bracket_year"],
        category=row["category"],
        category_year=row["category_year"],
        created=row["unit_created"],
        ceased=row["unit_state"] == "C",
        ceased_on=row["closed"] if row["unit_state"] == "C" else None,
        diffusion=row["diffusion"],
        processed=row["unit_processed"],
    )
    establishment = establishment_values(
        nic=row["nic"],
        seat=row["seat"] == "oui",
        naf=row["naf"],
        bracket=row["bracket"] if row["seat"] == "oui" else None,
        bracket_year=row["bracket_year"],
        number=row["number"],
        repeat=row["repeat"],
        street_type=row["street_type"],
        street=row["street"],
        complement=row["complement"],
        distribution=row["distribution"],
        postcode=row["postcode"],
        commune=row["commune"],
        city=row["city"],
        cedex=row["cedex"],
        cedex_label=row["cedex_label"],
        sign=row["enseigne"],
        created=row["created"],
        closed=row["state"] == "F",
        closed_on=row["closed"],
        diffusion=row["diffusion"],
        processed=row["processed"],
    )
    return complete(unit, establishment, seat_nic)


def fixed_records():
    """``(record, case, integer_postcode)`` of every establishment of both files."""
    rows = [row for name in _FILES for row in read_rows(name)]
    seats = {row["siren"]: row["nic"] for row in rows if row["seat"] == "oui"}
    for row in rows:
        yield (
            _record(row, seats[row["siren"]]),
            row["case"],
            bool(row["integer_postcode"]),
        )
