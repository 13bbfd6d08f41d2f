from odoo.tests import TransactionCase, tagged

from odoo.addons.partner_company_data.hooks import uninstall_hook

from .common import WarmCaches


@tagged("post_install", "-at_install")
class TestUninstall(WarmCaches, TransactionCase):
    """What the hook takes away and leaves; Odoo's own part is tested elsewhere."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.env["res.partner"].create(
            {
                "name": "Société gardée",
                "is_company": True,
                "company_registry": "73282932000074",
                "street": "1 rue de la Paix",
            }
        )

    def test_activities(self):
        ours = self.partner.activity_schedule(
            "partner_company_data.mail_activity_company_ceased"
        )
        done = self.partner.activity_schedule(
            "partner_company_data.mail_activity_company_closed"
        )
        done.action_feedback(feedback="Vu")
        theirs = self.partner.activity_schedule("mail.mail_activity_data_todo")
        uninstall_hook(self.env)
        self.assertFalse((ours + done).exists())
        self.assertTrue(theirs.exists())

    def test_menu(self):
        menu = self.env.ref("contacts.res_partner_menu_config")
        self.assertEqual(menu.sequence, 90)
        uninstall_hook(self.env)
        self.assertEqual(menu.sequence, 2)
        # Where people have moved it, it stays.
        menu.sequence = 50
        uninstall_hook(self.env)
        self.assertEqual(menu.sequence, 50)

    def test_filters(self):
        Filters = self.env["ir.filters"]
        ours = Filters.create(
            [
                {"name": "Model", "model_id": "partner.update.proposal"},
                {
                    "name": "Domain",
                    "model_id": "res.partner",
                    "domain": "[('registry_naf', '=', '62.02A')]",
                },
                {
                    "name": "Grouped",
                    "model_id": "res.partner",
                    "context": "{'group_by': ['registry_department']}",
                },
                {
                    "name": "Through another model",
                    "model_id": "sale.order",
                    "domain": "[('partner_id.l10n_fr_siren', '!=', False)]",
                    "active": False,
                },
            ]
        )
        theirs = Filters.create(
            [
                {
                    "name": "City",
                    "model_id": "res.partner",
                    "domain": "[('city', '=', 'Lyon')]",
                },
                {
                    "name": "A field of another addon",
                    "model_id": "res.partner",
                    "domain": "[('x_registry_naf_other', '=', 1)]",
                },
            ]
        )
        uninstall_hook(self.env)
        self.assertFalse(ours.exists())
        self.assertEqual(theirs.exists(), theirs)

    def test_exports(self):
        export = self.env["ir.exports"].create(
            {
                "name": "Partners",
                "resource": "res.partner",
                "export_fields": [
                    (0, 0, {"name": "name"}),
                    (0, 0, {"name": "registry_naf"}),
                    (0, 0, {"name": "parent_id/l10n_fr_siret"}),
                ],
            }
        )
        ours = self.env["ir.exports"].create(
            {"name": "Links", "resource": "partner.data.link"}
        )
        uninstall_hook(self.env)
        self.assertEqual(export.export_fields.mapped("name"), ["name"])
        self.assertFalse(ours.exists())

    def test_parameters(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("partner_company_data.something", "1")
        parameters.set_param("partner_company_database.theirs", "1")
        uninstall_hook(self.env)
        self.assertFalse(parameters.get_param("partner_company_data.something"))
        self.assertTrue(parameters.get_param("partner_company_database.theirs"))

    def test_what_people_own_stays(self):
        self.partner.message_post(body="Validé par A. Martin")
        messages = self.partner.message_ids
        uninstall_hook(self.env)
        self.assertEqual(self.partner.company_registry, "73282932000074")
        self.assertEqual(self.partner.street, "1 rue de la Paix")
        self.assertEqual(messages.exists(), messages)
