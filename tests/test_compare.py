from odoo.tests import BaseCase, tagged

from odoo.addons.partner_company_data.models import registry_fields
from odoo.addons.partner_company_data.models.registry_compare import (
    compare,
    same_streets,
    same_value,
)

PARTNER = {
    "name": "Cegid",
    "registry_legal_name": "CEGID",
    "company_registry": "41052438500020",
    "street": "52 quai Paul Sédallian",
    "street2": False,
    "zip": "69009",
    "city": "Lyon",
    "country_id": 75,
    "registry_establishment_type": "head_office",
    "registry_establishment_state": "active",
    "registry_unit_state": "active",
    "registry_legal_form": "5710",
    "registry_naf": "58.29C",
    "registry_naf_nomenclature": "NAFRev2",
    "registry_category": "ETI",
    "registry_category_year": 2022,
    "registry_workforce": "51",
    "registry_workforce_year": 2022,
    "registry_turnover": 0,
    "registry_turnover_year": 0,
}


@tagged("post_install", "-at_install")
class TestCompare(BaseCase):
    def found(self, ours=None, theirs=None, seat_moved=False):
        return compare(PARTNER | (ours or {}), PARTNER | (theirs or {}), seat_moved)

    def keys(self, ours=None, theirs=None, seat_moved=False):
        return [item.key for item in self.found(ours, theirs, seat_moved)]

    def test_nothing_differs(self):
        self.assertEqual(self.keys(), [])

    def test_unknown_in_the_register_proposes_nothing(self):
        for nothing in (False, None, "", 0, "[ND]", "[ND] [ND]"):
            with self.subTest(nothing=nothing):
                theirs = dict.fromkeys(registry_fields.PARTNER_FIELDS, nothing)
                self.assertEqual(self.keys(theirs=theirs), [])
                self.assertEqual(self.keys(theirs=theirs, seat_moved=True), [])

    def test_no_town_under_the_street_of_another(self):
        hidden = {"street": "[ND]", "street2": False}
        elsewhere = hidden | {"zip": "75001", "city": "PARIS"}
        self.assertEqual(self.keys(theirs=elsewhere), [])
        self.assertEqual(self.keys(theirs=elsewhere, seat_moved=True), [])
        self.assertEqual(self.keys({"zip": False}, elsewhere), [])
        self.assertEqual(self.keys({"zip": False}, hidden), ["zip"])
        nothing = {"street": False, "zip": False, "city": False}
        self.assertEqual(self.keys(nothing, elsewhere), ["zip", "city"])

    def test_every_field_of_the_table_is_compared(self):
        ours = dict.fromkeys(registry_fields.PARTNER_FIELDS, False)
        theirs = {
            "street2": "BATIMENT A",
            "registry_turnover": 1_000_000.0,
            "vat": "FR1",
            "phone": "+33 4 72 00 00 00",
            "email": "info@example.com",
            "website": "http://example.com",
        }
        found = self.found(ours, theirs)
        self.assertEqual(
            [item.key for item in found], list(registry_fields.REGISTRY_FIELD_BY_KEY)
        )
        self.assertEqual({item.reason for item in found}, {"completion"})

    def test_looks_are_no_difference(self):
        theirs = {
            "name": "CEGID SAS",
            "registry_legal_name": "Cegid",
            "company_registry": "410 524 385 00020",
            "street": "52 QU PAUL SEDALLIAN",
            "city": "LYON 9E ARRONDISSEMENT",
            "registry_naf": "5829C",
        }
        self.assertEqual(self.keys(theirs=theirs), [])

    def test_difference_and_completion(self):
        ours = {"registry_workforce": False, "registry_workforce_year": 0}
        theirs = {"street": "1 RUE NEUVE"}
        street, workforce = self.found(ours, theirs)
        self.assertEqual((street.key, street.reason), ("street", "difference"))
        self.assertEqual(street.old, {"street": "52 quai Paul Sédallian"})
        self.assertEqual(street.new, {"street": "1 RUE NEUVE"})
        self.assertEqual((workforce.key, workforce.reason), ("workforce", "completion"))
        self.assertEqual(
            workforce.new, {"registry_workforce": "51", "registry_workforce_year": 2022}
        )

    def test_closed_is_never_a_mere_completion(self):
        nothing = dict.fromkeys(
            ("registry_establishment_state", "registry_unit_state"), False
        )
        theirs = {"registry_unit_state": "ceased"}
        reasons = {item.key: item.reason for item in self.found(nothing, theirs)}
        self.assertEqual(
            reasons, {"establishment_state": "completion", "unit_state": "difference"}
        )

    def test_siren_alone_is_completed(self):
        [siret] = self.found({"company_registry": "410 524 385"})
        self.assertEqual((siret.key, siret.reason), ("siret", "completion"))
        [siret] = self.found({"company_registry": "41052438500038"})
        self.assertEqual((siret.key, siret.reason), ("siret", "difference"))

    def test_nothing_completes_another_place(self):
        ours = {"street": False, "company_registry": "410524385"}
        theirs = {"street2": "BATIMENT A", "registry_category": "GE"}
        here = self.found(ours | {"registry_category": False}, theirs)
        self.assertEqual({item.reason for item in here}, {"completion"})
        elsewhere = theirs | {"zip": "75002", "city": "PARIS"}
        found = self.found(ours | {"registry_category": False}, elsewhere)
        self.assertEqual(
            {item.key: item.reason for item in found},
            {
                "siret": "difference",
                "street": "difference",
                "street2": "difference",
                "zip": "difference",
                "city": "difference",
                "category": "completion",
            },
        )

    def test_street_lines(self):
        theirs = {"street": "12 RUE DES ERABLES", "street2": "BAT A"}
        for street, street2 in (
            ("Bâtiment A, 12 rue des Érables", False),
            ("12 rue des Érables, Bât. A", False),
            ("Bât A", "12 rue des érables"),
            (False, "Bât A 12 rue des érables"),
        ):
            with self.subTest(street=street, street2=street2):
                ours = {"street": street, "street2": street2}
                self.assertEqual(self.keys(ours, theirs), [])
        with self.subTest("the register knows one line only"):
            ours = {"street": "Bât A", "street2": "12 rue des Érables"}
            self.assertEqual(self.keys(ours, theirs | {"street2": None}), [])
        with self.subTest("a line that is missing"):
            ours = {"street": "12 rue des Érables", "street2": False}
            self.assertEqual(self.keys(ours, theirs), ["street2"])
        with self.subTest("another line"):
            ours = {"street": "12 rue des Érables", "street2": "Bât B"}
            self.assertEqual(self.keys(ours, theirs), ["street2"])
        self.assertFalse(same_streets({"street": "Bât A"}, theirs))

    def test_newer_year_of_the_same_statistic_is_no_line(self):
        theirs = {"registry_workforce_year": 2023, "registry_category_year": 2023}
        self.assertEqual(self.keys(theirs=theirs), [])

    def test_statistic_of_an_earlier_year_is_no_line(self):
        theirs = {"registry_workforce": "42", "registry_workforce_year": 2021}
        self.assertEqual(self.keys(theirs=theirs), [])
        theirs = {"registry_workforce": "42", "registry_workforce_year": 2023}
        [workforce] = self.found(theirs=theirs)
        self.assertEqual(workforce.rule_key, "statistics")
        self.assertEqual(workforce.new["registry_workforce_year"], 2023)

    def test_naf_and_its_nomenclature(self):
        [naf] = self.found(theirs={"registry_naf": "62.01Z"})
        self.assertEqual(naf.rule_key, "naf")
        self.assertEqual(
            naf.new,
            {"registry_naf": "62.01Z", "registry_naf_nomenclature": "NAFRev2"},
        )
        [naf] = self.found(theirs={"registry_naf_nomenclature": "NAF2025"})
        self.assertEqual(naf.rule_key, "naf_nomenclature")
        self.assertEqual(
            self.keys({"registry_naf_nomenclature": False}), [], "the code is the same"
        )
        [naf] = self.found({"registry_naf": False})
        self.assertEqual((naf.rule_key, naf.reason), ("naf", "completion"))

    def test_turnover(self):
        ours = {"registry_turnover": 1_000_000.0, "registry_turnover_year": 2023}
        same = {"registry_turnover": 1_000_000.3, "registry_turnover_year": 2024}
        self.assertEqual(self.keys(ours, same), [])
        self.assertEqual(
            self.keys(ours, same | {"registry_turnover": 2_000_000.0}), ["turnover"]
        )

    def test_moved_seat_is_one_block(self):
        ours = {"street2": "Bât A"}
        theirs = {
            "company_registry": "41052438500038",
            "street": "1 RUE NEUVE",
            "street2": False,
            "zip": "75002",
            "city": "PARIS",
            "registry_category": "GE",
        }
        found = {item.key: item for item in self.found(ours, theirs, seat_moved=True)}
        self.assertEqual(
            set(found), {"siret", "street", "street2", "zip", "city", "category"}
        )
        self.assertEqual(
            {key for key, item in found.items() if item.reason == "seat_moved"},
            {"siret", "street", "street2", "zip", "city"},
        )
        self.assertEqual(
            found["street2"].new, {"street2": False}, "no line of the old address stays"
        )

    def test_street2_stays_when_the_new_street_is_unknown(self):
        theirs = {"street": False, "street2": False, "zip": "75002"}
        self.assertEqual(self.keys({"street2": "Bât A"}, theirs, seat_moved=True), [])

    def test_same_value(self):
        field = registry_fields.REGISTRY_FIELD_BY_KEY["workforce"]
        one = {"registry_workforce": "51", "registry_workforce_year": 2022}
        self.assertTrue(same_value(field, one, one | {"registry_workforce_year": 2023}))
        self.assertFalse(same_value(field, one, one | {"registry_workforce": "52"}))
        street = registry_fields.REGISTRY_FIELD_BY_KEY["street2"]
        self.assertTrue(same_value(street, {"street2": False}, {"street2": ""}))
        self.assertFalse(same_value(street, {"street2": False}, {"street2": "BAT A"}))
