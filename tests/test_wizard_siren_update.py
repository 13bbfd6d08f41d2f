from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.partner_company_data.connectors.datatypes import (
    EstablishmentPage,
    SearchCriteria,
)
from odoo.addons.partner_company_data.connectors.opendatasoft import OpenDataSoft

from .common import SandboxCase, new_test_user


@tagged("post_install", "-at_install")
class TestUpdateFromSiren(SandboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = new_test_user(
            cls.env,
            "update-officer",
            groups="partner_company_data.group_partner_data_officer",
        )
        cls.establishment = next(
            item
            for item in cls.sample(50)
            if item["denominationunitelegale"]
            and item["etablissementsiege"] == "oui"
            and item["adresseetablissement"]
        )
        cls.partner = cls.partners_like(
            [cls.establishment],
            street="1 rue Ailleurs",
            street2=False,
            zip=cls.establishment["codepostaletablissement"],
            city=cls.establishment["libellecommuneetablissement"].title(),
        )

    def wizard(self, **values):
        action = self.partner.with_user(self.officer).action_update_from_siren()
        wizard = self.env[action["res_model"]].with_user(self.officer)
        wizard = wizard.browse(action["res_id"])
        wizard.write(values)
        wizard.action_search()
        return wizard

    def chosen(self, wizard):
        line = wizard.candidate_ids.filtered(
            lambda line: line.siret == self.establishment["siret"]
        )
        wizard.candidate_ids.selected = False
        line.selected = True
        return line

    def test_cells_are_compared_as_proposals_are(self):
        comparison = self.chosen(self.wizard()).comparison
        self.assertEqual(comparison["siren"], "same")
        self.assertEqual(comparison["siret"], "same")
        self.assertEqual(comparison["zip"], "same")
        self.assertEqual(comparison["city"], "same", "case is no difference")
        self.assertEqual(comparison["street"], "different")
        self.assertEqual(comparison["street2"], "same", "empty on both sides")
        self.assertEqual(comparison["legal_name"], "missing")
        self.assertEqual(comparison["naf"], "missing")

    def test_a_value_that_the_register_lacks_is_different(self):
        self.partner.street2 = "Bâtiment Z"
        self.assertEqual(self.chosen(self.wizard()).comparison["street2"], "different")

    def test_update_writes_and_opens_the_partner(self):
        wizard = self.wizard()
        line = self.chosen(wizard)
        action = wizard.action_update()
        self.assertEqual(action["res_model"], "res.partner")
        self.assertEqual(action["res_id"], self.partner.id)
        self.assertEqual(self.partner.street, line.street)
        self.assertEqual(
            self.partner.city,
            self.establishment["libellecommuneetablissement"].title(),
            "what is shown as equal stays as people wrote it",
        )
        self.assertEqual(self.partner.registry_legal_name, line.legal_name)
        self.assertTrue(self.partner.registry_naf)
        again = self.chosen(self.wizard()).comparison
        self.assertEqual(
            {column for column, state in again.items() if state != "same"}
            - {"creation_date"},
            set(),
        )

    def test_ignored_fields_stay(self):
        wizard = self.wizard(ignore_address=True, ignore_legal_name=True)
        self.chosen(wizard)
        wizard.action_update()
        self.assertEqual(self.partner.street, "1 rue Ailleurs")
        self.assertFalse(self.partner.registry_legal_name)
        self.assertTrue(self.partner.registry_naf)

    def test_siren_and_siret_share_a_field(self):
        siret, siren = self.establishment["siret"], self.establishment["siren"]
        other = next(item for item in self.sample(60) if item["siren"] != siren)[
            "siret"
        ]
        for ours, ignored, expected in (
            (False, {}, siret),
            (False, {"ignore_siret": True}, siren),
            (False, {"ignore_siren": True}, False),
            (siren, {"ignore_siret": True}, siren),
            (siren, {"ignore_siren": True}, siret),
            (other, {}, siret),
            (other, {"ignore_siret": True}, siren),
            (other, {"ignore_siren": True}, other),
            (other, {"ignore_siren": True, "ignore_siret": True}, other),
        ):
            with self.subTest(ours=ours, ignored=ignored):
                self.partner.company_registry = ours
                wizard = self.wizard(search_mode="siret", siret=siret, **ignored)
                self.chosen(wizard)
                wizard.action_update()
                self.assertEqual(self.partner.company_registry, expected)

    def test_modes(self):
        wizard = self.wizard(search_mode="siret", siret=self.establishment["siret"])
        self.assertEqual(
            wizard.candidate_ids.mapped("siret"), [self.establishment["siret"]]
        )
        self.assertTrue(wizard.candidate_ids.selected, "the only one is ticked")
        wizard = self.wizard(search_mode="siren")
        self.assertEqual(
            set(wizard.candidate_ids.mapped("siren")), {self.establishment["siren"]}
        )
        wizard = self.wizard(search_mode="name")
        self.assertEqual(wizard.candidate_ids[0].siret, self.establishment["siret"])

    def test_the_partner_s_own_establishment_is_always_there(self):
        connector = self.source._connector()
        page = connector.search(SearchCriteria(zip="69", active_only=True))
        branch = next(item for item in page.establishments if not item.is_head_office)
        self.partner.company_registry = branch.siret
        # As where it comes after the first hundred of them.
        with patch.object(
            OpenDataSoft, "search", return_value=EstablishmentPage((), 0)
        ):
            wizard = self.wizard(search_mode="siren", siren=branch.siren)
        self.assertIn(branch.siret, wizard.candidate_ids.mapped("siret"))

    def test_a_closed_establishment_never_comes_before_an_open_one(self):
        # The partner still has the address that its seat has left.
        [moved] = self.control(
            "POST", "register/move", sirens=[self.establishment["siren"]]
        )["changed"]
        wizard = self.wizard(
            search_mode="siren",
            street=self.establishment["adresseetablissement"],
            siret=False,
        )
        sirets = wizard.candidate_ids.mapped("siret")
        self.assertEqual(sirets[0], moved["new_siret"])
        self.assertIn(self.establishment["siret"], sirets[1:])

    def test_menu_asks_for_the_partner_first(self):
        form = Form(self.env["partner.siren.update"].with_user(self.officer))
        self.assertFalse(form.partner_id)
        form.partner_id = self.partner
        self.assertEqual(form.siren, self.establishment["siren"])
        self.assertEqual(form.search_mode, "siren")

    def test_one_partner_at_a_time(self):
        partners = self.partner | self.partners_like(self.sample(5)[:1])
        with self.assertRaisesRegex(UserError, "one partner"):
            partners.action_update_from_siren()

    def test_readers_cannot(self):
        reader = new_test_user(
            self.env,
            "update-reader",
            groups="partner_company_data.group_partner_data_reader",
        )
        with self.assertRaises(AccessError):
            self.partner.with_user(reader).action_update_from_siren()
