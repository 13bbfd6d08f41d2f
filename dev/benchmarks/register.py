"""The register of the benchmarks: who is in it, and what happens to it overnight."""

import json
import random
import sqlite3
import urllib.request
from pathlib import Path

_OPEN = (
    "etatadministratifetablissement = 'Actif' "
    "AND etatadministratifunitelegale = 'Active' "
    "AND statutdiffusionetablissement = 'O' AND statutdiffusionunitelegale = 'O'"
)
# One of a hundred companies that change moves its seat; the others change a value.
_MOVES = 0.1
_VALUES = (
    {"libellevoieetablissement": "DES QUATRE VENTS"},
    {"denominationunitelegale": "NOUVELLE ENSEIGNE"},
    {"activiteprincipaleetablissement": "62.02A"},
    {"trancheeffectifsunitelegale": "20 à 49 salariés"},
)


def choose(store: Path, count: int) -> list[tuple[str, bool]]:
    """Open establishments of the register's file, the same ones each time.

    :return: pairs of SIRET and whether it is the seat
    """
    with sqlite3.connect(store) as connection:
        rows = connection.execute(
            "SELECT siret, etablissementsiege FROM establishment "
            f"WHERE {_OPEN} ORDER BY id LIMIT ?",
            (count,),
        ).fetchall()
    if len(rows) < count:
        raise ValueError(f"the register has {len(rows)} establishments to choose from")
    return [(siret, is_seat == "oui") for siret, is_seat in rows]


def change_overnight(url: str, chosen: list[tuple[str, bool]], count: int) -> None:
    """Change ``count`` of these establishments, and load the register anew."""
    rng = random.Random(count)
    seats = [siret for siret, is_seat in chosen if is_seat]
    moved = rng.sample(seats, max(1, int(count * _MOVES)))
    # One establishment a unit: a unit that moves or is renamed changes all of them.
    units = {siret[:9] for siret in moved}
    others = [siret for siret, _is_seat in chosen if siret[:9] not in units]
    control(url, "register/move", sirens=sorted(units))
    for number, siret in enumerate(rng.sample(others, count - len(moved))):
        values = _VALUES[number % len(_VALUES)]
        control(url, "register/change", siret=siret, values=values)
    control(url, "register/reload")


def control(url: str, path: str, method: str = "POST", **values) -> dict:
    """Call the sandbox's control address."""
    request = urllib.request.Request(
        f"{url}/control/{path}",
        data=json.dumps(values).encode() if method == "POST" else None,
        method=method,
    )
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)
