"""What the tests of the credit policy share: a company and customers of its own."""

from odoo import fields
from odoo.fields import Command
from odoo.tests import TransactionCase

from .common import TodayMixin, WarmCaches, silent_bureau

SIRENS = ("552100554", "732829320", "443061841")


class CreditPolicyCase(WarmCaches, TodayMixin, TransactionCase):
    """A company of its own with its policy, a bureau and a customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create(
            {"name": "Notre société", "logo": False}
        )
        cls.env.user.company_ids = [Command.link(cls.company.id)]
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": [cls.company.id]}
        )
        cls.source = silent_bureau(cls)
        cls.policy = cls.env["partner.credit.policy"]._of(cls.company)
        cls.Assessment = cls.env["partner.credit.assessment"]
        cls.partner = cls.customer(SIRENS[0])

    @classmethod
    def customer(cls, siren=None, **values):
        return cls.env["res.partner"].create(
            {
                "name": f"Client {siren}",
                "is_company": True,
                "company_registry": siren,
                "country_id": cls.env.ref("base.fr").id,
                "customer_rank": 1,
                **values,
            }
        )

    @classmethod
    def make_file(cls, partner, **values):
        file = cls.env["partner.credit.file"].create(
            {
                "name": partner.name,
                "source_id": cls.source.id,
                "bureau_id": str(partner.id),
                "siren": partner.l10n_fr_siren,
                "country_code": "FR",
                "updated_on": fields.Datetime.now(),
                "has_legal_facts": True,
                **values,
            }
        )
        cls.source._link_files([(partner.id, file.id)])
        return file
