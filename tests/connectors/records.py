"""Records as the two services write them, of real companies (public register)."""

from copy import deepcopy

from odoo.addons.partner_company_data.connectors.opendatasoft import FIELDS


def ods_record(**changes):
    """A complete record of the dataset; what is not given is null, as there."""
    record = dict.fromkeys(FIELDS)
    record |= {
        "siren": "834462061",
        "siret": "83446206100013",
        "etablissementsiege": "oui",
        "siretsiegeunitelegale": "83446206100013",
        "statutdiffusionetablissement": "O",
        "statutdiffusionunitelegale": "O",
        "etatadministratifetablissement": "Actif",
        "etatadministratifunitelegale": "Active",
        "denominationunitelegale": "AUDION",
        "activiteprincipaleetablissement": "70.22Z",
        "nomenclatureactiviteprincipaleetablissement": "NAFRev2",
        "activiteprincipaleunitelegale": "70.22Z",
        "nomenclatureactiviteprincipaleunitelegale": "NAFRev2",
        "categoriejuridiqueunitelegale": "5710",
        "categorieentreprise": "PME",
        "anneecategorieentreprise": "2023",
        "trancheeffectifsunitelegale": "20 à 49 salariés",
        "trancheeffectifsunitelegaletriable": 12,
        "anneeeffectifsunitelegale": "2023",
        "datecreationunitelegale": "2018-03-12",
        "datecreationetablissement": "2018-03-12",
        "datederniertraitementunitelegale": "2026-01-15T10:00:00",
        "datederniertraitementetablissement": "2025-12-02T22:30:00+00:00",
        "adresseetablissement": "85 Rue JOUFFROY D'ABBANS",
        "numerovoieetablissement": "85",
        "typevoieetablissement": "Rue",
        "libellevoieetablissement": "JOUFFROY D'ABBANS",
        "codepostaletablissement": "75017",
        "libellecommuneetablissement": "PARIS",
        "codecommuneetablissement": "75117",
    }
    return record | changes


def ods_answer(*records):
    return {"total_count": len(records), "results": list(records)}


_UNIT = {
    "siren": "356000000",
    "nom_complet": "LA POSTE",
    "nom_raison_sociale": "LA POSTE",
    "sigle": None,
    "siege": {
        "siret": "35600000000048",
        "est_siege": True,
        "etat_administratif": "A",
        "activite_principale": "53.10Z",
        "activite_principale_naf25": "53.10Y",
        "adresse": "9 RUE DU COLONEL PIERRE AVIA 75015 PARIS",
        "complement_adresse": None,
        "numero_voie": "9",
        "indice_repetition": None,
        "type_voie": "RUE",
        "libelle_voie": "DU COLONEL PIERRE AVIA",
        "distribution_speciale": None,
        "code_postal": "75015",
        "commune": "75115",
        "libelle_commune": "PARIS",
        "cedex": None,
        "libelle_cedex": None,
        "date_creation": "1991-01-01",
        "date_mise_a_jour_insee": "2026-03-20T14:05:00",
        "liste_enseignes": None,
        "nom_commercial": None,
        "statut_diffusion_etablissement": "O",
    },
    "matching_etablissements": [
        {
            "siret": "35600000049837",
            "est_siege": False,
            "ancien_siege": False,
            "etat_administratif": "F",
            "activite_principale": "53.10Z",
            "activite_principale_naf25": "53.10Y",
            "adresse": "1 PLACE DU MARCHE 21000 DIJON",
            "code_postal": "21000",
            "commune": "21231",
            "libelle_commune": "DIJON",
            "liste_enseignes": ["LA POSTE DIJON"],
            "statut_diffusion_etablissement": "O",
        }
    ],
    "etat_administratif": "A",
    "activite_principale": "53.10Z",
    "activite_principale_naf25": "53.10Y",
    "categorie_entreprise": "GE",
    "annee_categorie_entreprise": "2023",
    "nature_juridique": "5510",
    "tranche_effectif_salarie": "53",
    "annee_tranche_effectif_salarie": "2023",
    "date_creation": "1991-01-01",
    "date_mise_a_jour": "2026-11-20T07:30:00",
    "date_mise_a_jour_insee": "2026-03-21T09:00:00",
    "statut_diffusion": "O",
    "finances": {"2023": {"ca": 12000000000, "resultat_net": 1}, "2024": {"ca": None}},
    "tva": ["FR39356000000"],
}


def unit_result(**changes):
    """A complete result of the API Recherche d'entreprises."""
    return deepcopy(_UNIT) | changes


def unit_answer(*results):
    return {
        "results": list(results),
        "total_results": len(results),
        "page": 1,
        "per_page": 25,
        "total_pages": 1,
    }
