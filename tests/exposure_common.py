"""What the tests of exposure share: a company with accounts, customers, documents."""

from datetime import timedelta

from odoo.fields import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import TodayMixin, WarmCaches

SIREN = "732829320"
OTHER_SIREN = "404833048"

# What the installed modules' charts are, once read.
_charts = {}


class ExposureCase(WarmCaches, TodayMixin, AccountTestInvoicingCommon):
    @classmethod
    def get_default_groups(cls):
        return (
            super().get_default_groups()
            | cls.quick_ref("sales_team.group_sale_manager")
            | cls.quick_ref("partner_company_data.group_credit_manager")
        )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.downpayment_account_id = cls.company_data["default_account_revenue"]
        cls.customer = cls.make_customer("Acier du Rhône", f"{SIREN}00074")
        cls.plant = cls.make_customer("Acier du Rhône, usine", f"{SIREN}00082")
        cls.contact = cls.env["res.partner"].create(
            {"name": "Julie Perrin", "parent_id": cls.customer.id}
        )
        cls.stranger = cls.make_customer("Stahl GmbH", False, country="base.de")

    @classmethod
    def setup_independent_company(cls, **kwargs):
        """None: the main company has its chart of accounts, and nothing else yet."""
        return None

    @classmethod
    def setup_main_company(cls, currency_code="EUR"):
        super().setup_main_company(currency_code)

    @classmethod
    def _create_company(cls, **values):
        return super()._create_company(**{"logo": False, **values})

    @classmethod
    def other_company(cls):
        """Another company of the user's, that keeps no accounts."""
        company = cls.env["res.company"].create({"name": "Autre", "logo": False})
        cls.env.user.company_ids = [Command.link(company.id)]
        return company

    @classmethod
    def make_customer(cls, name, number, country="base.fr"):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "company_registry": number,
                "country_id": cls.env.ref(country).id,
                "property_account_receivable_id": cls.company_data[
                    "default_account_receivable"
                ].id,
            }
        )

    @classmethod
    def invoice(cls, partner, amount, due=30, *, post=True, **values):
        """An invoice without tax, due in ``due`` days."""
        due_on = cls.today + timedelta(days=due)
        return cls._create_invoice_one_line(
            price_unit=amount,
            tax_ids=[Command.clear()],
            partner_id=partner,
            invoice_date=values.pop("invoice_date", min(cls.today, due_on)),
            invoice_date_due=due_on,
            invoice_payment_term_id=False,
            post=post,
            **values,
        )

    @classmethod
    def order(cls, partner, amount, quantity=1, **values):
        """A confirmed order without tax, invoiced as ordered."""
        cls.product_a.invoice_policy = values.pop("policy", "order")
        return cls._create_sale_order_one_line(
            partner_id=partner,
            product_id=cls.product_a,
            price_unit=amount,
            product_uom_qty=quantity,
            tax_ids=cls.env["account.tax"],
            **values,
        )

    @classmethod
    def exposure(cls, partner=None, company=None):
        partner = partner or cls.customer
        exposures = partner._credit_exposures(company or cls.company)
        return exposures[partner.commercial_partner_id.id]
