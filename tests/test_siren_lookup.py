from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.partner_company_data.connectors.errors import MalformedError

from .common import SandboxCase, new_test_user

GROUP = "partner_company_data.group_partner_data_"


@tagged("post_install", "-at_install")
class TestSirenLookup(SandboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = new_test_user(cls.env, "lookup-officer", groups=f"{GROUP}officer")
        cls.cron = cls.env.ref("partner_company_data.cron_siren_lookup")
        cls.Lookup = cls.env["partner.siren.lookup"]
        cls.Lookup.search([]).unlink()
        found = {}
        for item in cls.sample(200):
            if item["denominationunitelegale"] and item["etablissementsiege"] == "oui":
                found.setdefault(item["denominationunitelegale"], item)
        cls.establishments = list(found.values())[:4]
        cls.partners = cls.env["res.partner"].create(
            [
                {
                    "name": item["denominationunitelegale"].title(),
                    "is_company": True,
                    "zip": item["codepostaletablissement"],
                    "city": item["libellecommuneetablissement"],
                    "country_id": cls.env.ref("base.fr").id,
                }
                for item in cls.establishments
            ]
        )

    def run_cron(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def look_up(self, partners=None):
        (partners or self.partners).with_user(self.officer).action_get_siren()
        self.run_cron()
        return self.Lookup.search([]).with_user(self.officer)

    def by_partner(self, lookups):
        return {lookup.partner_id: lookup for lookup in lookups}

    def test_many_partners(self):
        action = self.partners.with_user(self.officer).action_get_siren()
        self.assertIn("4 partners", action["params"]["message"])
        self.assertEqual(action["params"]["next"]["res_model"], "partner.siren.lookup")
        lookups = self.Lookup.search([])
        self.assertEqual(set(lookups.mapped("state")), {"waiting"})
        self.run_cron()
        by_partner = self.by_partner(lookups)
        for partner, item in zip(self.partners, self.establishments, strict=True):
            lookup = by_partner[partner]
            self.assertEqual(lookup.state, "candidates")
            self.assertEqual(lookup.siret, item["siret"])
            self.assertEqual(lookup.match_rate, lookup.candidate_ids[0].match_rate)
            self.assertFalse(partner.company_registry, "nothing without a person")

    def test_accept_a_selection(self):
        lookups = self.look_up()
        self.assertFalse(lookups.action_accept())
        for partner, item in zip(self.partners, self.establishments, strict=True):
            self.assertEqual(partner.company_registry, item["siret"])
            self.assertTrue(partner.registry_naf)
            self.assertFalse(partner.street, "the address comes as a proposal")
        self.assertEqual(set(lookups.mapped("state")), {"done"})
        self.assertEqual(lookups.decided_by_id, self.officer)

    def test_choose_another(self):
        lookups = self.look_up()
        lookup = lookups.filtered("alternative_count")[:1]
        self.assertTrue(lookup)
        other = lookup.candidate_ids[1]
        lookup.candidate_ids[0].selected = False
        other.selected = True
        self.assertEqual(lookup.candidate_id, other)
        lookup.action_accept()
        self.assertEqual(lookup.partner_id.company_registry, other.siret)

    def test_dismiss_and_search_again(self):
        lookups = self.look_up()
        lookups.action_dismiss()
        self.assertEqual(set(lookups.mapped("state")), {"dismissed"})
        with self.assertRaisesRegex(UserError, "candidate"):
            lookups.action_accept()
        lookups.action_retry()
        self.assertEqual(set(lookups.mapped("state")), {"waiting"})
        self.assertFalse(lookups.candidate_ids)

    def test_partners_that_one_may_not_write_stay(self):
        lookups = self.look_up()
        foreign = self.env["res.company"].create({"name": "Elsewhere"})
        kept, rest = lookups[0], lookups[1:]
        self.env["ir.rule"].create(
            {
                "name": "Not this one",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": [("id", "!=", kept.partner_id.id)],
                "perm_read": False,
            }
        )
        notification = (kept + rest).action_accept()
        self.assertIn("1 stay", notification["params"]["message"])
        self.assertEqual(kept.state, "candidates")
        self.assertFalse(kept.partner_id.company_registry)
        self.assertEqual(set(rest.mapped("state")), {"done"})
        kept.sudo().partner_id.company_id = foreign
        self.env.invalidate_all()
        visible = self.Lookup.with_user(self.officer).search([])
        self.assertNotIn(kept, visible, "other companies' partners are theirs")

    def test_the_rule_is_off_and_takes_certain_cases_only(self):
        self.assertFalse(self.source.lookup_auto_accept)
        self.source.lookup_auto_accept = True
        elsewhere = self.partners[0]
        elsewhere.zip = "01000"
        by_partner = self.by_partner(self.look_up())
        self.assertEqual(by_partner[elsewhere].state, "candidates")
        for lookup in by_partner.values():
            certain = (
                lookup.partner_id != elsewhere
                and lookup.candidate_ids[0].match_rate >= 88
                and (not lookup.alternative_count or lookup.gap > 10)
            )
            self.assertEqual(lookup.state == "done", certain)
            self.assertEqual(bool(lookup.partner_id.company_registry), certain)
        self.assertIn("done", {lookup.state for lookup in by_partner.values()})

    def test_a_number_that_came_meanwhile_is_kept(self):
        lookups = self.look_up()
        partner = self.partners[0]
        partner.company_registry = self.establishments[1]["siret"]
        lookups.filtered(lambda lookup: lookup.partner_id == partner).action_accept()
        self.assertEqual(partner.company_registry, self.establishments[1]["siret"])

    def test_partners_with_a_siret_are_left_out(self):
        self.partners[0].company_registry = self.establishments[0]["siret"]
        self.assertEqual(len(self.look_up()), 3)
        self.partners.company_registry = self.establishments[0]["siret"]
        with self.assertRaisesRegex(UserError, "their SIRET already"):
            self.Lookup._start(self.partners)

    def test_nothing_found(self):
        self.partners.name = "Zzyzx Qwertyuiop"
        lookups = self.look_up(self.partners[:2])
        self.assertEqual(set(lookups.mapped("state")), {"nothing"})

    def test_quota_stops_and_resumes(self):
        self.control("POST", "faults", service="opendatasoft", kind="429", seconds=3600)
        lookups = self.look_up()
        self.assertEqual(set(lookups.mapped("state")), {"waiting"})
        self.assertEqual(
            len([reason for reason in lookups.mapped("reason") if reason]), 1
        )
        trigger = self.env["ir.cron.trigger"].search(
            [
                ("cron_id", "=", self.cron.id),
                ("call_at", ">", fields.Datetime.now() + timedelta(minutes=10)),
            ]
        )
        self.assertTrue(trigger)
        self.control("POST", "reset")
        self.run_cron()
        self.assertEqual(set(lookups.mapped("state")), {"candidates"})

    def test_a_service_that_is_down_is_asked_again_later(self):
        self.control("POST", "faults", service="opendatasoft", kind="500")
        lookups = self.look_up()
        self.assertEqual(set(lookups.mapped("state")), {"waiting"})
        self.assertEqual(sorted(lookups.mapped("attempts")), [0, 1, 1, 1])
        self.assertEqual(len(lookups.filtered("next_try")), 3)
        self.control("POST", "reset")
        lookups.sudo().next_try = False
        self.run_cron()
        self.assertEqual(set(lookups.mapped("state")), {"candidates"})

    def test_a_key_that_is_refused_suspends_the_source(self):
        self.control("POST", "faults", service="opendatasoft", kind="401")
        lookups = self.look_up()
        self.assertEqual(self.source.state, "suspended")
        self.assertEqual(set(lookups.mapped("state")), {"waiting"})

    def test_an_answer_that_makes_no_sense_fails_alone(self):
        self.control("POST", "faults", service="opendatasoft", kind="html", times=1)
        lookups = self.look_up()
        self.assertEqual(
            sorted(lookups.mapped("state")), ["candidates"] * 3 + ["failed"]
        )
        self.assertEqual(
            lookups.filtered(lambda lookup: lookup.state == "failed").reason,
            self.source._for_work()._error_sentence(MalformedError("")),
        )

    def test_few_requests_each(self):
        self.control("DELETE", "requests")
        self.look_up()
        counters = self.control("GET", "requests")
        self.assertLessEqual(counters["total"], 3 * len(self.partners))

    def test_rights(self):
        reader = new_test_user(self.env, "lookup-reader", groups=f"{GROUP}reader")
        with self.assertRaises(AccessError):
            self.partners.with_user(reader).action_get_siren()
        lookups = self.look_up()
        with self.assertRaises(AccessError):
            lookups.with_user(reader).read(["state"])
        with self.assertRaises(AccessError):
            lookups.candidate_ids.with_user(self.officer).write({"facts": {}})
