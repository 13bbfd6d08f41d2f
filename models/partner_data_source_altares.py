from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.partner_company_data.connectors import (
    altares_file,
    altares_iws,
    errors,
)
from odoo.addons.partner_company_data.connectors.altares_iws_report import ELEMENTS
from odoo.addons.partner_company_data.connectors.dnb_direct_plus import (
    CERTAIN_MATCH,
    DEFAULT_BLOCKS,
    PRODUCTION_URL,
    DnbDirectPlus,
)
from odoo.addons.partner_company_data.connectors.dnb_monitoring import MonitoringPaths

PATHS = MonitoringPaths()


class MonitoredDirectPlus(DnbDirectPlus):
    """Direct+ by the names that portfolios use: a registration is a portfolio."""

    def add_company(self, portfolio_id, bureau_id, **_unused):
        """Have a registration watch a company; it may do so already."""
        self._expect_none(self.add_subjects(portfolio_id, [bureau_id]))

    def remove_company(self, portfolio_id, bureau_id):
        """Have a registration watch a company no more."""
        self._expect_none(self.remove_subjects(portfolio_id, [bureau_id]))

    def portfolio(self, portfolio_id):
        """Nothing: a registration cannot be asked for."""

    def portfolio_company(self, portfolio_id, bureau_id):
        """Nothing: the queue tells changes only."""

    def _expect_none(self, rejected):
        for one in rejected:
            raise errors.RefusedError(one.reason, service=self.service)


