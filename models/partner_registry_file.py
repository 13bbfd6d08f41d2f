from odoo import fields, models

from . import registry_fields


class PartnerRegistryFile(models.Model):
    """An establishment as the register last gave it. Written when it changes only."""

    _name = "partner.registry.file"
    _description = "Register's Record of an Establishment"
    _rec_name = "siret"
    _log_access = False

    source_id = fields.Many2one(
        "partner.data.source", required=True, ondelete="cascade"
    )
    siren = fields.Char(string="SIREN number", size=9, required=True, index=True)
    siret = fields.Char(string="SIRET number", size=14, required=True)
    head_office_siret = fields.Char(size=14)
    digest = fields.Char(required=True, help="Tells whether the answer has changed.")
    changed_on = fields.Datetime(help="When the register's answer last changed.")
    legal_name = fields.Char()
    acronym = fields.Char()
    trade_names = fields.Char()
    establishment_type = fields.Selection(registry_fields.ESTABLISHMENT_TYPES)
    establishment_state = fields.Selection(registry_fields.ESTABLISHMENT_STATES)
    unit_state = fields.Selection(registry_fields.UNIT_STATES)
    is_sole_trader = fields.Boolean(string="Sole trader")
    is_partial = fields.Boolean(string="Partial disclosure")
    naf = fields.Char(string="NAF code")
    naf_nomenclature = fields.Char()
    naf_label = fields.Char()
    legal_form = fields.Char()
    legal_form_label = fields.Char()
    category = fields.Selection(registry_fields.CATEGORIES)
    category_year = fields.Integer(aggregator=None)
    workforce = fields.Selection(registry_fields.WORKFORCES)
    workforce_year = fields.Integer(aggregator=None)
    unit_creation_date = fields.Date()
    establishment_creation_date = fields.Date()
    last_processed = fields.Date(
        string="Last processed on", help="When the register last touched this record."
    )
    street = fields.Char()
    street2 = fields.Char()
    zip = fields.Char()
    city = fields.Char()
    country_code = fields.Char(size=2)
    commune_code = fields.Char(size=5)
    department_code = fields.Char(size=3)
    turnover = fields.Float(digits=(16, 0))
    turnover_year = fields.Integer(aggregator=None)

    _source_siret_uniq = models.UniqueIndex(
        "(source_id, siret)", "The register's record exists already."
    )
