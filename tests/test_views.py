from datetime import timedelta
from pathlib import Path

from lxml import etree

from odoo import fields
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import format_date
from odoo.tools.safe_eval import safe_eval

from odoo.addons.partner_company_data.models.res_partner_quality import (
    PROBLEM_FILTERS,
)

from .common import WarmCaches

ADDON = Path(__file__).resolve().parent.parent
SIRET = "73282932000074"


@tagged("post_install", "-at_install")
class TestViews(WarmCaches, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls.env.ref(
            "partner_company_data.partner_data_source_opendatasoft"
        )
        cls.france = cls.env.ref("base.fr")
        cls.partner = cls.company("Société vérifiée", SIRET)

    @classmethod
    def company(cls, name, number, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "country_id": cls.france.id,
                "company_registry": number,
                **values,
            }
        )

    def check(self, state="checked", age=1, **values):
        link = self.env["partner.data.link"].create(
            {
                "partner_id": self.partner.id,
                "source_id": self.source.id,
                "state": state,
                "register_date": fields.Datetime.now() - timedelta(days=age),
                **values,
            }
        )
        self.partner.registry_link_id = link
        return link

    # === The check button === #

    def test_button_says_never_checked(self):
        display = self.partner.registry_check_display
        self.assertEqual(display["label"], "Update from SIRET: never checked")
        self.assertFalse(display["stale"])

    def test_button_says_the_date_of_the_register(self):
        link = self.check(age=3)
        link.register_date = fields.Datetime.to_datetime("2026-02-09 10:00:00")
        self.source.stale_days = 0
        self.assertEqual(
            self.partner.registry_check_display["label"],
            "Update from SIRET: up to date (register of "
            f"{format_date(self.env, '2026-02-09')})",
        )

    def test_button_says_that_the_register_is_old(self):
        self.check(age=self.source.stale_days)
        self.assertFalse(self.partner.registry_check_display["stale"])
        self.partner.registry_link_id.register_date -= timedelta(days=2)
        self.assertIn("47 days old", self.partner.registry_check_display["stale"])

    def test_button_says_why_it_failed(self):
        self.check("failed", last_error="The service is down.")
        display = self.partner.registry_check_display
        self.assertEqual(
            display["label"], "Update from SIRET: failed (The service is down.)"
        )
        self.assertEqual(display["level"], "danger")

    def test_source_counts_whom_it_can_check(self):
        self.check("failed")
        before = self.source.problem_count
        self.assertTrue(before)
        self.partner.active = False
        self.source.invalidate_recordset(["problem_count"])
        self.assertEqual(self.source.problem_count, before - 1)

    def test_no_button_outside_the_register(self):
        self.assertFalse(
            self.env["res.partner"].create({"name": "Jean"}).registry_check_display
        )

    def test_differences_are_those_of_the_open_proposal(self):
        self.check()
        proposal = self.env["partner.update.proposal"].create(
            {
                "partner_id": self.partner.id,
                "source_id": self.source.id,
                "line_ids": [
                    (0, 0, {"key": "street", "new_values": {"street": "2 RUE X"}}),
                    (0, 0, {"key": "city", "state": "ignored"}),
                ],
            }
        )
        display = self.partner.registry_check_display
        self.assertEqual(display["differences"], {"street": "2 RUE X"})
        self.assertEqual(display["proposal_id"], proposal.id)
        self.assertEqual(display["state"], "updates")

    # === Labels and quality === #

    def test_number_is_called_siret_for_french_partners(self):
        self.assertEqual(self.partner.company_registry_label, "SIRET number")
        self.partner.country_id = self.env.ref("base.be")
        self.assertNotEqual(self.partner.company_registry_label, "SIRET number")

    def test_codes_are_shown_with_their_labels(self):
        self.partner.write(
            {
                "registry_naf": "62.02A",
                "registry_naf_nomenclature": "NAFRev2",
                "registry_legal_form": "5710",
            }
        )
        self.assertIn("Conseil", self.partner.registry_naf_label)
        self.assertIn("SAS", self.partner.registry_legal_form_label)
        # The same code means something else in another nomenclature.
        self.partner.registry_naf_nomenclature = "NAF2025"
        self.assertFalse(self.partner.registry_naf_label)

    def test_vat_that_fits_is_told_and_never_written(self):
        self.partner.vat = "FR23334175221"
        self.assertTrue(self.partner.registry_vat_mismatch)
        self.assertEqual(self.partner.registry_vat_expected, "FR44732829320")
        self.assertEqual(self.partner.vat, "FR23334175221")

    def test_same_siret_is_found(self):
        twin = self.company("Doublon", SIRET)
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.partner.id}
        )
        self.assertEqual(contact.company_registry, SIRET)
        both = self.partner + twin
        family = [("id", "in", (both + contact).ids)]
        Partner = self.env["res.partner"]
        self.assertEqual(
            Partner.search(family + [("registry_duplicate_siret", "=", True)]), both
        )
        self.assertEqual(
            Partner.search(family + [("registry_duplicate_siret", "=", False)]), contact
        )
        self.assertTrue(twin.registry_duplicate_siret)
        twin.active = False
        self.assertFalse(self.partner.registry_duplicate_siret)

    def test_same_siret_in_separate_companies_is_no_duplicate(self):
        other = self.env["res.company"].create({"name": "Autre société"})
        self.partner.company_id = self.env.company
        self.company("Client de l'autre", SIRET, company_id=other.id)
        self.assertFalse(self.partner.registry_duplicate_siret)

    def test_search_by_siren(self):
        arch = self.env["res.partner"].get_view(view_type="search")["arch"]
        [node] = etree.fromstring(arch).xpath("//field[@name='l10n_fr_siren']")
        siren_only = self.company("SIREN seul", SIRET[:9])
        domain = safe_eval(node.get("filter_domain"), {"self": SIRET[:9]})
        self.assertEqual(
            self.env["res.partner"].search(domain), self.partner + siren_only
        )

    def test_list_of_problems(self):
        action = self.env.ref("partner_company_data.res_partner_action_quality")
        missing = self.company("Sans SIREN", False)
        invalid = self.company("SIREN faux", "123456789")
        found = self.env["res.partner"].search(
            safe_eval(action.domain)
            + [("registry_identifier_state", "in", ("missing", "invalid"))]
        )
        self.assertIn(missing, found)
        self.assertIn(invalid, found)
        self.assertNotIn(self.partner, found)

    def test_counts_of_problems_are_those_of_the_filters(self):
        arch = self.env["res.partner"].get_view(view_type="search")["arch"]
        domains = {
            node.get("name"): safe_eval(node.get("domain"))
            for node in etree.fromstring(arch).iter("filter")
            if node.get("name") in PROBLEM_FILTERS
        }
        self.assertEqual(set(domains), set(PROBLEM_FILTERS))
        self.company("Sans SIREN", False)
        self.company("Doublon", SIRET)
        counts = self.env["res.partner"].registry_problem_counts([])
        for name, domain in domains.items():
            with self.subTest(problem=name):
                self.assertEqual(
                    counts[name], self.env["res.partner"].search_count(domain)
                )
        self.assertGreater(counts["registry_siren_missing"], 0)
        self.assertGreaterEqual(counts["registry_same_siret"], 2)

    # === Every filter, group and screen works === #

    def test_every_filter_and_group_of_partners_works(self):
        self.check()
        arch = self.env["res.partner"].get_view(view_type="search")["arch"]
        nodes = [
            node
            for node in etree.fromstring(arch).iter("filter")
            if "registry_" in node.get("name", "")
        ]
        self.assertGreater(len(nodes), 20)
        for node in nodes:
            with self.subTest(filter=node.get("name")):
                domain = safe_eval(node.get("domain") or "[]")
                context = safe_eval(node.get("context") or "{}")
                if "group_by" in context:
                    groups = self.env["res.partner"].formatted_read_group(
                        [("id", "=", self.partner.id)],
                        [context["group_by"]],
                        ["__count"],
                    )
                    self.assertEqual(sum(g["__count"] for g in groups), 1)
                else:
                    self.env["res.partner"].search_count(domain)

    def test_every_menu_leads_to_a_screen(self):
        menus = self.env["ir.ui.menu"].search(
            [
                (
                    "id",
                    "in",
                    self.env["ir.model.data"]
                    .search(
                        [
                            ("module", "=", "partner_company_data"),
                            ("model", "=", "ir.ui.menu"),
                        ]
                    )
                    .mapped("res_id"),
                ),
                ("action", "!=", False),
            ]
        )
        self.assertGreater(len(menus), 5)
        for menu in menus:
            action = menu.action
            if action._name != "ir.actions.act_window":
                continue
            with self.subTest(menu=menu.complete_name):
                for _view_id, view_type in action.views:
                    self.env[action.res_model].get_view(view_type=view_type)

    def test_partner_form_opens_and_saves(self):
        with Form(self.partner) as form:
            form.registry_naf = "62.02A"
        self.assertEqual(self.partner.registry_naf, "62.02A")

    # === Settings === #

    def test_settings_choose_the_register(self):
        other = self.env.ref(
            "partner_company_data.partner_data_source_recherche_entreprises"
        )
        settings = self.env["res.config.settings"].create(
            {"partner_data_source_id": other.id}
        )
        settings.execute()
        self.assertEqual(other.state, "enabled")
        self.assertEqual(self.source.state, "disabled")
        self.assertEqual(self.env["partner.data.source"]._active_registry(), other)

    def test_settings_set_rules(self):
        Rule = self.env["partner.update.rule"]
        settings = self.env["res.config.settings"].create(
            {"partner_data_fill_empty": True, "partner_data_statistics_mode": "never"}
        )
        settings.execute()
        self.assertEqual(Rule._get_mode("street", completion=True), "apply")
        self.assertEqual(Rule._get_mode("street"), "propose")
        self.assertEqual(Rule._get_mode("statistics"), "never")
        # Customary names stay what people call them.
        self.assertEqual(Rule._get_mode("name", completion=True), "never")
        settings = self.env["res.config.settings"].create({})
        self.assertTrue(settings.partner_data_fill_empty)
        settings.partner_data_fill_empty = False
        settings.execute()
        self.assertEqual(Rule._get_mode("street", completion=True), "propose")

    # === Copies of the database === #

    def test_neutralised_copy_asks_nobody(self):
        self.source.api_key = "s3cr3t-key"
        self.env.flush_all()
        self.env.cr.execute((ADDON / "data" / "neutralize.sql").read_text())
        self.env.invalidate_all()
        sources = self.env["partner.data.source"].search([])
        self.assertEqual(set(sources.mapped("state")), {"disabled"})
        self.assertFalse(any(sources.mapped("api_key")))
        cron = self.env.ref("partner_company_data.cron_update_check_from_ods")
        self.assertFalse(cron.active)
