"""What differs only in its looks is equal, what differs is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.partner_company_data.connectors import text


@pytest.mark.parametrize(
    ("given", "folded"),
    [
        ("Café de l'Œuvre & Cie", "CAFE DE L OEUVRE ET CIE"),
        ("S.N.C.F.", "SNCF"),
        ("s.a.r.l Dupont", "SARL DUPONT"),
        ("J.P. MARTIN", "JP MARTIN"),
        ("  a\u00a0b\u202fc\t", "A B C"),
        ("N° 12", "N 12"),
        ("L’Île_d’Yeu", "L ILE D YEU"),
        ("", ""),
        (None, ""),
        ("!?", ""),
    ],
)
def test_fold(given, folded):
    assert text.fold(given) == folded


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Hôtel de l'Étoile", "HOTEL DE L ETOILE", True),
        ("LE-THOR", "le thor", True),
        ("Cœur", "COEUR", True),
        ("A B", "AB", True),
        (None, "", True),
        (None, " ", True),
        (None, "A", False),
        ("!", "?", False),
        ("!", "!", True),
        ("DUPONT", "DUPOND", False),
        ("Łódź", "LODZ", True),
        ("東京", "京都", False),
    ],
)
def test_same_text(one, other, same):
    assert text.same_text(one, other) is same
    assert text.same_text(other, one) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("12, av. du Gal de Gaulle", "12 AVENUE DU GENERAL DE GAULLE", True),
        ("12 B RUE X", "12bis rue X", True),
        ("12 BIS R DE LA GARE", "12 bis, rue de la Gare", True),
        ("7T rue Y", "7 TER RUE Y", True),
        ("85 Rue JOUFFROY D'ABBANS", "85 R. Jouffroy d’Abbans", True),
        ("920 ROUTE DE L'ISLE SUR SORGUE", "920 rte de l'Isle-sur-Sorgue", True),
        ("3 BD ST MICHEL", "3 boulevard Saint-Michel", True),
        ("3 Bld Ste Anne", "3 BVD SAINTE ANNE", True),
        ("N°5 PL DU MARCHE", "5 place du Marché", True),
        ("n 5 pl du marche", "5 place du Marché", True),
        ("IMP DES LILAS", "Impasse des Lilas", True),
        ("4 CHE DU LAC", "4 chemin du lac", True),
        ("4 CHEM DU LAC", "4 CH. DU LAC", True),
        ("1 ALL DES PINS", "1 allée des Pins", True),
        ("ZI DES PRES", "Zone industrielle des Prés", True),
        ("Z.A. LE PARC", "Zone d'activités Le Parc", True),
        ("ZAC DU BOIS", "Zone d'aménagement concerté du Bois", True),
        ("B.P. 12", "BP 12", True),
        ("RUE DU DR ROUX", "Rue du Docteur Roux", True),
        ("0012 RUE X", "12 RUE X", True),
        ("8 RUE DU 1ER MAI", "8 rue du Premier Mai", True),
        ("LIEU-DIT LE MOULIN", "Lieudit Le Moulin", True),
        ("4 GRAND RUE", "4 GRANDE RUE", False),
        ("12 RUE X", "14 RUE X", False),
        ("12 RUE X", "12 BIS RUE X", False),
        ("12 RUE X", "12 AVENUE X", False),
        ("12 RUE X", "RUE X", False),
        ("12 RUE DES PRES", "12 RUE DU PRE", False),
        ("RUE R", "RUE DE LA GARE", False),
        (None, "", True),
        (None, "RUE X", False),
    ],
)
def test_same_street(one, other, same):
    assert text.same_street(one, other) is same
    assert text.same_street(other, one) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ST-OUEN", "Saint Ouen", True),
        ("STE FOY LES LYON", "Sainte-Foy-lès-Lyon", True),
        ("VILLENEUVE LEZ AVIGNON", "Villeneuve-lès-Avignon", True),
        ("CHALON S/ SAONE", "CHALON SUR SAONE", True),
        ("NANTES CEDEX 01", "Nantes", True),
        ("LYON 9E ARRONDISSEMENT", "LYON 09", True),
        ("Lyon 9ème", "LYON 9E ARRONDISSEMENT", True),
        ("PARIS 12", "Paris 12e", True),
        ("PARIS 1ER ARRONDISSEMENT", "PARIS 01", True),
        ("PARIS", "PARIS 17", True),
        ("MARSEILLE 8E ARRONDISSEMENT", "Marseille", True),
        ("PARIS 12", "PARIS 13", False),
        ("LYON 1", "LYON 10", False),
        ("LILLE", "LILLERS", False),
        ("L'ISLE-ADAM", "L ISLE ADAM", True),
        (None, "PARIS", False),
    ],
)
def test_same_city(one, other, same):
    assert text.same_city(one, other) is same
    assert text.same_city(other, one) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("SARL Dupont & Fils", "DUPONT ET FILS", True),
        ("Dupont et Fils (S.A.R.L.)", "DUPONT ET FILS", True),
        ("DUPONT S A R L", "dupont sarl", True),
        ("S A S DUPONT", "DUPONT SA", True),
        ("Société par actions simplifiée MARTIN", "Martin SAS", True),
        ("ETS DURAND", "Établissements Durand", True),
        ("DURAND ET CIE", "Durand & Compagnie", True),
        ("STE NOUVELLE X", "Société Nouvelle X", True),
        ("GARAGE ST MARTIN", "Garage Saint-Martin", True),
        ("M. Jean DUPONT", "JEAN DUPONT", True),
        ("L'ORÉAL", "L OREAL", True),
        ("SAS", "SAS", True),
        ("SAS", "SARL", False),
        ("DUPONT FRERES", "DUPONT FILS", False),
        ("SAINT GOBAIN", "GOBAIN", False),
        ("ACME (HOLDING)", "ACME", False),
        ("SARL MARTIN", "", False),
        (None, None, True),
    ],
)
def test_same_name(one, other, same):
    assert text.same_name(one, other) is same
    assert text.same_name(other, one) is same


@pytest.mark.parametrize(
    ("given", "short"),
    [
        ("SARL Dupont & Fils", "DUPONT ET FILS"),
        ("E.U.R.L. LE PETIT BOIS", "LE PETIT BOIS"),
        ("GROUPE SA MARTIN", "GROUPE SA MARTIN"),
        ("SA SAINTE ANNE", "SAINTE ANNE"),
        ("SASU", "SASU"),
        (None, ""),
    ],
)
def test_strip_legal_form(given, short):
    assert text.strip_legal_form(given) == short


def test_without_brackets():
    assert text.without_brackets("ACME (HOLDING)") == "ACME"
    assert text.without_brackets("(HOLDING)") == "(HOLDING)"
    assert text.without_brackets("A (B) C [D]").split() == ["A", "C"]
    assert text.without_brackets(None) == ""


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_compared(one, other):
    for same in (text.same_text, text.same_street, text.same_city, text.same_name):
        assert same(one, one) is True
        assert same(one, other) is same(other, one)
        assert same(one, f" {one} ") is True
