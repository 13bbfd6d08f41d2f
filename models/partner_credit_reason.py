from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.partner_company_data.connectors import errors


class MissingReasonError(UserError):
    """The country wants to be told why a report is bought, and nobody said."""


class PartnerCreditReason(models.Model):
    """Why a report is bought, where a country's law wants to know (Germany)."""

    _name = "partner.credit.reason"
    _description = "Reason for Buying a Report"
    _order = "country_code, key, value"

    source_id = fields.Many2one(
        "partner.data.source", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="source_id.company_id")
    country_code = fields.Char(size=2, required=True)
    key = fields.Char(required=True, help="The bureau's name of the question.")
    value = fields.Char(required=True)
    name = fields.Char(required=True)
    is_default = fields.Boolean(
        string="Usual", help="Proposed first, and used where many reports are bought."
    )

    _value_uniq = models.UniqueIndex(
        "(source_id, country_code, key, value)", "The reason is known already."
    )

    @api.model
    def _of_country(self, source, country_code):
        """The reasons that a country's reports ask for; none in most countries."""
        options = source._required_options(country_code) if country_code else []
        known = self.sudo().search(
            [("source_id", "=", source.id), ("country_code", "=", country_code)]
        )
        values = {(reason.key, reason.value) for reason in known}
        missing = [
            {
                "source_id": source.id,
                "country_code": country_code,
                "key": option["key"],
                "value": value,
                "name": label or value,
            }
            for option in options[:1]
            for value, label in option["values"]
            if (option["key"], value) not in values
        ]
        if not options:
            return known.browse()
        return known | known.create(missing)

    def _make_default(self):
        """What was chosen last is proposed next."""
        self.ensure_one()
        others = self.sudo().search(
            [
                ("source_id", "=", self.source_id.id),
                ("country_code", "=", self.country_code),
                ("is_default", "=", True),
            ]
        )
        (others - self).is_default = False
        self.sudo().is_default = True


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    with_indicators = fields.Boolean(
        string="Ask for indicators",
        help="Payment behaviour and financial strength, where the contract has them.",
    )

    def _required_options(self, country_code):
        """What a country's report asks for; asked of the bureau once a month.

        A bureau that can't tell now is no reason not to buy: it refuses, and counts
        nothing, where something is missing.

        :return: list of ``{"key": …, "values": [[value, label], …]}``
        """

        def ask():
            with self._open_connector() as connector:
                options = getattr(connector, "report_options", lambda _code: ())
                return [
                    {"key": option.key, "values": [list(one) for one in option.values]}
                    for option in options(country_code)
                    if option.is_required
                ]

        try:
            return self.env["partner.credit.country"]._told(
                self, country_code, "options", ask
            )
        except errors.ServiceError:
            return []

    def _custom_data(self, country_code):
        """What goes with the order of a report, from the reason used usually.

        :raise MissingReasonError: a person has to say why first
        """
        # French reports ask for nothing.
        if not country_code or country_code == "FR":
            return {}
        reasons = self.env["partner.credit.reason"]._of_country(self, country_code)
        if not reasons:
            return {}
        usual = reasons.filtered("is_default")[:1]
        if not usual:
            raise MissingReasonError(
                self.env._(
                    "Reports of %(country)s need a reason. Update one company of this "
                    "country by hand first: the reason chosen is used from then on.",
                    country=country_code,
                )
            )
        return {usual.key: usual.value}
