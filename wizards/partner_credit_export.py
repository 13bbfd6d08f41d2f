import base64
import csv
import io

from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.partner_company_data.models.open_records import open_records

MANAGER = "partner_company_data.group_credit_manager"


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_export_credit_data(self):
        """A file with everything kept from outside about this customer."""
        self.ensure_one()
        export = self.env["partner.credit.export"].create(
            {"partner_id": self.commercial_partner_id.id}
        )
        return open_records(
            export, name=self.env._("Export this person's data"), target="new"
        )


class PartnerCreditExport(models.TransientModel):
    """The file for a person who wants to know what is kept."""

    _name = "partner.credit.export"
    _description = "Export of a Person's Data"

    partner_id = fields.Many2one("res.partner", required=True, readonly=True)
    filename = fields.Char(compute="_compute_content")
    content = fields.Binary(compute="_compute_content", string="Export file")

    def _compute_content(self):
        for export in self:
            if not self.env.user.has_group(MANAGER):
                raise AccessError(
                    self.env._("Exporting a customer's data needs the right “Decide”.")
                )
            partner = export.partner_id
            partner.check_access("read")
            out = io.StringIO()
            writer = csv.writer(out, delimiter=";")
            writer.writerow(
                [
                    self.env._("Source"),
                    self.env._("Date"),
                    self.env._("Subject"),
                    self.env._("Value"),
                ]
            )
            for source, moment, subject, value in partner._credit_data_rows():
                writer.writerow(
                    _safe(cell) for cell in (source, moment, subject, value)
                )
            # Spreadsheets read UTF-8 where a mark says so.
            export.content = base64.b64encode(out.getvalue().encode("utf-8-sig"))
            export.filename = f"{partner.l10n_fr_siren or partner.id}.csv"


def _safe(cell):
    """A text that no spreadsheet takes for a formula."""
    text = str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
