from odoo.exceptions import AccessError
from odoo.tests import Form, TransactionCase, tagged

from .common import WarmCaches, new_test_user, silent_bureau

MODULE = "partner_company_data"
# What each role may do; r read, w write, c create, u unlink.
RIGHTS = {
    "partner.data.source": {"reader": "r", "officer": "r", "manager": "rw"},
    "partner.data.link": {"reader": "r", "officer": "r", "manager": "r"},
    "partner.data.run": {"reader": "", "officer": "r", "manager": "r"},
    "partner.registry.file": {"reader": "r", "officer": "r", "manager": "r"},
    "partner.update.rule": {"reader": "", "officer": "r", "manager": "rwcu"},
    "partner.update.exclusion": {"reader": "r", "officer": "rwcu", "manager": "rwcu"},
    "partner.update.proposal": {"reader": "r", "officer": "rw", "manager": "rw"},
    "partner.update.proposal.line": {"reader": "r", "officer": "rw", "manager": "rw"},
}
CREDIT_ROLES = ("band", "report", "buyer")
CREDIT_RIGHTS = {
    "partner.credit.file": ("r", "r", "r"),
    "partner.credit.score": ("r", "r", "r"),
    "partner.credit.report": ("", "r", "r"),
    "partner.data.call": ("", "", "r"),
    "partner.credit.order": ("", "", "r"),
    "partner.data.source": ("r", "r", "r"),
    "partner.data.token": ("", "", ""),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestAccess(WarmCaches, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(
                cls.env, f"access_{role}", groups=f"{MODULE}.group_partner_data_{role}"
            )
            for role in ("reader", "officer", "manager")
        }
        for role, group in zip(
            CREDIT_ROLES, ("reader", "report", "buyer"), strict=True
        ):
            cls.users[role] = new_test_user(
                cls.env,
                f"access_credit_{role}",
                groups=f"base.group_user,{MODULE}.group_credit_{group}",
            )
        cls.outsiders = {
            "employee": new_test_user(cls.env, "access_employee", "base.group_user"),
            "sales": new_test_user(
                cls.env, "access_sales", "sales_team.group_sale_salesman"
            ),
            "portal": new_test_user(cls.env, "access_portal", "base.group_portal"),
            "public": cls.env.ref("base.public_user"),
        }
        cls.source = cls.env.ref(f"{MODULE}.partner_data_source_opendatasoft")
        cls.partner = cls.env["res.partner"].create(
            {
                "name": "Société vérifiée",
                "is_company": True,
                "country_id": cls.env.ref("base.fr").id,
                "company_registry": "73282932000074",
            }
        )
        cls.link = cls.env["partner.data.link"].create(
            {"partner_id": cls.partner.id, "source_id": cls.source.id}
        )
        cls.partner.registry_link_id = cls.link

    def own_models(self):
        """Every model that this addon defines, abstract ones left out."""
        return [
            self.env[model.model]
            for model in self.env["ir.model"].search([])
            if model.modules == MODULE and not self.env[model.model]._abstract
        ]

    def test_each_role_has_its_rights(self):
        for name, roles in RIGHTS.items():
            for role, expected in roles.items():
                model = self.env[name].with_user(self.users[role])
                allowed = "".join(
                    letter
                    for letter, operation in OPERATIONS.items()
                    if model.has_access(operation)
                )
                with self.subTest(model=name, role=role):
                    self.assertEqual(set(allowed), set(expected))

    def test_others_have_no_right_on_any_model(self):
        models = self.own_models()
        self.assertLessEqual(set(RIGHTS), {model._name for model in models})
        for model in models:
            for role, user in self.outsiders.items():
                for operation in OPERATIONS.values():
                    with self.subTest(model=model._name, role=role, right=operation):
                        self.assertFalse(model.with_user(user).has_access(operation))

    def test_every_model_is_readable_by_someone(self):
        # Whoever sets up the register is not the one who buys reports.
        manager = self.users["manager"] + self.users["buyer"]
        system = self.env.ref("base.user_admin")
        for model in self.own_models():
            with self.subTest(model=model._name):
                self.assertTrue(
                    any(
                        model.with_user(user).has_access("read")
                        for user in (*manager, system)
                    )
                )

    def test_credit_roles_have_their_rights(self):
        for name, roles in CREDIT_RIGHTS.items():
            for role, expected in zip(CREDIT_ROLES, roles, strict=True):
                model = self.env[name].with_user(self.users[role])
                allowed = "".join(
                    letter
                    for letter, operation in OPERATIONS.items()
                    if model.has_access(operation)
                )
                with self.subTest(model=name, role=role):
                    self.assertEqual(set(allowed), set(expected))

    def test_key_is_for_administrators_only(self):
        self.source.api_key = "s3cr3t-key"
        source = self.source.with_user(self.users["manager"])
        self.assertNotIn("api_key", source.fields_get())
        with self.assertRaises(AccessError):
            source.read(["api_key"])
        with self.assertRaises(AccessError):
            source.search([("api_key", "=like", "s%")])
        with self.assertRaises(AccessError):
            source.write({"api_key": "other"})
        self.assertFalse(self.source.copy_data()[0].get("api_key"))
        admin = self.source.with_user(self.env.ref("base.user_admin"))
        self.assertEqual(admin.read(["api_key"])[0]["api_key"], "s3cr3t-key")

    def test_key_goes_where_an_administrator_says(self):
        source = self.source.with_user(self.users["manager"])
        source.daily_limit = 500
        with self.assertRaises(AccessError):
            source.base_url = "https://elsewhere.example"
        view = source.get_view(view_type="form")["arch"]
        self.assertRegex(view, r'name="base_url"[^>]*readonly="(1|True)"')

    def test_everybody_reads_what_they_are_offered(self):
        """As an export or an outside script does: all fields that there are."""
        fields = self.env["res.partner"]._fields
        for user in (*self.users.values(), *self.outsiders.values()):
            if user._is_public():
                continue
            if user._is_portal():
                user.partner_id.parent_id = self.partner
            partner = self.partner.with_user(user)
            names = [
                name for name in partner.fields_get() if MODULE in fields[name]._modules
            ]
            with self.subTest(user=user.login):
                self.assertIn("registry_legal_name", names)
                self.assertTrue(partner.read(names))

    def test_settings_are_saved_without_a_right_on_company_data(self):
        administrator = new_test_user(self.env, "access_system", "base.group_system")
        form = Form(self.env["res.config.settings"].with_user(administrator))
        form.save().execute()
        self.assertEqual(self.source.state, "enabled")

    def test_check_button_is_each_persons_own(self):
        displays = [
            self.partner.with_user(self.users[role]).registry_check_display
            for role in ("officer", "reader")
        ]
        self.assertEqual([shown["can_check"] for shown in displays], [True, False])

    def test_looking_up_many_partners_takes_an_officer(self):
        partners = self.partner.copy({"company_registry": False})
        partners |= partners.copy({"company_registry": False})
        sales = self.outsiders["sales"]
        sales.group_ids += self.env.ref("base.group_partner_manager")
        for user in (sales, self.users["reader"]):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                partners.with_user(user).action_get_siren()
        self.assertFalse(partners.siren_lookup_ids)

    def test_key_is_in_no_view_of_managers(self):
        view = self.env["partner.data.source"].with_user(self.users["manager"])
        self.assertNotIn("api_key", view.get_view(view_type="form")["arch"])

    def test_portal_does_not_read_the_register_on_its_own_company(self):
        portal = self.outsiders["portal"]
        portal.partner_id.parent_id = self.partner
        partner = self.partner.with_user(portal)
        self.assertEqual(partner.read(["name"])[0]["name"], self.partner.name)
        for name in (
            "registry_check_display",
            "registry_link_id",
            "registry_check_error",
            "registry_proposal_ids",
        ):
            with self.subTest(field=name), self.assertRaises(AccessError):
                partner.read([name])

    def test_partner_form_opens_for_everybody(self):
        for user in (*self.users.values(), self.outsiders["sales"]):
            partner = self.env["res.partner"].with_user(user)
            for view_type in ("form", "list", "search", "kanban"):
                with self.subTest(user=user.login, view=view_type):
                    self.assertTrue(partner.get_view(view_type=view_type)["arch"])
        arch = partner.get_view(view_type="form")["arch"]
        self.assertNotIn("registry_check_button", arch)

    def test_reader_may_not_check(self):
        with self.assertRaises(AccessError):
            self.partner.with_user(self.users["reader"]).update_check_from_ods()
        with self.assertRaises(AccessError):
            self.link.with_user(self.users["reader"]).action_try_again()
        with self.assertRaises(AccessError):
            self.source.with_user(self.users["officer"]).action_run_now()

    def test_partners_of_other_companies_stay_theirs(self):
        other = self.env["res.company"].create({"name": "Autre société"})
        self.partner.company_id = other
        self.env["partner.update.exclusion"].create(
            {"partner_id": self.partner.id, "key": "street"}
        )
        proposal = self.env["partner.update.proposal"].create(
            {"partner_id": self.partner.id, "source_id": self.source.id}
        )
        self.env["partner.update.proposal.line"].create(
            {"proposal_id": proposal.id, "key": "street"}
        )
        of_partner = [("partner_id", "=", self.partner.id)]
        officer = self.users["officer"]
        for name in (
            "partner.data.link",
            "partner.update.exclusion",
            "partner.update.proposal",
            "partner.update.proposal.line",
        ):
            with self.subTest(model=name):
                model = self.env[name].with_user(officer)
                self.assertFalse(model.search(of_partner))
                officer.company_ids = [(4, other.id)]
                self.assertTrue(
                    model.with_context(allowed_company_ids=other.ids).search(of_partner)
                )
                officer.company_ids = [(3, other.id)]

    def test_a_source_of_another_company_stays_its_own(self):
        other = self.env["res.company"].create({"name": "Autre société"})
        run = self.env["partner.data.run"].create({"source_id": self.source.id})
        for record in (self.source, run):
            model = record.browse().with_user(self.users["manager"])
            with self.subTest(model=model._name):
                self.source.company_id = other
                self.assertNotIn(record.id, model.search([]).ids)
                self.source.company_id = False
                self.assertIn(record.id, model.search([]).ids)

    def test_dialogs_spend_nothing_of_another_company(self):
        other = self.env["res.company"].create({"name": "Autre société"})
        account = silent_bureau(self, company=other)
        portfolio = self.env["partner.credit.portfolio"].create(
            {"name": "Clients", "source_id": account.id, "bureau_id": "1"}
        )
        dialogs = {
            "partner.credit.update": {"partner_id": self.partner.id},
            "partner.credit.portfolio.add": {"portfolio_id": portfolio.id},
            "partner.credit.portfolio.takeover": {},
        }
        buyer = self.users["buyer"]
        for name, values in dialogs.items():
            with self.subTest(model=name):
                Dialog = self.env[name].with_user(buyer)
                values["source_id"] = account.id
                with self.assertRaises(AccessError):
                    Dialog.create(values)
                values["source_id"] = silent_bureau(self).id
                if "portfolio_id" in values:
                    with self.assertRaises(AccessError):
                        Dialog.create(values)
                    del values["portfolio_id"]
                dialog = Dialog.create(values)
                dialog.source_id = account
                self.env.flush_all()
                self.env.invalidate_all()
                with self.assertRaises(AccessError):
                    dialog.check_access("read")
