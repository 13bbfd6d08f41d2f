from odoo.tests import HttpCase, tagged

from .proposal_common import ProposalCase


@tagged("post_install", "-at_install", "browser")
class TestProposalTour(ProposalCase, HttpCase):
    def test_validate_then_next(self):
        self.env["partner.update.proposal"].search([]).state = "obsolete"
        cegid = self.company("CEGID")
        ldlc = self.company("LDLC BOUTIQUES")
        seb = self.company("SEB")
        proposals = self.sync(
            {
                cegid: {"street": "1 RUE NEUVE", "zip": "75002"},
                ldlc: {"zip": "75003"},
                seb: {"zip": "75004"},
            }
        )
        proposals.filtered(lambda p: p.partner_id == seb).priority_balance = 100
        self.start_tour(
            "/odoo/partner-updates",
            "partner_company_data_proposals",
            login=self.officer.login,
        )
        self.assertEqual(cegid.zip, "75002")
        self.assertEqual(cegid.street, "52 quai Paul Sédallian")
        self.assertEqual(ldlc.zip, "75003")
        self.assertEqual(seb.zip, "69009")
        self.assertFalse(self.sync({cegid: {"street": "1 RUE NEUVE"}}), "ignored")
