from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.partner_company_data.models.partner_credit_portfolio_queue import BATCH

from .common import new_test_user
from .portfolio_common import PortfolioCase

# Two batches and a part of one.
MANY = 2 * BATCH + 10
# The sandbox's second user.
COLLEAGUE = "101445011"
SOURCE_LOG = "odoo.addons.partner_company_data.models.partner_data_source"


@tagged("post_install", "-at_install")
class TestCreditPortfolio(PortfolioCase):
    # === One partner === #

    def test_one_partner_is_added_at_once_with_its_current_values(self):
        self.assertFalse(self.partner.credit_is_monitored)
        self.add(self.partner)
        line = self.lines()
        self.assertEqual(line.state, "up_to_date")
        self.assertEqual(line.partner_id, self.partner)
        self.assertEqual(self.there(), {line.bureau_id})
        self.assertTrue(self.partner.credit_is_monitored)
        self.assertEqual(self.partner.credit_portfolio_ids, self.portfolio)
        self.assertTrue(line.file_id.rating or line.file_id.has_score)
        self.assertEqual(line.file_id.score_ids.origin, "monitoring")
        self.assertEqual(self.bought, 0)

    def test_a_company_that_is_there_already_was_added(self):
        self.add(self.partner)
        line = self.lines()
        line.write({"state": "to_add", "is_there": False})
        self.work()
        self.assertEqual(line.state, "up_to_date")
        self.assertTrue(line.is_there)
        self.assertEqual(len(self.there()), 1)

    def test_a_partner_leaves_the_portfolio_on_both_sides(self):
        self.add(self.partner)
        self.remove(self.partner)
        self.assertFalse(self.lines())
        self.assertFalse(self.there())
        self.assertFalse(self.partner.credit_is_monitored)

    def test_it_stays_monitored_by_another_portfolio(self):
        other = self.make_portfolio("Fournisseurs")
        self.add(self.partner)
        self.add(self.partner, other)
        self.assertEqual(self.partner.credit_portfolio_ids, self.portfolio | other)
        self.remove(self.partner)
        self.assertTrue(self.partner.credit_is_monitored)
        other.action_deactivate()
        self.assertFalse(self.partner.credit_is_monitored)

    # === Many partners === #

    def test_many_partners_are_added_and_removed_in_the_background(self):
        partners = self.partners_like(self.sample(MANY, seed=7))
        nameless = self.env["res.partner"].create(
            {"name": "Sans numéro", "is_company": True}
        )
        wizard = self.open_dialog(partners | nameless | partners[:1])
        self.assertEqual(wizard.portfolio_id, self.portfolio)
        self.assertEqual(wizard.todo_count, MANY)
        self.assertEqual(wizard.lack_count, 1)
        self.assertEqual(wizard.lack_names, "Sans numéro")
        self.env.flush_all()
        wizard.action_confirm()
        self.assertFalse(self.there())
        self.work()
        self.assertEqual(len(self.there()), MANY)
        self.assertEqual(len(self.lines("up_to_date")), MANY)
        self.assertEqual(self.lines("no_identifier").partner_id, nameless)
        self.assertTrue(all(partners.mapped("credit_is_monitored")))
        self.assertTrue(all(line.file_id.rating for line in self.lines("up_to_date")))
        again = self.open_dialog(partners)
        self.assertEqual((again.todo_count, again.there_count), (0, MANY))
        self.remove(partners)
        self.work()
        self.assertFalse(self.there())
        self.assertEqual(self.lines().partner_id, nameless)
        self.assertEqual(self.bought, 0)

    def test_partners_of_one_company_take_one_place(self):
        twin = self.partners_like(self.establishments[:1], name="Le même")
        self.add(self.partner | twin)
        self.work()
        self.assertEqual(len(self.lines()), 1)
        self.assertTrue(twin.credit_is_monitored)

    def test_one_that_fails_stops_no_other(self):
        self.fault("500", "/companies")
        with mute_logger(SOURCE_LOG):
            self.add(self.partners)
            self.work()
        self.assertEqual(len(self.there()), 3)
        waiting = self.lines("to_add")
        self.assertTrue(waiting.reason)
        self.assertGreater(waiting.next_attempt, fields.Datetime.now())
        waiting.next_attempt = False
        self.work()
        self.assertEqual(len(self.there()), 4)
        self.assertFalse(self.lines().filtered("reason"))

    def test_without_free_places_companies_wait_with_the_reason(self):
        # Five companies of other portfolios are monitored from the start.
        self.control("POST", "creditsafe/contract", monitoring={"paid": 7})
        wizard = self.open_dialog(self.partners)
        self.assertTrue(wizard.is_too_many)
        wizard.portfolio_id = self.portfolio
        self.env.flush_all()
        wizard.action_confirm()
        self.work()
        self.assertEqual(len(self.there()), 2)
        waiting = self.lines("to_add")
        self.assertEqual(len(waiting), 2)
        self.assertTrue(all("place" in line.reason for line in waiting))
        self.control("POST", "creditsafe/contract", monitoring={"paid": 50})
        waiting.next_attempt = False
        self.work()
        self.assertEqual(len(self.there()), 4)

    # === Rights === #

    def test_readers_see_and_change_nothing(self):
        portfolio = self.portfolio.with_user(self.reader)
        self.assertEqual(portfolio.name, "Clients Sud")
        for call in (
            lambda: portfolio.write({"name": "x"}),
            portfolio.action_deactivate,
            portfolio.action_synchronise,
            portfolio.action_delete,
            lambda: self.open_dialog(self.partner, user=self.reader),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_other_companies_see_nothing(self):
        company = self.other_company()
        self.buyer.company_ids = [Command.link(company.id)]
        Portfolio = self.env["partner.credit.portfolio"].with_user(self.buyer)
        self.assertFalse(Portfolio.with_company(company).search([]))
        with self.assertRaises(AccessError):
            self.portfolio.with_user(self.buyer).with_context(
                allowed_company_ids=company.ids
            ).check_access("read")

    # === Which portfolio === #

    def test_several_of_ones_own_have_to_be_chosen_from(self):
        self.make_portfolio("Fournisseurs")
        wizard = self.open_dialog(self.partner)
        self.assertFalse(wizard.portfolio_id)
        self.assertIn("several", wizard.hint)

    def test_colleagues_portfolios_are_offered(self):
        self.portfolio.user_id = self.env.user
        wizard = self.open_dialog(self.partner)
        self.assertFalse(wizard.portfolio_id)
        self.assertEqual(wizard.usable_portfolio_ids, self.portfolio)
        self.assertIn("colleague", wizard.hint)

    # === Life of a portfolio === #

    def test_a_copy_has_no_creditsafe_id(self):
        copy = self.portfolio.copy()
        self.assertFalse(copy.bureau_id)
        self.assertFalse(copy.line_ids)
        self.assertEqual(copy.state, "active")

    def test_existing_portfolios_are_taken_over_with_companies_and_rules(self):
        action = (
            self.env["partner.credit.portfolio"]
            .with_user(self.buyer)
            .action_take_over()
        )
        wizard = self.dialog(action)
        by_name = {line.name: line for line in wizard.line_ids}
        self.assertTrue(by_name["Clients Nord"].is_foreign)
        self.assertEqual(by_name["Clients Sud"].portfolio_id, self.portfolio)
        by_name["Default"].is_ticked = True
        action = wizard.action_take_over()
        portfolio = self.env["partner.credit.portfolio"].browse(action["res_id"])
        self.assertEqual(portfolio.user_id, self.buyer)
        self.assertEqual(len(portfolio.line_ids), 3)
        self.assertTrue(all(portfolio.line_ids.file_id.mapped("is_monitored")))
        self.assertTrue(portfolio.last_monitored_on)
        self.assertFalse(portfolio.rule_ids.filtered("is_active"))
        self.assertIn("proceedings", portfolio.rule_ids.mapped("kind"))
        # Once more finds it here.
        again = self.dialog(
            self.env["partner.credit.portfolio"]
            .with_user(self.buyer)
            .action_take_over()
        )
        here = again.line_ids.filtered(lambda line: line.name == "Default")
        self.assertEqual(here.portfolio_id, portfolio)

    def test_a_new_portfolio_gets_the_rules_that_were_ticked(self):
        portfolio = (
            self.env["partner.credit.portfolio"]
            .with_user(self.buyer)
            .create({"name": "Export", "source_id": self.credit.id})
        )
        portfolio.action_list_rules()
        rules = {(rule.country_code, rule.code): rule for rule in portfolio.rule_ids}
        self.assertTrue(rules["FR", 1901].is_active)
        self.assertFalse(rules["FR", 802].is_active)
        rules["FR", 802].is_active = True
        rules["XX", 102].write({"param_0": "", "param_1": "30"})
        self.env.flush_all()
        portfolio.action_create_remote()
        self.env.invalidate_all()
        self.assertTrue(portfolio.bureau_id)
        with self.credit._open_connector() as connector:
            kept = connector.event_rules(portfolio_id=int(portfolio.bureau_id))
            emails = connector.portfolio(int(portfolio.bureau_id)).emails
        active = {rule.code: rule for rule in kept if rule.is_active}
        self.assertIn(802, active)
        self.assertIn(1901, active)
        self.assertNotIn(104, active)
        self.assertEqual(active[102].params[1], "30")
        self.assertFalse(emails)
        # Done again, nothing is made twice.
        portfolio.action_create_remote()
        self.assertEqual(len([n for n in self.names_there() if n == "Export"]), 1)

    def test_a_name_that_is_there_already_is_for_a_person(self):
        portfolio = self.env["partner.credit.portfolio"].create(
            {"name": "Default", "source_id": self.credit.id}
        )
        with self.assertRaisesRegex(UserError, "take it"):
            portfolio.action_create_remote()
        self.assertFalse(portfolio.bureau_id)

    # === Sharing === #

    def test_sharing_is_read_and_saved_at_creditsafe(self):
        Share = self.env["partner.credit.portfolio.share"]
        portfolio = self.portfolio.with_user(self.buyer)

        def dialog():
            action = portfolio.action_share()
            return Share.with_user(self.buyer).browse(action["res_id"])

        wizard = dialog()
        self.assertFalse(wizard.line_ids)
        wizard.line_ids = [
            Command.create({"user_number": COLLEAGUE, "may_add": True}),
            Command.create({"user_number": "101445099", "may_view": True}),
        ]
        notice = wizard.action_save()
        self.assertEqual(notice["params"]["type"], "success")
        self.assertTrue(portfolio.is_shared)
        colleague, other = dialog().line_ids
        self.assertEqual(colleague.user_name, "collegue@example.com")
        self.assertTrue(colleague.may_view)
        self.assertTrue(colleague.may_add)
        self.assertFalse(colleague.may_edit)
        wizard = other.wizard_id
        other.unlink()
        wizard.action_save()
        wizard = dialog()
        self.assertEqual(wizard.line_ids.user_number, COLLEAGUE)
        wizard.line_ids = [Command.clear()]
        wizard.action_save()
        self.assertFalse(dialog().line_ids)
        self.assertFalse(portfolio.is_shared)

    def test_sharing_needs_the_right_and_the_owner(self):
        portfolio = self.portfolio.with_user(self.buyer)
        self.portfolio.is_foreign = True
        with self.assertRaises(UserError):
            portfolio.action_share()
        self.portfolio.is_foreign = False
        wizard = self.env["partner.credit.portfolio.share"].create(
            {
                "portfolio_id": portfolio.id,
                "line_ids": [Command.create({"user_number": "somebody"})],
            }
        )
        with self.assertRaises(UserError):
            wizard.action_save()
        reader = new_test_user(
            self.env,
            "sharing_reader",
            groups="base.group_user,partner_company_data.group_credit_report",
        )
        with self.assertRaises(AccessError):
            self.portfolio.with_user(reader).action_share()

    def test_deleting_asks_where(self):
        self.add(self.partner)
        action = self.portfolio.action_delete()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.buyer)
            .with_context(action["context"])
            .create({})
        )
        self.assertEqual(wizard.company_count, 1)
        wizard.action_confirm()
        self.assertFalse(self.portfolio.exists())
        self.assertIn("Clients Sud", self.names_there())
        self.assertFalse(self.partner.credit_is_monitored)

    def test_deleting_at_creditsafe_too(self):
        self.env["partner.credit.portfolio.delete"].with_user(self.buyer).create(
            {"portfolio_ids": [Command.set(self.portfolio.ids)], "where": "both"}
        ).action_confirm()
        self.assertFalse(self.portfolio.exists())
        self.assertNotIn("Clients Sud", self.names_there())

    def test_a_portfolio_gone_at_creditsafe_says_so(self):
        self.add(self.partner)
        with self.credit._open_connector() as connector:
            connector.delete_portfolio(int(self.portfolio.bureau_id))
        with mute_logger(SOURCE_LOG):
            try:
                self.synchronise()
            except UserError as error:
                self.assertIn("does not know this portfolio", str(error))
            else:
                self.fail("It was not noticed.")
        self.env.invalidate_all()
        self.assertTrue(self.portfolio.is_gone)
        self.portfolio.action_unbind()
        self.assertFalse(self.portfolio.bureau_id)
        self.assertEqual(self.lines().state, "to_add")
        self.portfolio.action_create_remote()
        self.env.invalidate_all()
        self.work()
        self.assertEqual(len(self.there()), 1)

    def test_the_end_of_the_contract_erases_what_was_monitored(self):
        self.add(self.partner)
        file = self.lines().file_id
        self.credit.action_end_of_contract()
        self.assertFalse(self.portfolio.exists())
        self.assertFalse(file.exists())
