"""Changes of the register: seats move, establishments close, units end, values change.

Which companies are taken follows the seed and the number of changes so far: the same
calls after a reset change the same companies.
"""

from . import companies
from .codelists import NAF, WORKFORCE_BRACKETS
from .fields import FIELDS, UNIT_FIELDS
from .register import (
    activity_labels,
    activity_values,
    address_line,
    establishment_values,
    legal_form_label,
    mask,
    next_nic,
    place_values,
    workforce_values,
)

#: What a random change may touch: name → kind of change.
CHANGEABLE = ("name", "address", "activity", "bracket", "category", "sign")
#: Only when asked for: the activity code of the next nomenclature, NAF 2025. The code
#: looks like the old one or is the same; which one follows which is invented here.
NOMENCLATURE = "nomenclature"
_ADDRESS_PARTS = frozenset(
    (
        "numerovoieetablissement",
        "indicerepetitionetablissement",
        "typevoieetablissement",
        "libellevoieetablissement",
    )
)
_OPEN_SEAT = (
    "etablissementsiege = 'oui' AND etatadministratifetablissement = 'Actif' "
    "AND etatadministratifunitelegale = 'Active'"
)
_OPEN_BRANCH = (
    "etablissementsiege = 'non' AND etatadministratifetablissement = 'Actif' "
    "AND etatadministratifunitelegale = 'Active'"
)


class ChangeError(ValueError):
    """The change can't be made; the message says why."""


