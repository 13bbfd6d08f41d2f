from datetime import date, datetime

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .proposal_common import MOVED, ProposalCase


@tagged("post_install", "-at_install")
class TestProposalSync(ProposalCase):
    def test_nothing_differs(self):
        self.assertFalse(self.sync({self.cegid: {}}))
        self.assertFalse(self.proposals(self.cegid))

    def test_proposal_with_its_lines(self):
        proposal = self.sync(
            {
                self.cegid: {
                    "street": "1 RUE NEUVE",
                    "registry_workforce": "51",
                    "registry_workforce_year": 2023,
                }
            }
        )
        self.assertEqual(proposal.partner_id, self.cegid)
        self.assertEqual(proposal.state, "new")
        self.assertEqual(proposal.revision, 1)
        self.assertEqual(proposal.register_date, datetime(2026, 2, 9))
        self.assertEqual(proposal.last_processed, date(2026, 1, 15))
        self.assertRecordValues(
            proposal.line_ids,
            [
                {
                    "key": "street",
                    "reason": "difference",
                    "state": "new",
                    "selected": True,
                    "ignore": "field",
                    "old_display": "52 quai Paul Sédallian",
                    "new_display": "1 RUE NEUVE",
                },
                {
                    "key": "workforce",
                    "reason": "completion",
                    "state": "new",
                    "selected": True,
                    "ignore": "field",
                    "old_display": "",
                    "new_display": "51 – 2,000 to 4,999 employees (2023)",
                },
            ],
        )
        self.assertEqual(self.cegid.street, "52 quai Paul Sédallian", "only proposed")
        self.assertEqual(proposal.display_name, "Update of Cegid")

    def test_same_check_changes_nothing(self):
        proposal = self.sync({self.cegid: {"street": "1 RUE NEUVE"}})
        line = proposal.line_ids
        line.selected = False
        self.assertEqual(self.sync({self.cegid: {"street": "1 RUE NEUVE"}}), proposal)
        self.assertEqual(proposal.revision, 1)
        self.assertEqual(proposal.line_ids, line)
        self.assertFalse(line.selected)

    def test_open_proposal_is_brought_up_to_date(self):
        proposal = self.sync({self.cegid: {"street": "1 RUE NEUVE", "zip": "75002"}})
        street, zip_code = proposal.line_ids
        zip_code.selected = street.selected = False
        self.sync({self.cegid: {"street": "2 RUE NEUVE", "zip": "75002"}})
        self.assertEqual(proposal.revision, 2)
        self.assertEqual(proposal.line_ids, street + zip_code)
        self.assertEqual(street.new_display, "2 RUE NEUVE")
        self.assertTrue(street.selected, "a new value is asked about anew")
        self.assertFalse(zip_code.selected, "the tick of the other line stays")

    def test_line_without_difference_becomes_obsolete_and_comes_back(self):
        proposal = self.sync({self.cegid: {"street": "1 RUE NEUVE", "zip": "75002"}})
        self.sync({self.cegid: {"zip": "75002"}})
        self.assertEqual(proposal.line_ids.mapped("state"), ["obsolete", "new"])
        self.assertEqual(proposal.revision, 2)
        self.sync({self.cegid: {"street": "1 RUE NEUVE", "zip": "75002"}})
        self.assertEqual(proposal.line_ids.mapped("state"), ["new", "new"])
        self.assertEqual(proposal.revision, 3)

    def test_closed_when_the_difference_is_gone(self):
        proposal = self.sync({self.cegid: {"street": "1 RUE NEUVE"}})
        self.cegid.street = "1 rue neuve"
        self.assertFalse(self.sync({self.cegid: {"street": "1 RUE NEUVE"}}))
        self.assertEqual(proposal.state, "obsolete")
        self.assertEqual(proposal.line_ids.state, "obsolete")
        new = self.sync({self.cegid: {"street": "3 RUE NEUVE"}})
        self.assertNotEqual(new, proposal)

    def test_moved_seat(self):
        proposal = self.sync({self.cegid: MOVED}, reason="seat_moved")
        self.assertEqual(
            {line.key: (line.reason, line.ignore) for line in proposal.line_ids},
            {
                key: ("seat_moved", "value")
                for key in ("siret", "street", "zip", "city")
            },
        )

    def test_closed_and_ceased_ask_for_this_value_only(self):
        proposal = self.sync(
            {
                self.cegid: {
                    "registry_establishment_state": "closed",
                    "registry_unit_state": "ceased",
                }
            }
        )
        self.assertEqual(proposal.line_ids.mapped("ignore"), ["value", "value"])
        self.assertEqual(proposal.line_ids.mapped("excludable"), [False, False])

    # === Rules === #

    def test_name_is_proposed_by_a_rule_only(self):
        changes = {self.cegid: {"name": "CEGID GROUP"}}
        self.assertFalse(self.sync(changes))
        self.Rule._set_mode("name", mode="propose")
        self.assertEqual(self.sync(changes).line_ids.key, "name")

    def test_rule_never(self):
        self.Rule._set_mode("street", mode="never")
        self.assertFalse(self.sync({self.cegid: {"street": "1 RUE NEUVE"}}))
        self.cegid.street = False
        self.assertEqual(
            self.sync({self.cegid: {"street": "1 RUE NEUVE"}}).line_ids.reason,
            "completion",
            "the rule was about a different value, not about an empty one",
        )

    def test_rule_apply_writes_with_one_note(self):
        self.Rule._set_mode("street", mode="apply")
        self.Rule._set_mode("statistics", completion_mode="apply")
        proposal = self.sync(
            {
                self.cegid: {
                    "street": "1 RUE NEUVE",
                    "registry_workforce": "51",
                    "registry_workforce_year": 2023,
                    "zip": "75002",
                }
            }
        )
        self.assertEqual(proposal.line_ids.key, "zip")
        self.assertEqual(self.cegid.street, "1 RUE NEUVE")
        self.assertEqual(self.cegid.registry_workforce, "51")
        self.assertEqual(self.cegid.registry_workforce_year, 2023)
        self.assertEqual(self.cegid.zip, "69009")
        note = self.new_notes(self.cegid)
        self.assertEqual(len(note), 1)
        self.assertIn("52 quai Paul Sédallian → <b>1 RUE NEUVE</b>", note.body)
        self.assertIn("51 – 2,000 to 4,999 employees (2023)", note.body)
        self.assertTrue(note.is_internal)

    def test_refused_by_odoo_is_proposed_instead(self):
        self.Rule._set_mode("street", mode="apply")
        other = self.company("Autre", company_registry="55208131766522")
        self.refuse_street("1 RUE NEUVE")
        proposals = self.sync(
            {self.cegid: {"street": "1 RUE NEUVE"}, other: {"street": "2 RUE NEUVE"}}
        )
        self.assertEqual(proposals.partner_id, self.cegid)
        self.assertEqual(self.cegid.street, "52 quai Paul Sédallian")
        self.assertEqual(other.street, "2 RUE NEUVE", "the others are written")
        self.assertFalse(self.new_notes(self.cegid))

    def test_statistics_and_nomenclature_are_one_setting_each(self):
        self.cegid.write(
            {
                "registry_naf": "58.29C",
                "registry_naf_nomenclature": "NAFRev2",
                "registry_category": "PME",
                "registry_workforce": "11",
            }
        )
        changes = {
            self.cegid: {
                "registry_naf": "58.29Y",
                "registry_naf_nomenclature": "NAF2025",
                "registry_category": "ETI",
                "registry_workforce": "51",
            }
        }
        self.assertEqual(
            self.sync(changes).line_ids.mapped("key"), ["naf", "category", "workforce"]
        )
        self.Rule._set_mode("statistics", mode="never")
        self.assertEqual(
            self.pending_keys(self.sync(changes)),
            ["naf"],
            "one rule for category and bracket",
        )
        self.Rule._set_mode("naf_nomenclature", mode="never")
        self.assertFalse(self.sync(changes))
        changes[self.cegid]["registry_naf_nomenclature"] = "NAFRev2"
        self.assertEqual(self.sync(changes).line_ids.key, "naf", "another activity")

    def test_moved_seat_follows_one_rule(self):
        self.Rule._set_mode("siret", mode="apply")
        self.Rule._set_mode("zip", mode="apply")
        proposal = self.sync({self.cegid: MOVED}, reason="seat_moved")
        self.assertEqual(len(proposal.line_ids), 4, "no half of an address is written")
        self.Rule._set_mode("siret", mode="propose")
        self.Rule._set_mode("city", mode="never")
        self.assertEqual(
            self.pending_keys(self.sync({self.cegid: MOVED}, reason="seat_moved")),
            ["siret"],
            "no half of an address is proposed",
        )
        self.Rule._set_mode("siret", mode="never")
        self.assertFalse(self.sync({self.cegid: MOVED}, reason="seat_moved"))

    def test_states_are_never_left_out(self):
        with self.assertRaises(ValidationError):
            self.Rule._set_mode("unit_state", mode="never")

    def test_rules_exist_after_installation(self):
        self.assertEqual(
            self.Rule.search([("key", "=", "name")]).mapped("mode"), ["never"]
        )
        self.assertFalse(self.Rule._create_missing())

    # === Exclusions === #

    def test_excluded_for_good(self):
        self.env["partner.update.exclusion"].create(
            {"partner_id": self.cegid.id, "key": "street"}
        )
        proposal = self.sync({self.cegid: {"street": "1 RUE NEUVE", "zip": "75002"}})
        self.assertEqual(proposal.line_ids.key, "zip")

    def test_excluded_value(self):
        exclusion = self.env["partner.update.exclusion"].create(
            {
                "partner_id": self.cegid.id,
                "key": "street",
                "value": {"street": "1 Rue neuve"},
            }
        )
        self.assertEqual(exclusion.scope, "value")
        self.assertEqual(exclusion.value_display, "1 Rue neuve")
        self.assertFalse(self.sync({self.cegid: {"street": "1 RUE NEUVE"}}))
        self.assertTrue(self.sync({self.cegid: {"street": "2 RUE NEUVE"}}))

    def test_closed_is_never_excluded_for_good(self):
        with self.assertRaises(ValidationError):
            self.env["partner.update.exclusion"].create(
                {"partner_id": self.cegid.id, "key": "establishment_state"}
            )

    def test_lifted_exclusion_is_asked_about_again(self):
        exclusion = self.env["partner.update.exclusion"].create(
            {"partner_id": self.cegid.id, "key": "street"}
        )
        link = self.env["partner.data.link"].create(
            {
                "partner_id": self.cegid.id,
                "source_id": self.source.id,
                "next_check": "2030-01-01",
                "register_date": "2026-02-09",
            }
        )
        exclusion.with_user(self.officer).action_lift()
        self.assertFalse(exclusion.exists())
        self.assertFalse(link.next_check)
        self.assertFalse(link.register_date)

    # === Priority === #

    def test_priority(self):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.cegid.id,
                "invoice_date": "2026-11-01",
                "invoice_line_ids": [
                    (0, 0, {"name": "x", "price_unit": 1000, "tax_ids": False})
                ],
            }
        )
        invoice.invoice_date = date.today()
        invoice.action_post()
        proposal = self.sync({self.cegid: {"street": "1 RUE NEUVE"}})
        self.assertEqual(proposal.priority_balance, 1000)
        self.assertEqual(proposal.priority_sales, 1000)

    # === One proposal, whatever the company === #

    def test_one_proposal_for_a_partner_of_several_companies(self):
        company = self.env["res.company"].create({"name": "Filiale"})
        first = self.sync({self.cegid: {"street": "1 RUE NEUVE"}})
        second = self.env["partner.update.proposal"].with_company(company)
        again = second._sync(
            self.source, self.checks({self.cegid: {"street": "1 RUE NEUVE"}})
        )
        self.assertEqual(first, again)
        self.assertEqual(len(self.proposals(self.cegid)), 1)

    # === Queries === #

    def test_queries(self):
        # What Odoo keeps in memory (rules, defaults) is read once.
        self.sync({self.cegid: {"zip": "75002"}})
        partners = self.companies(60)
        checks = self.checks({partner: {} for partner in partners})
        with self.subTest("nothing differs"):
            self.count_queries(checks, 1)
        self.change(checks, partners[:2], zip="75002")
        with self.subTest("two new proposals"):
            # Partners, exclusions, priorities, proposals, lines and their partner.
            self.count_queries(checks, 6)
        with self.subTest("the same again"):
            self.count_queries(checks, 3)
        self.change(checks, partners[:2], zip="75003")
        self.change(checks, partners[2:40], zip="75003")
        with self.subTest("two to bring up to date, 38 new"):
            self.count_queries(checks, 11)
        self.change(checks, partners[:40], zip="69009")
        with self.subTest("40 without difference any more"):
            self.count_queries(checks, 5)

    def count_queries(self, checks, count):
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.user.fetch(["login"])
        with self.assertQueryCount(count):
            self.env["partner.update.proposal"]._sync(self.source, checks)
            self.env.flush_all()

    @staticmethod
    def change(checks, partners, **values):
        for partner in partners:
            checks[partner] = (checks[partner][0] | values, False)
