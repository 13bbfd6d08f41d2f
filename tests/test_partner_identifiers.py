"""SIREN and SIRET as Odoo keeps them, and what is wrong with them."""

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from odoo.addons.partner_company_data.models import partner_identity

from .common import WarmCaches

SIRET = "41816609600069"
SIREN = "418166096"


@tagged("post_install", "-at_install")
class TestPartnerIdentifiers(WarmCaches, TransactionCase):
    def company(self, number, country="base.fr", **values):
        return self.env["res.partner"].create(
            {
                "name": "Octo",
                "is_company": True,
                "company_registry": number,
                "country_id": country and self.env.ref(country).id,
                **values,
            }
        )

    def assertIdentifiers(self, partner, siren, siret, state):
        self.assertEqual(partner.l10n_fr_siren, siren)
        self.assertEqual(partner.l10n_fr_siret, siret)
        self.assertEqual(partner.registry_identifier_state, state)

    def test_siret(self):
        self.assertIdentifiers(self.company(SIRET), SIREN, SIRET, "siret")

    def test_siret_as_people_type_it(self):
        self.assertIdentifiers(self.company("418 166 096 00069"), SIREN, SIRET, "siret")

    def test_siren_only(self):
        self.assertIdentifiers(self.company(SIREN), SIREN, False, "siren")

    def test_missing(self):
        self.assertIdentifiers(self.company(False), False, False, "missing")

    def test_wrong_key(self):
        self.assertIdentifiers(self.company("41816609600068"), False, False, "invalid")

    def test_la_poste(self):
        self.assertIdentifiers(
            self.company("35600000049837"), "356000000", "35600000049837", "siret"
        )

    def test_number_corrected(self):
        partner = self.company("41816609600068")
        partner.company_registry = SIRET
        self.assertIdentifiers(partner, SIREN, SIRET, "siret")

    def test_overseas_departments_are_in_the_register(self):
        self.assertIdentifiers(self.company(SIRET, "base.re"), SIREN, SIRET, "siret")

    def test_no_country_is_taken_as_france(self):
        self.assertIdentifiers(self.company(SIRET, False), SIREN, SIRET, "siret")

    def test_other_registers(self):
        for country in ("base.be", "base.nc", "base.pf"):
            with self.subTest(country=country):
                self.assertIdentifiers(
                    self.company(SIRET, country), False, False, False
                )

    def test_person(self):
        self.assertIdentifiers(
            self.company(False, is_company=False), False, False, False
        )

    def test_contact_has_the_number_of_its_company(self):
        company = self.company(SIRET)
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": company.id}
        )
        self.assertEqual(contact.l10n_fr_siret, SIRET)
        self.assertFalse(contact.registry_identifier_state)

    def test_vat_number_that_does_not_fit(self):
        for vat, mismatch in (
            ("FR16418166096", False),
            ("FR12418166096", True),
            ("FR23334175221", True),
            ("FRK7418166096", False),
            (False, False),
            ("BE0477472701", False),
        ):
            with self.subTest(vat=vat):
                # A number that VIES would refuse is what is looked for here.
                partner = self.company(SIRET).with_context(no_vat_validation=True)
                partner.vat = vat
                self.assertEqual(partner.registry_vat_mismatch, mismatch)

    def test_department(self):
        for zip_code, country, department in (
            ("69009", "base.fr", "69"),
            ("20000", "base.fr", "2A"),
            ("20200", "base.fr", "2B"),
            ("97400", "base.re", "974"),
            ("97133", "base.bl", "977"),
            ("1000", "base.be", False),
            (False, "base.fr", False),
        ):
            with self.subTest(zip=zip_code):
                partner = self.company(SIRET, country, zip=zip_code)
                self.assertEqual(partner.registry_department, department)

    def test_numbers_are_searchable(self):
        partner = self.company(SIRET)
        found = self.env["res.partner"].search([("l10n_fr_siren", "=", SIREN)])
        self.assertIn(partner, found)

    def test_values_that_keep_the_numbers(self):
        prepare = self.env["res.partner"]._prepare_french_identifiers
        self.assertEqual(prepare(SIREN, SIRET), {"company_registry": SIRET})
        self.assertEqual(prepare(SIREN), {"company_registry": SIREN})

    def test_first_values_of_partners_that_were_there_before(self):
        partners = (
            self.company(SIRET, zip="75002", vat="FR23334175221")
            + self.company(SIREN, zip="20200")
            + self.company("41816609600068", zip="97400")
            + self.company(False)
            + self.company(SIRET, "base.be", zip="1000")
            + self.company(False, is_company=False)
        )
        fields = list(partner_identity.stored_values(*[None] * 5))
        computed = [partners.mapped(name) for name in fields]
        self.assertTrue(all(map(any, computed)))
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET %s WHERE id = ANY(%s)",
                SQL(", ").join(
                    SQL("%s = NULL", SQL.identifier(name)) for name in fields
                ),
                partners.ids,
            )
        )
        partners._write_first_values()
        partners.invalidate_recordset()
        self.assertEqual([partners.mapped(name) for name in fields], computed)
