from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..connectors.credit import CreditCandidate
from ..models.registry_fields import same_phone
from .common import new_test_user
from .credit_common import CreditCase

OFFICER = "partner_company_data.group_partner_data_officer"
REPORTS = "partner_company_data.group_credit_report"
FACTS = {
    "name": "BRASSERIE DU CANAL SA",
    "legal_name": "BRASSERIE DU CANAL SA",
    "country_code": "BE",
    "status": "active",
    "address": {
        "street": "14 Rue du Canal",
        "zip": "7000",
        "city": "Mons",
        "country_code": "BE",
    },
    "phones": ["+3265000011"],
    "websites": ["www.brasserieducanal.example"],
    "emails": ["info@brasserieducanal.example"],
    "activity_code": "11050",
    "activity_nomenclature": "NACE-BEL",
    "legal_form": "014",
    "legal_form_label": "Société anonyme",
}


@tagged("post_install", "-at_install")
class TestCreditProposal(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = new_test_user(
            cls.env,
            "credit-officer",
            groups=f"base.group_partner_manager,{OFFICER},{REPORTS}",
        )
        cls.brewery = cls.env["res.partner"].create(
            {
                "name": "Brasserie du Canal",
                "is_company": True,
                "country_id": cls.env.ref("base.be").id,
                "street": "3 rue Haute",
                "zip": "7000",
                "city": "MONS",
                "company_registry": "0799990011",
            }
        )

    def file_of(self, partners, facts, **values):
        """A file with these facts, linked to partners."""
        company = CreditCandidate("BE-X-0799990011", name="Brasserie", **values)
        file_id = self.credit._files_for([company])[company.bureau_id]
        file = self.env["partner.credit.file"].browse(file_id)
        file.facts = facts
        self.credit._link_partners(file.id, False, partners)
        self.env.flush_all()
        self.env.invalidate_all()
        return file

    def proposal(self, partner=None):
        return self.env["partner.update.proposal"].search(
            [
                ("partner_id", "=", (partner or self.brewery).id),
                ("source_id", "=", self.credit.id),
                ("state", "=", "new"),
            ]
        )

    def proposed(self, partner=None):
        lines = self.proposal(partner)._pending_lines()
        return {line.key: line.new_display for line in lines}

    def test_a_bought_report_proposes(self):
        self.update(self.brewery)
        proposed = self.proposed()
        self.assertEqual(proposed["phone"], "+32 65 00 00 11")
        self.assertEqual(proposed["email"], "info@brasserieducanal.example")
        self.assertIn("brasserieducanal", proposed["website"])
        self.assertIn("Canal", proposed["street"])
        self.assertIn("legal_name", proposed)
        self.assertNotIn("name", proposed)
        self.assertNotIn("zip", proposed)
        self.assertEqual(self.brewery.street, "3 rue Haute")

    def test_the_register_wins_for_french_companies(self):
        self.partner.write({"street": "Ailleurs", "zip": "75001", "name": "Autre"})
        self.update(self.partner)
        self.assertTrue(self.partner.credit_file_ids.facts)
        self.assertLessEqual(
            set(self.proposed(self.partner)), {"vat", "phone", "website", "email"}
        )
        self.assertIn("vat", self.proposed(self.partner))

    def test_what_the_register_does_not_find_the_bureau_proposes(self):
        self.partner.write({"street": "Ailleurs", "zip": "75001"})
        self.source._links_of(self.partner).state = "not_found"
        self.update(self.partner)
        self.assertIn("street", self.proposed(self.partner))

    def test_the_partner_says_that_a_proposal_waits(self):
        self.file_of(self.brewery, FACTS)
        contact = self.env["res.partner"].create(
            {"name": "Anne", "parent_id": self.brewery.id}
        )
        for partner in (self.brewery + contact).with_user(self.officer):
            self.assertEqual(partner.credit_proposal_count, 1)
            action = partner.action_credit_proposals()
            self.assertEqual(action["res_id"], self.proposal().id)
        self.proposal().with_user(self.officer).action_ignore_all()
        self.assertEqual(self.brewery.with_user(self.officer).credit_proposal_count, 0)

    def test_validated_by_a_person(self):
        self.file_of(self.brewery, FACTS)
        proposal = self.proposal().with_user(self.officer)
        proposal.action_validate()
        self.assertEqual(self.brewery.street, "14 Rue du Canal")
        self.assertEqual(self.brewery.phone, "+32 65 00 00 11")
        self.assertEqual(self.brewery.registry_legal_form, "Société anonyme")
        self.file_of(self.brewery, FACTS)
        self.assertFalse(self.proposal())
        proposal.action_undo()
        self.assertEqual(self.brewery.street, "3 rue Haute")
        self.assertFalse(self.brewery.phone)

    def test_no_rule_writes_what_a_bureau_says(self):
        Rule = self.env["partner.update.rule"]
        for key in ("street", "phone", "legal_name"):
            Rule._set_mode(key, "apply", "apply")
        self.file_of(self.brewery, FACTS)
        self.assertFalse(self.brewery.phone)
        self.assertLessEqual({"street", "phone", "legal_name"}, set(self.proposed()))

    def test_exclusions_hold_for_bureaus(self):
        self.env["partner.update.exclusion"].create(
            {"partner_id": self.brewery.id, "key": "street"}
        )
        self.file_of(self.brewery, FACTS)
        self.assertNotIn("street", self.proposed())
        exclusion = self.brewery.env["partner.update.exclusion"].search([])
        exclusion.with_user(self.officer).action_lift()
        self.assertIn("street", self.proposed())

    def test_what_is_not_known_proposes_nothing(self):
        self.brewery.write({"phone": "+32 65 00 00 99", "website": "http://x.example"})
        self.file_of(
            self.brewery,
            {
                "country_code": "BE",
                "address": {"street": "[ND]", "zip": None},
                "phones": ["12"],
                "vat_number": "BE1",
            },
        )
        self.assertFalse(self.proposal())

    def test_a_later_report_closes_what_is_over(self):
        file = self.file_of(self.brewery, FACTS)
        self.assertTrue(self.proposal())
        file.facts = {"country_code": "BE", "name": "BRASSERIE DU CANAL"}
        self.brewery.registry_legal_name = "Brasserie du Canal"
        file._propose_updates()
        self.assertFalse(self.proposal())

    def test_one_of_several_numbers_is_enough(self):
        self.brewery.phone = "065 00 00 22"
        self.file_of(
            self.brewery, {**FACTS, "phones": ["+3265000011", "+32 65 000022"]}
        )
        self.assertNotIn("phone", self.proposed())
        self.assertTrue(same_phone("04 72 00 00 00", "+33 4 72 00 00 00"))
        self.assertFalse(same_phone("04 72 00 00 00", "+33 4 72 00 00 01"))

    def test_those_without_reports_see_none_of_it(self):
        self.file_of(self.brewery, FACTS)
        user = new_test_user(self.env, "only-data", groups=f"base.group_user,{OFFICER}")
        proposal = self.proposal()
        self.assertTrue(proposal.with_user(self.officer).read(["line_ids"]))
        self.assertTrue(proposal.line_ids.with_user(self.officer).read(["new_values"]))
        self.assertFalse(self.env["partner.update.proposal"].with_user(user).search([]))
        self.assertFalse(
            self.env["partner.update.proposal.line"].with_user(user).search([])
        )
        with self.assertRaises(AccessError):
            proposal.with_user(user).read(["line_ids"])
        self.assertEqual(self.brewery.with_user(user).registry_check_state, "never")

    def test_ignored_values_stay_hidden_too(self):
        self.file_of(self.brewery, FACTS)
        self.proposal().with_user(self.officer).action_ignore_all()
        Exclusion = self.env["partner.update.exclusion"]
        user = new_test_user(self.env, "only-data", groups=f"base.group_user,{OFFICER}")
        self.assertTrue(Exclusion.with_user(self.officer).search([]))
        self.assertFalse(Exclusion.with_user(user).search([]))

    def test_another_company_sees_none_of_it(self):
        self.file_of(self.brewery, FACTS)
        company = self.other_company()
        self.officer.write(
            {
                "company_ids": [Command.set(company.ids)],
                "company_id": company.id,
            }
        )
        found = self.env["partner.update.proposal"].with_user(self.officer).search([])
        self.assertFalse(found)

    def test_queries_do_not_grow_with_the_partners(self):
        file = self.file_of(self.brewery, FACTS)
        self.proposal()._make_obsolete()
        copies = self.env["res.partner"].create(
            [{"name": f"Copie {n}", "is_company": True} for n in range(40)]
        )
        file.partner_ids = copies
        self.env.flush_all()

        def queries(partners):
            self.env.invalidate_all()
            count = self.env.cr.sql_log_count
            file._propose_updates(partners)
            self.env.flush_all()
            return self.env.cr.sql_log_count - count

        queries(copies[:1])
        few, many = queries(copies[1:11]), queries(copies[11:])
        self.assertLessEqual(many, few + 5)
