from odoo import api, fields, models

from odoo.addons.partner_company_data.connectors.creditsafe import (
    PRODUCTION_URL,
    SANDBOX_URL,
    Creditsafe,
)


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    code = fields.Selection(
        selection_add=[("creditsafe", "Creditsafe")], ondelete={"creditsafe": "cascade"}
    )

    language = fields.Char(size=2, default="fr", help="Language of the reports.")
    template = fields.Char(help="Report template of the contract, empty for the usual.")

    @api.model
    def _bureau_accounts(self):
        return super()._bureau_accounts() | {
            "creditsafe": {
                "name": "Creditsafe",
                "sequence": 50,
                "base_url": PRODUCTION_URL,
                "servers": {"production": PRODUCTION_URL, "sandbox": SANDBOX_URL},
                "page_pattern": "https://app.creditsafe.com/companies/{bureau_id}",
                "search_pattern": "https://app.creditsafe.com/search"
                "?countries=FR&limit=24&name={name}&page=1",
            }
        }

    def _bureau_words(self):
        if self.code != "creditsafe":
            return super()._bureau_words()
        return super()._bureau_words() | {
            "page": self.env._("Open the Creditsafe page"),
            "add": self.env._("Add to my Creditsafe portfolio"),
        }

    def _can_monitor(self):
        return self.code == "creditsafe" or super()._can_monitor()

    def _order_options(self, company):
        options = super()._order_options(company)
        if self.code == "creditsafe" and self.with_indicators:
            options["include_indicators"] = True
        return options

    @api.model
    def action_open_creditsafe(self):
        """Open the Creditsafe account of the current company, made when missing."""
        return self.action_open_account("creditsafe")

    def _creditsafe_connector(self):
        source = self.sudo()
        return Creditsafe(
            source.base_url,
            source.username,
            source.password,
            language=source.language or "fr",
            template=source.template or None,
            token_store=source._token_store(),
            timeout=source.timeout,
        )
