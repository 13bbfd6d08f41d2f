from odoo import api, fields, models

from odoo.addons.partner_company_data.connectors import identifiers

from . import registry_fields

# Countries whose companies are in SIRENE; New Caledonia and French Polynesia keep
# registers of their own.
SIRENE_COUNTRY_CODES = {"FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    # === Identifiers: Odoo keeps the SIRET (or the SIREN) in company_registry === #
    l10n_fr_siren = fields.Char(
        string="SIREN number",
        compute="_compute_l10n_fr_identifiers",
        store=True,
        index="btree_not_null",
    )
    l10n_fr_siret = fields.Char(
        string="SIRET number",
        compute="_compute_l10n_fr_identifiers",
        store=True,
        index="btree_not_null",
    )
    registry_identifier_state = fields.Selection(
        [
            ("siret", "SIRET known"),
            ("siren", "SIREN only"),
            ("missing", "SIREN missing"),
            ("invalid", "SIREN or SIRET invalid"),
        ],
        string="Identifier",
        compute="_compute_registry_identifier_state",
        store=True,
        help="Empty for persons and for companies outside the French register.",
    )
    registry_vat_mismatch = fields.Boolean(
        string="VAT number does not fit the SIREN",
        compute="_compute_registry_vat_mismatch",
        store=True,
    )

    # === Facts of the register that people own and validated === #
    registry_legal_name = fields.Char(string="Legal name")
    registry_establishment_type = fields.Selection(
        registry_fields.ESTABLISHMENT_TYPES, string="Establishment type"
    )
    registry_establishment_state = fields.Selection(
        registry_fields.ESTABLISHMENT_STATES,
        string="Administrative state of the establishment",
    )
    registry_unit_state = fields.Selection(
        registry_fields.UNIT_STATES, string="Administrative state of the company"
    )
    registry_legal_form = fields.Char(string="Legal form")
    registry_naf = fields.Char(string="NAF code")
    registry_naf_nomenclature = fields.Char(string="NAF nomenclature")
    registry_category = fields.Selection(
        registry_fields.CATEGORIES, string="Company category"
    )
    registry_category_year = fields.Integer(aggregator=None)
    registry_workforce = fields.Selection(
        registry_fields.WORKFORCES, string="Workforce bracket"
    )
    registry_workforce_year = fields.Integer(aggregator=None)
    registry_turnover = fields.Float(string="Turnover", digits=(16, 0))
    registry_turnover_year = fields.Integer(aggregator=None)

    # === What the register says now: through the link === #
    registry_link_id = fields.Many2one(
        "partner.data.link",
        string="Check against the register",
        copy=False,
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The partner at the register in use. Set when the link is made.",
    )
    data_link_ids = fields.One2many("partner.data.link", "partner_id")
    registry_checked_on = fields.Datetime(
        related="registry_link_id.checked_on", string="Last check"
    )
    registry_register_date = fields.Datetime(
        related="registry_link_id.register_date", string="Register loaded on"
    )
    registry_last_processed = fields.Date(
        related="registry_link_id.file_id.last_processed", string="Last processed on"
    )
    registry_creation_date = fields.Date(
        related="registry_link_id.file_id.unit_creation_date", string="Creation date"
    )
    registry_source_id = fields.Many2one(
        related="registry_link_id.source_id", string="Source"
    )
    registry_check_error = fields.Char(
        related="registry_link_id.last_error", string="Reason of the last failure"
    )
    registry_is_partial = fields.Boolean(
        related="registry_link_id.file_id.is_partial", string="Partial disclosure"
    )
    registry_is_sole_trader = fields.Boolean(
        related="registry_link_id.file_id.is_sole_trader", string="Sole trader"
    )
    registry_now_establishment_state = fields.Selection(
        related="registry_link_id.file_id.establishment_state",
        string="State of the establishment in the register",
    )
    registry_now_unit_state = fields.Selection(
        related="registry_link_id.file_id.unit_state",
        string="State of the company in the register",
    )
    registry_department = fields.Char(
        string="Department",
        compute="_compute_registry_department",
        store=True,
        help="Department code, from the postcode.",
    )
    registry_proposal_ids = fields.One2many("partner.update.proposal", "partner_id")
    registry_check_state = fields.Selection(
        [
            ("never", "Never checked"),
            ("up_to_date", "Up to date"),
            ("updates", "Updates available"),
            ("not_found", "Not found"),
            ("partial", "Partial disclosure"),
            ("failed", "Failed"),
        ],
        string="State of the check",
        compute="_compute_registry_check_state",
        search="_search_registry_check_state",
    )
