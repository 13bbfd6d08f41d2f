from odoo.tests import tagged

from .credit_common import CreditCase


@tagged("post_install", "-at_install")
class TestLaterPartners(CreditCase):
    """Partners that are made, or given a SIREN, after the file exists."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.update(cls.partner)
        cls.file = cls.partner.credit_file_id
        cls.siren = cls.partner.l10n_fr_siren
        cls.keep_account()

    def link(self):
        self.env.flush_all()
        self.env["partner.data.source"]._cron_link_partners()
        self.env.invalidate_all()

    def later(self, **values):
        return self.env["res.partner"].create(
            {
                "name": "Plus tard",
                "is_company": True,
                "company_registry": self.siren,
                **values,
            }
        )

    def test_a_new_partner_shares_the_file(self):
        partner = self.later()
        self.assertFalse(partner.credit_file_id)
        self.link()
        self.assertEqual(partner.credit_file_id, self.file)
        self.assertEqual(partner.credit_rating, self.partner.credit_rating)
        self.assertEqual(self.bought, 1)

    def test_a_partner_that_is_given_a_number(self):
        partner = self.later(company_registry=False)
        self.link()
        self.assertFalse(partner.credit_file_id)
        partner.company_registry = self.siren
        self.link()
        self.assertEqual(partner.credit_file_id, self.file)

    def test_a_partner_that_becomes_another_company(self):
        other = self.partners[1]
        self.update(other)
        self.partner.company_registry = other.l10n_fr_siret
        self.partners[2].company_registry = self.siren
        self.link()
        self.assertEqual(self.partner.credit_file_id, other.credit_file_id)
        self.assertEqual(self.partners[2].credit_file_id, self.file)
        other.company_registry = self.partners[3].company_registry
        self.link()
        self.assertFalse(other.credit_file_id)

    def test_contacts_and_other_companies_partners_stay_out(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.partner.id}
        )
        foreign = self.later(company_id=self.other_company().id)
        self.link()
        self.assertFalse(contact.credit_file_id)
        self.assertEqual(contact.credit_company_file_id, self.file)
        self.assertFalse(foreign.credit_file_id)

    def test_only_those_missing_are_written(self):
        partner = self.later()
        self.link()
        written = partner.write_date
        query = "SELECT xmin::text FROM res_partner WHERE id = %s"
        self.env.cr.execute(query, [partner.id])
        before = self.env.cr.fetchone()
        self.link()
        self.env.cr.execute(query, [partner.id])
        self.assertEqual(self.env.cr.fetchone(), before)
        self.assertEqual(partner.write_date, written)

    def test_a_thousand_take_as_many_queries_as_one(self):
        def queries(count):
            self.env["res.partner"].create(
                [
                    {
                        "name": f"Plus tard {number}",
                        "is_company": True,
                        "company_registry": self.siren,
                        "phone": self.file.facts["phones"][0],
                        "vat": self.file.facts["vat_number"],
                        "email": "a@example.com",
                        "website": next(iter(self.file.facts["websites"]), False),
                    }
                    for number in range(count)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.credit._link_later_partners()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        one, many = queries(1), queries(200)
        self.assertLessEqual(many, one + 2)

    def test_opening_the_page_links(self):
        partner = self.later()
        action = partner.with_user(self.buyer).action_open_credit_page()
        self.assertIn(self.file.bureau_id, action["url"])
        self.env.invalidate_all()
        self.assertEqual(partner.credit_file_id, self.file)
