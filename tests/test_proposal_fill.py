from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from odoo.addons.partner_company_data.wizards import partner_update_complete

from .proposal_common import ProposalCase

FACTS = {
    "registry_workforce": "51",
    "registry_workforce_year": 2023,
    "registry_category": "ETI",
    "registry_legal_form": "5710",
}


@tagged("post_install", "-at_install")
class TestProposalFill(ProposalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.companies(3)

    def setUp(self):
        super().setUp()
        changes = dict.fromkeys(self.partners, FACTS)
        changes[self.partners[0]] = FACTS | {"street": "1 RUE NEUVE"}
        self.all_proposals = self.sync(changes).sorted("partner_id")

    def wizard(self, proposals=None, user=None):
        context = {}
        if proposals:
            context = {"active_model": proposals._name, "active_ids": proposals.ids}
        Wizard = self.env["partner.update.complete"].with_user(user or self.officer)
        return Form(Wizard.with_context(**context))

    def test_counts(self):
        wizard = self.wizard()
        counts = {values["key"]: values["count"] for values in wizard.line_ids._records}
        self.assertLessEqual(
            {"category": 3, "workforce": 3, "legal_form": 3}.items(), counts.items()
        )
        self.assertNotIn("street", counts)
        wizard = self.wizard(self.all_proposals[:2])
        self.assertEqual(wizard.partner_count, 2)
        self.partners[0].active = False
        self.assertEqual(self.wizard(self.all_proposals[:2]).partner_count, 1)

    def test_fill_a_selection(self):
        wizard = self.wizard(self.all_proposals[:2]).save()
        action = wizard.action_fill()
        self.assertEqual(action["params"]["type"], "success")
        self.assertEqual(
            self.partners.mapped("registry_workforce"), ["51", "51", False]
        )
        self.assertEqual(self.partners[0].street, "52 quai Paul Sédallian")
        self.assertEqual(
            self.all_proposals.mapped("state"), ["new", "validated", "new"]
        )
        self.assertEqual(self.pending_keys(self.all_proposals[0]), ["street"])
        self.assertEqual(self.all_proposals.mapped("revision"), [2, 1, 1])
        self.assertEqual(len(self.new_notes(self.partners[0])), 1)

    def test_unticked_fields_stay_empty(self):
        wizard = self.wizard(self.all_proposals).save()
        wizard.line_ids.filtered(lambda line: line.key != "category").selected = False
        self.all_proposals[2].line_ids.selected = False
        wizard.action_fill()
        self.assertEqual(
            self.partners.mapped("registry_category"), ["ETI", "ETI", False]
        )
        self.assertFalse(any(self.partners.mapped("registry_workforce")))

    def test_one_refusal_does_not_stop_the_others(self):
        self.partners[1].street = False
        changes = dict.fromkeys(self.partners[1:], FACTS)
        changes[self.partners[1]] = FACTS | {"street": "2 RUE NEUVE"}
        self.sync(changes)
        self.refuse_street("2 RUE NEUVE")
        action = self.wizard(self.all_proposals).save().action_fill()
        self.assertIn("Société 1: Not 2 RUE NEUVE", action["params"]["message"])
        self.assertEqual(
            self.partners.mapped("registry_workforce"), ["51", False, "51"]
        )

    def test_many_are_filled_in_the_background(self):
        self.patch(partner_update_complete, "DIRECTLY", 1)
        with self.enter_registry_test_mode():
            self.wizard(self.all_proposals).save().action_fill()
            self.assertFalse(self.partners[0].registry_workforce)
            self.env.ref(
                "partner_company_data.cron_partner_update_fill"
            ).method_direct_trigger()
        self.assertEqual(self.partners.mapped("registry_workforce"), ["51"] * 3)
        self.assertFalse(any(self.all_proposals.line_ids.mapped("fill_user_id")))
        note = self.new_notes(self.partners[0])
        self.assertEqual(note.author_id, self.officer.partner_id, "who asked for it")

    def test_background_follows_the_rights_of_who_asked(self):
        lines = self.all_proposals.line_ids
        lines.fill_user_id = self.reader
        logger = "odoo.addons.partner_company_data.models.partner_update_fill"
        with self.enter_registry_test_mode(), self.assertLogs(logger, "WARNING"):
            self.env.ref(
                "partner_company_data.cron_partner_update_fill"
            ).method_direct_trigger()
        self.assertFalse(any(self.partners.mapped("registry_workforce")))
        self.assertFalse(any(lines.mapped("fill_user_id")), "it is not tried for ever")

    def test_fill_by_itself_is_the_managers(self):
        wizard = self.wizard(self.all_proposals[2], self.manager).save()
        wizard.line_ids.filtered(lambda line: line.key == "workforce").by_itself = True
        wizard.action_fill()
        self.assertEqual(self.Rule._get_mode("statistics", completion=True), "apply")
        self.assertEqual(self.Rule._get_mode("statistics"), "propose")
        new = self.company("Neuve")
        proposal = self.sync({new: FACTS})
        self.assertEqual(new.registry_workforce, "51")
        self.assertNotIn("workforce", proposal.line_ids.mapped("key"))

        wizard = self.wizard(self.all_proposals[1]).save()
        wizard.line_ids.by_itself = True
        wizard.action_fill()
        self.assertEqual(self.Rule._get_mode("legal_form", completion=True), "propose")

    def test_reader_fills_nothing(self):
        with self.assertRaises(AccessError):
            self.wizard(self.all_proposals, self.reader)

    # === Lines by field === #

    def test_validate_one_field_of_many(self):
        lines = self.all_proposals.line_ids.with_user(self.officer)
        lines.filtered(lambda line: line.key == "workforce").action_validate()
        self.assertEqual(self.partners.mapped("registry_workforce"), ["51"] * 3)
        self.assertFalse(any(self.partners.mapped("registry_category")))
        self.assertEqual(self.all_proposals.mapped("state"), ["new"] * 3)

    def test_ignore_one_field_of_many(self):
        lines = self.all_proposals[1:].line_ids.with_user(self.officer)
        lines.filtered(lambda line: line.key == "workforce").action_ignore()
        self.assertFalse(any(self.partners.mapped("registry_workforce")))
        again = self.sync({self.partners[2]: FACTS})
        self.assertNotIn("workforce", self.pending_keys(again))
        lines.filtered(lambda line: line.state == "new").action_ignore()
        self.assertEqual(self.all_proposals[2].state, "ignored")
