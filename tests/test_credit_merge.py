from odoo.fields import Command
from odoo.tests import tagged

from .credit_common import CreditCase


@tagged("post_install", "-at_install")
class TestCreditMerge(CreditCase):
    """What hangs on a partner survives that it is merged into another one."""

    def merge(self, partners, into):
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (partners | into).ids, into, extra_checks=False
        )
        self.env.flush_all()
        self.env.invalidate_all()

    def test_the_file_comes_along(self):
        bought, plain = self.partners[:2]
        self.update(bought)
        file = bought.credit_file_id
        call = self.calls("done")
        self.assertEqual(call.partner_id, bought)
        plain.company_registry = False
        self.merge(bought, plain)
        self.assertEqual(plain.credit_file_id, file)
        self.assertEqual(plain.credit_file_ids, file)
        self.assertEqual(call.partner_id, plain)
        self.assertEqual(file.report_ids.mapped("file_id"), file)

    def test_the_partner_that_stays_keeps_its_own(self):
        one, other = self.partners[:2]
        self.update(one)
        self.update(other)
        kept, left = other.credit_file_id, one.credit_file_id
        self.assertNotEqual(kept, left)
        self.merge(one, other)
        self.assertEqual(other.credit_file_ids, kept)
        self.assertEqual(other.credit_file_id, kept)
        self.assertTrue(left.exists().report_ids)

    def test_files_of_each_company_are_kept(self):
        one, other = self.partners[:2]
        company = self.other_company()
        source = self.make_source(company)
        self.update(one)
        self.buyer.company_ids = [(4, company.id)]
        self.buyer.company_id = company
        self.update(other, self.buyer.with_company(company))
        self.buyer.company_id = self.env.company
        own = one.credit_file_id
        theirs = other.with_company(company).credit_file_id
        self.assertEqual(theirs.source_id, source)
        other.company_registry = one.company_registry
        self.merge(one, other)
        self.assertEqual(other.credit_file_id, own)
        self.assertEqual(other.with_company(company).credit_file_id, theirs)

    def test_proposals_of_the_merged_partner_are_over(self):
        bought, other = self.partners[:2]
        self.update(bought)
        Proposal = self.env["partner.update.proposal"]
        mine = [("source_id", "=", self.credit.id), ("state", "=", "new")]
        self.assertEqual(Proposal.search(mine).partner_id, bought)
        other.company_registry = bought.company_registry
        self.merge(bought, other)
        proposals = Proposal.search(mine)
        self.assertFalse(proposals.partner_id - other)
        self.assertLessEqual(len(proposals), 1)

    def test_portfolio_lines_come_along(self):
        one, other = self.partners[:2]
        Portfolio = self.env["partner.credit.portfolio"]
        first, second, third = Portfolio.create(
            [
                {"name": name, "source_id": self.credit.id}
                for name in ("Nord", "Sud", "Est")
            ]
        )
        Line = self.env["partner.credit.portfolio.line"]

        def line(portfolio, partner, bureau_id=False):
            return Line.create(
                {
                    "portfolio_id": portfolio.id,
                    "partner_id": partner.id,
                    "bureau_id": bureau_id,
                }
            )

        waiting = line(first, one) + line(first, other)
        known = line(second, one, "FR-X-1")
        over = line(second, other)
        alone = line(third, one)
        self.merge(one, other)
        self.assertEqual(waiting.exists(), waiting[1])
        self.assertFalse(over.exists())
        self.assertEqual((known + alone).partner_id, other)

    def test_orders_and_exclusions_come_along(self):
        one, other = self.partners[:2]
        order = self.env["partner.credit.order"].create(
            {
                "source_id": self.credit.id,
                "line_ids": [
                    Command.create({"partner_id": partner.id})
                    for partner in (one, other)
                ],
            }
        )
        exclusion = self.env["partner.update.exclusion"].create(
            {"partner_id": one.id, "key": "street"}
        )
        self.merge(one, other)
        self.assertEqual(order.line_ids.partner_id, other)
        self.assertEqual(len(order.line_ids), 2)
        self.assertEqual(exclusion.partner_id, other)
