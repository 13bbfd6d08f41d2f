from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.partner_company_data.connectors.credit_monitoring import (
    PortfolioCompany,
)
from odoo.addons.partner_company_data.models import partner_credit_portfolio_sync
from odoo.addons.partner_company_data.models.table_statistics import MANY

from .portfolio_common import PortfolioCase

ROWS = 1000

SIREN = "999000128"
# Of the same company, after its seat has moved.
MOVED = f"FR-X-{SIREN}00028"


@tagged("post_install", "-at_install")
class TestCreditPortfolioSync(PortfolioCase):
    def company(self, **values):
        """A row of a page, of a company that is rated B."""
        return PortfolioCompany(
            **{
                "bureau_id": "FR-X-99900012800010",
                "bureau_number": "FR90000001",
                "name": "EXEMPLE INDUSTRIE",
                "country_code": "FR",
                "rating": "B",
                "score": 60.0,
                "is_rated": True,
                "is_failing": False,
                "limit": 50000.0,
                "status": "active",
                **values,
            }
        )

    def refresh(self, *companies):
        self.portfolio.sudo()._refresh_companies(companies)
        return self.credit.env["partner.credit.file"].search(
            [("bureau_id", "=", "FR-X-99900012800010")]
        )

    # === Values === #

    def test_a_new_company_gets_file_line_and_point(self):
        happened = datetime(2026, 3, 1, 8, 30, tzinfo=timezone.utc)
        file = self.refresh(self.company(last_event_at=happened))
        self.assertEqual((file.rating, file.risk, file.score), ("B", "low", 60))
        self.assertEqual((file.score_range, file.limit_range), ("51_70", "100k"))
        self.assertTrue(file.has_score and file.has_credit_limit and file.is_monitored)
        self.assertEqual(file.company_id, self.env.company)
        line = self.lines()
        self.assertEqual(line.file_id, file)
        self.assertEqual(line.state, "up_to_date")
        self.assertEqual(line.last_event_on, happened.replace(tzinfo=None))
        self.assertFalse(line.partner_id)
        self.assertEqual(file.score_ids.score, 60)
        self.assertEqual(file.score_ids.origin, "monitoring")

    def test_what_is_not_told_erases_nothing(self):
        file = self.refresh(self.company())
        self.refresh(
            PortfolioCompany(bureau_id="FR-X-99900012800010", country_code="FR")
        )
        self.assertEqual((file.rating, file.score, file.credit_limit), ("B", 60, 50000))
        self.assertEqual(file.name, "EXEMPLE INDUSTRIE")
        self.assertEqual(len(file.score_ids), 1)

    def test_new_companies_are_counted_before_they_are_linked(self):
        known = """
            SELECT reltuples FROM pg_class
             WHERE relname = 'partner_credit_portfolio_line'"""
        page = SimpleNamespace(
            total=MANY,
            rejected=[],
            items=[
                self.company(bureau_id=f"FR-X-{number}", siren=str(number))
                for number in range(100000000, 100000000 + MANY)
            ],
        )
        bureau = SimpleNamespace(portfolio_companies=lambda _id: iter([page]))
        # In this transaction, in which the test can look.
        with patch.object(partner_credit_portfolio_sync, "commit_apart"):
            outcome = self.portfolio.sudo()._compare(bureau)
        self.assertEqual((outcome["count"], outcome["added"]), (MANY, MANY))
        [[rows]] = self.env.execute_query(SQL(known))
        self.assertGreaterEqual(rows, MANY, "what the planner reckons with")

    # === Another identifier === #

    def files(self):
        return self.credit.env["partner.credit.file"].search(
            [("source_id", "=", self.credit.id)]
        )

    def test_company_with_another_identifier_keeps_its_file(self):
        partner = self.partners[0]
        file = self.refresh(self.company(siren=SIREN))
        line = self.lines()
        line.partner_id = partner
        self.refresh(self.company(bureau_id=MOVED, siren=SIREN, score=40.0))
        self.assertEqual(self.files(), file)
        self.assertEqual((file.bureau_id, file.score), (MOVED, 40))
        self.assertEqual(self.lines(), line)
        self.assertEqual((line.bureau_id, line.partner_id), (MOVED, partner))
        self.assertEqual(line.file_id, file)

    def test_without_a_second_number_the_siren_tells(self):
        file = self.refresh(self.company(siren=SIREN, bureau_number=None))
        moved = self.company(bureau_id=MOVED, siren=SIREN)
        self.refresh(moved)
        self.assertEqual(len(self.files()), 2, "the bureau may have both")
        (self.files() - file).unlink()
        self.lines().unlink()
        self.refresh(moved)
        self.assertEqual(self.files(), file)
        self.assertEqual(file.bureau_number, moved.bureau_number)

    def test_two_companies_never_become_one(self):
        known = self.company(siren=SIREN)
        self.refresh(known)
        self.lines().unlink()
        for other in (
            self.company(bureau_id=MOVED, siren="999000136"),
            self.company(bureau_id=MOVED, siren=SIREN, country_code="GB"),
            self.company(bureau_id=MOVED, siren=SIREN, bureau_number="FR90000002"),
        ):
            self.refresh(other)
            self.assertEqual(len(self.files()), 2)
            self.files().filtered(lambda file: file.bureau_id == MOVED).unlink()
        # Both stand there.
        self.refresh(known, self.company(bureau_id=MOVED, siren=SIREN))
        self.assertEqual(len(self.files()), 2)

    def test_limits_are_in_euros_where_the_country_has_the_euro(self):
        file = self.refresh(self.company())
        self.assertEqual(file.currency_id.name, "EUR")
        self.assertEqual(file.score_ids.currency_id.name, "EUR")
        file.write({"country_code": "GB", "currency_id": False})
        self.refresh(self.company(country_code="GB", limit=9000.0))
        self.assertFalse(file.currency_id)
        file.country_code = "FR"
        self.refresh(self.company(limit=8000.0))
        self.assertEqual(file.currency_id.name, "EUR")
        file.currency_id = self.env.ref("base.GBP")
        self.refresh(self.company(limit=7000.0))
        self.assertEqual(file.currency_id.name, "GBP")

    def test_a_change_is_kept_with_what_was_before(self):
        file = self.refresh(self.company())
        file.score_ids.date = fields.Date.today() - timedelta(30)
        self.refresh(self.company(rating="D", score=22.0, limit=0.0))
        self.assertEqual((file.rating, file.risk), ("D", "high"))
        self.assertEqual(file.previous_rating, "B")
        self.assertEqual(file.rating_changed_on, fields.Date.today())
        self.assertEqual((file.score_range, file.limit_range), ("21_29", "0"))
        self.assertTrue(file.has_credit_limit)
        self.assertEqual(file.score_ids.sorted("date").mapped("score"), [60, 22])

    def test_the_same_again_writes_nothing(self):
        file = self.refresh(self.company())
        self.env.flush_all()
        before = file.write_date
        file.score_ids.unlink()
        self.refresh(self.company())
        self.assertEqual(file.write_date, before)
        self.assertFalse(file.score_ids)

    def test_the_same_a_day_later_keeps_the_file_young(self):
        file = self.refresh(self.company())
        file.updated_on = fields.Datetime.now() - timedelta(days=40)
        file.score_ids.unlink()
        self.refresh(self.company())
        self.assertGreater(
            file.updated_on, fields.Datetime.now() - timedelta(minutes=5)
        )
        self.assertFalse(file.score_ids)

    def test_not_rated_is_a_gap_and_no_zero(self):
        file = self.refresh(self.company())
        file.score_ids.date = fields.Date.today() - timedelta(30)
        self.refresh(
            self.company(rating="E", score=None, is_rated=False, is_failing=None)
        )
        self.assertEqual(file.rating, "E")
        self.assertFalse(file.risk)
        self.assertFalse(file.has_score)
        self.assertFalse(file.score_range)
        point = file.score_ids.sorted("date")[-1]
        self.assertFalse(point.has_score)
        self.assertEqual(point.limit, 50000)

    def test_a_failing_company_has_a_score_of_zero(self):
        file = self.refresh(
            self.company(rating="E", score=0.0, is_rated=False, is_failing=True)
        )
        self.assertEqual((file.risk, file.has_score, file.score), ("failing", True, 0))

    def test_a_letter_that_moved_takes_the_old_words_along(self):
        file = self.refresh(self.company())
        file.rating_description = "Risque faible"
        self.refresh(self.company(rating="C", score=None))
        self.assertEqual((file.rating, file.risk), ("C", "moderate"))
        self.assertFalse(file.rating_description)
        self.assertFalse(file.has_score)

    def test_a_company_told_by_its_number_only_is_recognised(self):
        file = self.refresh(self.company())
        self.refresh(self.company(bureau_id=None, limit=10.0))
        self.assertEqual(file.credit_limit, 10)
        self.assertEqual(len(self.lines()), 1)

    def test_a_page_of_a_thousand_takes_a_fixed_number_of_queries(self):
        page = [
            self.company(bureau_id=f"GB-0-{number:08}", bureau_number=f"GB{number:08}")
            for number in range(ROWS)
        ]
        portfolio = self.portfolio.sudo()
        portfolio._refresh_companies(page[:1])
        self.env.invalidate_all()
        with self.assertQueryCount(10):
            portfolio._refresh_companies(page)
        changed = [replace(one, score=55.0, limit=1.0) for one in page]
        self.env.invalidate_all()
        with self.assertQueryCount(10):
            portfolio._refresh_companies(changed)
        self.assertEqual(len(self.lines()), ROWS)
        self.assertEqual(set(self.lines().file_id.mapped("score")), {55})

    # === Both sides === #

    def let_lines_rest(self):
        """As if the lines had been written some time ago, not at this moment."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE partner_credit_portfolio_line "
            "SET write_date = write_date - INTERVAL '1 minute'"
        )

    def test_what_came_and_went_at_creditsafe_is_found(self):
        self.add(self.partners)
        self.work()
        gone = self.lines()[0]
        self.let_lines_rest()
        with self.credit._open_connector() as connector:
            number = int(self.portfolio.bureau_id)
            connector.remove_company(number, gone.bureau_id)
        self.control("POST", "creditsafe/monitor", portfolio_id=number, count=30)
        self.synchronise()
        self.assertEqual(gone.state, "error")
        self.assertFalse(gone.is_there)
        self.assertFalse(gone.file_id.is_monitored)
        there = self.there() - {gone.bureau_id}
        here = set(self.lines("up_to_date").mapped("bureau_id"))
        self.assertEqual(here, there - {gone.bureau_id})
        gone.action_retry()
        self.work()
        self.assertEqual(gone.state, "up_to_date")
        self.assertIn(gone.bureau_id, self.there())

    def test_companies_there_find_their_partners(self):
        with self.credit._open_connector() as connector:
            number = int(self.portfolio.bureau_id)
            siren = self.partner.l10n_fr_siren
            [company] = connector.search("FR", registration_number=siren).items[:1]
            connector.add_company(number, company.bureau_id)
        before = self.partner.write_date
        self.synchronise()
        line = self.lines()
        self.assertEqual(line.partner_id, self.partner)
        self.assertEqual(self.partner.credit_company_file_id, line.file_id)
        self.assertTrue(self.partner.credit_is_monitored)
        self.assertEqual(self.partner.write_date, before)

    def test_ratings_of_monitored_companies_are_brought_up_to_date(self):
        self.add(self.partner)
        self.lines().file_id.score_ids.date = fields.Date.today() - timedelta(10)
        self.change(self.lines().bureau_id, score=12, limit=0)
        self.synchronise()
        file = self.lines().file_id
        self.assertEqual((file.score, file.credit_limit), (12, 0))
        self.assertEqual(len(file.score_ids), 2)
        self.assertEqual(self.bought, 0)

    def test_a_removal_that_waits_is_not_forgotten(self):
        self.add(self.partner)
        self.lines().action_remove()
        self.synchronise()
        self.assertEqual(self.lines().state, "to_remove")
        self.work()
        self.assertFalse(self.there())

    def test_trouble_is_noted_and_taken_away(self):
        self.add(self.partner)
        self.fault("503", "/companies", times=10)
        with mute_logger("odoo.addons.partner_company_data.models.partner_data_source"):
            try:
                self.synchronise()
            except UserError:
                self.env.invalidate_all()
            else:
                self.fail("It was not noticed.")
        self.assertTrue(self.portfolio.error)
        self.assertEqual(self.lines().state, "up_to_date")
        self.control("DELETE", "faults")
        self.synchronise()
        self.assertFalse(self.portfolio.error)

    # === Partners and companies === #

    def test_a_company_without_partner_gets_the_one_that_is_linked(self):
        with self.credit._open_connector() as connector:
            number = int(self.portfolio.bureau_id)
            connector.add_company(number, "GB-0-99000001")
        self.synchronise()
        line = self.lines()
        self.assertFalse(line.partner_id)
        action = line.with_user(self.buyer).action_link()
        self.assertEqual(action["res_model"], "partner.credit.search")
        partner = self.env["res.partner"].create(
            {"name": "Harbour Lane", "is_company": True}
        )
        self.credit._link_partners(line.file_id.id, False, partner)
        self.assertEqual(line.partner_id, partner)

    def test_a_partner_without_identifier_is_added_once_it_is_linked(self):
        nameless = self.env["res.partner"].create(
            {"name": "Sans numéro", "is_company": True}
        )
        self.add(self.partner | nameless)
        self.work()
        waiting = self.lines("no_identifier")
        self.assertEqual(waiting.partner_id, nameless)
        with self.credit._open_connector() as connector:
            siren = self.partners[1].l10n_fr_siren
            company = connector.search("FR", registration_number=siren).items[0]
        file = self.env["partner.credit.file"].create(
            {
                "source_id": self.credit.id,
                "bureau_id": company.bureau_id,
                "name": company.name,
            }
        )
        self.credit._link_partners(file.id, False, nameless)
        self.assertEqual(waiting.state, "to_add")
        self.work()
        self.assertEqual(waiting.state, "up_to_date")
        self.assertIn(company.bureau_id, self.there())

    def test_the_risk_summary_counts_each_rating(self):
        self.portfolio.sudo()._refresh_companies(
            self.company(
                bureau_id=f"GB-0-{number}",
                bureau_number=None,
                rating=letter,
                is_failing=letter == "E",
            )
            for number, letter in enumerate("AABE")
        )
        self.assertEqual(
            [
                (band["rating"], band["risk"], band["count"])
                for band in self.portfolio.risk_summary
            ],
            [("A", False, 2), ("B", False, 1), ("E", "failing", 1)],
        )
