"""What a company found in the register writes on a partner that exists."""

from odoo.tests import tagged

from odoo.addons.partner_company_data.connectors.datatypes import (
    Address,
    Establishment,
)
from odoo.addons.partner_company_data.models import establishment_json
from odoo.addons.partner_company_data.models.partner_company_candidate import PARTS

from .proposal_common import ProposalCase

ADDRESS = {
    "street": "1 RUE NEUVE",
    "zip": "75002",
    "city": "PARIS",
    "country_code": "FR",
}


@tagged("post_install", "-at_install")
class TestCandidateValues(ProposalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lookup = cls.env["partner.siren.lookup"].create(
            {"partner_id": cls.cegid.id}
        )
        cls.cegid.street2 = "Bâtiment B"

    def write(self, parts=PARTS, **facts):
        address = Address(**(facts.pop("address", ADDRESS)))
        establishment = Establishment(
            siren="732829320", siret="73282932000074", address=address, **facts
        )
        candidate = self.env["partner.siren.lookup.candidate"].create(
            {
                "lookup_id": self.lookup.id,
                "siret": establishment.siret,
                "facts": establishment_json.dump(establishment),
            }
        )
        candidate._write_on_partner(self.cegid, self.source, parts)

    def assertPartner(self, **values):
        self.assertRecordValues(self.cegid, [values])

    def test_address_is_one_block(self):
        self.cegid.state_id = self.env["res.country.state"].create(
            {"name": "Rhône", "code": "69", "country_id": self.env.ref("base.fr").id}
        )
        self.write()
        self.assertPartner(
            street="1 RUE NEUVE", street2=False, zip="75002", city="PARIS"
        )
        self.assertFalse(self.cegid.state_id)

    def test_state_stays_where_the_place_does(self):
        state = self.env["res.country.state"].create(
            {"name": "Rhône", "code": "69", "country_id": self.env.ref("base.fr").id}
        )
        self.cegid.state_id = state
        self.write(address={**ADDRESS, "zip": self.cegid.zip})
        self.assertEqual(self.cegid.state_id, state)

    def test_unknown_street_leaves_the_address(self):
        self.write(
            address={"zip": "75002", "city": "PARIS", "country_code": "FR"},
            is_partial=True,
        )
        self.assertPartner(
            street="52 quai Paul Sédallian",
            street2="Bâtiment B",
            zip="69009",
            city="Lyon",
        )

    def test_unknown_street_of_a_partner_without_one(self):
        self.cegid.write({"street": False, "street2": False, "zip": False})
        self.write(address={"zip": "75002", "city": "PARIS"})
        self.assertPartner(street=False, zip="75002", city="PARIS")
        self.assertEqual(self.cegid.country_id.code, "FR", "unknown, not emptied")

    def test_unknown_facts_empty_nothing(self):
        known = {
            "registry_legal_name": "Cegid",
            "registry_naf": "58.29C",
            "registry_naf_nomenclature": "NAFRev2",
            "registry_workforce": "51",
            "registry_workforce_year": 2023,
            "registry_unit_state": "active",
            "registry_turnover": 1000.0,
        }
        self.cegid.write(known)
        self.write(address={})
        self.assertPartner(**known, street="52 quai Paul Sédallian", city="Lyon")
        self.assertEqual(self.cegid.company_registry, "73282932000074")

    def test_only_the_parts_that_are_wanted(self):
        self.write(parts={"identifier"}, legal_name="ANOTHER NAME", naf="62.02A")
        self.assertPartner(
            company_registry="73282932000074",
            registry_legal_name="Cegid",
            registry_naf=False,
            street="52 quai Paul Sédallian",
        )
