from odoo import api, fields, models

from .partner_credit_import_column import field_words


class PartnerCreditImportIssue(models.Model):
    """A row that is not taken, or a value of a row that is left out."""

    _name = "partner.credit.import.issue"
    _description = "Rejected Row of a Bureau's File"
    _order = "line, id"
    _log_access = False

    import_id = fields.Many2one(
        "partner.credit.import", required=True, ondelete="cascade", index=True
    )
    line = fields.Integer()
    is_rejected = fields.Boolean(string="Row rejected")
    reason = fields.Selection(
        [
            ("no_siren", "The row has no SIREN."),
            ("bad_siren", "The SIREN's check digit is wrong."),
            (
                "rounded_siren",
                "A spreadsheet has rounded the SIREN: its last digits are lost.",
            ),
            ("duplicate", "The SIREN stands further up in the file already."),
            (
                "unreadable",
                "The row cannot be read: a quotation mark is not closed.",
            ),
            ("unread", "The value makes no sense here and is left out."),
        ]
    )
    field_name = fields.Selection("_selection_field_name", string="Field")
    value = fields.Char()

    @api.model
    def _selection_field_name(self):
        return field_words(self.env)