class Changes:
    def __init__(self, store):
        self._store = store
        self._made = 0

    def reset(self):
        self._made = 0
        self._store.reset()

    # -- operations: each answers what it changed ----------------------------------

    def move(self, day, count=None, sirens=None):
        """Seats move: a new establishment, the old one closed the same day."""
        rng = self._rng("move")
        moved = []
        for old in self._seats(rng, count, sirens):
            siren = old["siren"]
            siblings = self._store.query(
                "SELECT nic FROM establishment WHERE siren = ?", (siren,)
            )
            nic = next_nic(siren, [row[0] for row in siblings])
            new = {
                **old,
                **dict.fromkeys(f for f in FIELDS if "cedex" in f),
                **establishment_values(
                    nic=nic,
                    seat=True,
                    naf=old["activiteprincipaleetablissement"],
                    nomenclature=old["nomenclatureactiviteprincipaleetablissement"],
                    created=day[:10],
                    diffusion=old["statutdiffusionetablissement"],
                    processed=day,
                    **companies.make_address(rng),
                ),
                "siret": siren + nic,
            }
            for field in FIELDS:
                if "effectifsetablissement" in field:
                    new[field] = old[field]
            if old["statutdiffusionetablissement"] == "P":
                mask(new)
            self._store.update(
                {
                    "etablissementsiege": "non",
                    "etatadministratifetablissement": "Fermé",
                    "datefermetureetablissement": day[:10],
                    "datedebutetablissement": day[:10],
                    "datederniertraitementetablissement": day,
                },
                "siret = ?",
                (old["siret"],),
            )
            unit_now = {
                "nicsiegeunitelegale": nic,
                "siretsiegeunitelegale": siren + nic,
                "datederniertraitementunitelegale": day,
            }
            self._store.update(unit_now, "siren = ?", (siren,))
            self._store.add({**new, **unit_now}, "moved_seat")
            moved.append(
                {"siren": siren, "old_siret": old["siret"], "new_siret": new["siret"]}
            )
        return moved

    def close(self, day, count=None, sirets=None):
        """Establishments close; their units go on (branches, when none is named)."""
        rng = self._rng("close")
        chosen = self._chosen(rng, _OPEN_BRANCH, "siret", count, sirets)
        self._set_state(chosen, "Fermé", day)
        return [{"siret": siret} for siret in chosen]

    def cease(self, day, count=None, sirens=None):
        """Units end, with all their establishments."""
        rng = self._rng("cease")
        chosen = self._chosen(rng, _OPEN_SEAT, "siren", count, sirens)
        for siren in chosen:
            open_ones = self._store.query(
                "SELECT siret FROM establishment WHERE siren = ? "
                "AND etatadministratifetablissement = 'Actif'",
                (siren,),
            )
            self._set_state([row[0] for row in open_ones], "Fermé", day)
            self._store.update(
                {
                    "etatadministratifunitelegale": "Cessée",
                    "datefermetureunitelegale": day[:10],
                    "datederniertraitementunitelegale": day,
                },
                "siren = ?",
                (siren,),
            )
        return [{"siren": siren} for siren in chosen]

    def reopen(self, day, sirens=None, sirets=None):
        """Take back a closure or an end, as the register does after a mistake."""
        if not sirens and not sirets:
            raise ChangeError("sirens or sirets are needed")
        chosen = list(sirets or ())
        for siren in sirens or ():
            record = self._one("siren = ? AND etablissementsiege = 'oui'", siren)
            chosen.append(record["siret"])
            self._store.update(
                {
                    "etatadministratifunitelegale": "Active",
                    "datefermetureunitelegale": None,
                    "datederniertraitementunitelegale": day,
                },
                "siren = ?",
                (siren,),
            )
        for siret in chosen:
            self._one("siret = ?", siret)
        self._set_state(chosen, "Actif", day)
        return [{"siret": siret} for siret in chosen]

    def change(self, day, siret, values):
        """Set fields of an establishment; those of its unit, on every row of it."""
        record = self._one("siret = ?", siret)
        unknown = set(values) - set(FIELDS)
        if unknown or "siret" in values or "siren" in values:
            names = ", ".join(sorted(unknown)) or "siret, siren"
            raise ChangeError(f"can't be changed: {names}")
        unit = {k: v for k, v in values.items() if k in UNIT_FIELDS}
        own = {k: v for k, v in values.items() if k not in UNIT_FIELDS}
        if _ADDRESS_PARTS & set(own) and "adresseetablissement" not in own:
            own["adresseetablissement"] = address_line({**record, **own})
        old_name = record["denominationunitelegale"]
        if old_name and record["l1_adressage_unitelegale"] == old_name:
            if "denominationunitelegale" in unit:
                name = unit["denominationunitelegale"]
                unit.setdefault("l1_adressage_unitelegale", name)
        for part, suffix in ((own, "etablissement"), (unit, "unitelegale")):
            code = part.get(f"activiteprincipale{suffix}")
            if code:
                nomenclature = part.setdefault(
                    f"nomenclatureactiviteprincipale{suffix}", "NAFRev2"
                )
                part.update(activity_labels(code, nomenclature, suffix))
        if "categoriejuridiqueunitelegale" in unit:
            unit.setdefault(
                "naturejuridiqueunitelegale",
                legal_form_label(unit["categoriejuridiqueunitelegale"]),
            )
        if own:
            own.setdefault("datederniertraitementetablissement", day)
            self._store.update(own, "siret = ?", (siret,))
        if unit:
            unit.setdefault("datederniertraitementunitelegale", day)
            self._store.update(unit, "siren = ?", (record["siren"],))
        return [{"siret": siret, "values": {**own, **unit}}]

    def change_some(self, day, count, fields=None):
        """Change ``count`` seats at random: see ``CHANGEABLE`` for the kinds."""
        kinds = tuple(fields or CHANGEABLE)
        unknown = set(kinds) - {*CHANGEABLE, NOMENCLATURE}
        if unknown:
            raise ChangeError(f"unknown fields: {', '.join(sorted(unknown))}")
        rng = self._rng("change")
        changed = []
        for record in self._seats(rng, count, None):
            values = self._random_values(rng, record, rng.choice(kinds))
            changed += self.change(day, record["siret"], values)
        return changed

    # -- parts ---------------------------------------------------------------------

    def _rng(self, operation):
        self._made += 1
        return companies.Dice(f"{self._store.seed}:{operation}:{self._made}")

    def _one(self, condition, value):
        records = self._store.records(condition, (value,))
        if not records:
            raise ChangeError(f"unknown: {value}")
        return records[0]

    def _chosen(self, rng, condition, column, count, named):
        """The companies named, or ``count`` of those that fulfil a condition."""
        if named:
            for value in named:
                self._one(f"{column} = ?", value)
            return list(named)
        if not isinstance(count, int) or count < 1:
            raise ChangeError("a count or a list of numbers is needed")
        candidates = [
            row[0]
            for row in self._store.query(
                f"SELECT {column} FROM establishment WHERE {condition} ORDER BY id"
            )
        ]
        return rng.sample(candidates, min(count, len(candidates)))

    def _seats(self, rng, count, sirens):
        for siren in self._chosen(rng, _OPEN_SEAT, "siren", count, sirens):
            record = self._one("siren = ? AND etablissementsiege = 'oui'", siren)
            # Positions and postcodes are put back as the store keeps them.
            record["geolocetablissement"] = None
            yield record

    def _set_state(self, sirets, state, day):
        for siret in sirets:
            self._store.update(
                {
                    "etatadministratifetablissement": state,
                    "datefermetureetablissement": day[:10]
                    if state == "Fermé"
                    else None,
                    "datederniertraitementetablissement": day,
                },
                "siret = ?",
                (siret,),
            )

    def _random_values(self, rng, record, kind):
        if kind == "name" and not record["denominationunitelegale"]:
            kind = "bracket"
        if kind == "name":
            old = record["denominationunitelegale"].removesuffix(" GROUPE")
            name = f"{old} {rng.choice(('FRANCE', 'DEVELOPPEMENT', 'SERVICES'))}"
            return {"denominationunitelegale": name, "l1_adressage_unitelegale": name}
        if kind == "address":
            address = companies.make_address(rng)
            return {
                "numerovoieetablissement": address["number"],
                "indicerepetitionetablissement": address["repeat"],
                "typevoieetablissement": address["street_type"],
                "libellevoieetablissement": address["street"],
                **place_values(address["commune"], address["postcode"]),
            }
        if kind == "activity":
            code = rng.choice(sorted(NAF))
            return {
                **activity_values(code, "NAFRev2", "etablissement"),
                **activity_values(code, "NAFRev2", "unitelegale"),
            }
        if kind == NOMENCLATURE:
            old = record["activiteprincipaleunitelegale"] or "46.33Z"
            code = f"{old[:-1]}Y" if rng.random() < 0.5 else old
            return {
                **activity_values(code, "NAF2025", "etablissement"),
                **activity_values(code, "NAF2025", "unitelegale"),
            }
        if kind == "bracket":
            code = rng.choice(sorted(WORKFORCE_BRACKETS))
            return {
                **workforce_values(code, "2024", "etablissement"),
                **workforce_values(code, "2024", "unitelegale"),
            }
        if kind == "category":
            others = [
                c for c in ("PME", "ETI", "GE") if c != record["categorieentreprise"]
            ]
            return {
                "categorieentreprise": rng.choice(others),
                "anneecategorieentreprise": "2024",
            }
        return {"enseigne1etablissement": f"ESPACE {rng.randrange(100, 999)}"}
