from odoo import api, fields, models


class PartnerCreditImportColumn(models.Model):
    """A column of a file, and what it holds."""

    _name = "partner.credit.import.column"
    _description = "Column of a Bureau's File"
    _order = "position"
    _log_access = False

    import_id = fields.Many2one(
        "partner.credit.import", required=True, ondelete="cascade", index=True
    )
    position = fields.Integer(readonly=True)
    title = fields.Char(string="Title of the column", readonly=True)
    samples = fields.Char(string="Examples", readonly=True)
    field_name = fields.Selection("_selection_field_name", string="Holds")

    @api.model
    def _selection_field_name(self):
        return field_words(self.env)


def field_words(env):
    """What a column may hold, in words."""
    return list(
        {
            "siren": env._("SIREN or SIRET"),
            "name": env._("Name"),
            "credit_limit": env._("Recommended credit"),
            "score": env._("Solvency score (0–100)"),
            "score_20": env._("Score (0–20)"),
            "industry_score_20": env._("Score of the sector (0–20)"),
            "scored_on": env._("Date of the score"),
            "risk_label": env._("Risk in words"),
            "paydex": env._("Paydex (index)"),
            "dbt": env._("Average delay (days)"),
            "privileges_number": env._("Privileges (number)"),
            "privileges_amount": env._("Privileges (amount)"),
            "proceedings": env._("Collective proceedings"),
            "proceedings_on": env._("Date of the proceedings"),
            "turnover": env._("Turnover (N-1)"),
            "accounts_on": env._("Date of the accounts"),
            "employees": env._("Employees"),
            "naf": env._("NAF code"),
            "status": env._("Activity status"),
        }.items()
    )
