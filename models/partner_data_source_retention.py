"""How long a bureau's data are kept, and their end with the contract."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

RAW_MONTHS = 12
REPORT_MONTHS = 24
SCORE_MONTHS = 120
EVENT_MONTHS = 24
CHUNK = 1000


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    raw_months = fields.Integer(
        string="Keep raw answers (months)",
        default=RAW_MONTHS,
        help="Check it against the contract. Afterwards facts cannot be made again.",
    )
    report_months = fields.Integer(
        string="Keep reports and PDF (months)", default=REPORT_MONTHS
    )
    score_months = fields.Integer(
        string="Keep the history (months)", default=SCORE_MONTHS
    )
    event_months = fields.Integer(string="Keep events (months)", default=EVENT_MONTHS)

    @api.autovacuum
    def _gc_credit_data(self):
        """Delete what is older than its term; a term of 0 keeps it."""
        remaining = 0
        for source in self.sudo().search([("kind", "=", "credit")]):
            remaining += source._purge_raw()
            remaining += source._purge_imports()
            remaining += source._purge(
                "partner.credit.report", "ordered_on", source.report_months
            )
            remaining += source._purge(
                "partner.credit.score", "date", source.score_months
            )
            remaining += source._purge(
                "partner.credit.event", "created_on", source.event_months
            )
        return CHUNK, remaining

    def _purge_raw(self):
        """Take the raw answers from old reports; those that are left."""
        if not self.raw_months:
            return 0
        before = fields.Datetime.now() - relativedelta(months=self.raw_months)
        old = self.env["partner.credit.report"].search(
            [
                ("source_id", "=", self.id),
                ("ordered_on", "<", before),
                ("raw", "!=", False),
            ]
        )
        old[:CHUNK].raw = False
        return max(len(old) - CHUNK, 0)

    def _purge_imports(self):
        """Take old imported files away; those that are left."""
        if not self.raw_months:
            return 0
        before = fields.Datetime.now() - relativedelta(months=self.raw_months)
        old = self.env["partner.credit.import"].search(
            [("source_id", "=", self.id), ("create_date", "<", before)]
        )
        old[:CHUNK].unlink()
        return max(len(old) - CHUNK, 0)

    def _purge(self, model, date_field, months):
        """Delete a model's records that are older than so many months."""
        if not months:
            return 0
        before = fields.Datetime.now() - relativedelta(months=months)
        old = self.env[model].search(
            [("file_id.source_id", "=", self.id), (date_field, "<", before)]
        )
        old[:CHUNK].unlink()
        return max(len(old) - CHUNK, 0)

    def action_end_of_contract(self):
        """Suspend and erase all that the bureau told, log-in data included.

        Calls stay: they are the house's own accounts of what was paid. So do the
        updates that people decided about, and the source, with its reason.
        """
        for source in self:
            source.check_access("write")
            source = source.sudo()
            source._forget_token()
            for model in ("order", "import", "portfolio"):
                source.env[f"partner.credit.{model}"].search(
                    [("source_id", "=", source.id)]
                ).unlink()
            source.env["partner.update.proposal"].search(
                [
                    ("source_id", "=", source.id),
                    ("state", "in", ("new", "obsolete")),
                ]
            ).unlink()
            files = source.env["partner.credit.file"].search(
                [("source_id", "=", source.id)]
            )
            partner_ids = files.partner_ids.ids
            files.report_ids.unlink()
            files.unlink()
            source._choose_main_files(partner_ids)
            source.write(
                {
                    "state": "suspended",
                    "suspension_reason": self.env._(
                        "The contract has ended; its data were erased on %s.",
                        fields.Date.context_today(source),
                    ),
                    "username": False,
                    "password": False,
                }
            )
