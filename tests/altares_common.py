"""What the tests of Altares share: an account at the sandbox, beside Creditsafe's."""

from .credit_common import CreditCase

REGISTRATION = "SANDBOX-FR"


class AltaresCase(CreditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.altares = cls.make_altares(cls.env.company)

    @classmethod
    def make_altares(cls, company, **values):
        return cls.env["partner.data.source"].create(
            {
                "code": "altares",
                "kind": "credit",
                "state": "enabled",
                "altares_transport": "direct_plus",
                "company_id": company.id,
                "base_url": f"{cls.sandbox_url}/dnb",
                "username": "sandbox-key",
                "password": "sandbox-secret",
                "altares_registration": REGISTRATION,
                "altares_calls_per_second": 1000,
                "timeout": 20,
                **values,
            }
        )

    @property
    def data_calls(self):
        """Paid calls that the sandbox has counted."""
        return self.control("GET", "dnb")["data_calls"]

    @classmethod
    def update_at_altares(cls, partners):
        cls.env.flush_all()
        buyer = partners.with_user(cls.buyer).with_context(credit_source="altares")
        action = buyer.action_credit_update()
        cls.env.flush_all()
        cls.env.invalidate_all()
        return action

    @classmethod
    def altares_file(cls, partner):
        return partner.credit_file_ids.filtered(
            lambda file: file.source_id == cls.altares
        )
