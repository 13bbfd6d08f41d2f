"""Fields of the dataset ``economicref-france-sirene-v3``, with their types."""

_TEXT = """
siren nic siret statutdiffusionetablissement statutdiffusionunitelegale
unitepurgeeunitelegale etablissementsiege nicsiegeunitelegale
siretsiegeunitelegale denominationunitelegale denominationusuelle1unitelegale
denominationusuelle2unitelegale denominationusuelle3unitelegale sigleunitelegale
l1_adressage_unitelegale denominationusuelleetablissement enseigne1etablissement
enseigne2etablissement enseigne3etablissement nomunitelegale nomusageunitelegale
prenom1unitelegale prenom2unitelegale prenom3unitelegale prenom4unitelegale
prenomusuelunitelegale pseudonymeunitelegale sexeunitelegale
identifiantassociationunitelegale etatadministratifetablissement
etatadministratifunitelegale activiteprincipaleetablissement
activiteprincipaleunitelegale nomenclatureactiviteprincipaleetablissement
nomenclatureactiviteprincipaleunitelegale
activiteprincipaleregistremetiersetablissement sectionetablissement
soussectionetablissement divisionetablissement groupeetablissement
classeetablissement sectionunitelegale soussectionunitelegale divisionunitelegale
groupeunitelegale classeunitelegale categorieentreprise
anneecategorieentreprise trancheeffectifsetablissement trancheeffectifsunitelegale
anneeeffectifsetablissement anneeeffectifsunitelegale
caractereemployeuretablissement caractereemployeurunitelegale
categoriejuridiqueunitelegale naturejuridiqueunitelegale
economiesocialesolidaireunitelegale societemissionunitelegale
adresseetablissement numerovoieetablissement indicerepetitionetablissement
typevoieetablissement libellevoieetablissement complementadresseetablissement
distributionspecialeetablissement codepostaletablissement
libellecommuneetablissement codecommuneetablissement codecedexetablissement
libellecedexetablissement codearrondissementetablissement
codepaysetrangeretablissement libellepaysetrangeretablissement
libellecommuneetrangeretablissement numerovoie2etablissement
indicerepetition2etablissement typevoie2etablissement libellevoie2etablissement
complementadresse2etablissement distributionspeciale2etablissement
codepostal2etablissement libellecommune2etablissement codecommune2etablissement
codecedex2etablissement libellecedex2etablissement codepaysetranger2etablissement
libellepaysetranger2etablissement libellecommuneetranger2etablissement
codedepartementetablissement departementetablissement coderegionetablissement
regionetablissement codeepcietablissement epcietablissement
"""
_DATE = """
datecreationetablissement datecreationunitelegale datedebutetablissement
datedebutunitelegale datefermetureetablissement datefermetureunitelegale
"""
_DATETIME = """
datederniertraitementetablissement datederniertraitementunitelegale
"""
_NUMBER = """
nombreperiodesetablissement nombreperiodesunitelegale
trancheeffectifsetablissementtriable trancheeffectifsunitelegaletriable
populationcommuneetablissement superficiecommuneetablissement
altitudemoyennecommuneetablissement
"""
_GEO = """
geolocetablissement
"""

#: field name → ``text``, ``date``, ``datetime``, ``double`` or ``geo_point_2d``
FIELD_TYPES = {
    name: kind
    for kind, names in (
        ("text", _TEXT),
        ("date", _DATE),
        ("datetime", _DATETIME),
        ("double", _NUMBER),
        ("geo_point_2d", _GEO),
    )
    for name in names.split()
}
FIELDS = tuple(FIELD_TYPES)
#: Fields that hold text and take part in ``search("…")`` through the word index.
SEARCHED_FIELDS = (
    "siren",
    "siret",
    "denominationunitelegale",
    "denominationusuelle1unitelegale",
    "sigleunitelegale",
    "l1_adressage_unitelegale",
    "nomunitelegale",
    "prenom1unitelegale",
    "denominationusuelleetablissement",
    "enseigne1etablissement",
    "adresseetablissement",
    "libellecommuneetablissement",
    "codepostaletablissement",
)
#: Fields that are facets, hence accepted by ``refine`` and ``exclude``; the service
#: lets a publisher choose them, here every text field is one.
FACETS = frozenset(name for name, kind in FIELD_TYPES.items() if kind == "text")

#: Fields of the dataset that none of the companies here has a value for.
NEVER_FILLED = frozenset(
    name
    for name in FIELDS
    if "2etablissement" in name
    or "etranger" in name
    or name
    in (
        "unitepurgeeunitelegale",
        "denominationusuelle2unitelegale",
        "denominationusuelle3unitelegale",
        "enseigne3etablissement",
        "nomusageunitelegale",
        "prenom2unitelegale",
        "prenom3unitelegale",
        "prenom4unitelegale",
        "pseudonymeunitelegale",
        "identifiantassociationunitelegale",
        "activiteprincipaleregistremetiersetablissement",
        "soussectionetablissement",
        "soussectionunitelegale",
        "societemissionunitelegale",
        "codearrondissementetablissement",
        "codeepcietablissement",
        "epcietablissement",
        "superficiecommuneetablissement",
        "altitudemoyennecommuneetablissement",
    )
)
UNIT_FIELDS = frozenset(
    name
    for name in FIELDS
    if name.endswith(("unitelegale", "unitelegaletriable"))
    or name in ("siren", "categorieentreprise", "anneecategorieentreprise")
)
_LABELS = {
    "siren": "SIREN",
    "siret": "SIRET",
    "nic": "NIC",
    "etatadministratifetablissement": "Etat administratif de l'établissement",
    "etatadministratifunitelegale": "Etat administratif de l'unité légale",
    "datefermetureunitelegale": "Date de fermeture de l'unité légale",
    "etablissementsiege": "Etablissement siège",
    "categoriejuridiqueunitelegale": "Catégorie juridique de l'unité légale",
    "categorieentreprise": "Catégorie de l'entreprise",
    "trancheeffectifsetablissementtriable": (
        "Tranche de l'effectif de l'établissement triable"
    ),
    "statutdiffusionetablissement": "Statut de diffusion de l'établissement",
    "datederniertraitementunitelegale": (
        "Date du dernier traitement de l'unité légale"
    ),
}


def field_label(name):
    """The label shown to people; the technical name where none is known."""
    return _LABELS.get(name, name)
