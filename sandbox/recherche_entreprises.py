"""Stand-in of the API Recherche d'entreprises: ``/recherche-entreprises/search``.

No key, data of the day, one result a legal unit. Every word asked for has to be among
the names and addresses of the unit's establishments, in any order.
"""

import threading
import time
from collections import defaultdict, deque

from .codelists import LEGAL_FORMS, NAF_SECTIONS, WORKFORCE_BRACKETS, naf_section
from .fields import SEARCHED_FIELDS
from .http_messages import json_response
from .identifiers import french_vat
from .register import MASK
from .words import words

_MASK = "[NON-DIFFUSIBLE]"
_BRACKET_CODES = {label: code for code, label in WORKFORCE_BRACKETS.items()}
_MOST_RESULTS = 10_000
_MOST_PAGES = 1000
_MOST_PER_PAGE = 25
_FLAGS = frozenset(
    "est_association est_entrepreneur_individuel est_ess est_siae est_bio est_rge "
    "est_service_public est_societe_mission est_finess est_organisme_formation "
    "est_qualiopi est_uai est_achats_responsables est_collectivite_territoriale "
    "est_entrepreneur_spectacle est_patrimoine_vivant est_alim_confiance".split()
)
_OTHER_PARAMETERS = frozenset(
    "q page per_page minimal include limite_matching_etablissements sort_by_size "
    "nom_personne prenoms_personne etat_administratif code_postal code_commune "
    "departement region epci activite_principale section_activite_principale "
    "categorie_entreprise tranche_effectif_salarie nature_juridique ca_min ca_max "
    "resultat_net_min resultat_net_max page_etablissements".split()
)
_INCLUDABLE = frozenset(
    "complements dirigeants finances matching_etablissements siege score tva".split()
)
#: Parameter → column, and the dataset's words for the parameter's codes.
_FILTERS = {
    "code_postal": ("codepostaletablissement", None),
    "code_commune": ("codecommuneetablissement", None),
    "departement": ("codedepartementetablissement", None),
    "region": ("coderegionetablissement", None),
    "epci": ("codeepcietablissement", None),
    "activite_principale": ("activiteprincipaleunitelegale", None),
    "section_activite_principale": ("sectionunitelegale", NAF_SECTIONS),
    "categorie_entreprise": ("categorieentreprise", None),
    "nature_juridique": ("categoriejuridiqueunitelegale", None),
    "tranche_effectif_salarie": ("trancheeffectifsunitelegale", WORKFORCE_BRACKETS),
    "etat_administratif": (
        "etatadministratifunitelegale",
        {"A": "Active", "C": "Cessée"},
    ),
}
_PERSON_FILTERS = {
    "nom_personne": "nomunitelegale",
    "prenoms_personne": "prenom1unitelegale",
}
#: Values that are refused, by parameter, with what the service says.
_ALLOWED = {
    "section_activite_principale": (
        NAF_SECTIONS,
        "Au moins une section d'activité est non valide.",
    ),
    "categorie_entreprise": (
        ("PME", "ETI", "GE"),
        "Au moins une catégorie d'entreprise est non valide : PME, ETI, GE.",
    ),
    "nature_juridique": (LEGAL_FORMS, "Au moins une nature juridique est non valide."),
    "tranche_effectif_salarie": (
        WORKFORCE_BRACKETS,
        "Au moins une tranche d'effectif est non valide.",
    ),
    "etat_administratif": (
        ("A", "C"),
        "L'état administratif doit prendre une des valeurs : A, C.",
    ),
}
#: Of the searched fields, in their order: names count more than addresses.
_WEIGHTS = ", ".join(
    "2" if name.startswith(("sir", "code", "libelle", "adresse")) else "10"
    for name in SEARCHED_FIELDS
)
_LENGTHS = {"code_postal": 5, "code_commune": 5, "activite_principale": 6}


class _ApiError(Exception):
    pass


