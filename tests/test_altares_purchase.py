from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.partner_company_data.connectors.dnb_connection import Connection
from odoo.addons.partner_company_data.connectors.errors import RefusedError
from odoo.addons.partner_company_data.models.partner_data_source_purchase import (
    BureauCompany,
)

from .altares_common import AltaresCase


@tagged("post_install", "-at_install")
class TestAltaresPurchase(AltaresCase):
    def setUp(self):
        super().setUp()
        self.siren = self.partner.l10n_fr_siren

    def change(self, **values):
        self.control("POST", "dnb/change", company=self.siren, **values)

    def test_both_bureaus_on_one_partner(self):
        self.change(percentile=12, limit=9000, days=20)
        self.update(self.partner)
        self.update_at_altares(self.partner)
        file = self.altares_file(self.partner)
        self.assertEqual(len(self.partner.credit_file_ids), 2)
        self.assertEqual(self.partner.credit_file_id.source_id, self.credit)
        self.assertEqual(file.siren, self.siren)
        self.assertEqual((file.has_score, file.score), (True, 12))
        self.assertEqual((file.has_credit_limit, file.credit_limit), (True, 9000))
        self.assertEqual((file.has_dbt, file.dbt), (True, 20))
        self.assertTrue(file.has_paydex)
        self.assertNotEqual(file.paydex, file.dbt)
        self.assertFalse(file.rating)
        self.assertIn(file.bureau_class, ("1", "2", "3", "4", "5"))
        [point] = file.score_ids.filtered(lambda point: point.origin == "report")
        self.assertEqual(
            (point.score, point.limit, point.paydex, point.delay),
            (12, 9000, file.paydex, 20),
        )
        self.assertEqual((self.bought, self.data_calls), (1, 1))

    def test_what_is_not_told_is_not_known(self):
        self.change(percentile=None, limit=None)
        self.update_at_altares(self.partner)
        file = self.altares_file(self.partner)
        self.assertFalse(file.has_score)
        self.assertFalse(file.has_credit_limit)
        self.assertFalse(file.has_score_20)
        self.assertFalse(file.risk_class)

    def test_proceedings_and_privileges(self):
        self.control(
            "POST",
            "dnb/events",
            events=[
                {
                    "company": self.siren,
                    "filing": "liquidation",
                    "liens": 2,
                    "lien_amount": 18000,
                }
            ],
        )
        self.update_at_altares(self.partner)
        file = self.altares_file(self.partner)
        self.assertTrue(file.has_proceedings)
        self.assertEqual(file.proceeding, "liquidation")
        self.assertTrue(file.proceeding_on)
        self.assertTrue(file.privilege_count or file.has_uncounted_privileges)
        if file.has_privilege_amount:
            self.assertEqual(file.privilege_amount, 18000)

    def test_german_companies_are_asked_for_with_the_reason_set(self):
        self.altares.altares_order_reason = "6333"
        asked = {}

        def order(connection, method, path, params):
            asked.update(params)
            raise RefusedError("out of the contract")

        company = BureauCompany("804735132", "Rheintal", country_code="DE")
        with (
            patch.object(Connection, "request_once", order),
            self.assertRaises(UserError),
        ):
            self.altares.with_user(self.buyer).sudo()._buy_report(company, False, "x")
        self.assertEqual(asked["orderReason"], "6333")
        self.assertEqual(self.altares._order_options(company), {"country": "DE"})

    def test_a_young_report_is_not_bought_again(self):
        self.update_at_altares(self.partner)
        self.update_at_altares(self.partner)
        self.assertEqual(self.data_calls, 1)

    def test_budget(self):
        self.altares.monthly_budget = 1
        self.update_at_altares(self.partners[0])
        with self.assertRaisesRegex(UserError, "budget of 1 reports"):
            self.update_at_altares(self.partners[1])
        self.assertEqual(self.data_calls, 1)

    def test_refused_log_in_suspends_this_bureau_only(self):
        self.altares.password = "wrong"
        self.env.flush_all()
        try:
            self.update_at_altares(self.partner)
        except UserError as error:
            self.assertIn("Altares refuses the log-in", str(error))
        else:
            self.fail("The update went through.")
        self.env.invalidate_all()
        self.assertEqual(self.altares.state, "suspended")
        self.assertEqual(self.credit.state, "enabled")

    def test_connection_test(self):
        action = self.altares.action_test_connection()
        self.assertEqual(action["params"]["type"], "success")

    def test_a_file_is_never_asked(self):
        self.altares.write({"altares_transport": "file", "username": False})
        self.altares.action_disable()
        self.altares.action_enable()
        self.assertEqual(self.altares.state, "enabled")
        self.assertFalse(self.altares.is_asked)
        with self.assertRaisesRegex(UserError, "fed by files"):
            self.update_at_altares(self.partner)
        with self.assertRaisesRegex(UserError, "fed by files"):
            self.altares.action_test_connection()

    def test_page_of_a_company(self):
        self.update_at_altares(self.partner)
        file = self.altares_file(self.partner).with_user(self.buyer)
        self.assertIn(self.siren, file.action_open_page()["url"])

    def test_end_of_contract(self):
        self.update(self.partner)
        self.update_at_altares(self.partner)
        self.altares.action_end_of_contract()
        self.assertFalse(self.altares_file(self.partner))
        self.assertEqual(self.partner.credit_file_ids, self.partner.credit_file_id)
        self.assertFalse(self.altares.username)
        for model in ("portfolio", "import", "event"):
            self.assertFalse(
                self.env[f"partner.credit.{model}"].search(
                    [("source_id", "=", self.altares.id)]
                )
            )

    def test_accounts_are_made_once_a_company(self):
        other = self.other_company()
        Source = self.env["partner.data.source"].with_company(other)
        domain = Source.action_open_accounts()["domain"]
        made = Source.search(domain)
        self.assertEqual(set(made.mapped("code")), {"creditsafe", "altares"})
        Source.action_open_accounts()
        self.assertEqual(Source.search(domain), made)
        self.assertEqual(set(made.mapped("state")), {"disabled"})


