"""What becomes of checks and proposals when partners merge, move or change."""

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .proposal_common import ProposalCase

HEAD_OFFICE = "73282932000074"
BRANCH = "73282932000017"
OTHER_COMPANY = "55210055400013"


@tagged("post_install", "-at_install")
class TestPartnerLife(ProposalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cegid.company_registry = HEAD_OFFICE

    def link(self, partner, **values):
        return self.env["partner.data.link"].create(
            {
                "partner_id": partner.id,
                "source_id": self.source.id,
                "identifier": partner.l10n_fr_siret,
                "state": "checked",
                "checked_on": "2026-02-10",
                "register_date": "2026-02-09",
                "next_check": "2026-02-11",
                **values,
            }
        )

    def merge(self, merged, kept):
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (merged | kept).ids, kept
        )

    def validate(self, proposal):
        return proposal.with_user(self.officer)._validate()

    # === Merged partners === #

    def test_merged_partners(self):
        double = self.company("Cegid SA", company_registry=HEAD_OFFICE)
        self.link(double)
        link = self.link(self.cegid)
        mine = self.sync({self.cegid: {"street": "1 RUE NEUVE"}})
        theirs = self.sync({double: {"street": "1 RUE NEUVE"}})
        self.env["partner.siren.lookup"].create(
            [{"partner_id": partner.id} for partner in (self.cegid, double)]
        )
        self.merge(double, self.cegid)
        self.assertFalse(double.exists())
        self.assertEqual(self.cegid.data_link_ids, link)
        self.assertFalse(link.next_check, "checked again with its new values")
        self.assertEqual(mine.state, "new")
        self.assertEqual(theirs.state, "obsolete")
        self.assertEqual(theirs.partner_id, self.cegid, "a previous update of it")
        self.assertEqual(len(self.cegid.siren_lookup_ids), 1)

    def test_merged_into_a_partner_that_was_never_checked(self):
        double = self.company("Cegid SA", company_registry=HEAD_OFFICE)
        double.registry_link_id = self.link(double)
        self.sync({double: {"street": "1 RUE NEUVE"}})
        self.merge(double, self.cegid)
        self.assertFalse(self.cegid.data_link_ids)
        self.assertFalse(self.cegid.registry_link_id)
        self.assertEqual(self.cegid.registry_check_state, "never")

    def test_decisions_and_exclusions_follow_a_merge(self):
        double = self.company("Cegid SA", company_registry=HEAD_OFFICE)
        decided = self.sync({double: {"street": "1 RUE NEUVE", "zip": "69002"}})
        decided.line_ids.filtered(lambda line: line.key == "zip").selected = False
        self.validate(decided)
        self.merge(double, self.cegid)
        self.assertEqual(self.proposals(self.cegid), decided)
        self.assertEqual(decided.state, "validated")
        self.assertFalse(self.sync({self.cegid: {"zip": "69002"}}))

    # === A proposal about another company === #

    def test_number_changed_since(self):
        for number in (OTHER_COMPANY, BRANCH, OTHER_COMPANY[:9], False):
            partner = self.company("Cegid", company_registry=HEAD_OFFICE)
            self.link(partner)
            proposal = self.sync({partner: {"street": "1 RUE NEUVE"}})
            partner.company_registry = number
            with self.subTest(number=number):
                outcome = self.validate(proposal)
                self.assertIn("SIRET has changed", outcome.refused[proposal])
                self.assertEqual(partner.street, "52 quai Paul Sédallian")
                self.assertEqual(proposal.state, "new")

    def test_number_of_the_proposal_itself(self):
        partner = self.company("Cegid", company_registry=HEAD_OFFICE[:9])
        self.link(partner, identifier=HEAD_OFFICE[:9])
        proposal = self.sync(
            {partner: {"company_registry": HEAD_OFFICE, "street": "1 RUE NEUVE"}}
        )
        siret = proposal.line_ids.filtered(lambda line: line.key == "siret")
        siret.with_user(self.officer).action_validate()
        self.assertEqual(partner.company_registry, HEAD_OFFICE)
        self.assertFalse(self.validate(proposal).refused)
        self.assertEqual(partner.street, "1 RUE NEUVE")

    def test_undone_move_can_be_validated_again(self):
        link = self.link(self.cegid)
        moved = {"company_registry": BRANCH, "street": "1 RUE NEUVE"}
        proposal = self.sync({self.cegid: moved}, reason="seat_moved")
        self.validate(proposal)
        link.identifier = BRANCH
        proposal.with_user(self.officer).action_undo()
        self.assertEqual(self.cegid.company_registry, HEAD_OFFICE)
        self.assertFalse(self.validate(proposal).refused)
        self.assertEqual(self.cegid.company_registry, BRANCH)

    # === A partner that becomes a contact === #

    def test_company_that_becomes_a_contact(self):
        proposal = self.sync({self.cegid: {"street": "1 RUE NEUVE"}})
        group = self.company("Groupe", company_registry=OTHER_COMPANY)
        self.cegid.write({"is_company": False, "parent_id": group.id})
        outcome = self.validate(proposal)
        self.assertIn("contact of a company", outcome.refused[proposal])
        self.assertNotEqual(self.cegid.street, "1 RUE NEUVE")
        self.assertFalse(self.sync({self.cegid: {"street": "2 RUE NEUVE"}}))
        self.assertEqual(proposal.state, "obsolete")

    def test_contact_has_no_proposal(self):
        contact = self.env["res.partner"].create(
            {"name": "Comptabilité", "parent_id": self.cegid.id, "type": "invoice"}
        )
        self.assertEqual(contact.company_registry, HEAD_OFFICE)
        self.assertFalse(self.sync({contact: {"street": "1 RUE NEUVE"}}))
        self.assertFalse(self.proposals(contact))

    # === A copied partner === #

    def test_copy_is_a_partner_of_its_own(self):
        self.cegid.registry_link_id = self.link(self.cegid)
        self.sync({self.cegid: {"street": "1 RUE NEUVE"}})
        copy = self.cegid.copy()
        self.assertFalse(copy.registry_link_id)
        self.assertFalse(copy.data_link_ids)
        self.assertFalse(copy.registry_proposal_ids)
        self.assertFalse(copy.siren_lookup_ids)
        self.assertEqual(copy.registry_check_state, "never")

    def test_link_of_a_contact_is_taken_away(self):
        link = self.link(self.cegid)
        proposal = self.sync({self.cegid: {"street": "1 RUE NEUVE"}})
        group = self.company("Groupe", company_registry=OTHER_COMPANY)
        other = self.link(group)
        self.cegid.write({"is_company": False, "parent_id": group.id})
        self.env.flush_all()
        self.assertFalse(self.source._lock_rows(link.ids), "not checked any more")
        self.assertTrue(self.source._lock_rows(other.ids))
        self.env["partner.data.link"]._gc_contacts()
        self.assertEqual((link | other).exists(), other)
        self.assertEqual(proposal.state, "obsolete")

    def test_no_partner_is_locked_before_the_register_is_asked(self):
        self.env.flush_all()
        links = self.source._links_of(self.cegid)
        self.assertTrue(links)
        self.assertFalse(self.cegid.registry_link_id, "shown once it is checked")
        self.source._show_links(self.cegid.ids)
        self.assertEqual(self.cegid.registry_link_id, links)

    # === Archived partners === #

    def test_archived_partner_is_not_checked_until_it_is_back(self):
        link = self.link(self.cegid)
        self.cegid.active = False
        self.assertFalse(self.source._lock_rows(link.ids))
        self.cegid.active = True
        self.assertTrue(self.source._lock_rows(link.ids))

    def test_archived_partner_that_failed_starts_no_run(self):
        self.link(self.cegid, state="failed", next_check="2026-02-11")
        self.cegid.active = False
        triggers = self.env["ir.cron.trigger"].search([])
        self.source._retry_failed()
        self.assertEqual(self.env["ir.cron.trigger"].search([]), triggers)

    # === Deleted partners === #

    def test_nothing_hangs_on_the_proposal_of_a_deleted_partner(self):
        proposal = self.sync({self.cegid: {"street": "1 RUE NEUVE"}})
        proposal.message_post(body="To be asked")
        proposal.activity_schedule("mail.mail_activity_data_todo")
        messages = proposal.message_ids
        activities = proposal.activity_ids
        self.assertTrue(messages and activities)
        self.cegid.with_user(self.officer).unlink()
        self.assertFalse(proposal.exists())
        self.assertFalse(messages.exists())
        self.assertFalse(activities.exists())

    # === How long things are kept === #

    def test_old_runs_are_taken_away(self):
        Run = self.env["partner.data.run"]
        old, recent = Run.create(
            [
                {"source_id": self.source.id, "started_on": self.ago(months=13)},
                {"source_id": self.source.id, "started_on": self.ago(months=11)},
            ]
        )
        Run._gc_old()
        self.assertEqual((old | recent).exists(), recent)

    def test_old_proposals_are_taken_away(self):
        Proposal = self.env["partner.update.proposal"]
        values = {"partner_id": self.cegid.id, "source_id": self.source.id}
        proposals = Proposal.create(
            [
                {**values, "state": "new"},
                {**values, "state": "validated", "decided_on": self.ago(months=61)},
                {**values, "state": "ignored", "decided_on": self.ago(months=59)},
                {**values, "state": "obsolete"},
                {**values, "state": "obsolete"},
            ]
        )
        proposals.flush_recordset()
        self.env.cr.execute(
            "UPDATE partner_update_proposal SET write_date = %s WHERE id IN %s",
            [self.ago(months=13), (proposals[0].id, proposals[3].id)],
        )
        proposals.invalidate_recordset()
        Proposal._gc_old()
        self.assertEqual(proposals.exists(), proposals[0] + proposals[2] + proposals[4])

    def test_unused_files_are_taken_away(self):
        File = self.env["partner.registry.file"]
        values = {
            "source_id": self.source.id,
            "siren": HEAD_OFFICE[:9],
            "digest": "-",
            "changed_on": self.ago(months=13),
        }
        used, unused, recent = File.create(
            [
                {**values, "siret": HEAD_OFFICE},
                {**values, "siret": BRANCH},
                {**values, "siret": OTHER_COMPANY, "changed_on": self.ago(months=1)},
            ]
        )
        self.link(self.cegid, file_id=used.id)
        File._gc_unused()
        self.assertEqual((used | unused | recent).exists(), used | recent)

    def ago(self, **term):
        return fields.Datetime.now() - relativedelta(**term)

    # === The filter of a source === #

    def test_filter_that_cannot_be_used(self):
        self.source.partner_domain = "[('category_id', '!=', False)]"
        for domain in ("[('nothing', '=', 1)]", "[(", "__import__('os')", "{}"):
            with self.subTest(domain=domain), self.assertRaises(ValidationError):
                self.source.partner_domain = domain