class RechercheEntreprises:
    name = "recherche_entreprises"

    def __init__(self, sandbox):
        self._sandbox = sandbox
        self._store = sandbox.store
        self._lock = threading.Lock()
        self.reset()

    def reset(self):
        #: None: no limit. The real one is 7 for an address, 30 for a network.
        self.requests_per_second = None
        self._recent = defaultdict(deque)

    # -- what the sandbox asks of a service ----------------------------------------

    def handle(self, request):
        if self._too_fast(request.client):
            return self._too_many_requests(1)
        if request.path.rstrip("/") != "/search":
            return json_response({"erreur": "Ressource inconnue."}, 404)
        if request.method != "GET":
            return json_response({"erreur": "Méthode non autorisée."}, 405)
        try:
            return json_response(self._search(request))
        except _ApiError as error:
            return json_response({"erreur": str(error)}, 400)

    def fault_response(self, status, fault):
        if status == 429:
            return self._too_many_requests(
                1 if fault.seconds is None else int(fault.seconds)
            )
        messages = {401: "Accès non autorisé.", 404: "Ressource inconnue."}
        message = messages.get(status, "Une erreur interne est survenue.")
        return json_response({"erreur": message}, status)

    @staticmethod
    def _too_many_requests(seconds):
        return json_response(
            {"erreur": "Trop de requêtes : la limite est dépassée."},
            429,
            {"Retry-After": str(seconds)},
        )

    def _too_fast(self, client):
        limit = self.requests_per_second
        if limit is None:
            return False
        now = time.monotonic()
        with self._lock:
            recent = self._recent[client]
            while recent and recent[0] <= now - 1:
                recent.popleft()
            if len(recent) >= limit:
                return True
            recent.append(now)
        return False

    # -- the API -------------------------------------------------------------------

    def _search(self, request):
        page = _bounded(request, "page", 1, _MOST_PAGES)
        per_page = _bounded(request, "per_page", 10, _MOST_PER_PAGE)
        matching = _bounded(request, "limite_matching_etablissements", 10, 100)
        if page * per_page > _MOST_RESULTS:
            raise _ApiError(
                "Le nombre total de résultats est restreint à 10 000. "
                "Pour garantir cela, le produit du numéro de page (par défaut, page = "
                "1) et du nombre de résultats par page (par défaut, per_page = 10), "
                "c'est-à-dire `page * per_page` ne doit pas excéder 10 000."
            )
        shown = self._shown_parts(request)
        asked = (request.one("q") or "").strip()
        digits = asked.replace(" ", "")
        if digits.isascii() and digits.isdigit() and len(digits) in (9, 14):
            column = "siren" if len(digits) == 9 else "siret"
            found = self._find(f"establishment.{column} = ?", [digits], [])
        else:
            found = self._find(*self._condition(request, asked), words(asked))
        start = (page - 1) * per_page
        results = [
            self._unit(siren, sirets.split(","), matching, shown)
            for siren, sirets in found[start : start + per_page]
        ]
        return {
            "results": results,
            "total_results": len(found),
            "page": page,
            "per_page": per_page,
            "total_pages": -(-len(found) // per_page),
        }

    def _find(self, condition, parameters, wanted):
        """``(SIREN, SIRETs that match)`` of units: active first, then by relevance."""
        source, relevance = "establishment", "0"
        if wanted:
            terms = [f'"{word}"' for word in wanted]
            terms[-1] += "*"
            source = (
                "establishment_words JOIN establishment "
                "ON establishment.id = establishment_words.rowid"
            )
            condition = (
                "establishment_words MATCH ? "
                f"AND establishment_words.rank MATCH 'bm25({_WEIGHTS})' AND {condition}"
            )
            parameters = [" AND ".join(terms), *parameters]
            relevance = "min(establishment_words.rank)"
        names = (
            "establishment.siren, group_concat(establishment.siret), "
            "max(etatadministratifunitelegale = 'Active') AS active, "
            f"{relevance} AS relevance"
        )
        rows = self._store.query(
            f"SELECT {names} FROM {source} WHERE {condition} "
            "GROUP BY establishment.siren "
            "ORDER BY active DESC, relevance, establishment.siren LIMIT ?",
            [*parameters, _MOST_RESULTS],
        )
        return [row[:2] for row in rows]

    @staticmethod
    def _shown_parts(request):
        minimal = (request.one("minimal") or "").lower()
        if minimal not in ("", "true", "false"):
            raise _ApiError("Veuillez indiquer un booléen pour `minimal`.")
        include = [p for p in (request.one("include") or "").split(",") if p]
        if include and minimal != "true":
            raise _ApiError(
                "Veuillez indiquer si vous souhaitez une réponse minimale avec le "
                "filtre `minimal=True`` avant de préciser les champs à inclure."
            )
        unknown = set(include) - _INCLUDABLE
        if unknown:
            raise _ApiError(f"Champ à inclure inconnu : {', '.join(sorted(unknown))}.")
        if minimal == "true":
            return set(include)
        return set(_INCLUDABLE) - {"score"}

    def _condition(self, request, asked):
        unknown = [
            name
            for name in request.query
            if name not in _OTHER_PARAMETERS and name not in _FLAGS
        ]
        if unknown:
            names = ", ".join(unknown)
            raise _ApiError(
                f"Veuillez utiliser des paramètres de recherche valides : {names}"
            )
        conditions, parameters = [], []
        self._add_filters(request, conditions, parameters)
        if asked and len(asked) < 3:
            raise _ApiError(
                "3 caractères minimum pour les termes de la requête "
                "(ou utilisez au moins un filtre)"
            )
        if not asked and not conditions:
            raise _ApiError("Veuillez indiquer au moins un paramètre de recherche.")
        if asked and not words(asked):
            conditions.append("0")
        return " AND ".join(conditions) or "1", parameters

    def _add_filters(self, request, conditions, parameters):
        for name, (column, translate) in _FILTERS.items():
            text = request.one(name) or ""
            values = [part.strip() for part in text.split(",") if part.strip()]
            if not values:
                continue
            _check_values(name, values)
            if translate:
                values = [translate[value] for value in values]
            conditions.append(
                f"establishment.{column} IN ({', '.join('?' * len(values))})"
            )
            parameters.extend(values)
        for name, column in _PERSON_FILTERS.items():
            wanted = words(request.one(name) or "")
            if wanted:
                conditions.append(f"contains_words(establishment.{column}, ?, 0)")
                parameters.append(" ".join(wanted))
        self._add_flags(request, conditions)

    @staticmethod
    def _add_flags(request, conditions):
        known = {
            "est_entrepreneur_individuel": "categoriejuridiqueunitelegale = '1000'",
            "est_association": "categoriejuridiqueunitelegale LIKE '92%'",
            "est_ess": "economiesocialesolidaireunitelegale = 'Oui'",
            "est_service_public": "categoriejuridiqueunitelegale LIKE '7%'",
        }
        for name in _FLAGS & set(request.query):
            value = (request.one(name) or "").lower()
            if value not in ("true", "false"):
                raise _ApiError(f"{name} doit prendre la valeur 'true' ou 'false' !")
            # Labels that no invented company has: nobody fulfils them.
            flag = known.get(name, "0")
            conditions.append(f"({flag}) IS {'' if value == 'true' else 'NOT '}TRUE")

    # -- results -------------------------------------------------------------------

    def _unit(self, siren, sirets, limit, shown):
        records = self._store.records("siren = ?", (siren,), "ORDER BY nic")
        seats = [r for r in records if r["etablissementsiege"] == "oui"]
        seat = seats[0] if seats else records[0]
        result = _unit_result(seat, records)
        if "siege" in shown:
            result["siege"] = _establishment_result(seat)
        if "matching_etablissements" in shown:
            matched = [r for r in records if r["siret"] in sirets][:limit]
            result["matching_etablissements"] = [
                {
                    **_establishment_result(record),
                    "ancien_siege": _was_seat(record, records),
                }
                for record in matched
            ]
        if "dirigeants" in shown:
            result["dirigeants"] = []
        if "finances" in shown:
            result["finances"] = None
        if "complements" in shown:
            result["complements"] = _complements(seat)
        if "tva" in shown:
            form = seat["categoriejuridiqueunitelegale"] or ""
            # Associations and property companies of the register mostly have none.
            without = form.startswith(("9", "7")) or form == "6540"
            result["tva"] = [] if without else [french_vat(siren)]
        if "score" in shown:
            result["score"] = 1.0
        return result


def _bounded(request, name, default, most):
    text = request.one(name)
    if text is None or text == "":
        return default
    try:
        value = int(text)
    except ValueError:
        raise _ApiError(f"Veuillez indiquer un paramètre `{name}` entier.") from None
    if not 1 <= value <= most:
        raise _ApiError(
            f"Veuillez indiquer un paramètre `{name}` entre `1` et `{most}`, "
            f"par défaut `{default}`."
        )
    return value


def _check_values(name, values):
    length = _LENGTHS.get(name)
    if length and any(len(value) != length for value in values):
        raise _ApiError(f"Au moins une valeur du paramètre {name} est non valide.")
    allowed, message = _ALLOWED.get(name, (None, None))
    if allowed is not None and not set(values) <= set(allowed):
        raise _ApiError(message)


def _unmasked(value):
    return _MASK if value == MASK else value


def _postcode(value):
    """This API delivers postcodes as text whatever the dataset does."""
    return f"{value:05d}" if isinstance(value, int) else _unmasked(value)


def _moment(value):
    return value[:19] if value else None


def _bracket_code(label):
    return _BRACKET_CODES.get(label)


def _full_name(seat):
    """``nom_complet``: name, then acronym or usual name in brackets."""
    if seat["nomunitelegale"]:
        parts = (seat["prenom1unitelegale"], seat["nomunitelegale"])
        if MASK in parts:
            return _MASK
        name = " ".join(part for part in parts if part)
    else:
        name = seat["denominationunitelegale"] or ""
    for extra in (seat["sigleunitelegale"], seat["denominationusuelle1unitelegale"]):
        if extra and extra != MASK:
            name = f"{name} ({extra})"
    return name


def _unit_result(seat, records):
    code = seat["activiteprincipaleunitelegale"]
    active = seat["etatadministratifunitelegale"] == "Active"
    opened = sum(r["etatadministratifetablissement"] == "Actif" for r in records)
    employer = seat["caractereemployeurunitelegale"]
    return {
        "siren": seat["siren"],
        "nom_complet": _full_name(seat),
        "nom_raison_sociale": seat["denominationunitelegale"],
        "sigle": _unmasked(seat["sigleunitelegale"]),
        "nombre_etablissements": len(records),
        "nombre_etablissements_ouverts": opened,
        "activite_principale": code,
        "activite_principale_naf25": None,
        "categorie_entreprise": seat["categorieentreprise"],
        "caractere_employeur": employer[0] if employer else None,
        "annee_categorie_entreprise": seat["anneecategorieentreprise"],
        "date_creation": seat["datecreationunitelegale"],
        "date_fermeture": None if active else seat["datefermetureunitelegale"],
        "date_mise_a_jour": _moment(seat["datederniertraitementunitelegale"]),
        "date_mise_a_jour_insee": _moment(seat["datederniertraitementunitelegale"]),
        "date_mise_a_jour_rne": None,
        "etat_administratif": "A" if active else "C",
        "nature_juridique": seat["categoriejuridiqueunitelegale"],
        "section_activite_principale": (
            naf_section(code) if seat["sectionunitelegale"] else None
        ),
        "tranche_effectif_salarie": _bracket_code(seat["trancheeffectifsunitelegale"]),
        "annee_tranche_effectif_salarie": seat["anneeeffectifsunitelegale"],
        "statut_diffusion": seat["statutdiffusionunitelegale"],
    }


def _address(record):
    """One line: complement, way, CEDEX or postcode, town."""
    town = record["libellecommuneetablissement"]
    if record["adresseetablissement"] == MASK:
        return _MASK
    postcode = _postcode(record["codepostaletablissement"])
    line = " ".join((record["adresseetablissement"] or "").upper().split())
    parts = (record["complementadresseetablissement"], line, postcode, town)
    return " ".join(part for part in parts if part) or None


def _establishment_result(record):
    is_open = record["etatadministratifetablissement"] == "Actif"
    position = record["geolocetablissement"] or {}
    street_type = record["typevoieetablissement"]
    employer = record["caractereemployeuretablissement"]
    signs = [
        _unmasked(record[f"enseigne{number}etablissement"])
        for number in (1, 2, 3)
        if record[f"enseigne{number}etablissement"]
    ]
    return {
        "activite_principale": record["activiteprincipaleetablissement"],
        "activite_principale_naf25": None,
        "activite_principale_registre_metier": None,
        "adresse": _address(record),
        "annee_tranche_effectif_salarie": record["anneeeffectifsetablissement"],
        "caractere_employeur": employer[0] if employer else None,
        "cedex": _unmasked(record["codecedexetablissement"]),
        "code_pays_etranger": None,
        "code_postal": _postcode(record["codepostaletablissement"]),
        "commune": record["codecommuneetablissement"],
        "complement_adresse": _unmasked(record["complementadresseetablissement"]),
        "coordonnees": (f"{position['lat']},{position['lon']}" if position else None),
        "date_creation": record["datecreationetablissement"],
        "date_debut_activite": record["datedebutetablissement"],
        "date_fermeture": None if is_open else record["datefermetureetablissement"],
        "date_mise_a_jour_insee": _moment(record["datederniertraitementetablissement"]),
        "departement": record["codedepartementetablissement"],
        "distribution_speciale": _unmasked(record["distributionspecialeetablissement"]),
        "epci": record["codeepcietablissement"],
        "est_siege": record["etablissementsiege"] == "oui",
        "etat_administratif": "A" if is_open else "F",
        "indice_repetition": _unmasked(record["indicerepetitionetablissement"]),
        "latitude": str(position["lat"]) if position else None,
        "libelle_cedex": _unmasked(record["libellecedexetablissement"]),
        "libelle_commune": record["libellecommuneetablissement"],
        "libelle_commune_etranger": None,
        "libelle_pays_etranger": None,
        "libelle_voie": _unmasked(record["libellevoieetablissement"]),
        "liste_enseignes": signs or None,
        "liste_finess": None,
        "liste_id_bio": None,
        "liste_idcc": None,
        "liste_rge": None,
        "liste_uai": None,
        "longitude": str(position["lon"]) if position else None,
        "nom_commercial": _unmasked(record["denominationusuelleetablissement"]),
        "numero_voie": _unmasked(record["numerovoieetablissement"]),
        "region": record["coderegionetablissement"],
        "siret": record["siret"],
        "statut_diffusion_etablissement": record["statutdiffusionetablissement"],
        "tranche_effectif_salarie": _bracket_code(
            record["trancheeffectifsetablissement"]
        ),
        "type_voie": _unmasked(street_type.upper() if street_type else None),
    }


def _was_seat(record, records):
    """Whether an establishment closed on the day when a later one opened."""
    if record["etablissementsiege"] == "oui":
        return False
    closed = record["datefermetureetablissement"]
    return record["etatadministratifetablissement"] == "Fermé" and any(
        other["datecreationetablissement"] == closed and other["nic"] > record["nic"]
        for other in records
    )


def _complements(seat):
    form = seat["categoriejuridiqueunitelegale"] or ""
    return {
        "est_association": form.startswith("92"),
        "est_entrepreneur_individuel": form == "1000",
        "est_ess": seat["economiesocialesolidaireunitelegale"] == "Oui",
        "est_service_public": form.startswith("7"),
        "est_societe_mission": False,
        "est_bio": False,
        "est_rge": False,
        "est_qualiopi": False,
        "identifiant_association": None,
    }
