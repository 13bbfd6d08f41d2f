from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import SandboxCase, new_test_user


@tagged("post_install", "-at_install")
class TestGetSiren(SandboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = new_test_user(
            cls.env,
            "get-officer",
            groups="partner_company_data.group_partner_data_officer",
        )
        cls.reader = new_test_user(
            cls.env,
            "get-reader",
            groups="partner_company_data.group_partner_data_reader",
        )
        cls.establishment = next(
            item
            for item in cls.sample(30)
            if item["denominationunitelegale"] and item["etablissementsiege"] == "oui"
        )
        cls.partner = cls.env["res.partner"].create(
            {
                "name": cls.establishment["denominationunitelegale"].title(),
                "is_company": True,
                "zip": cls.establishment["codepostaletablissement"],
                "city": cls.establishment["libellecommuneetablissement"],
                "country_id": cls.env.ref("base.fr").id,
            }
        )

    def wizard(self, partner=None, user=None):
        partner = (partner or self.partner).with_user(user or self.officer)
        action = partner.action_get_siren()
        return (
            self.env[action["res_model"]]
            .with_user(partner.env.uid)
            .browse(action["res_id"])
        )

    def test_criteria_come_from_the_partner(self):
        wizard = self.wizard()
        self.assertEqual(wizard.name, self.partner.name)
        self.assertEqual(wizard.zip, self.partner.zip)
        self.assertFalse(wizard.siren)
        self.assertEqual(wizard.source_name, self.source.name)

    def test_a_wrong_number_is_no_criterion(self):
        self.partner.company_registry = "12345678901234"
        self.assertFalse(self.wizard().siret)

    def test_search_ranks_the_right_company_first(self):
        wizard = self.wizard()
        wizard.action_search()
        first = wizard.candidate_ids[0]
        self.assertEqual(first.siret, self.establishment["siret"])
        self.assertEqual(first.state, "new")
        self.assertGreaterEqual(first.match_rate, 90)
        self.assertIn("%", first.match_details)
        self.assertEqual(
            wizard.candidate_ids.mapped("match_rate"),
            sorted(wizard.candidate_ids.mapped("match_rate"), reverse=True),
        )

    def test_confirm_writes_what_is_ticked(self):
        wizard = self.wizard()
        wizard.action_search()
        wizard.candidate_ids[0].selected = True
        wizard.write_address = False
        street = self.partner.street
        wizard.action_confirm()
        self.assertEqual(self.partner.company_registry, self.establishment["siret"])
        self.assertEqual(self.partner.l10n_fr_siren, self.establishment["siren"])
        self.assertEqual(
            self.partner.registry_legal_name,
            self.establishment["denominationunitelegale"],
        )
        self.assertEqual(
            self.partner.registry_naf,
            self.establishment["activiteprincipaleetablissement"],
        )
        self.assertEqual(self.partner.street, street)
        self.assertIn(self.establishment["siret"], self.partner.message_ids[0].body)

    def test_values_are_shown_for_the_ticked_company(self):
        wizard = self.wizard()
        wizard.action_search()
        first = wizard.candidate_ids[0]
        with Form(wizard) as form:
            self.assertFalse(form.chosen_number)
            with form.candidate_ids.edit(0) as line:
                line.selected = True
            self.assertEqual(form.chosen_number, first.siret)
            self.assertEqual(form.chosen_legal_name, first.legal_name)
            self.assertIn(first.city, form.chosen_address)

    def test_one_company_is_ticked(self):
        wizard = self.wizard()
        wizard.action_search()
        with self.assertRaisesRegex(UserError, "Tick the company"):
            wizard.action_confirm()
        self.assertGreater(len(wizard.candidate_ids), 1)
        wizard.candidate_ids.selected = True
        with self.assertRaisesRegex(UserError, "one company only"):
            wizard.action_confirm()
        self.assertFalse(self.partner.company_registry)

    def test_known_companies_are_marked(self):
        twin = self.partners_like([self.establishment], name="Twin")
        wizard = self.wizard()
        wizard.action_search()
        first = wizard.candidate_ids[0]
        self.assertEqual((first.state, first.partner_id), ("known", twin))
        self.assertEqual(first.action_open_partner()["res_id"], twin.id)

    def test_one_query_tells_what_is_known(self):
        wizard = self.wizard()
        wizard.action_search()
        establishments = [line._establishment() for line in wizard.candidate_ids]
        self.env.invalidate_all()
        Candidate = self.env["partner.siren.get.candidate"]
        Candidate._known_partners(establishments)
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            Candidate._known_partners(establishments)

    def test_nothing_found_is_no_error(self):
        wizard = self.wizard()
        wizard.write(
            {"name": "Zzyzx Qwertyuiop", "zip": False, "city": False, "street": False}
        )
        wizard.action_search()
        self.assertTrue(wizard.searched)
        self.assertFalse(wizard.has_candidates)

    def test_errors_of_the_service_are_one_sentence(self):
        for kind, sentence in (
            ("500", "does not answer"),
            ("429", "allowance"),
            ("html", "could not be read"),
        ):
            with self.subTest(kind=kind):
                self.control("POST", "reset")
                self.control("POST", "faults", service="opendatasoft", kind=kind)
                with self.assertRaisesRegex(UserError, sentence):
                    self.wizard().action_search()

    def test_wrong_numbers_are_said_before_asking(self):
        wizard = self.wizard()
        wizard.siren = "123456789"
        with self.assertRaisesRegex(UserError, "not a SIREN"):
            wizard.action_search()
        wizard.write({"siren": False, "siret": "123"})
        with self.assertRaisesRegex(UserError, "not a SIRET"):
            wizard.action_search()

    def test_readers_cannot(self):
        with self.assertRaises(AccessError):
            self.wizard(user=self.reader)

    def test_facts_are_the_registers_alone(self):
        wizard = self.wizard()
        wizard.action_search()
        line = wizard.candidate_ids[0]
        with self.assertRaises(AccessError):
            line.write({"facts": {}})
        with self.assertRaises(AccessError):
            line.read(["facts"])
        with self.assertRaises(AccessError):
            line.create({"wizard_id": wizard.id})
        line.write({"siret": "00000000000000", "selected": True})
        wizard.action_confirm()
        self.assertEqual(self.partner.company_registry, self.establishment["siret"])
