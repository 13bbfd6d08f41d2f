from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import format_date
from odoo.tools.safe_eval import safe_eval

from .proposal_common import MOVED, ProposalCase


@tagged("post_install", "-at_install")
class TestProposalDecision(ProposalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.changes = {
            "street": "1 RUE NEUVE",
            "zip": "75002",
            "registry_workforce": "51",
            "registry_workforce_year": 2023,
        }

    def propose(self, partner=None, reason=False, **changes):
        partner = partner or self.cegid
        proposal = self.sync({partner: changes or self.changes}, reason=reason)
        return proposal.with_user(self.officer).with_context(tracking_disable=False)

    def line(self, proposal, key):
        return proposal.line_ids.filtered(lambda line: line.key == key)

    def kind(self, action):
        return action["params"]["type"]

    # === Validate === #

    def test_validate_writes_ticked_lines(self):
        proposal = self.propose()
        action = proposal.action_validate()
        self.assertEqual(self.kind(action), "success")
        self.assertEqual(proposal.state, "validated")
        self.assertEqual(proposal.decided_by_id, self.officer)
        self.assertTrue(proposal.decided_on)
        self.assertEqual(set(proposal.line_ids.mapped("state")), {"validated"})
        self.assertRecordValues(
            self.cegid,
            [
                {
                    "street": "1 RUE NEUVE",
                    "zip": "75002",
                    "city": "Lyon",
                    "registry_workforce": "51",
                    "registry_workforce_year": 2023,
                }
            ],
        )
        self.assertFalse(self.sync({self.cegid: self.changes}), "up to date now")

    def test_note_on_the_partner(self):
        proposal = self.propose()
        self.line(proposal, "zip").selected = False
        proposal.action_validate()
        note = self.new_notes(self.cegid)
        self.assertEqual(len(note), 1)
        self.assertEqual(note.author_id, self.officer.partner_id)
        self.assertTrue(note.is_internal)
        self.assertEqual(note.subtype_id, self.env.ref("mail.mt_note"))
        self.assertFalse(note.notification_ids)
        for words in (
            "Update validated – OpenDataSoft",
            f"register of {format_date(self.env, '2026-02-09')}",
            "52 quai Paul Sédallian → <b>1 RUE NEUVE</b>",
            "nothing → <b>51 – 2,000 to 4,999 employees (2023)</b>",
            "Postcode: 75002 (never propose again)",
        ):
            self.assertIn(words, note.body)

    def test_values_from_outside_are_escaped(self):
        script = "<script>alert(1)</script>"
        self.cegid.street = f"{script} ours"
        proposal = self.propose(street=script, registry_legal_name=f"SA {script} X")
        self.line(proposal, "legal_name").selected = False
        proposal.action_validate()
        body = self.new_notes(self.cegid).body
        self.assertNotIn("<script", body)
        self.assertEqual(body.count("&lt;script&gt;"), 3)

    def test_unticked_is_ignored_for_good(self):
        proposal = self.propose()
        self.line(proposal, "street").selected = False
        self.assertEqual(proposal.ignored_summary, "Never propose again: Street")
        proposal.action_validate()
        self.assertEqual(self.cegid.street, "52 quai Paul Sédallian")
        self.assertEqual(self.cegid.zip, "75002")
        self.assertEqual(self.line(proposal, "street").state, "ignored")
        self.assertEqual(proposal.state, "validated")
        self.assertFalse(self.sync({self.cegid: {"street": "9 RUE AUTRE"}}))

    def test_unticked_value_only(self):
        proposal = self.propose()
        street = self.line(proposal, "street")
        street.write({"selected": False, "ignore": "value"})
        self.assertEqual(proposal.ignored_summary, "Ignore this value only: Street")
        proposal.action_validate()
        self.assertFalse(self.sync({self.cegid: {"street": "1 RUE NEUVE"}}))
        self.assertTrue(self.sync({self.cegid: {"street": "9 RUE AUTRE"}}))

    def test_closed_is_ignored_for_this_value_only(self):
        self.cegid.registry_establishment_state = "active"
        closed = {"registry_establishment_state": "closed"}
        proposal = self.propose(**closed)
        proposal.line_ids.write({"selected": False, "ignore": "field"})
        proposal.action_validate()
        self.assertEqual(proposal.state, "ignored")
        exclusion = self.env["partner.update.exclusion"].search(
            [("partner_id", "=", self.cegid.id)]
        )
        self.assertEqual(exclusion.value, closed)
        self.assertFalse(self.sync({self.cegid: closed}))
        self.assertTrue(self.sync({self.cegid: {"registry_unit_state": "ceased"}}))

    def test_shown_revision_moved(self):
        proposal = self.propose()
        shown = proposal.revision
        self.sync({self.cegid: self.changes | {"street": "2 RUE NEUVE"}})
        action = proposal.with_context(shown_revision=shown).action_validate()
        self.assertEqual(self.kind(action), "warning")
        self.assertIn("Cegid", action["params"]["message"])
        self.assertEqual(proposal.state, "new")
        self.assertEqual(self.cegid.zip, "69009")
        action = proposal.with_context(
            shown_revision=proposal.revision
        ).action_validate()
        self.assertEqual(self.kind(action), "success")
        self.assertEqual(self.cegid.street, "2 RUE NEUVE")

    def test_partner_moved_since(self):
        proposal = self.propose()
        revision = proposal.revision
        self.cegid.street = "3 rue à nous"
        action = proposal.action_validate()
        self.assertEqual(self.kind(action), "warning")
        self.assertEqual(proposal.state, "new")
        self.assertEqual(proposal.revision, revision + 1)
        street = self.line(proposal, "street")
        self.assertEqual(street.state, "changed")
        self.assertEqual(street.old_display, "3 rue à nous")
        self.assertEqual(self.line(proposal, "zip").state, "new")
        self.assertEqual(self.cegid.zip, "69009", "nothing is written")
        proposal.action_validate()
        self.assertEqual(proposal.state, "validated")
        self.assertEqual(self.cegid.street, "1 RUE NEUVE")

    def test_partner_has_the_value_by_now(self):
        proposal = self.propose(street="1 RUE NEUVE")
        self.cegid.street = "1 rue neuve"
        proposal.action_validate()
        self.assertEqual(proposal.state, "obsolete")
        self.assertEqual(self.cegid.street, "1 rue neuve")

    def test_decided_already(self):
        proposal = self.propose()
        proposal.action_validate()
        action = proposal.action_validate()
        self.assertEqual(self.kind(action), "warning")
        self.assertEqual(len(self.new_notes(self.cegid)), 1)

    def test_validate_next(self):
        proposal = self.propose()
        self.assertIs(proposal.action_validate_next(), False)
        self.assertEqual(proposal.state, "validated")
        action = proposal.action_validate_next()
        self.assertEqual(action["tag"], "display_notification")

    # === A moved seat === #

    def test_seat_is_ticked_as_a_whole(self):
        proposal = self.propose(reason="seat_moved", **MOVED)
        with Form(proposal) as form:
            with form.line_ids.edit(1) as line:
                line.selected = False
            for index in range(4):
                with form.line_ids.edit(index) as line:
                    self.assertFalse(line.selected)
            with form.line_ids.edit(0) as line:
                line.selected = True
        self.assertEqual(proposal.line_ids.mapped("selected"), [True] * 4)
        proposal.line_ids[2].selected = False
        self.assertEqual(proposal.line_ids.mapped("selected"), [False] * 4)
        self.assertFalse(proposal.seat_selected)
        proposal.action_validate()
        self.assertEqual(proposal.state, "ignored")
        self.assertFalse(self.sync({self.cegid: MOVED}, reason="seat_moved"))
        elsewhere = MOVED | {"company_registry": "41052438500046"}
        self.assertTrue(self.sync({self.cegid: elsewhere}, reason="seat_moved"))

    def test_half_a_seat_is_never_written(self):
        proposal = self.propose(reason="seat_moved", **MOVED)
        self.env.cr.execute(
            "UPDATE partner_update_proposal_line SET selected = FALSE WHERE id = %s",
            [proposal.line_ids[1].id],
        )
        proposal.line_ids.invalidate_recordset()
        proposal.action_validate()
        self.assertEqual(self.cegid.zip, "69009")
        self.assertEqual(self.cegid.company_registry, "41052438500020")

    # === Contacts === #

    def test_contacts_stay_and_are_listed(self):
        address = {
            "street": "52, QUAI PAUL SEDALLIAN",
            "zip": "69009",
            "city": "Lyon",
            "parent_id": self.cegid.id,
        }
        delivery = self.env["res.partner"].create(
            {"name": "Quai", "type": "delivery", **address}
        )
        contact = self.env["res.partner"].create(
            {"name": "Anne", "parent_id": self.cegid.id}
        )
        self.assertEqual(contact.street, "52 quai Paul Sédallian")
        elsewhere = self.env["res.partner"].create(
            {"name": "Nord", "type": "other", **address, "zip": "59000"}
        )
        proposal = self.propose()
        self.assertEqual(proposal.old_address_contact_ids, delivery + contact)
        proposal.action_validate()
        self.assertEqual(self.cegid.street, "1 RUE NEUVE")
        self.assertEqual(contact.street, "52 quai Paul Sédallian")
        self.assertEqual(delivery.street, "52, QUAI PAUL SEDALLIAN")
        proposal.invalidate_recordset()
        self.assertEqual(proposal.old_address_contact_ids, delivery + contact)
        self.assertNotIn(elsewhere, proposal.old_address_contact_ids)

    def test_address_of_a_branch_is_not_that_of_its_seat(self):
        branch = self.company(
            "Cegid Nantes", company_registry="41052438500053", parent_id=self.cegid.id
        )
        self.assertEqual(branch.type, "contact")
        proposal = self.propose(branch, street="2 RUE DE LOIRE", zip="44000")
        proposal.action_validate()
        self.assertEqual(branch.street, "2 RUE DE LOIRE")
        self.assertEqual(self.cegid.street, "52 quai Paul Sédallian")
        self.propose(self.cegid, street="1 RUE NEUVE").action_validate()
        self.assertEqual(self.cegid.street, "1 RUE NEUVE")
        self.assertEqual(branch.street, "2 RUE DE LOIRE")
        proposal.action_undo()
        self.assertEqual(branch.street, "52 quai Paul Sédallian")
        self.assertEqual(self.cegid.street, "1 RUE NEUVE")

    # === Ignore, undo === #

    def test_ignore_all(self):
        proposal = self.propose()
        action = proposal.action_ignore_all()
        self.assertEqual(self.kind(action), "success")
        self.assertEqual(proposal.state, "ignored")
        self.assertEqual(set(proposal.line_ids.mapped("state")), {"ignored"})
        self.assertEqual(self.cegid.zip, "69009")
        self.assertFalse(self.sync({self.cegid: self.changes}), "the same values")
        newer = self.changes | {"registry_workforce_year": 2024}
        self.assertFalse(self.sync({self.cegid: newer}), "the same bracket, a year on")
        again = self.sync({self.cegid: self.changes | {"street": "2 RUE NEUVE"}})
        self.assertEqual(again.line_ids.key, "street", "a different value")

    def test_undo(self):
        proposal = self.propose()
        self.line(proposal, "zip").selected = False
        proposal.action_validate()
        revision = proposal.revision
        action = proposal.action_undo()
        self.assertEqual(self.kind(action), "success")
        self.assertRecordValues(
            self.cegid,
            [
                {
                    "street": "52 quai Paul Sédallian",
                    "registry_workforce": False,
                    "registry_workforce_year": 0,
                }
            ],
        )
        self.assertEqual(proposal.state, "new")
        self.assertEqual(proposal.revision, revision + 1)
        self.assertFalse(proposal.decided_by_id)
        self.assertEqual(set(proposal.line_ids.mapped("state")), {"new"})
        self.assertFalse(
            self.env["partner.update.exclusion"].search(
                [("partner_id", "=", self.cegid.id)]
            )
        )
        self.assertIn("Validation undone", self.new_notes(self.cegid)[0].body)
        self.assertIn(
            "1 RUE NEUVE → <b>52 quai Paul Sédallian</b>",
            self.new_notes(self.cegid)[0].body,
        )

    def make_state(self, code, country="base.fr"):
        return self.env["res.country.state"].create(
            {"name": code, "code": code, "country_id": self.env.ref(country).id}
        )

    def test_state_follows_the_postcode_and_comes_back(self):
        rhone, paris, region = map(self.make_state, ("69", "75", "ARA"))
        self.cegid.state_id = rhone
        proposal = self.propose(reason="seat_moved", **MOVED)
        proposal.action_validate()
        self.assertEqual((self.cegid.zip, self.cegid.state_id), ("75002", paris))
        self.assertIn("69 (FR) → <b>75 (FR)</b>", self.new_notes(self.cegid)[0].body)
        proposal.action_undo()
        self.assertEqual((self.cegid.zip, self.cegid.state_id), ("69009", rhone))
        self.assertIn("75 (FR) → <b>69 (FR)</b>", self.new_notes(self.cegid)[0].body)
        # Without states that are departments nobody can tell the new one.
        self.cegid.state_id = region
        paris.unlink()
        proposal.action_validate()
        self.assertFalse(self.cegid.state_id)
        proposal.action_undo()
        self.assertEqual(self.cegid.state_id, region)

    def test_state_that_somebody_chose_since_stays(self):
        rhone, _paris, region = map(self.make_state, ("69", "75", "ARA"))
        self.cegid.state_id = rhone
        proposal = self.propose(reason="seat_moved", **MOVED)
        proposal.action_validate()
        self.cegid.state_id = region
        proposal.action_undo()
        self.assertEqual((self.cegid.zip, self.cegid.state_id), ("69009", region))

    def test_state_of_the_same_department_stays(self):
        region = self.make_state("ARA")
        self.cegid.state_id = region
        self.propose(zip="69001").action_validate()
        self.assertEqual((self.cegid.zip, self.cegid.state_id), ("69001", region))

    def test_state_of_another_country_goes(self):
        self.cegid.state_id = self.make_state("69")
        monaco = self.env.ref("base.mc").id
        self.propose(country_id=monaco, zip="98000").action_validate()
        self.assertFalse(self.cegid.state_id)

    def test_no_undo_after_a_change(self):
        proposal = self.propose()
        proposal.action_validate()
        self.cegid.street = "3 rue à nous"
        action = proposal.action_undo()
        self.assertEqual(self.kind(action), "warning")
        self.assertIn("Street", action["params"]["message"])
        self.assertEqual(self.cegid.street, "3 rue à nous")
        self.assertEqual(self.cegid.zip, "75002", "nothing is undone")
        self.assertEqual(proposal.state, "validated")

    def test_undo_beside_a_newer_proposal(self):
        first = self.propose()
        first.action_validate()
        second = self.propose(city="PARIS")
        first.action_undo()
        self.assertEqual(first.state, "obsolete")
        self.assertEqual(second.state, "new")
        self.assertEqual(self.cegid.street, "52 quai Paul Sédallian")

    def test_previous_updates(self):
        first = self.propose()
        first.action_validate()
        second = self.propose(city="PARIS")
        self.assertEqual(second.previous_count, 1)
        action = second.action_open_previous()
        self.assertEqual(
            self.env["partner.update.proposal"].search(action["domain"]), first
        )

    # === Hundreds === #

    def test_one_fault_does_not_stop_the_others(self):
        partners = self.companies(5)
        proposals = self.sync(
            {
                partner: {"street": f"{number} RUE NEUVE"}
                for number, partner in enumerate(partners)
            }
        ).with_user(self.officer)
        self.refuse_street("2 RUE NEUVE")
        partners[4].street = "ailleurs"
        action = proposals.action_validate()
        self.assertEqual(
            proposals.sorted("partner_id").mapped("state"),
            ["validated", "validated", "new", "validated", "new"],
        )
        self.assertEqual(
            partners.mapped("street"),
            [
                "0 RUE NEUVE",
                "1 RUE NEUVE",
                "52 quai Paul Sédallian",
                "3 RUE NEUVE",
                "ailleurs",
            ],
        )
        message = action["params"]["message"]
        self.assertIn("Updates validated: 3", message)
        self.assertIn("Société 2: Not 2 RUE NEUVE", message)
        self.assertIn("nothing was written: Société 4", message)
        self.assertFalse(self.new_notes(partners[2]))

    def test_selection_that_moved_since_the_list_was_shown(self):
        partners = self.companies(2)
        changes = dict.fromkeys(partners, {"zip": "75002"})
        proposals = self.sync(changes).sorted("partner_id").with_user(self.officer)
        shown = {str(proposal.id): proposal.revision for proposal in proposals}
        self.sync(changes | {partners[0]: {"zip": "75003"}})
        action = proposals.with_context(shown_revisions=shown).action_validate()
        self.assertEqual(partners.mapped("zip"), ["69009", "75002"])
        self.assertIn("nothing was written: Société 0", action["params"]["message"])

    def test_queries_grow_little_with_the_selection(self):
        def queries(count):
            partners = self.companies(count)
            proposals = self.sync(
                {partner: {"registry_legal_form": "5710"} for partner in partners}
            ).with_user(self.officer)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            proposals.action_validate()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertLess((queries(40) - queries(10)) / 30, 3)

        proposals = self.sync(
            {partner: {"zip": "75002"} for partner in self.companies(40)}
        ).with_user(self.officer)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            proposals.action_ignore_all()
            self.env.flush_all()

    # === Access === #

    def test_reader_sees_and_decides_nothing(self):
        proposal = self.propose().with_user(self.reader)
        self.assertEqual(proposal.line_ids.mapped("reason")[0], "difference")
        for method in ("action_validate", "action_ignore_all", "action_undo"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(proposal, method)()
        self.assertEqual(self.cegid.zip, "69009")
        self.assertEqual(proposal.state, "new")

    def test_portal_sees_nothing(self):
        proposal = self.propose()
        for record in (proposal, proposal.line_ids):
            with self.assertRaises(AccessError):
                record.with_user(self.portal).read(["state"])
        for model in ("partner.update.exclusion", "partner.update.rule"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.portal).search([])

    def test_facts_and_decisions_are_not_written_by_hand(self):
        proposal = self.propose().with_user(self.manager)
        street = self.line(proposal, "street")
        for record, values in (
            (proposal, {"state": "validated"}),
            (proposal, {"partner_id": self.env.user.partner_id.id}),
            (proposal, {"decided_by_id": self.officer.id}),
            (proposal, {"line_ids": [(1, street.id, {"state": "validated"})]}),
            (street, {"new_values": {"street": "chez moi"}}),
            (street, {"fill_user_id": self.env.ref("base.user_admin").id}),
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                record.write(values)

    def test_only_fields_of_the_register_are_written(self):
        proposal = self.propose()
        street = self.line(proposal, "street")
        street.sudo().new_values = street.new_values | {"email": "x@example.com"}
        proposal.action_validate()
        self.assertEqual(self.cegid.street, "1 RUE NEUVE")
        self.assertFalse(self.cegid.email)

    def test_rules_are_the_managers(self):
        with self.assertRaises(AccessError):
            self.Rule.with_user(self.officer)._set_mode("street", mode="apply")
        self.Rule.with_user(self.manager)._set_mode("street", mode="apply")
        self.assertEqual(self.Rule._get_mode("street"), "apply")

    def test_partners_of_other_companies(self):
        company = self.env["res.company"].create({"name": "Filiale"})
        foreign = self.company("Ailleurs", company_id=company.id)
        proposals = self.sync({foreign: {"zip": "75002"}, self.cegid: {"zip": "75002"}})
        visible = self.env["partner.update.proposal"].with_user(self.officer)
        self.assertEqual(
            visible.search([("id", "in", proposals.ids)]).partner_id, self.cegid
        )
        with self.assertRaises(AccessError):
            proposals.with_user(self.officer).action_validate()
        self.assertEqual(foreign.zip, "69009")

    # === The list === #

    def test_filters(self):
        """Every filter of the list can be searched and finds what it says."""
        arch = self.env.ref("partner_company_data.partner_update_proposal_view_search")
        filters = {
            node.get("name"): safe_eval(node.get("domain"), {"uid": self.officer.id})
            for node in etree.fromstring(arch.arch).iter("filter")
            if node.get("domain")
        }
        own, invoiced, filled = self.companies(3)
        own.user_id = self.officer
        self.env["res.partner"].create(
            {"name": "Comptabilité", "type": "invoice", "parent_id": invoiced.id}
        )
        filled.registry_legal_form = False
        self.sync(
            {
                own: {"street": "1 RUE NEUVE"},
                invoiced: {"street": "1 RUE NEUVE", "registry_legal_form": "5710"},
                filled: {"registry_legal_form": "5710"},
            }
        )
        expected = {
            "new": own + invoiced + filled,
            "my_customers": own,
            "invoice_address": own,
            "completion": filled,
            "difference": own + invoiced,
        }
        for name, domain in filters.items():
            with self.subTest(name):
                found = self.env["partner.update.proposal"].search(
                    [*domain, ("partner_id", "in", (own + invoiced + filled).ids)]
                )
                nobody = self.env["res.partner"]
                self.assertEqual(
                    found.partner_id.sorted("id"), expected.get(name, nobody)
                )
