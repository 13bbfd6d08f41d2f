from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import new_test_user, run_scheduled, silent_bureau
from .exposure_common import ExposureCase

# Of nobody in these tests.
SIREN = "552100554"
READER = "partner_company_data.group_credit_reader"


@tagged("post_install", "-at_install")
class TestCreditAlert(ExposureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Alert = cls.env["partner.credit.alert"]
        # The scheduled action runs with all rights.
        cls.Engine = cls.Alert.sudo()
        cls.Hit = cls.env["partner.credit.alert.hit"]
        cls.Alert.search([]).active = False
        cls.policy = cls.env["partner.credit.policy"]._of(cls.company)
        cls.source = silent_bureau(cls)
        cls.file = (
            cls.env["partner.credit.file"]
            .sudo()
            .create(
                {
                    "name": "Acier du Rhône",
                    "source_id": cls.source.id,
                    "bureau_id": "FR-X-73282932000074",
                    "siren": cls.customer.l10n_fr_siren,
                    "has_score": True,
                    "score": 55,
                    "has_legal_facts": True,
                    "updated_on": fields.Datetime.now(),
                }
            )
        )
        cls.customer.credit_file_id = cls.file
        cls.customer.customer_rank = 1
        cls.stranger.customer_rank = 1
        cls.assess()
        cls.Engine._evaluate_changed(cls.company)

    @classmethod
    def assess(cls):
        cls.env["partner.credit.assessment"]._refresh(
            cls.policy, cls.customer | cls.stranger
        )

    def alert(self, *conditions, **values):
        return self.Alert.create(
            {
                "name": "Alert",
                "condition_ids": [Command.create(one) for one in conditions],
                **values,
            }
        )

    def score_under(self, value=30, **values):
        return self.alert(
            {"fact": "score", "operator": "under", "value": value}, **values
        )

    def learn(self, **values):
        """A bureau tells something new, and the alerts look."""
        self.file.write(values)
        self.assess()
        while self.Engine._evaluate_changed(self.company):
            pass
        return self.Hit.search([("company_id", "=", self.company.id)])

    # === When an alert fires === #

    def test_fires_once_for_a_change(self):
        alert = self.score_under()
        self.assertFalse(self.learn(score=40))
        hit = self.learn(score=25)
        self.assertEqual(hit.alert_id, alert)
        self.assertEqual(hit.partner_id, self.customer)
        self.assertEqual(
            hit.sentence, "Solvency score (% of its scale): 25 (40 before)"
        )
        self.assertEqual(self.learn(), hit)
        self.assertEqual(self.learn(score=20), hit)

    def test_scheduled_action_assesses_what_a_bureau_has_told(self):
        self.score_under()
        self.file.write(
            {"score": 12, "updated_on": fields.Datetime.now() + timedelta(seconds=5)}
        )
        self.registry_enter_test_mode()
        run_scheduled(self, "partner.credit.alert", "_cron_evaluate")
        self.assertEqual(self.Hit.search([]).partner_id, self.customer)

    def test_what_was_so_before_is_no_news(self):
        self.learn(score=25)
        self.score_under()
        self.assertFalse(self.learn(score=24))

    def test_fires_again_after_the_quiet_time(self):
        self.score_under(quiet_days=10)
        hit = self.learn(score=25)
        self.learn(score=60)
        self.assertEqual(self.learn(score=25), hit)
        hit.sudo().fired_on -= timedelta(days=11)
        self.learn(score=60)
        self.assertEqual(len(self.learn(score=25)), 2)

    def test_all_or_any_condition(self):
        conditions = (
            {"fact": "score", "operator": "under", "value": 30},
            {"fact": "exposure", "operator": "above", "value": 1000},
        )
        self.alert(*conditions, name="both")
        self.alert(*conditions, name="one", match="any")
        self.assertEqual(self.learn(score=25).alert_id.name, "one")
        self.invoice(self.plant, 5_000)
        self.assertEqual(set(self.learn().alert_id.mapped("name")), {"one", "both"})

    def test_segment(self):
        tag = self.env["res.partner.category"].create({"name": "Watched"})
        self.score_under(partner_domain=f"[('category_id', '=', {tag.id})]")
        self.assertFalse(self.learn(score=25))
        self.learn(score=60)
        # Any partner of the legal unit brings it into the segment.
        self.plant.category_id = tag
        self.assertEqual(len(self.learn(score=25)), 1)

    def test_new_privilege(self):
        self.alert({"fact": "privilege_count", "operator": "rises", "value": 1})
        self.assertEqual(len(self.learn(privilege_count=1)), 1)

    # === What is told for the first time === #

    def forget_bureaus(self):
        """As before any bureau was connected."""
        self.file.updated_on = False
        self.learn(has_score=False, has_legal_facts=False)

    def test_first_facts_of_a_bureau_are_no_news(self):
        self.forget_bureaus()
        self.score_under()
        self.alert({"fact": "is_in_proceedings", "operator": "is"})
        self.alert({"fact": "privilege_count", "operator": "rises", "value": 1})
        first = {
            "updated_on": fields.Datetime.now(),
            "has_legal_facts": True,
            "proceeding": "liquidation",
            "privilege_count": 3,
        }
        self.assertFalse(self.learn(has_score=True, score=12, **first))
        # What changes from then on is.
        self.learn(score=60)
        self.assertEqual(len(self.learn(score=12, privilege_count=4)), 2)

    def test_first_value_is_no_news(self):
        self.alert({"fact": "paydex", "operator": "under", "value": 50})
        self.assertFalse(self.learn(has_paydex=True, paydex=30))

    def test_second_bureau_is_no_change_of_the_first_ones_values(self):
        self.alert({"fact": "score", "operator": "falls", "value": 20, "days": 90})
        self.score_under()
        other = silent_bureau(self, code="altares")
        file = self.file.copy({"source_id": other.id, "score": 10})
        self.assertFalse(self.learn())
        file.score = 50
        self.assertFalse(self.learn())
        file.score = 20
        self.assertEqual(len(self.learn()), 2)

    def test_exposure_over_a_limit_that_was_told_just_now(self):
        self.forget_bureaus()
        self.alert({"fact": "bureau_limit", "operator": "under", "other": "exposure"})
        limit = {"has_credit_limit": True, "credit_limit": 1000}
        self.file.currency_id = self.company.currency_id
        self.invoice(self.plant, 500)
        self.learn(updated_on=fields.Datetime.now(), **limit)
        self.invoice(self.plant, 5_000)
        self.assertEqual(len(self.learn()), 1)

    def test_rule_that_asks_for_first_facts(self):
        self.forget_bureaus()
        self.score_under(first_facts=True)
        values = {"updated_on": fields.Datetime.now(), "has_score": True, "score": 12}
        self.assertEqual(len(self.learn(**values)), 1)

    # === A legal unit whose number changes === #

    def tell_of_overdue(self, partner):
        """Somebody is told that a customer pays late, and would be at once again."""
        self.alert({"fact": "overdue", "operator": "above", "value": 1}, quiet_days=0)
        self.invoice(partner, 700, due=-10)
        return self.look_at(partner)

    def look_at(self, *partners):
        self.env["partner.credit.assessment"]._refresh(
            self.policy, self.env["res.partner"].union(*partners)
        )
        while self.Engine._evaluate_changed(self.company):
            pass
        return self.Hit.search([("company_id", "=", self.company.id)])

    def test_siren_that_is_filled_in_is_no_news(self):
        hit = self.tell_of_overdue(self.stranger)
        self.assertEqual(hit.unit, -self.stranger.id)
        self.stranger.write(
            {"company_registry": SIREN, "country_id": self.env.ref("base.fr").id}
        )
        self.assertEqual(self.look_at(self.stranger), hit)
        self.assertEqual(hit.unit, int(SIREN))
        units = self.env["partner.credit.watch"].search([]).mapped("unit")
        self.assertIn(int(SIREN), units)
        self.assertNotIn(-self.stranger.id, units)

    def test_siren_that_is_filled_in_before_the_nightly_turn(self):
        hit = self.tell_of_overdue(self.stranger)
        self.stranger.write(
            {"company_registry": SIREN, "country_id": self.env.ref("base.fr").id}
        )
        Assessment = self.env["partner.credit.assessment"].sudo()
        Assessment._refresh(self.policy, self.stranger)
        Assessment._remove_stale(self.company, fields.Datetime.now())
        self.assertEqual(self.look_at(self.stranger), hit)

    def test_siren_that_is_corrected_is_no_news(self):
        hit = self.tell_of_overdue(self.customer)
        self.score_under()
        other = self.file.copy({"bureau_id": "FR-X-1", "siren": SIREN, "score": 12})
        self.customer.company_registry = SIREN
        self.source._link_files([(self.customer.id, other.id)])
        # The plant is what is left of the other company.
        self.assertEqual(self.look_at(self.customer, self.plant), hit)
        self.assertEqual(hit.unit, int(SIREN))
        left = self.env["partner.credit.assessment"].search(
            [("unit", "=", int(self.plant.l10n_fr_siren))]
        )
        self.assertEqual(left.partner_id, self.plant)
        other.score = 60
        self.look_at(self.customer)
        other.score = 20
        self.assertEqual(len(self.look_at(self.customer)), 2)

    def test_merge_is_no_news(self):
        hit = self.tell_of_overdue(self.stranger)
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.stranger | self.customer).ids, self.customer, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertEqual(self.look_at(self.customer), hit)
        self.assertEqual(hit.partner_id, self.customer)
        self.assertEqual(hit.unit, int(self.customer.l10n_fr_siren))

    def test_data_that_grows_old(self):
        self.alert(
            {"fact": "age_days", "operator": "above", "value": 365}, quiet_days=0
        )
        now = fields.Datetime.now()
        self.assertFalse(self.learn(updated_on=now - timedelta(days=364)))
        watches = (
            self.env["partner.credit.watch"]
            .sudo()
            .search([("company_id", "=", self.company.id)])
        )
        # There are two of a customer where midnight has passed since the class began.
        earlier = watches.filtered(lambda watch: watch.date < self.today)
        earlier.unlink()
        (watches - earlier).write({"date": self.today - timedelta(days=1)})
        facts_on = self.today - timedelta(days=366)
        self.env.cr.execute(
            "UPDATE partner_credit_assessment"
            " SET facts = jsonb_set(facts, '{facts_on}', to_jsonb(%s::text))"
            " WHERE partner_id = %s",
            [facts_on.isoformat(), self.customer.id],
        )
        for _run in range(2):
            self.Engine._evaluate_aged(self.company)
            self.assertEqual(self.Hit.search_count([]), 1, "told once")
            # As if some time had passed since.
            self.Hit.search([]).sudo().fired_on -= timedelta(seconds=2)

    def test_preview(self):
        self.learn(score=25)
        action = self.score_under().action_preview()
        self.assertEqual(action["domain"], [("id", "in", self.customer.ids)])
        self.assertIn("1 customers", action["name"])
        self.assertFalse(self.Hit.search_count([]))

    def test_who_fulfils_which_rule_now(self):
        reader = self.make_user("reader", READER)
        shared = self.score_under(name="Low")
        self.score_under(name="mine", is_private=True)
        self.learn(score=25)
        action = self.Alert.with_user(reader).action_open_matches()
        Match = self.env["partner.credit.alert.match"]
        match = Match.with_user(reader).search(action["domain"])
        self.assertEqual(match.alert_id, shared)
        self.assertEqual(match.partner_id, self.customer)
        self.assertEqual(match.sentence, "Solvency score (% of its scale): 25")
        self.assertFalse(Match.with_user(self.make_user("other", READER)).search([]))

    def test_suppliers_fire_as_well(self):
        self.customer.write({"customer_rank": 0, "supplier_rank": 1})
        self.plant.supplier_rank = 1
        alert = self.score_under(partner_domain="[('supplier_rank', '>', 0)]")
        self.learn(score=25)
        self.assertEqual(self.Hit.search([]).alert_id, alert)
        self.assertTrue(
            self.env["partner.credit.assessment"]
            .search([("partner_id", "=", self.customer.id)])
            .is_supplier
        )

    def test_rule_without_conditions_is_refused(self):
        with self.assertRaises(ValidationError):
            self.Alert.create({"name": "Everybody"})

    def test_preview_of_nobody_says_so(self):
        action = self.score_under(1).action_preview()
        self.assertEqual(action["domain"], [("id", "in", [])])
        self.assertIn("Nobody", action["help"])

    def test_two_conditions_on_a_fact_are_said_once(self):
        self.alert(
            {"fact": "score", "operator": "under", "value": 30},
            {"fact": "score", "operator": "falls", "value": 20},
        )
        self.learn(score=25)
        hit = self.Hit.search([])
        self.assertEqual(
            hit.sentence, "Solvency score (% of its scale): 25 (55 before)"
        )

    # === What happens then === #

    def activities(self, user=None):
        return (
            self.env["mail.activity"]
            .with_user(user or self.env.user)
            .search([("res_model", "=", "partner.credit.alert.hit")])
        )

    def make_user(self, login, *groups):
        return new_test_user(
            self.env,
            login,
            groups=",".join(("base.group_user", *groups)),
            company_id=self.company.id,
            company_ids=[self.company.id],
        )

    def test_one_activity_a_customer(self):
        seller = self.make_user("seller", READER)
        self.customer.user_id = seller
        self.score_under(name="Low score", make_activity=True)
        self.alert({"fact": "is_ceased", "operator": "is"}, make_activity=True)
        self.learn(score=25)
        activity = self.activities()
        self.assertEqual(activity.user_id, seller)
        self.assertIn("Low score", activity.note)
        self.learn(status="ceased")
        self.assertEqual(self.activities(), activity)
        self.assertIn("Company ceased", activity.note)
        self.assertIn("2 credit alerts", activity.summary)
        activity.action_done()
        self.learn(status="active", score=60)
        month_ago = fields.Datetime.now() - timedelta(days=31)
        self.Hit.search([]).sudo().write({"fired_on": month_ago})
        self.learn(score=25)
        self.assertEqual(len(self.activities()), 1)

    def test_activity_is_for_those_who_may_know(self):
        stranger = self.make_user("other")
        self.customer.user_id = stranger
        self.score_under(make_activity=True)
        self.learn(score=25)
        self.assertEqual(self.activities().user_id, self.env.user)
        self.assertFalse(self.activities(stranger))
        self.assertFalse(self.customer.activity_ids)
        with self.assertRaises(AccessError):
            self.Hit.with_user(stranger).search([])

    def test_claim_to_declare(self):
        judged_on = self.today - timedelta(days=5)
        before = self.invoice(self.plant, 700, invoice_date=judged_on - timedelta(3))
        self.invoice(self.customer, 900, invoice_date=judged_on + timedelta(1))
        self.learn()
        self.alert({"fact": "is_in_proceedings", "operator": "is"}, make_activity=True)
        hit = self.learn(proceeding="receivership", proceeding_on=judged_on)
        self.assertEqual(hit.claim_before, fields.Date.add(judged_on, months=2))
        self.assertEqual(hit._earlier_invoices(), {hit.id: before.ids})
        self.assertIn("Declare the claim before", self.activities().note)
        self.assertIn("1 open invoices", self.activities().note)

    def test_what_alerts_have_in_common_is_said_once(self):
        scenario = self.env["partner.credit.scenario"].create({"name": "Lawyer"})
        judged_on = self.today - timedelta(days=90)
        self.invoice(self.plant, 700, invoice_date=judged_on - timedelta(3))
        self.learn()
        values = {"make_activity": True, "scenario_id": scenario.id}
        self.alert({"fact": "is_in_proceedings", "operator": "is"}, **values)
        self.score_under(**values)
        self.learn(score=25, proceeding="receivership", proceeding_on=judged_on)
        note = self.activities().note
        self.assertEqual(note.count("<b>"), 2)
        self.assertEqual(note.count("Lawyer"), 1)
        self.assertEqual(note.count("The claim had to be declared before"), 1)

    def test_nothing_to_declare_where_nothing_is_open(self):
        self.learn()
        self.alert({"fact": "is_in_proceedings", "operator": "is"}, make_activity=True)
        self.learn(proceeding="receivership", proceeding_on=self.today)
        self.assertNotIn("claim", self.activities().note)

    def test_mail_inside_the_company(self):
        self.env.user.email = "claire@example.com"
        portal = new_test_user(self.env, "portal", groups="base.group_portal")
        portal.email = "customer@example.com"
        self.score_under(mail_user_ids=(self.env.user | portal).ids)
        self.learn(score=25)
        mail = (
            self.env["mail.mail"].sudo().search([("subject", "ilike", "credit alerts")])
        )
        self.assertEqual(mail.mapped("email_to"), [self.env.user.email_formatted])
        self.assertIn("25", mail.body_html)

    def test_scenario_on_the_partner(self):
        scenario = self.env["partner.credit.scenario"].create({"name": "Lawyer"})
        self.score_under(scenario_id=scenario.id)
        self.learn(score=25).invalidate_recordset()
        self.customer.invalidate_recordset()
        self.assertEqual(self.plant.credit_scenario_id, scenario)
        self.assertEqual(self.plant.credit_alert_count, 1)

    def test_mark_as_seen(self):
        self.score_under()
        hit = self.learn(score=25)
        hit.action_seen()
        self.assertEqual(hit.state, "seen")
        self.assertEqual(hit.seen_by_id, self.env.user)

    # === Rules that make no sense, and rights === #

    def test_nonsense_is_refused(self):
        for condition in (
            {"fact": "is_ceased", "operator": "above"},
            {"fact": "score", "operator": "is"},
            {"fact": "score", "operator": "falls", "other": "exposure"},
            {"fact": "score", "operator": "under", "days": 3},
        ):
            with self.assertRaises(ValidationError):
                self.alert(condition)
        with self.assertRaises(ValidationError):
            self.score_under(partner_domain="[('no_such_field', '=', 1)]")
        with self.assertRaises(ValidationError):
            self.alert()

    def test_private_alert(self):
        reader = self.make_user("reader", READER)
        shared = self.score_under(name="shared")
        private = self.score_under(name="private", is_private=True)
        self.learn(score=25)
        found = self.Alert.with_user(reader).search([])
        self.assertEqual(found, shared)
        hits = self.Hit.with_user(reader).search([])
        self.assertNotIn(private, hits.sudo().alert_id)
        with self.assertRaises(AccessError):
            shared.with_user(reader).name = "mine"
        with self.assertRaises(AccessError):
            private.with_user(reader).action_preview()
        with self.assertRaises(AccessError):
            hits.with_user(reader).read(["values"])

    def test_delivered_rules(self):
        delivered = self.Alert.with_context(active_test=False).search(
            [("id", "in", [self.ref_id(name) for name in DELIVERED])]
        )
        self.assertEqual(len(delivered), len(DELIVERED))
        delivered.active = True
        hits = self.learn(
            score=10,
            proceeding="liquidation",
            proceeding_on=self.today,
            status="ceased",
        )
        self.assertEqual(
            set(hits.alert_id.mapped("name")),
            {"New collective proceedings", "Score under 30", "Company ceased"},
        )

    def ref_id(self, name):
        return self.env.ref(f"partner_company_data.credit_alert_{name}").id

    # === Cost === #

    def test_queries_do_not_grow(self):
        for number in range(5):
            self.score_under(name=str(number), make_activity=True)
        customers = [
            self.make_customer(f"Customer {number}", False, country="base.de")
            for number in range(20)
        ]
        partners = self.customer.union(*customers)
        self.env["partner.credit.assessment"]._refresh(self.policy, partners)
        self.Engine._evaluate_changed(self.company)
        self.assertLessEqual(self.count_queries(20), self.count_queries(3) + 2)

    def count_queries(self, turnover):
        """Of a look at customers who do not fulfil any condition."""
        self.env.cr.execute(
            "UPDATE partner_credit_assessment"
            " SET facts = jsonb_set(facts, '{turnover}', to_jsonb(random()))"
            " WHERE id IN (SELECT id FROM partner_credit_assessment LIMIT %s)",
            [turnover],
        )
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.Engine._evaluate_changed(self.company)
        return self.env.cr.sql_log_count - before


DELIVERED = (
    *("proceedings", "privilege", "ceased", "rating"),
    *("score", "limit", "late", "old"),
)