class PartnerDataSource(models.Model):
    """Altares: a file exported from Intuiz+, or one of its two services.

    Key and secret of D&B Direct+ are kept as user name and password.
    """

    _inherit = "partner.data.source"

    code = fields.Selection(
        selection_add=[("altares", "Altares")], ondelete={"altares": "cascade"}
    )
    altares_transport = fields.Selection(
        [
            ("file", "File exported from Intuiz+"),
            ("direct_plus", "D&B Direct+"),
            ("iws", "Altares IWS (experimental)"),
        ],
        string="Way in",
        default="file",
        help="How the bureau's facts come here: what the contract with Altares has.",
    )
    altares_blocks = fields.Char(
        string="Data blocks",
        default=",".join(DEFAULT_BLOCKS),
        help="As the contract has them, with level and version, separated by commas.",
    )
    altares_number_type = fields.Char(
        string="Type of registration number",
        help="D&B's code, where companies are not found by their number alone.",
    )
    altares_order_reason = fields.Char(
        string="Reason of orders", help="D&B's code; sent for German companies."
    )
    altares_reference = fields.Char(
        string="Own reference", help="A mark of yours, for the bureau's records."
    )
    altares_calls_per_second = fields.Float(string="Calls a second", default=5)
    altares_token_path = fields.Char(string="Path of the log-in", default="/v3/token")
    altares_registration = fields.Char(
        string="Monitoring registration",
        help="The reference of the registration that D&B has set up with you.",
    )
    altares_subjects_path = fields.Char(
        string="Path of monitored companies",
        default=PATHS.subjects,
        help="Public accounts of this call disagree: take it from your guide. With "
        "{duns} it is called once a company, with {change} it is sent a file, else a "
        "list.",
    )
    altares_notifications_path = fields.Char(
        string="Path of notifications", default=PATHS.notifications
    )
    altares_replay_path = fields.Char(string="Path of replays", default=PATHS.replay)

    altares_password_form = fields.Selection(
        [("plain", "As it is"), ("sha1", "SHA-1")],
        string="Password is sent",
        default="plain",
    )
    altares_style = fields.Selection(
        [("object", "With a request object"), ("plain", "Plain")],
        string="Style of requests",
        default="object",
    )
    altares_operations = fields.Text(
        string="Further operations",
        help="Operations that no public document names, one a line: “name = risk” or "
        "“name = identity”, after the part of the service.",
    )
    altares_elements = fields.Text(
        string="Further elements",
        help="Where a value stands in the answers, one a line: “credit_limit = "
        "operation/element”. Known names: credit_limit, paydex, dbt, "
        "privileges_number, privileges_amount and others of the connector.",
    )

    @api.model
    def _bureau_accounts(self):
        return super()._bureau_accounts() | {
            "altares": {
                "name": "Altares",
                "sequence": 55,
                "base_url": PRODUCTION_URL,
                "servers": {"production": PRODUCTION_URL},
                "page_pattern": "https://intuiz.altares.com/entreprise/{siren}",
                "search_pattern": "https://intuiz.altares.com/recherche?q={name}",
                "with_pdf": False,
            }
        }

    @api.model_create_multi
    def create(self, vals_list):
        sources = super().create(vals_list)
        sources._make_registration_portfolio()
        return sources

    def write(self, vals):
        result = super().write(vals)
        if {"altares_registration", "altares_transport"} & set(vals):
            self._make_registration_portfolio()
        return result

    def _make_registration_portfolio(self):
        """The portfolio that stands for the registration that D&B has set up."""
        # sudo: who sets up the account has no part in monitoring.
        Portfolio = self.env["partner.credit.portfolio"].sudo()
        for source in self:
            reference = source.altares_registration
            if source.altares_transport != "direct_plus" or not reference:
                continue
            known = Portfolio.search(
                [("source_id", "=", source.id), ("bureau_id", "=", reference)]
            )
            if not known:
                Portfolio.create(
                    {
                        "name": source.name,
                        "source_id": source.id,
                        "bureau_id": reference,
                        "bureau_name": reference,
                        "user_id": source.responsible_id.id,
                    }
                )

    def _bureau_servers(self):
        if self.code == "altares" and self.altares_transport == "iws":
            return {"production": altares_iws.PRODUCTION_URL}
        return super()._bureau_servers()

    @api.onchange("altares_transport")
    def _onchange_altares_transport(self):
        self.base_url = self._bureau_servers().get("production", self.base_url)

    @api.constrains("altares_operations", "altares_elements")
    def _check_altares_pairs(self):
        for source in self:
            _pairs(source.env, source.altares_operations)
            elements = _pairs(source.env, source.altares_elements)
            unknown = sorted(set(elements) - set(ELEMENTS))
            if unknown:
                raise ValidationError(
                    self.env._("No value is called %s.", ", ".join(unknown))
                )

    def _altares_connector(self):
        source = self.sudo()
        if source.altares_transport == "iws":
            return source._altares_iws_connector()
        if source.altares_transport == "file":
            raise UserError(
                self.env._(
                    "%s is fed by files here: import one that was exported from "
                    "Intuiz+.",
                    source.name,
                )
            )
        return MonitoredDirectPlus(
            source.base_url,
            source.username,
            source.password,
            blocks=_listed(source.altares_blocks) or DEFAULT_BLOCKS,
            registration_number_type=source.altares_number_type or None,
            order_reason=source.altares_order_reason or None,
            customer_reference=source.altares_reference or None,
            monitoring_paths=MonitoringPaths(
                subjects=source.altares_subjects_path or PATHS.subjects,
                notifications=source.altares_notifications_path or PATHS.notifications,
                replay=source.altares_replay_path or PATHS.replay,
            ),
            token_path=source.altares_token_path or "/v3/token",
            token_store=source._token_store(),
            calls_per_second=source.altares_calls_per_second or None,
            timeout=source.timeout,
        )

    def _altares_iws_connector(self):
        return altares_iws.AltaresIws(
            self.base_url,
            self.username,
            self.password,
            reference=self.altares_reference or "Odoo",
            password_form=self.altares_password_form or "plain",
            style=self.altares_style or "object",
            extra_operations=_pairs(self.env, self.altares_operations),
            elements=_pairs(self.env, self.altares_elements),
            timeout=self.timeout,
        )

    def _bureau_words(self):
        if self.code != "altares":
            return super()._bureau_words()
        return super()._bureau_words() | {
            "page": self.env._("Open the Intuiz+ page"),
            "add": self.env._("Add to my Altares portfolio"),
            "limit": self.env._("Recommended credit"),
        }

    def _can_monitor(self):
        if self.code != "altares":
            return super()._can_monitor()
        return self.altares_transport == "direct_plus"

    def _makes_portfolios(self):
        return False if self.code == "altares" else super()._makes_portfolios()

    def _file_reader(self):
        return altares_file if self.code == "altares" else super()._file_reader()

    @api.depends("altares_transport")
    def _compute_is_asked(self):
        result = super()._compute_is_asked()
        self.filtered(
            lambda source: (
                source.code == "altares" and source.altares_transport == "file"
            )
        ).is_asked = False
        return result

    def _order_options(self, company):
        options = super()._order_options(company)
        if self.code == "altares" and self.altares_transport == "direct_plus":
            # German companies are asked for with a reason.
            options["country"] = company.country_code or None
        return options

    def _is_certain_match(self, candidate):
        if self.code != "altares" or self.altares_transport != "direct_plus":
            return super()._is_certain_match(candidate)
        return (candidate.match_score or 0) >= CERTAIN_MATCH


def _pairs(env, text):
    """“name = value” of each line that people wrote.

    :raise ValidationError: a line is none
    """
    pairs = {}
    for line in filter(None, map(str.strip, (text or "").splitlines())):
        name, sign, value = line.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise ValidationError(env._("This line is not “name = value”: %s", line))
        pairs[name.strip()] = value.strip()
    return pairs


def _listed(text):
    """The values of a list that people wrote with commas."""
    return tuple(filter(None, map(str.strip, (text or "").split(","))))
