from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import new_test_user
from .credit_policy_common import CreditPolicyCase

RIGHTS = "base.group_user,partner_company_data.group_credit_manager"


@tagged("post_install", "-at_install", "browser")
class TestRiskTours(CreditPolicyCase, HttpCase):
    """Two credit managers at work in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.claire, cls.paul = (
            new_test_user(
                cls.env,
                login,
                groups=RIGHTS,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for login in ("claire_manager", "paul_manager")
        )
        cls.partner.name = "Acier du Rhône"
        cls.make_file(
            cls.partner,
            rating="B",
            risk_class="2",
            has_score=True,
            score=55,
            has_credit_limit=True,
            credit_limit=80_000,
            currency_id=cls.company.currency_id.id,
        )

    def _tour(self, name, record, user):
        self.start_tour(
            f"/odoo/m-{record._name}/{record.id}",
            f"partner_company_data_{name}",
            login=user.login,
        )
        self.env.invalidate_all()

    def test_decision_with_approval(self):
        self.policy.approval_above = 50_000
        decision = self.env["partner.credit.decision"].create(
            {"partner_id": self.partner.id, "company_id": self.company.id}
        )
        self._tour("decision_submitted", decision, self.claire)
        self.assertFalse(self.partner.credit_limit, "not granted yet")
        self._tour("decision_approved", decision, self.paul)
        self.assertEqual(self.partner.with_company(self.company).credit_limit, 70_000)
        self.assertEqual(decision.submitted_by_id, self.claire)
        self.assertEqual(decision.decided_by_id, self.paul)

    def test_alert_previewed(self):
        self.Assessment._refresh(self.policy, self.partner)
        condition = {"fact": "score", "operator": "under", "value": 30}
        alert = self.env["partner.credit.alert"].create(
            {
                "name": "Score under 30",
                "company_id": self.company.id,
                "condition_ids": [Command.create(condition)],
            }
        )
        self._tour("alert_previewed", alert, self.claire)
        self.assertEqual(alert.condition_ids.value, 60)
        self.assertFalse(
            self.env["partner.credit.alert.hit"].search([("alert_id", "=", alert.id)]),
            "a preview fires nothing",
        )
