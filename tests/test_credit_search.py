from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..connectors.credit import CreditCandidate
from .common import new_test_user
from .credit_common import CreditCase

READER = "partner_company_data.group_credit_reader"
CREATOR = f"base.group_partner_manager,{READER}"


@tagged("post_install", "-at_install")
class TestCreditSearch(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, "credit-seller", groups=f"base.group_user,{CREATOR}"
        )

    def wizard(self, country="fr", **values):
        return (
            self.env["partner.credit.search"]
            .with_user(self.seller)
            .create({"country_id": self.env.ref(f"base.{country}").id, **values})
        )

    def searched(self, country="fr", **values):
        wizard = self.wizard(country, **values)
        wizard.action_search()
        return wizard

    def created(self, wizard, lines, rank="customers"):
        lines.selected = True
        self.env.flush_all()
        action = getattr(wizard, f"action_create_{rank}")()
        self.env.flush_all()
        self.env.invalidate_all()
        action = action.get("params", {}).get("next", action)
        return self.env["res.partner"].search(action["domain"])

    def refused(self, country="fr", **values):
        wizard = self.wizard(country, **values)
        try:
            wizard.action_search()
        except UserError as error:
            return str(error)
        self.fail("The search went through.")

    # === Search === #

    def test_a_siren_is_asked_alone(self):
        siren = self.establishments[0]["siren"]
        wizard = self.searched(registration_number=siren, name="Tout autre nom")
        self.assertEqual(set(wizard.candidate_ids.mapped("siren")), {siren})
        self.assertEqual(wizard.left_out, "company name")
        request = self.control("GET", "requests", last=1)["last"][0]
        self.assertEqual(
            set(request["query"]), {"countries", "regNo", "page", "pageSize"}
        )

    def test_what_the_database_has_is_marked(self):
        known, other = self.establishments[:2]
        wizard = self.searched(registration_number=known["siret"])
        [line] = wizard.candidate_ids
        self.assertEqual((line.state, line.partner_id), ("known", self.partner))
        self.partners[1].unlink()
        wizard = self.searched(registration_number=other["siret"])
        [line] = wizard.candidate_ids
        self.assertEqual((line.state, line.partner_id.id), ("new", False))

    def test_places_are_searched(self):
        wizard = self.searched("be", name="brasserie", city="Mons")
        self.assertEqual(wizard.candidate_ids.legal_name, "BRASSERIE DU CANAL SA")
        self.assertGreater(wizard.candidate_ids.match_rate, 50)
        self.assertFalse(wizard.left_out)

    def test_criteria_of_the_country_are_respected(self):
        self.assertIn("registration number", self.refused("lu", vat="LU99900101"))
        wizard = self.searched("lu", registration_number="B999001")
        self.assertEqual(wizard.candidate_ids.legal_name, "ARDENNE FINANCE SARL")

    def test_criteria_are_asked_once(self):
        self.control("DELETE", "requests")
        for _time in range(3):
            self.searched("be", name="brasserie")
        paths = self.control("GET", "requests")["paths"]
        self.assertEqual(paths["creditsafe GET /v1/companies/searchcriteria"], 1)
        self.assertEqual(paths["creditsafe GET /v1/companies"], 3)

    def test_none(self):
        wizard = self.searched("be", name="zzz qqq")
        self.assertTrue(wizard.searched)
        self.assertFalse(wizard.total)

    def test_refusals_are_sentences(self):
        self.assertIn("SIRET", self.refused(registration_number="123"))
        self.assertIn("at least", self.refused())
        self.assertIn("does not include United States", self.refused("us", name="a b"))
        self.assertIn("Far too many", self.refused(name="S", status=False))
        self.fault("503", "/companies", times=None)
        self.assertIn("does not answer", self.refused(name="Dupont"))

    def test_nothing_is_spent(self):
        wizard = self.searched(name="Dupont", status=False)
        self.created(wizard, wizard.candidate_ids[:2])
        self.assertEqual(self.bought, 0)
        self.assertFalse(self.calls())

    def test_readers_of_the_band_only(self):
        user = new_test_user(self.env, "no-band", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.env["partner.credit.search"].with_user(user).create({})
        with self.assertRaises(AccessError):
            self.partner.with_user(user).action_search_credit()

    # === Create === #

    def test_create_a_french_customer(self):
        self.partners.unlink()
        establishment = self.establishments[0]
        wizard = self.searched(registration_number=establishment["siret"])
        partner = self.created(wizard, wizard.candidate_ids)
        self.assertEqual(partner.company_registry, establishment["siret"])
        self.assertEqual(partner.l10n_fr_siren, establishment["siren"])
        self.assertTrue(partner.is_company)
        self.assertEqual(partner.customer_rank, 1)
        self.assertEqual(partner.supplier_rank, 0)
        self.assertEqual(partner.country_id.code, "FR")
        self.assertEqual(partner.zip, establishment["codepostaletablissement"])
        self.assertEqual(partner.vat[4:], establishment["siren"])
        self.assertIn(".", partner.registry_naf)
        self.assertEqual(partner.credit_file_id.siren, establishment["siren"])
        self.assertEqual(wizard.candidate_ids.state, "linked")

    def test_create_a_foreign_supplier(self):
        wizard = self.searched("be", registration_number="0799990011")
        partner = self.created(wizard, wizard.candidate_ids, "suppliers")
        self.assertEqual(partner.supplier_rank, 1)
        self.assertEqual(partner.company_registry, "0799990011")
        self.assertFalse(partner.l10n_fr_siren)
        self.assertEqual(partner.country_id.code, "BE")
        self.assertEqual(partner.phone, "+32 65 00 00 11")
        self.assertIn("brasserieducanal.example", partner.website)
        self.assertEqual(partner.credit_file_id.bureau_id, "BE-X-0799990011")

    def test_an_invalid_vat_number_is_left_out(self):
        wizard = self.searched("be", registration_number="0799990011")
        company = wizard.candidate_ids._company()
        self.assertEqual(company.vat_numbers, ("BE0799990011",))
        partner = self.created(wizard, wizard.candidate_ids)
        valid = wizard._fields and self.env["res.partner"]._run_vat_checks(
            partner.country_id, "BE0799990011", validation="setnull"
        )
        self.assertEqual(partner.vat or "", valid[0])

    def test_what_a_report_said_completes_the_search(self):
        company = CreditCandidate(
            "BE-X-0799990011", name="Brasserie", country_code="BE"
        )
        file_id = self.credit._files_for([company])[company.bureau_id]
        self.env["partner.credit.file"].browse(file_id).facts = {
            "emails": ["info@brasserieducanal.example"]
        }
        wizard = self.searched("be", registration_number="0799990011")
        partner = self.created(wizard, wizard.candidate_ids)
        self.assertEqual(partner.email, "info@brasserieducanal.example")

    def test_nothing_is_created_twice(self):
        first = self.searched("be", registration_number="0799990011")
        second = self.searched("be", registration_number="0799990011")
        partner = self.created(first, first.candidate_ids)
        self.assertEqual(self.created(second, second.candidate_ids), partner)
        self.assertEqual(self.created(first, first.candidate_ids), partner)
        again = self.searched("be", vat="BE0799990011")
        self.assertEqual(again.candidate_ids.state, "linked")
        self.assertEqual(again.candidate_ids.partner_id, partner)

    def test_two_establishments_are_one_partner(self):
        siren = "412650889"
        wizard = self.searched(registration_number=siren, status=False)
        self.assertGreater(len(wizard.candidate_ids), 1)
        partner = self.created(wizard, wizard.candidate_ids)
        self.assertEqual(len(partner), 1)
        self.assertEqual(partner.l10n_fr_siren, siren)
        again = self.searched(registration_number=siren)
        self.assertFalse(again.candidate_ids.filtered(lambda line: line.state == "new"))

    def test_same_vat_number_is_known(self):
        partner = self.env["res.partner"].create(
            {"name": "Textielhuis", "is_company": True, "vat": "BE0799990022"}
        )
        wizard = self.searched("be", registration_number="0799990022")
        self.assertEqual(wizard.candidate_ids.partner_id, partner)

    def test_archived_partners_are_known(self):
        self.partner.active = False
        wizard = self.searched(registration_number=self.establishments[0]["siret"])
        self.assertEqual(wizard.candidate_ids.partner_id, self.partner)

    # === Link === #

    def test_link(self):
        partner = self.env["res.partner"].create(
            {"name": "La brasserie", "is_company": True}
        )
        action = partner.with_user(self.seller).action_search_credit()
        wizard = self.env[action["res_model"]].with_user(self.seller)
        wizard = wizard.browse(action["res_id"])
        wizard.write({"name": "brasserie", "country_id": self.env.ref("base.be").id})
        wizard.action_search()
        line = wizard.candidate_ids
        self.assertEqual(line.partner_id, partner)
        line.action_link()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(partner.credit_file_id.bureau_id, "BE-X-0799990011")
        self.assertEqual(partner.company_registry, "0799990011")
        self.assertEqual(line.state, "linked")

    def test_another_company_is_not_linked(self):
        wizard = self.searched(registration_number=self.establishments[0]["siret"])
        wizard.candidate_ids.partner_id = self.partners[1]
        with self.assertRaisesRegex(UserError, "two companies"):
            wizard.candidate_ids.action_link()

    def test_query_count_does_not_grow_with_the_results(self):
        wizard = self.searched(name="Dupont", status=False)
        self.created(wizard, wizard.candidate_ids)
        companies = [line._company() for line in wizard.candidate_ids]
        self.assertGreater(len(companies), 3)
        Candidate = self.env["partner.credit.search.candidate"]
        for some in (companies, companies[:1]):
            self.env.invalidate_all()
            with self.assertQueryCount(10):
                states = Candidate._known_partners(some, self.credit)
            self.assertTrue(all(partner_id for _state, partner_id in states))
