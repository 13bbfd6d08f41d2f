from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..wizards import partner_company_search
from .common import SandboxCase, new_test_user


@tagged("post_install", "-at_install")
class TestCompanySearch(SandboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = new_test_user(
            cls.env,
            "search-officer",
            groups="partner_company_data.group_partner_data_officer",
        )
        cls.Code = cls.env["partner.registry.code"]

    def wizard(self, **values):
        wizard = self.env["partner.company.search"].with_user(self.officer)
        return wizard.create(values)

    def department(self, code):
        return self.Code._of("department", [code])

    def searched(self, code="69", **values):
        wizard = self.wizard(department_ids=self.department(code).ids, **values)
        wizard.action_search()
        return wizard

    def test_criteria_hold(self):
        naf = self.Code._of("naf", ["43.21A"])
        wizard = self.wizard(naf_ids=naf.ids, name="")
        wizard.action_search()
        self.assertTrue(wizard.candidate_ids)
        for line in wizard.candidate_ids:
            self.assertTrue(line.naf.startswith("43.21A - "))
            self.assertEqual(line.administrative_state, "active")
            self.assertEqual(line.establishment_type, "head_office")

    def test_all_pages_and_back(self):
        wizard = self.searched()
        total, sirets, first_page = (
            wizard.total,
            [],
            wizard.candidate_ids.mapped("siret"),
        )
        self.assertGreater(total, partner_company_search.PAGE_SIZE)
        while True:
            sirets += wizard.candidate_ids.mapped("siret")
            if not wizard.has_next:
                break
            wizard.action_next()
        self.assertEqual(wizard.page, wizard.page_count)
        self.assertEqual(len(sirets), len(set(sirets)))
        self.assertEqual(len(sirets), total)
        while wizard.page > 1:
            wizard.action_previous()
        self.assertEqual(wizard.candidate_ids.mapped("siret"), first_page)

    def test_ticks_are_kept_across_pages(self):
        wizard = self.searched()
        wizard.candidate_ids[:2].selected = True
        ticked = set(wizard.candidate_ids[:2].mapped("siret"))
        wizard.action_next()
        self.assertEqual(set(wizard.kept_ids.mapped("siret")), ticked)
        wizard.candidate_ids[0].selected = True
        self.assertEqual(wizard.ticked_count, 3)
        wizard.action_previous()
        here = wizard.candidate_ids.filtered("selected")
        self.assertEqual(set(here.mapped("siret")), ticked)
        self.assertEqual(wizard.ticked_count, 3)

    def test_create(self):
        wizard = self.searched()
        lines = wizard.candidate_ids[:3]
        lines.selected = True
        action = wizard.action_create()
        partners = self.env["res.partner"].search(action["domain"])
        self.assertEqual(
            set(partners.mapped("company_registry")), set(lines.mapped("siret"))
        )
        line = lines[0]
        partner = partners.filtered(lambda item: item.company_registry == line.siret)
        self.assertTrue(partner.is_company)
        self.assertEqual(partner.name, line.legal_name)
        self.assertEqual(partner.city, line.city)
        self.assertEqual(partner.country_id.code, "FR")
        self.assertEqual(partner.lang, "fr_FR")
        self.assertTrue(line.naf.startswith(partner.registry_naf))
        self.assertEqual(partner.registry_unit_state, "active")

    def test_no_duplicates(self):
        wizard = self.searched()
        siret = wizard.candidate_ids[0].siret
        wizard.candidate_ids[0].selected = True
        other = self.searched()
        other.candidate_ids[:2].selected = True
        wizard.action_create()
        notification = other.action_create()
        self.assertIn("1 companies", notification["params"]["message"])
        count = self.env["res.partner"].search_count([("company_registry", "=", siret)])
        self.assertEqual(count, 1)
        again = self.searched()
        line = again.candidate_ids.filtered(lambda line: line.siret == siret)
        self.assertEqual(line.state, "known")
        self.assertEqual(line.action_open_partner()["res_model"], "res.partner")
        line.selected = True
        with self.assertRaisesRegex(UserError, "in the database already"):
            again.action_create()

    def test_overseas_places_have_their_country(self):
        wizard = self.searched("974")
        wizard.candidate_ids[0].selected = True
        action = wizard.action_create()
        partner = self.env["res.partner"].search(action["domain"])
        self.assertEqual(partner.country_id.code, "RE")

    def test_partially_disclosed_units_are_left_out(self):
        companies = self.control("GET", "companies", case="partial", limit=5)
        zips = {item["codepostaletablissement"] for item in companies["results"]}
        sirens = {item["siren"] for item in companies["results"]}
        self.assertTrue(sirens)
        for zip_code in zips - {None}:
            wizard = self.wizard(zip=zip_code, active_only=False)
            wizard.action_search()
            self.assertFalse(sirens & set(wizard.candidate_ids.mapped("siren")))

    def test_query_count_does_not_grow_with_the_page(self):
        wizard = self.searched()
        establishments = [line._establishment() for line in wizard.candidate_ids]
        self.assertEqual(len(establishments), partner_company_search.PAGE_SIZE)
        Candidate = self.env["partner.company.search.candidate"]
        candidates = [
            partner_company_search._rated(wizard._search_criteria(), item)
            for item in establishments
        ]
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            Candidate._prepare_candidates_vals(candidates)

    def test_similar(self):
        siret = self.searched().candidate_ids[0].siret
        partner = self.env["res.partner"].create(
            {
                "name": "Like this",
                "is_company": True,
                "company_registry": siret,
                "registry_naf": "43.21A",
                "registry_workforce": "12",
                "zip": "69009",
                "country_id": self.env.ref("base.fr").id,
            }
        )
        action = partner.with_user(self.officer).action_find_similar_companies()
        wizard = self.env["partner.company.search"].browse(action["res_id"])
        self.assertEqual(wizard.naf_ids.code, "43.21A")
        self.assertEqual(wizard.department_ids.code, "69")
        self.assertEqual(wizard.workforce_ids.code, "12")

    def test_form(self):
        with Form(self.env["partner.company.search"].with_user(self.officer)) as form:
            form.department_ids.add(self.department("69"))
            self.assertTrue(form.active_only)

    def test_a_criterion_is_needed(self):
        for values in ({}, {"name": "%"}, {"zip": " "}, {"city": "CEDEX"}):
            with (
                self.subTest(values),
                self.assertRaisesRegex(UserError, "criterion"),
            ):
                self.wizard(**values).action_search()

    def test_errors_of_the_service_are_one_sentence(self):
        self.control("POST", "faults", service="opendatasoft", kind="cut_json")
        with self.assertRaisesRegex(UserError, "could not be read"):
            self.searched()

    def test_readers_cannot(self):
        reader = new_test_user(
            self.env,
            "search-reader",
            groups="partner_company_data.group_partner_data_reader",
        )
        with self.assertRaises(AccessError):
            self.env["partner.company.search"].with_user(reader).create({})


@tagged("post_install", "-at_install")
class TestRegistryCode(SandboxCase):
    def test_codes_are_found_by_code_and_words(self):
        Code = self.env["partner.registry.code"]
        naf = [("kind", "=", "naf")]
        for text in ("62.02A", "6202A", "conseil systèmes informatiques"):
            with self.subTest(text=text):
                names = [name for _id, name in Code.name_search(text, naf)]
                self.assertTrue(
                    any(name.startswith("62.02A – ") for name in names), names
                )

    def test_loading_again_changes_nothing(self):
        Code = self.env["partner.registry.code"]
        before = Code.search_count([])
        Code._load_codes()
        self.assertEqual(Code.search_count([]), before)
