from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, tagged

from ..wizards.partner_siren_takeover import _kind, _number_of
from .common import WarmCaches, new_test_user

GROUP = "partner_company_data.group_partner_data_"
SIRET = "86993139400017"
OTHER_SIRET = "73282932000074"


@tagged("post_install", "-at_install")
class TestSirenTakeover(WarmCaches, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = new_test_user(
            cls.env, "takeover-officer", groups=f"{GROUP}officer"
        )
        # Fields of other addons that this database has.
        cls.env["res.partner"].search([("ref", "!=", False)]).ref = False
        Partner = cls.env["res.partner"]
        values = {"is_company": True, "country_id": cls.env.ref("base.fr").id}
        cls.missing = Partner.create({**values, "name": "Missing", "ref": SIRET})
        cls.spaced = Partner.create({**values, "name": "Spaced", "ref": "732 829 320"})
        cls.same = Partner.create(
            {**values, "name": "Same", "ref": SIRET[:9], "company_registry": SIRET}
        )
        cls.conflict = Partner.create(
            {**values, "name": "Other", "ref": SIRET, "company_registry": OTHER_SIRET}
        )
        cls.invalid = Partner.create({**values, "name": "Wrong", "ref": "C-00123"})

    def wizard(self, **values):
        return (
            self.env["partner.siren.takeover"]
            .with_user(self.officer)
            .create({"field_name": "ref", **values})
        )

    def test_the_field_is_guessed(self):
        Wizard = self.env["partner.siren.takeover"].with_user(self.officer)
        self.assertEqual(Wizard._guess_field(), "ref")
        with Form(Wizard) as form:
            self.assertEqual(form.new_count, 2)

    def test_counts(self):
        wizard = self.wizard()
        self.assertEqual(
            [
                wizard.new_count,
                wizard.same_count,
                wizard.conflict_count,
                wizard.invalid_count,
            ],
            [2, 1, 1, 1],
        )
        self.assertIn("C-00123", wizard.invalid_examples)
        self.assertIn(OTHER_SIRET, wizard.conflict_examples)

    def test_proposals_and_nothing_written(self):
        action = self.wizard().action_propose()
        proposals = self.env["partner.update.proposal"].search(action["domain"])
        self.assertEqual(proposals.partner_id, self.missing | self.spaced)
        self.assertEqual(proposals.line_ids.mapped("key"), ["siret", "siret"])
        line = proposals.filtered(lambda item: item.partner_id == self.missing).line_ids
        self.assertEqual(line.new_values, {"company_registry": SIRET})
        self.assertFalse(self.missing.company_registry)
        self.assertIn("ref", proposals[0].message_ids[0].body)

    def test_conflicts_if_wanted_beside_what_waits(self):
        source = self.env["partner.data.source"]._active_registry()
        Proposal = self.env["partner.update.proposal"]
        Proposal._sync(source, {self.conflict: ({"city": "LYON"}, False)})
        action = self.wizard(include_conflicts=True).action_propose()
        proposals = Proposal.search(action["domain"])
        self.assertIn(self.conflict, proposals.partner_id)
        lines = proposals.filtered(
            lambda item: item.partner_id == self.conflict
        ).line_ids
        self.assertEqual(set(lines.mapped("key")), {"siret", "city"})
        self.assertEqual(set(lines.mapped("state")), {"new"})

    def test_nothing_to_propose(self):
        (self.missing | self.spaced).ref = False
        with self.assertRaisesRegex(UserError, "no number"):
            self.wizard().action_propose()

    def test_numbers(self):
        for value, number in (
            (SIRET, SIRET),
            ("869 931 394", SIRET[:9]),
            (5520135, "005520135"),
            ("FR44732829320", "732829320"),
            ("12345", False),
            ("86993139400018", False),
        ):
            with self.subTest(value=value):
                self.assertEqual(_number_of(value), number)

    def test_kinds(self):
        other_establishment = SIRET[:9] + "00025"
        for number, ours, kind in (
            (False, SIRET, "invalid"),
            (SIRET, False, "new"),
            (SIRET, "nonsense", "new"),
            (SIRET, SIRET[:9], "new"),
            (SIRET[:9], SIRET, "same"),
            (SIRET, SIRET, "same"),
            (SIRET, other_establishment, "conflict"),
            (SIRET, OTHER_SIRET, "conflict"),
        ):
            with self.subTest(number=number, ours=ours):
                self.assertEqual(_kind(number, ours), kind)

    def test_other_fields_are_refused(self):
        wizard = self.wizard()
        wizard.field_name = "company_registry"
        with self.assertRaisesRegex(UserError, "fields offered"):
            wizard.action_propose()

    def test_readers_cannot(self):
        reader = new_test_user(self.env, "takeover-reader", groups=f"{GROUP}reader")
        with self.assertRaises(AccessError):
            self.env["partner.siren.takeover"].with_user(reader).create(
                {"field_name": "ref"}
            )
