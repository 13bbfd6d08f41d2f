from odoo.tests import tagged

from .common import SandboxCase


@tagged("post_install", "-at_install")
class TestWizardsOnDailySource(SandboxCase):
    """The dialogs ask whichever register is in use."""

    def setUp(self):
        super().setUp()
        self.source.state = "disabled"
        self.daily_source.state = "enabled"
        self.establishment = next(
            item
            for item in self.sample(30)
            if item["denominationunitelegale"]
            and item["etablissementsiege"] == "oui"
            and item["codepostaletablissement"]
        )

    def opened(self, action):
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_get_siren(self):
        partner = self.env["res.partner"].create(
            {
                "name": self.establishment["denominationunitelegale"],
                "is_company": True,
                "zip": self.establishment["codepostaletablissement"],
                "city": self.establishment["libellecommuneetablissement"],
            }
        )
        wizard = self.opened(partner.action_get_siren())
        self.assertEqual(wizard.source_name, self.daily_source.name)
        wizard.action_search()
        self.assertEqual(wizard.candidate_ids[0].siret, self.establishment["siret"])
        wizard.candidate_ids[0].selected = True
        wizard.action_confirm()
        self.assertEqual(partner.company_registry, self.establishment["siret"])
        self.assertEqual(partner.registry_source_id, self.daily_source)

    def test_update_from_siren(self):
        partner = self.partners_like([self.establishment])
        wizard = self.opened(partner.action_update_from_siren())
        wizard.action_search()
        line = wizard.candidate_ids.filtered(
            lambda line: line.siret == self.establishment["siret"]
        )
        wizard.candidate_ids.selected = False
        line.selected = True
        wizard.action_update()
        self.assertEqual(
            partner.registry_legal_name, self.establishment["denominationunitelegale"]
        )

    def test_search_and_create(self):
        department = self.env["partner.registry.code"]._of("department", ["69"])
        wizard = self.env["partner.company.search"].create(
            {"department_ids": department.ids}
        )
        wizard.action_search()
        first_page = set(wizard.candidate_ids.mapped("siret"))
        self.assertTrue(wizard.has_next)
        received = len(first_page) + wizard.partial_count
        self.assertEqual(wizard.page_count, -(-wizard.total // received))
        wizard.action_next()
        self.assertTrue(wizard.candidate_ids)
        self.assertFalse(first_page & set(wizard.candidate_ids.mapped("siret")))
        line = wizard.candidate_ids.filtered(lambda line: line.state == "new")[0]
        line.selected = True
        action = wizard.action_create()
        partner = self.env["res.partner"].search(action["domain"])
        self.assertEqual(partner.company_registry, line.siret)
