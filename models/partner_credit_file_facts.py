from odoo import fields, models


class PartnerCreditFile(models.Model):
    """What some bureaus tell besides; what one doesn't tell is empty, never zero."""

    _inherit = "partner.credit.file"

    has_score_20 = fields.Boolean()
    score_20 = fields.Float(string="Score (0–20)", digits=(6, 1), aggregator=None)
    has_paydex = fields.Boolean()
    paydex = fields.Integer(
        string="Paydex (index)",
        aggregator=None,
        help="Index of the way a company pays: 100 for 30 days early, 80 for on time, "
        "50 for 30 days late. It is no number of days.",
    )
    has_privilege_amount = fields.Boolean()
    privilege_amount = fields.Monetary(
        string="Privileges (amount)",
        currency_field="figures_currency_id",
        aggregator=None,
    )
    has_turnover = fields.Boolean()
    turnover = fields.Monetary(
        string="Turnover (N-1)", currency_field="figures_currency_id", aggregator=None
    )
    turnover_year = fields.Integer(string="Year of the turnover", aggregator=None)
    figures_currency_id = fields.Many2one(
        "res.currency", string="Currency of turnover and privileges"
    )
    naf = fields.Char(string="NAF code")

    def _facts_vals(self, facts):
        year = max(
            (figures for figures in facts.key_figures if figures.turnover is not None),
            key=lambda figures: figures.period_end,
            default=None,
        )
        turnover, told_in = facts.latest_turnover, facts.latest_turnover_currency
        if turnover is None and year:
            turnover, told_in = year.turnover, year.currency
        amount = facts.privileges.amount
        country = facts.country_code or self.country_code
        turnover_in = self._currency_told(told_in, country)
        amount_in = self._currency_told(facts.privileges.currency, country)
        # Both stand in one currency: that of the turnover, where it is known.
        currency = turnover_in if turnover is not None else amount_in
        has_amount = amount is not None and (not currency or amount_in == currency)
        if has_amount:
            currency = amount_in
        has_turnover = turnover is not None and turnover_in == currency
        bureau_class = _bureau_class(facts)
        return super()._facts_vals(facts) | {
            "has_score_20": facts.score_20 is not None,
            "score_20": facts.score_20 or 0,
            "has_paydex": facts.payment.paydex is not None,
            "paydex": facts.payment.paydex or 0,
            "has_privilege_amount": has_amount,
            "privilege_amount": amount if has_amount else 0,
            "has_turnover": has_turnover,
            "turnover": turnover if has_turnover else 0,
            "turnover_year": year.period_end.year if year else 0,
            "figures_currency_id": currency.id,
            "naf": facts.naf or False,
            **({"bureau_class": bureau_class} if bureau_class else {}),
        }


def _bureau_class(facts):
    """The bureau's own class of failing: 1 to 5, else the risk indicator R1 to R4."""
    classes = {one.kind: one.value for one in facts.risk_classes if one.value}
    if "failure" in classes:
        return str(classes["failure"])
    if "risk_indicator" in classes:
        return f"R{classes['risk_indicator']}"
    return None
