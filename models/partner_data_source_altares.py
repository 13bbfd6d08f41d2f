from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.partner_company_data.connectors import altares_file
from odoo.addons.partner_company_data.connectors.dnb_direct_plus import (
    CERTAIN_MATCH,
    DEFAULT_BLOCKS,
    PRODUCTION_URL,
    DnbDirectPlus,
)
from odoo.addons.partner_company_data.connectors.dnb_monitoring import MonitoringPaths

PATHS = MonitoringPaths()


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

    def _altares_connector(self):
        source = self.sudo()
        if source.altares_transport == "file":
            raise UserError(
                self.env._(
                    "%s is fed by files here: import one that was exported from "
                    "Intuiz+.",
                    source.name,
                )
            )
        return DnbDirectPlus(
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

    def _is_certain_match(self, candidate):
        if self.code != "altares":
            return super()._is_certain_match(candidate)
        return (candidate.match_score or 0) >= CERTAIN_MATCH


def _listed(text):
    """The values of a list that people wrote with commas."""
    return tuple(filter(None, map(str.strip, (text or "").split(","))))
