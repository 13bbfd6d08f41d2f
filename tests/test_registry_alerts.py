from odoo.tests import TransactionCase, tagged

from .common import WarmCaches, new_test_user


@tagged("post_install", "-at_install")
class TestRegistryAlerts(WarmCaches, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls.env.ref(
            "partner_company_data.partner_data_source_opendatasoft"
        )
        cls.salesperson = new_test_user(
            cls.env, "alert_sales", groups="sales_team.group_sale_salesman"
        )
        cls.partner = cls.env["res.partner"].create(
            {
                "name": "Atelier <b>Martin</b>",
                "is_company": True,
                "company_registry": "73282932000074",
                "user_id": cls.salesperson.id,
            }
        )
        cls.ceased = cls.env.ref("partner_company_data.mail_activity_company_ceased")
        cls.closed = cls.env.ref("partner_company_data.mail_activity_company_closed")

    def raise_alert(self, state, first_seen=False, partner=None):
        partner = partner or self.partner
        return self.env["res.partner"]._registry_raise_alerts(
            self.source, {partner.id: (state, first_seen)}
        )

    def test_person_in_charge_is_told_once(self):
        activity = self.raise_alert("ceased")
        self.assertEqual(activity.user_id, self.salesperson)
        self.assertEqual(activity.activity_type_id, self.ceased)
        self.assertFalse(self.raise_alert("ceased"))
        self.assertEqual(self.partner.activity_ids, activity)
        self.assertTrue(self.partner.active)

    def test_documents_and_addresses_are_listed(self):
        address = self.env["res.partner"].create(
            {"name": "Dépôt", "parent_id": self.partner.id, "type": "delivery"}
        )
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        cancelled = self.env["sale.order"].create(
            {"partner_id": self.partner.id, "state": "cancel"}
        )
        invoice = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": address.id}
        )
        note = str(self.raise_alert("closed").note)
        self.assertIn(order.name, note)
        self.assertNotIn(cancelled.name, note)
        self.assertIn(f'data-oe-id="{invoice.id}"', note)
        self.assertIn(f'data-oe-id="{address.id}"', note)
        self.assertNotIn("<b>", note)

    def test_first_seen_without_documents_is_silent(self):
        self.assertFalse(self.raise_alert("ceased", first_seen=True))
        self.env["sale.order"].create({"partner_id": self.partner.id})
        self.assertTrue(self.raise_alert("ceased", first_seen=True))

    def test_reopened_ends_the_activity(self):
        self.raise_alert("closed")
        self.raise_alert("reopened")
        self.assertFalse(self.partner.activity_ids)

    def test_ceased_replaces_closed(self):
        self.raise_alert("closed")
        self.raise_alert("ceased")
        self.assertEqual(self.partner.activity_ids.activity_type_id, self.ceased)

    def test_responsible_of_the_source_stands_in(self):
        self.partner.user_id = False
        self.source.responsible_id = self.env.ref("base.user_admin")
        self.assertEqual(self.raise_alert("ceased").user_id, self.source.responsible_id)

    def without_anybody(self):
        """Nobody answers for the partner, nor for the source."""
        self.partner.user_id = False
        self.source.responsible_id = False
        groups = self.env["res.groups"].union(
            *(
                self.env.ref(f"partner_company_data.group_{name}")
                for name in ("credit_manager", "partner_data_officer")
            )
        )
        users = self.env["res.users"].search([("all_group_ids", "in", groups.ids)])
        users.write(
            {"group_ids": [(3, group.id) for group in groups.all_implied_by_ids]}
        )
        self.env.ref("base.user_admin").group_ids |= groups

    def test_credit_manager_stands_in_before_officer_and_administrator(self):
        self.without_anybody()
        admin = self.env.ref("base.user_admin")
        self.assertEqual(self.raise_alert("closed").user_id, admin)
        for number, group in enumerate(("partner_data_officer", "credit_manager")):
            user = new_test_user(
                self.env, f"alert_{group}", groups=f"partner_company_data.group_{group}"
            )
            state = ("ceased", "closed")[number]
            activity = self.raise_alert(state)
            self.assertEqual(activity.user_id, user)
            self.assertEqual(self.partner.activity_ids, activity)

    def test_who_stands_in_works_for_the_partners_company(self):
        self.without_anybody()
        self.partner.company_id = self.env["res.company"].create({"name": "Autre"})
        self.env.ref("base.user_admin").company_ids -= self.partner.company_id
        self.assertFalse(self.raise_alert("ceased"))
        officer = new_test_user(
            self.env,
            "alert_officer",
            groups="partner_company_data.group_partner_data_officer",
            company_id=self.partner.company_id.id,
            company_ids=[self.partner.company_id.id],
        )
        self.assertEqual(self.raise_alert("ceased").user_id, officer)

    def test_documents_of_other_companies_stay_hidden(self):
        company = self.env["res.company"].create({"name": "Autre société"})
        self.env["sale.order"].create(
            {"partner_id": self.partner.id, "company_id": company.id}
        )
        self.assertFalse(self.raise_alert("ceased", first_seen=True))

    def test_queries_do_not_grow_with_partners(self):
        partners = self.env["res.partner"].create(
            [
                {"name": f"Société {i}", "is_company": True, "user_id": False}
                for i in range(50)
            ]
        )
        self.source.responsible_id = False
        self.env.flush_all()
        with self.assertQueryCount(14):
            self.env["res.partner"]._registry_raise_alerts(
                self.source, {partner.id: ("ceased", True) for partner in partners}
            )
