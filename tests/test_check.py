"""The check of partners against the register: who is asked about, what follows."""

import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.partner_company_data.models import partner_data_check

from .check_common import BATCH, CheckCase, unknown_siret

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@tagged("post_install", "-at_install")
class TestCheck(CheckCase):
    # === The queue === #

    def test_first_run(self):
        run = self.run_check()
        self.assertEqual(run.state, "done")
        self.assertEqual(run.checked_count, len(self.partners))
        self.assertEqual(run.requests, 1 + len(self.partners) // BATCH)
        links = self.links()
        self.assertEqual(set(links.mapped("state")), {"checked"})
        self.assertEqual(links.mapped("file_id.siret"), links.mapped("identifier"))
        self.assertEqual(self.partners.registry_link_id, links)
        for link in links:
            self.assertAlmostEqual(
                link.next_check, fields.Datetime.now() + DAY, delta=MINUTE
            )

    def test_register_not_loaded_again(self):
        self.run_check()
        self.links().next_check = fields.Datetime.now() - MINUTE
        run = self.run_check()
        self.assertEqual((run.requests, run.checked_count), (1, 0))

    def test_new_and_changed_partners_only(self):
        self.run_check()
        changed = self.partners[4]
        self.links(changed).checked_on = changed.write_date - MINUTE
        [item] = [
            item
            for item in self.sample(60)
            if item["siret"] not in self.partners.mapped("l10n_fr_siret")
        ][:1]
        new = self.partners_like([item])
        self.only(self.partners | new)
        self.control("DELETE", "requests")
        run = self.run_check()
        self.assertEqual((run.requests, run.checked_count), (2, 2))
        [where] = self.asked()
        self.assertIn(changed.l10n_fr_siret, where)
        self.assertIn(new.l10n_fr_siret, where)

    def test_next_check_not_due(self):
        self.run_check()
        self.control("POST", "register/reload")
        self.assertEqual(self.run_check().requests, 1)

    def test_order_and_daily_limit(self):
        self.run_check()
        self.let_a_day_pass()
        links = self.links()
        # Yesterday's checks don't count for today's limit.
        links.checked_on = fields.Datetime.now() - 2 * DAY
        never, oldest, older = links[10], links[11], links[12]
        never.write({"next_check": False, "state": "never"})
        oldest.next_check = fields.Datetime.now() - 3 * DAY
        older.next_check = fields.Datetime.now() - 2 * DAY
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = write_date - INTERVAL '3 days' "
            "WHERE id = ANY(%s)",
            [self.partners.ids],
        )
        self.source.daily_limit = 2
        run = self.run_check()
        self.assertEqual(run.checked_count, 2)
        self.assertIn("limit of 2 partners", run.stop_reason)
        done = links.filtered(
            lambda link: link.checked_on > fields.Datetime.now() - DAY
        )
        self.assertEqual(done, never | oldest)
        self.assertEqual(self.run_check().checked_count, 0)
        self.source.daily_limit = 3
        self.assertEqual(self.run_check().checked_count, 1)
        self.assertGreater(older.checked_on, fields.Datetime.now() - DAY)

    def test_not_found_goes_to_the_end(self):
        siren = next(
            number
            for number in map(str, range(999_999_999, 900_000_000, -1))
            if self.env["res.partner"]
            .new({"company_registry": number, "is_company": True})
            .l10n_fr_siren
        )
        partner = self.env["res.partner"].create(
            {"name": "Inconnue", "is_company": True, "company_registry": siren}
        )
        self.only(partner)
        run = self.run_check()
        self.assertEqual((run.state, run.not_found_count), ("done", 1))
        link = self.links(partner)
        self.assertEqual(link.state, "not_found")
        self.assertIn("does not know", link.last_error)
        self.assertAlmostEqual(
            link.next_check, fields.Datetime.now() + DAY, delta=MINUTE
        )
        self.assertFalse(self.open_proposals(partner))

    def test_another_register_asks_for_itself(self):
        self.run_check()
        self.daily_source.state = "enabled"
        self.daily_source._process_batch(
            self.daily_source._links_of(self.partners[0]).ids
        )
        links = self.partners[0].data_link_ids
        self.assertEqual(links.source_id, self.source | self.daily_source)
        self.assertEqual(self.partners[0].registry_link_id.source_id, self.source)

    # === Seats and branches === #

    def test_moved_seat(self):
        self.run_check()
        self.let_a_day_pass()
        partner = self.partners[0]
        partner.registry_establishment_type = "head_office"
        [moved] = self.control("POST", "register/move", sirens=[partner.l10n_fr_siren])[
            "changed"
        ]
        run = self.run_check()
        # One request more: the seat of that legal unit.
        self.assertEqual(run.requests, 1 + len(self.partners) // BATCH + 1)
        self.assertEqual(run.checked_count, len(self.partners))
        lines = self.proposed(partner)[partner.id]
        self.assertEqual(
            lines["siret"], ({"company_registry": moved["new_siret"]}, "seat_moved")
        )
        self.assertEqual(lines["street"][1], "seat_moved")
        self.assertEqual(
            lines["establishment_state"][0],
            {"registry_establishment_state": "active"},
        )
        self.assertEqual(self.links(partner).file_id.siret, moved["old_siret"])
        self.assertEqual(partner.company_registry, moved["old_siret"])

    def test_seats_are_asked_for_within_the_batch(self):
        self.run_check()
        self.let_a_day_pass()
        self.links().seek_seat = True
        self.control("DELETE", "requests")
        with patch.object(partner_data_check, "BATCHES_A_SLICE", 3):
            run = self.run_check()
        self.assertEqual(run.checked_count, len(self.partners))
        numbers = [len(re.findall(r"\d+", where)) for where in self.asked()]
        self.assertEqual(sum(numbers), 2 * len(self.partners))
        self.assertEqual(set(numbers), {BATCH - 1}, "two numbers for each partner")

    def test_moved_seat_by_the_button(self):
        self.run_check()
        self.let_a_day_pass()
        partner = self.partners[0]
        [moved] = self.control("POST", "register/move", sirens=[partner.l10n_fr_siren])[
            "changed"
        ]
        partner.update_check_from_ods()
        lines = self.proposed(partner)[partner.id]
        self.assertEqual(lines["siret"][0], {"company_registry": moved["new_siret"]})

    def test_closed_branch_is_not_given_the_seat(self):
        item = next(
            item
            for item in self.control("GET", "companies", limit=500)["results"]
            if item["etablissementsiege"] == "non"
            and item["etatadministratifetablissement"] == "Actif"
            and item["etatadministratifunitelegale"] == "Active"
            and item["statutdiffusionetablissement"] == "O"
        )
        partner = self.partners_like([item])
        self.only(partner)
        self.run_check()
        self.open_proposals(partner).action_validate()
        self.links(partner).next_check = False
        self.control("POST", "register/close", sirets=[item["siret"]])
        self.assertEqual(self.run_check().state, "done")
        self.assertEqual(self.links(partner).alert, "closed")
        lines = self.proposed(partner)[partner.id]
        self.assertEqual(
            lines["establishment_state"][0],
            {"registry_establishment_state": "closed"},
        )
        self.assertFalse({"siret", "street", "zip", "city"} & set(lines))

    def test_unknown_siret_is_looked_for_by_its_siren(self):
        partner = self.partners[0]
        known = partner.company_registry
        partner.company_registry = unknown_siret(partner.l10n_fr_siren)
        self.only(partner)
        run = self.run_check()
        self.assertEqual(run.requests, 3)
        self.assertEqual(self.links(partner).state, "checked")
        lines = self.proposed(partner)[partner.id]
        self.assertEqual(lines["siret"], ({"company_registry": known}, "difference"))

    def test_unknown_siret_of_a_branch_is_not_the_seat(self):
        branch, seat = self.partners[:2]
        branch.registry_establishment_type = "secondary"
        branch.company_registry = unknown_siret(seat.l10n_fr_siren)
        # The seat's file comes in the same answer.
        seat.company_registry = seat.l10n_fr_siren
        self.only(branch + seat)
        self.run_check()
        self.assertEqual(self.links(branch).state, "not_found")
        self.assertFalse(self.open_proposals(branch))

    def test_ceased_company(self):
        self.run_check()
        self.let_a_day_pass()
        partner = self.partners[0]
        self.control("POST", "register/cease", sirens=[partner.l10n_fr_siren])
        self.run_check()
        self.assertEqual(self.links(partner).alert, "ceased")
        self.assertEqual(len(partner.activity_ids), 1)
        self.assertTrue(partner.active)
        self.let_a_day_pass()
        self.run_check()
        self.assertEqual(len(partner.activity_ids), 1)

    def test_register_chosen_instead_is_shown(self):
        partners = self.partners[:2]
        register = self.source
        self.only(partners)
        self.run_check()
        self.assertEqual(partners.registry_source_id, register)
        register.state = "disabled"
        self.source = self.daily_source
        self.source.write(
            {"state": "enabled", "partner_domain": register.partner_domain}
        )
        self.run_check()
        self.assertEqual(partners.registry_source_id, self.daily_source)
        self.daily_source.state = "disabled"
        self.source = register
        register.state = "enabled"
        self.run_check()
        self.assertEqual(partners.registry_source_id, register)

    # === Cost === #

    def test_queries_do_not_grow_with_the_batch(self):
        self.run_check()
        self.open_proposals().action_validate()
        self.assertEqual(self.count_queries(self.links()[:2]), 9)
        self.assertEqual(self.count_queries(self.links()), 9)

    def count_queries(self, links):
        """SQL queries of a batch in which nothing has changed."""
        self.source._process_batch(links.ids)
        self.env.invalidate_all()
        self.source.mapped("base_url")
        queries = self.env.cr.sql_log_count
        self.source._process_batch(links.ids)
        return self.env.cr.sql_log_count - queries
