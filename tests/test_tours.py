from odoo.tests import HttpCase, tagged

from odoo.addons.partner_company_data.models.registry_fields import registry_values

from .common import SandboxMixin

CRON = "partner_company_data.cron_update_check_from_ods"


@tagged("post_install", "-at_install", "browser")
class TestTours(SandboxMixin, HttpCase):
    """What people do, in a real browser, in French, against the sandbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start_sandbox()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.admin = cls.env.ref("base.user_admin")
        cls.admin.lang = "fr_FR"
        # The only partners that have a number are those of the tours.
        cls.env["res.partner"].search([]).company_registry = False

    def _partner(self, name, **values):
        return self.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "country_id": self.env.ref("base.fr").id,
                **values,
            }
        )

    def _complete_partner(self, name, siret, **values):
        """A partner that has all that the register knows, but for ``values``."""
        partner = self._partner(name, company_registry=siret)
        [item] = self.source._connector().fetch([siret], []).establishments
        partner.write({**registry_values(self.env, item), "name": name, **values})
        return partner

    def _tour(self, name, path):
        self.start_tour(path, f"partner_company_data_{name}", login="admin")

    def test_get_siren(self):
        partner = self._partner(
            "Garage Dupond",
            street="112 av. Roger Salengro",
            zip="69100",
            city="Villeurbanne",
        )
        self._tour("get_siren", f"/odoo/contacts/{partner.id}")
        self.assertEqual(partner.company_registry, "43106728900014")

    def test_update_from_siren(self):
        partner = self._partner(
            "Datagora",
            company_registry="75391026400013",
            street="104 bd de Sébastopol",
            zip="75003",
            city="Paris",
        )
        self._tour("update_from_siren", f"/odoo/contacts/{partner.id}")
        self.assertEqual(partner.company_registry, "75391026400039")
        self.assertEqual(partner.zip, "75008")
        self.assertEqual(partner.registry_naf, "62.01Z")

    def test_search_and_create(self):
        before = self.env["res.partner"].search([])
        self._tour(
            "search_create",
            "/odoo/action-partner_company_data.partner_company_search_action",
        )
        created = self.env["res.partner"].search([]) - before
        self.assertEqual(
            set(created.mapped("company_registry")),
            {"45718330900014", "82337041600013", "49210753700010"},
        )
        self.assertEqual(set(created.mapped("city")), {"ROUBAIX"})

    def test_night_and_morning(self):
        empty = self._partner(
            "La Condition Textile",
            company_registry="82337041600013",
            street="14 place Faidherbe",
            zip="59100",
            city="Roubaix",
        )
        cafe = self._complete_partner(
            "Café de la Mairie",
            "82740569700018",
            street="6 place Saint-Sulpice",
            registry_naf="56.10A",
        )
        shop = self._complete_partner("Orphea Boutique", "84120936400022", zip="75001")
        cron = self.env.ref(CRON)
        self._tour("nightly_check", f"/odoo/crons/{cron.id}")
        proposals = self.env["partner.update.proposal"].search([])
        self.assertEqual(proposals.partner_id, empty + cafe + shop)
        self._tour("fill", "/odoo/partner-updates")
        self._tour("updates", "/odoo/partner-updates")
        self.assertEqual(empty.registry_naf, "13.92Z")
        self.assertEqual(cafe.registry_naf, "56.30Z")
        self.assertEqual(cafe.street, "6 place Saint-Sulpice")
        self.assertEqual(shop.zip, "75002")
        self.control("POST", "register/reload")
        self._tour("nightly_check", f"/odoo/crons/{cron.id}")
        self.assertGreater(
            cafe.registry_register_date, proposals[0].create_date, "checked again"
        )
        self.assertFalse(proposals.search([("state", "=", "new")]))