@tagged("post_install", "-at_install")
class TestAltaresIws(AltaresCase):
    ELEMENTS = """
        credit_limit = getAvisSandbox/montantAvis
        paydex = getAvisSandbox/paydexIndice
        dbt = getAvisSandbox/retardJours
        privileges_number = getAvisSandbox/privilegeNombre
        privileges_amount = getAvisSandbox/privilegeMontant
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.altares.write(
            {
                "altares_transport": "iws",
                "base_url": f"{cls.sandbox_url}/altares/iws/services",
                "username": "sandbox",
                "password": "sandbox-password",
            }
        )

    def test_what_no_public_document_names_stays_empty(self):
        self.update_at_altares(self.partner)
        file = self.altares_file(self.partner)
        self.assertEqual(file.siren, self.partner.l10n_fr_siren)
        self.assertTrue(file.has_score and file.has_score_20)
        self.assertFalse(file.has_credit_limit or file.has_paydex or file.has_dbt)
        self.assertTrue(file.naf)
        self.assertTrue(file.score_ids)

    def test_named_elements_are_read(self):
        self.altares.write(
            {
                "altares_operations": "getAvisSandbox = risk",
                "altares_elements": self.ELEMENTS,
            }
        )
        self.update_at_altares(self.partner)
        file = self.altares_file(self.partner)
        self.assertTrue(file.has_credit_limit and file.has_paydex and file.has_dbt)

    def test_lines_are_checked(self):
        with self.assertRaisesRegex(ValidationError, "name = value"):
            self.altares.altares_operations = "getAvisSandbox"
        with self.assertRaisesRegex(ValidationError, "No value is called colour"):
            self.altares.write(
                {"altares_operations": False, "altares_elements": "colour = a/b"}
            )

    def test_connection_test(self):
        action = self.altares.action_test_connection()
        self.assertEqual(action["params"]["type"], "success")
        self.assertEqual(self.altares.server, "other")
        self.altares.server = "production"
        self.assertIn("intuiz.altares.fr", self.altares.base_url)
