from datetime import date, datetime
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests.common import TransactionCase

from odoo.addons.base.models.res_partner import ResPartner
from odoo.addons.partner_company_data.models import registry_fields

from .common import WarmCaches, new_test_user

GROUP = "partner_company_data.group_partner_data_"

# The seat that Cegid's has moved to.
MOVED = {
    "company_registry": "41052438500038",
    "street": "1 RUE NEUVE",
    "zip": "75002",
    "city": "PARIS",
}


class ProposalCase(WarmCaches, TransactionCase):
    """Partners, people of each role, and answers of the register without HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.source = cls.env["partner.data.source"].search(
            [("code", "=", "opendatasoft")]
        )
        cls.Rule = cls.env["partner.update.rule"]
        cls.officer = new_test_user(cls.env, "test_officer", groups=f"{GROUP}officer")
        cls.reader = new_test_user(cls.env, "test_reader", groups=f"{GROUP}reader")
        cls.manager = new_test_user(cls.env, "test_manager", groups=f"{GROUP}manager")
        cls.portal = new_test_user(cls.env, "test_portal", groups="base.group_portal")
        cls.cegid = cls.company("Cegid", company_registry="41052438500020")

    @classmethod
    def company(cls, name, **values):
        return cls.env["res.partner"].create(cls._company_vals(name) | values)

    @classmethod
    def companies(cls, count):
        return cls.env["res.partner"].create(
            [cls._company_vals(f"Société {number}") for number in range(count)]
        )

    @classmethod
    def _company_vals(cls, name):
        return {
            "name": name,
            "registry_legal_name": name,
            "is_company": True,
            "street": "52 quai Paul Sédallian",
            "zip": "69009",
            "city": "Lyon",
            "country_id": cls.env.ref("base.fr").id,
        }

    def checks(self, changes, reason=False):
        """What a check gives ``_sync``: the partner's values and these changes."""
        checks = {}
        for partner, theirs in changes.items():
            values = {
                name: partner[name].id if name == "country_id" else partner[name]
                for name in registry_fields.PARTNER_FIELDS
            }
            values["registry_register_date"] = datetime(2026, 2, 9)
            values["registry_last_processed"] = date(2026, 1, 15)
            checks[partner] = (values | theirs, reason)
        return checks

    def sync(self, changes, reason=False):
        return self.env["partner.update.proposal"]._sync(
            self.source, self.checks(changes, reason)
        )

    def proposals(self, partners):
        return self.env["partner.update.proposal"].search(
            [("partner_id", "in", partners.ids)]
        )

    def pending_keys(self, proposal):
        return proposal._pending_lines().mapped("key")

    def new_notes(self, partner):
        """Notes about the register on a partner, newest first."""
        return self.env["mail.message"].search(
            [
                ("model", "=", "res.partner"),
                ("res_id", "=", partner.id),
                ("subtype_id", "=", self.env.ref("mail.mt_note").id),
                ("body", "like", "→"),
            ]
        )

    def refuse_street(self, street):
        """Have Odoo refuse this street, as a constraint of another addon would."""
        write = ResPartner.write

        def refusing_write(records, vals):
            if vals.get("street") == street:
                raise UserError(f"Not {street}")
            return write(records, vals)

        self.startPatcher(patch.object(ResPartner, "write", refusing_write))
