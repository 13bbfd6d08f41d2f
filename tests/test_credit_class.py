from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from odoo.addons.partner_company_data.models.partner_credit_class import BureauValue

from .common import WarmCaches, new_test_user, silent_bureau

SIREN = "552100554"


@tagged("post_install", "-at_install")
class TestCreditClass(WarmCaches, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = silent_bureau(cls)
        cls.Threshold = cls.env["partner.credit.class.threshold"]

    def file(self, source=None, **values):
        return self.env["partner.credit.file"].create(
            {
                "name": "Société",
                "source_id": (source or self.source).id,
                "bureau_id": str(self.env["partner.credit.file"].search_count([])),
                "country_code": "FR",
                **values,
            }
        )

    def rated(self, rating, score=None, **values):
        return self.file(
            rating=rating, has_score=score is not None, score=score or 0, **values
        )

    def test_creditsafe_scale(self):
        expected = {
            ("A", 95): "1",
            ("A", None): "1",
            ("B", 51): "2",
            ("C", 30): "3",
            ("D", 29): "4",
            ("D", 21): "4",
            ("D", 20.5): "5",
            ("D", 20): "5",
            ("D", 1): "5",
            ("D", None): "4",
            (False, 71): "1",
            (False, 70): "2",
            (False, 50.5): "3",
            (False, 29): "4",
            (False, 20): "5",
        }
        for (rating, score), risk_class in expected.items():
            with self.subTest(rating=rating, score=score):
                file = self.rated(rating, score)
                self.assertEqual(file.risk_class, risk_class)
                self.assertEqual(file.risk_state, "rated")

    def test_score_of_another_country_says_nothing(self):
        """The French cut points are France's: a British 25 is no class."""
        self.assertFalse(self.rated(False, 25, country_code="GB").risk_class)
        self.assertEqual(self.rated("D", 15, country_code="GB").risk_class, "4")

    def test_not_known_is_no_class(self):
        for values in (
            {"rating": False},
            {"rating": "E"},
            {"rating": "E", "has_score": True, "score": 55},
            {"rating": False, "has_score": True, "score": 0},
        ):
            with self.subTest(values):
                file = self.file(**values)
                self.assertFalse(file.risk_class)
                self.assertFalse(file.risk_state)

    def test_failing_and_not_rated_are_no_numbers(self):
        for risk in ("failing", "not_rated"):
            with self.subTest(risk):
                file = self.file(rating="E", risk=risk, has_score=True, score=0)
                self.assertFalse(file.risk_class)
                self.assertEqual(file.risk_state, risk)

    def test_score_counts_in_percent_of_its_scale(self):
        self.assertEqual(self.rated(False, 14.3, score_max=20).risk_class, "1")

    def test_class_follows_the_file(self):
        file = self.rated("A", 90)
        file.write({"rating": "D", "score": 25})
        self.assertEqual(file.risk_class, "4")
        file.risk = "failing"
        self.assertEqual((file.risk_class, file.risk_state), (False, "failing"))

    def test_thresholds_of_altares_wait_for_confirmation(self):
        classify = self.Threshold._classifier()
        value = BureauValue("altares", "FR", score=80.0)
        self.assertEqual(classify(value), (None, None))
        rated = value._replace(bureau_class="4")
        self.assertEqual(classify(rated), ("4", "rated"))
        indicator = BureauValue("altares", "FR", bureau_class="R4")
        self.assertEqual(classify(indicator), ("5", "rated"))
        thresholds = self.Threshold.search(
            [("source_code", "=", "altares"), ("is_confirmed", "=", False)]
        )
        self.assertEqual(len(thresholds), 5)
        thresholds.action_confirm()
        classify = self.Threshold._classifier()
        self.assertEqual(classify(value), ("1", "rated"))

    def test_one_update_when_thresholds_change(self):
        files = self.env["partner.credit.file"].concat(
            *(self.rated("A", score) for score in (90, 91, 92)),
            *(self.rated("C", 40) for _number in range(3)),
        )
        letter_a = self.Threshold.search(
            [("source_code", "=", "creditsafe"), ("rating", "=", "A")]
        )
        self.env.flush_all()
        files.mapped("risk_class")
        # The threshold, its files, the thresholds, the files' classes.
        with self.assertQueryCount(4):
            letter_a.risk_class = "2"
            self.env.flush_all()
        self.assertEqual(files.mapped("risk_class"), ["2"] * 3 + ["3"] * 3)
        letter_a.is_confirmed = False
        self.assertFalse(files[0].risk_class)
        letter_a.unlink()
        # What the letter says no more, the French score says.
        self.assertEqual(files[0].risk_class, "1")

    def test_threshold_needs_a_criterion(self):
        with self.assertRaises(ValidationError):
            self.Threshold.create({"source_code": "creditsafe", "risk_class": "1"})
        with self.assertRaises(ValidationError):
            self.Threshold.create(
                {
                    "source_code": "creditsafe",
                    "risk_class": "1",
                    "has_score": True,
                    "score_from": 101,
                }
            )

    def test_bureaus_disagree(self):
        other = silent_bureau(self, "altares")
        file = self.rated("A", siren=SIREN)
        near = self.file(siren=SIREN, source=other, bureau_class="2")
        self.assertFalse(file.bureaus_disagree)
        near.bureau_class = "3"
        both = file | near
        both.invalidate_recordset(["bureaus_disagree"])
        self.assertEqual(both.mapped("bureaus_disagree"), [True, True])
        found = both.search([("bureaus_disagree", "=", True), ("siren", "=", SIREN)])
        self.assertEqual(found, both)
        near.risk = "failing"
        file.rating = "D"
        both.invalidate_recordset(["bureaus_disagree"])
        self.assertTrue(file.bureaus_disagree)
        near.risk = "not_rated"
        both.invalidate_recordset(["bureaus_disagree"])
        self.assertFalse(file.bureaus_disagree)

    def test_partner_shows_its_class(self):
        partner = self.env["res.partner"].create(
            {"name": "Société", "is_company": True}
        )
        partner.credit_file_id = self.rated("C")
        self.assertEqual(partner.credit_risk_class, "3")
        self.assertIn(
            partner, partner.search([("credit_risk_class", "in", ["3", "4"])])
        )
        self.assertNotIn(partner, partner.search([("credit_bureaus_disagree", "=", 1)]))

    def test_only_the_manager_changes_thresholds(self):
        reader = new_test_user(
            self.env,
            "class_reader",
            groups="base.group_user,partner_company_data.group_credit_report",
        )
        threshold = self.Threshold.search([], limit=1)
        with self.assertRaises(AccessError):
            threshold.with_user(reader).risk_class = "1"
        reader.group_ids = [
            Command.link(self.env.ref("partner_company_data.group_credit_manager").id)
        ]
        threshold.with_user(reader).action_confirm()
        self.assertTrue(threshold.is_confirmed)
