import json
from unittest.mock import patch

from lxml import etree

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, TransactionCase, tagged

from odoo.addons.partner_company_data.connectors.credit import (
    CreditCandidate,
    CreditFacts,
    CreditReport,
    Page,
    PaidAnswer,
)

from .common import copies
from .credit_common import CreditCase
from .test_credit_views import CreditScreens


class TwoBureaus:
    """A second bureau in the same company, less preferred than the first."""

    @classmethod
    def make_bureau(cls, company, **values):
        """A second bureau; its code has no meaning here."""
        return cls.env["partner.data.source"].create(
            {
                "name": "Second bureau",
                "code": "opendatasoft",
                "kind": "credit",
                "state": "enabled",
                "sequence": 60,
                "company_id": company.id,
                "base_url": "http://127.0.0.1:9",
                "page_pattern": "https://second.example/{bureau_id}",
                **values,
            }
        )

    def file_at(self, source, bureau_id, **values):
        return self.env["partner.credit.file"].create(
            {
                "name": bureau_id,
                "source_id": source.id,
                "bureau_id": bureau_id,
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestCreditBureaus(TwoBureaus, CreditScreens, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source.sequence = 50
        cls.second = cls.make_bureau(cls.env.company)
        cls.partner.credit_file_id = False
        cls.source._link_files([(cls.partner.id, cls.file.id)])

    def both(self):
        other = self.file_at(self.second, "S-1", rating="D", risk="high")
        self.second._link_files([(self.partner.id, other.id)])
        return self.file, other

    def test_actions_of_the_bureaus_in_use(self):
        def names():
            bindings = self.env["ir.actions.actions"].get_bindings("res.partner")
            return {action["name"] for action in bindings["action"]}

        altares = {"Manual update (Altares)", "Add to my Altares portfolio"}
        creditsafe = {
            "Manual update (Creditsafe)",
            "Add to my Creditsafe portfolio",
            "Remove from the Creditsafe portfolio",
        }
        group = self.env.ref("partner_company_data.group_credit_buyer")
        self.env.user.group_ids += group
        self.env["partner.data.source"].search([("code", "=", "altares")]).unlink()
        self.source.state = "enabled"
        self.assertFalse(names() & altares)
        self.assertLessEqual(creditsafe, names())
        self.source.state = "disabled"
        self.second.state = "disabled"
        self.assertFalse(names() & creditsafe)
        # Others' actions stay.
        self.assertTrue(names())

    def test_the_preferred_bureau_is_the_main_file(self):
        first, other = self.both()
        self.assertEqual(self.partner.credit_file_ids, first | other)
        self.assertEqual(self.partner.credit_file_id, first)
        self.assertEqual(self.partner.credit_rating, "B")
        self.assertEqual(self.contact.credit_company_file_ids.ids, (first | other).ids)
        self.assertEqual((first | other).partner_ids, self.partner)

    def test_a_better_bureau_becomes_the_main_one(self):
        stranger = self.env["res.partner"].create({"name": "X", "is_company": True})
        other = self.file_at(self.second, "S-2")
        self.second._link_files([(stranger.id, other.id)])
        self.assertEqual(stranger.credit_file_id, other)
        mine = self.file_at(self.source, "FR-X-9")
        self.source._link_files([(stranger.id, mine.id)])
        self.assertEqual(stranger.credit_file_id, mine)
        self.second.sequence = 40
        self.assertEqual(stranger.credit_file_id, other)
        self.assertEqual(stranger.credit_company_file_ids.ids, [other.id, mine.id])

    def test_one_file_a_bureau(self):
        self.both()
        newer = self.file_at(self.source, "FR-X-7")
        self.source._link_files([(self.partner.id, newer.id)])
        self.assertEqual(
            self.partner.credit_file_ids.filtered(
                lambda file: file.source_id == self.source
            ),
            newer,
        )
        self.assertEqual(self.partner.credit_file_id, newer)
        self.assertEqual(len(self.partner.credit_file_ids), 2)

    def test_linking_a_thousand_takes_as_many_queries_as_one(self):
        partners = copies(
            self.env["res.partner"].create({"name": "P", "is_company": True}), 1000
        )
        files = copies(self.file_at(self.second, "Q"), 1000, bureau_id="'Q' || number")
        pairs = list(zip(partners.ids, files.ids, strict=True))

        def queries(some):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.second._link_files(some)
            return self.env.cr.sql_log_count - before

        one = queries(pairs[:1])
        self.assertLessEqual(queries(pairs), one)
        self.assertEqual(partners.credit_file_id, files)

    def test_the_end_of_one_contract_leaves_the_other_bureau(self):
        _first, other = self.both()
        self.source.action_end_of_contract()
        self.assertEqual(self.partner.credit_file_ids, other)
        self.assertEqual(self.partner.credit_file_id, other)
        self.second.action_end_of_contract()
        self.assertFalse(self.partner.credit_file_ids)
        self.assertFalse(self.partner.credit_file_id)

    def test_another_company_sees_none_of_it(self):
        self.both()
        company = self.env["res.company"].create(
            {"name": "Deuxième société", "logo": False}
        )
        self.env.user.company_ids = [Command.link(company.id)]
        partner = self.partner.with_company(company)
        self.assertFalse(partner.credit_company_file_ids)
        self.assertFalse(partner.credit_file_id)
        elsewhere = self.partner.with_user(self.reader).with_context(
            allowed_company_ids=company.ids
        )
        self.reader.company_ids = [Command.link(company.id)]
        self.assertFalse(elsewhere.credit_file_ids)

    def test_merged_partners_keep_one_file_a_bureau(self):
        first, other = self.both()
        twin = self.env["res.partner"].create({"name": "Double", "is_company": True})
        mine = self.file_at(self.source, "FR-X-8")
        self.source._link_files([(twin.id, mine.id)])
        Merge = self.env["base.partner.merge.automatic.wizard"]
        Merge.create({})._merge((self.partner | twin).ids, twin, extra_checks=False)
        self.assertEqual(twin.credit_file_ids, mine | other)
        self.assertEqual(twin.credit_file_id, mine)
        self.assertFalse(first.partner_ids)

    def test_charts_show_both_bureaus(self):
        first, other = self.both()
        self.assertEqual(
            [series["source"] for series in first.history],
            ["Creditsafe", "Second bureau"],
        )
        self.assertEqual(other.history[0]["source"], "Second bureau")

    def test_tab_shows_the_files_own_view(self):
        self.both()
        view = self.env["res.partner"].with_user(self.analyst).get_view()
        arch = etree.fromstring(view["arch"])
        [field] = arch.xpath("//page[@name='financial_results']/field[@mode='form']")
        inline = {node.get("name") for node in field.iter("field")}
        self.assertLessEqual({"score", "credit_limit", "history"}, inline)
        self.assertIn("facts_display", inline)
        seen = self.env["res.partner"].with_user(self.reader).get_view()
        self.assertNotIn("facts_display", seen["arch"])
        with Form(self.partner) as form:
            form.name = "Autre nom"
        self.assertEqual(len(self.partner.credit_file_ids), 2)


@tagged("post_install", "-at_install")
class TestBureauButtons(TwoBureaus, CreditCase):
    def test_each_button_works_at_its_bureau(self):
        self.update(self.partner)
        second = self.make_bureau(self.env.company, sequence=5)
        other = self.file_at(second, "S-1", siren=self.partner.l10n_fr_siren)
        second._link_partners(other.id, other.siren, self.partner)
        mine = self.partner.credit_file_ids - other
        self.assertEqual(self.partner.credit_file_id, other)
        Source = self.env["partner.data.source"]
        self.assertEqual(Source._active_credit(), second)
        self.assertEqual(Source._active_credit("creditsafe"), self.credit)
        self.assertEqual(self.credit._known_file(self.partner), mine)
        self.assertEqual(second._known_file(self.partner), other)
        partner = self.partner.with_user(self.buyer)
        self.assertEqual(
            partner.action_open_credit_page()["url"], "https://second.example/S-1"
        )
        at_creditsafe = partner.with_context(credit_source="creditsafe")
        self.assertIn("creditsafe.com", at_creditsafe.action_open_credit_page()["url"])
        self.assertIn(
            "creditsafe.com", mine.with_user(self.buyer).action_open_page()["url"]
        )
        self.age_calls(days=31)
        self.env.flush_all()
        mine.with_user(self.buyer).action_update()
        self.assertEqual(self.bought, 2)

    def test_a_file_too_new_to_be_seen_is_linked_afterwards(self):
        second = self.make_bureau(self.env.company)
        siren = self.partner.l10n_fr_siren
        file = self.file_at(second, "S-9", siren=siren)
        File = type(file)
        self.env.flush_all()
        with patch.object(File, "exists", lambda files: files.browse()):
            second._link_partners(file.id, siren, self.partner)
        self.assertFalse(self.partner.credit_file_ids)
        self.env.flush_all()
        self.env.cr.postcommit.run()
        self.env.invalidate_all()
        self.assertEqual(self.partner.credit_file_ids, file)
        self.assertEqual(self.partner.credit_file_id, file)

    def test_a_bureau_that_is_not_in_use_says_so(self):
        self.credit.action_disable()
        self.make_bureau(self.env.company)
        partner = self.partner.with_context(credit_source="creditsafe")
        with self.assertRaisesRegex(UserError, "Creditsafe is disabled"):
            partner.with_user(self.buyer).action_credit_update()


class ThirdConnector:
    """The least that a bureau's connector has."""

    report_forms = ("json",)

    def __init__(self, siren):
        self.siren = siren

    def search(self, country, registration_number=None, **_criteria):
        found = CreditCandidate(
            bureau_id=f"third-{self.siren}",
            name="TROISIEME",
            country_code=country,
            siren=self.siren,
            status="active",
        )
        return Page((found,), total=1)

    def order_report(self, bureau_id, *, form="json"):
        return PaidAnswer(json.dumps({"id": bureau_id, "score": 33}).encode())

    def read_report(self, paid):
        said = json.loads(paid.content)
        facts = CreditFacts(
            bureau_id=said["id"],
            siren=self.siren,
            name="TROISIEME",
            score=said["score"],
        )
        return CreditReport(facts=facts, raw=said)

    def access(self):
        return ()

    def close(self):
        pass


@tagged("post_install", "-at_install")
class TestThirdBureau(TwoBureaus, CreditCase):
    """A connector and what names it are all that another bureau needs."""

    def test_a_connector_is_enough(self):
        third = self.make_bureau(self.env.company, name="Third", sequence=90)
        Source = type(self.env["partner.data.source"])
        connector = ThirdConnector(self.partner.l10n_fr_siren)
        with patch.object(Source, "_connector", lambda source: connector):
            partner = self.partner.with_user(self.buyer)
            self.env.flush_all()
            partner.with_context(credit_source=third.code).action_credit_update()
            self.env.flush_all()
            self.env.invalidate_all()
            partner.with_context(credit_source=third.code).action_credit_update()
        file = self.partner.credit_file_ids
        self.assertEqual(file.source_id, third)
        self.assertEqual((file.has_score, file.score), (True, 33))
        self.assertFalse(file.has_credit_limit)
        self.assertEqual(len(file.report_ids), 1)
        self.assertEqual(file.score_ids.score, 33)
        self.assertEqual(third.bought_this_month, 1)
        [_creditsafe, block] = partner.credit_bureaus
        self.assertEqual((block["name"], block["is_known"]), ("Third", True))
        labels = [button["label"] for button in block["buttons"]]
        self.assertEqual(labels, ["Manual update", "Open the page of Third"])
