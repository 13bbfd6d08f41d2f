"""What the tests of the check share: partners, runs in test mode, faults."""

from datetime import timedelta

from odoo import fields

from odoo.addons.partner_company_data.connectors import identifiers

from .common import SandboxCase

BATCH = 5


class CheckCase(SandboxCase):
    """Partners of the sandbox's companies, alone in the queue, in small batches."""

    partner_count = 20
    batch_size = BATCH

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = cls.sample(cls.partner_count)
        cls.partners = cls.partners_like(cls.items)
        cls.source.write(
            {
                "state": "enabled",
                "batch_size": cls.batch_size,
                "responsible_id": cls.env.ref("base.user_admin").id,
            }
        )
        # Sentences are compared in the source language.
        cls.source.responsible_id.lang = False
        cls.env.company.partner_id.lang = False
        cls.only(cls.partners)

    @classmethod
    def only(cls, partners):
        """Have these partners checked and no others."""
        cls.source.partner_domain = [("id", "in", partners.ids)]

    def run_check(self):
        """One run as the scheduled action does it; its ``partner.data.run``."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["partner.data.source"].browse(self.source.id)._run()
        return self.env["partner.data.run"].search(
            [("source_id", "=", self.source.id)], order="id DESC", limit=1
        )

    def run_stopped(self):
        """A run that something stops; its warnings are part of it."""
        with self.assertLogs("odoo.addons.partner_company_data", "WARNING"):
            return self.run_check()

    def links(self, partners=None):
        return self.env["partner.data.link"].search(
            [
                ("source_id", "=", self.source.id),
                ("partner_id", "in", (partners or self.partners).ids),
            ]
        )

    def let_a_day_pass(self):
        """All partners are due again, and the register has been loaded anew."""
        self.links().next_check = fields.Datetime.now() - timedelta(hours=1)
        self.control("POST", "register/reload")

    def fault(self, kind, **options):
        self.control("POST", "faults", service="opendatasoft", kind=kind, **options)

    def asked(self):
        """The `where` of every request for records since the last reset."""
        return [
            request["query"]["where"][0]
            for request in self.control("GET", "requests", last=1000)["last"]
            if request["path"].endswith("/records")
        ]

    def open_proposals(self, partners=None):
        return self.env["partner.update.proposal"].search(
            [
                ("partner_id", "in", (partners or self.partners).ids),
                ("state", "=", "new"),
            ]
        )

    def proposed(self, partners=None):
        """What is proposed: ``{partner id: {key: (new values, reason)}}``."""
        return {
            proposal.partner_id.id: {
                line.key: (line.new_values, line.reason) for line in proposal.line_ids
            }
            for proposal in self.open_proposals(partners)
        }

    def triggers(self):
        """Moments at which the scheduled action will run besides its schedule."""
        return (
            self.env["ir.cron.trigger"]
            .search([("cron_id", "=", self.source.cron_id.id)])
            .mapped("call_at")
        )


def unknown_siret(siren):
    """A valid SIRET of this legal unit that no register has."""
    for nic in range(99999, 90000, -1):
        if identifiers.is_valid_siret(f"{siren}{nic}"):
            return f"{siren}{nic}"
    raise AssertionError("no number left")
