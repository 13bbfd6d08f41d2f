"""Whatever JSON a field of the answer holds: the run goes on, no nonsense is kept."""

import json
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from odoo.addons.partner_company_data.connectors.http import ServiceClient
from odoo.addons.partner_company_data.connectors.opendatasoft import FIELDS

from .check_common import CheckCase
from .hypothesis_common import look_for_constants_here_only

NUMBERS = ("siren", "siret")
MAX_TEXT = 400
OWN_VALUES = ["name", "street", "street2", "zip", "city", "company_registry", "vat"]

any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=500)
    | st.sampled_from(
        ["[ND]", "[NON-DIFFUSIBLE]", "Fermé", "0", "2024", "<script>", "\x00", "99999"]
    ),
    lambda items: (
        st.lists(items, max_size=3)
        | st.dictionaries(st.text(max_size=5), items, max_size=3)
    ),
    max_leaves=5,
)


@tagged("post_install", "-at_install")
class TestCheckAnyAnswer(CheckCase):
    partner_count = 3

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        look_for_constants_here_only()
        cls.source._process_batch(cls.source._links_of(cls.partners).ids)
        cls.before = cls.partners.read(OWN_VALUES)

    def check_with(self, spoil):
        """Check the partners with what ``spoil(answer)`` makes of the answer."""
        get_json = ServiceClient.get_json

        def spoiled(client, path, params=None):
            answer = get_json(client, path, params)
            if path.endswith("/records"):
                # As it would have come over the wire.
                return json.loads(json.dumps(spoil(answer)))
            return answer

        with patch.object(ServiceClient, "get_json", spoiled):
            return self.run_check()

    def assert_sound(self, run, partners):
        self.assertIn(run.state, ("done", "stopped"))
        self.env.invalidate_all()
        self.assertEqual(self.partners.read(OWN_VALUES), self.before)
        for link in self.links(partners):
            self.assertIn(link.state, ("checked", "partial", "not_found", "failed"))
            if link.state in ("not_found", "failed"):
                self.assertTrue(link.last_error)
        for line in self.open_proposals().line_ids:
            for value in line.new_values.values():
                self.assert_sensible(value)

    def assert_sensible(self, value):
        self.assertIsInstance(value, (str, int, float))
        if isinstance(value, str):
            self.assertTrue(value.strip())
            self.assertLessEqual(len(value), MAX_TEXT)
            self.assertNotIn("[N", value)
            self.assertNotIn("\x00", value)

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(field=st.sampled_from(FIELDS), value=any_json)
    def test_any_value_in_any_field(self, field, value):
        spoiled, *others = self.partners

        def spoil(answer):
            for record in answer["results"]:
                if record["siret"] == spoiled.l10n_fr_siret:
                    record[field] = value
            return answer

        with self.env.cr.savepoint() as savepoint:
            self.links().write({"next_check": False, "register_date": False})
            run = self.check_with(spoil)
            self.assertEqual(run.state, "done")
            self.assert_sound(run, spoiled)
            if field not in NUMBERS:
                self.assertNotEqual(self.links(spoiled).state, "not_found")
            for other in others:
                self.assertEqual(self.links(other).state, "checked")
            savepoint.rollback()

    def test_unreadable_seat_is_not_unknown(self):
        spoiled = self.partners[0]
        spoiled.company_registry = spoiled.l10n_fr_siren

        def spoil(answer):
            for record in answer["results"]:
                if record["siren"] == spoiled.l10n_fr_siren:
                    record["etablissementsiege"] = ["oui"]
            return answer

        self.links().write({"next_check": False, "register_date": False})
        with self.assertLogs("odoo.addons.partner_company_data", "WARNING"):
            self.check_with(spoil)
        self.assertEqual(self.links(spoiled).state, "failed")

    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        key=st.sampled_from(("total_count", "results", None)),
        value=any_json,
    )
    def test_any_answer(self, key, value):
        def spoil(answer):
            return value if key is None else {**answer, key: value}

        with self.env.cr.savepoint() as savepoint:
            self.links().write({"next_check": False, "register_date": False})
            self.assert_sound(self.check_with(spoil), self.partners)
            savepoint.rollback()
