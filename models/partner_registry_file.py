import dataclasses
import hashlib
from collections import namedtuple
from operator import attrgetter

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.partner_company_data.connectors.datatypes import (
    Address,
    Establishment,
)

from . import registry_fields, retention

# What a check needs to know of a stored file: its id, and whether the register calls
# it the seat, now or at an earlier answer.
StoredFile = namedtuple("StoredFile", "id was_head_office")


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
    was_head_office = fields.Boolean(
        help="The register has called this establishment the seat, now or before."
    )
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

    @api.model
    def _upsert(self, source, establishments):
        """Store what the register says now; write only what has changed.

        :param source: the ``partner.data.source`` that answered
        :param establishments: iterable of ``connectors.datatypes.Establishment``
        :return: dict ``{siret: StoredFile}``
        """
        by_siret = {item.siret: item for item in establishments}
        if not by_siret:
            return {}
        digests = {siret: _digest(item) for siret, item in by_siret.items()}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT siret, id, was_head_office, digest FROM partner_registry_file
                 WHERE source_id = %s AND siret = ANY(%s)
                """,
                source.id,
                list(by_siret),
            )
        )
        stored = {siret: StoredFile(*row[:2]) for siret, *row in rows}
        same = {siret for siret, *row in rows if row[2] == digests[siret]}
        changed = [item for siret, item in by_siret.items() if siret not in same]
        stored.update(self._write_changed(source, changed, digests))
        return stored

    @api.model
    def _write_changed(self, source, establishments, digests):
        """Insert or overwrite these files in one statement.

        :return: dict ``{siret: StoredFile}``
        """
        if not establishments:
            return {}
        now = fields.Datetime.now()
        rows = [
            {
                **_file_values(item),
                "source_id": source.id,
                "digest": digests[item.siret],
                "changed_on": now,
            }
            for item in establishments
        ]
        columns = list(rows[0])
        updates = SQL(", ").join(
            SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
            for name in columns
            if name not in ("source_id", "siret", "was_head_office")
        )
        result = self.env.execute_query(
            SQL(
                """
                INSERT INTO partner_registry_file AS file (%s) VALUES %s
                ON CONFLICT (source_id, siret) DO UPDATE SET %s,
                    was_head_office = file.was_head_office OR EXCLUDED.was_head_office
                RETURNING siret, id, was_head_office
                """,
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL(", ").join(
                    SQL("%s", tuple(row[name] for name in columns)) for row in rows
                ),
                updates,
            )
        )
        self.invalidate_model()
        return {siret: StoredFile(*row) for siret, *row in result}

    def _to_establishment(self):
        """The establishment as the connectors give it, made from what is stored."""
        self.ensure_one()
        return Establishment(
            siren=self.siren,
            siret=self.siret,
            is_head_office=(
                self.establishment_type == "head_office"
                if self.establishment_type
                else None
            ),
            head_office_siret=self.head_office_siret or None,
            establishment_state=self.establishment_state or None,
            unit_state=self.unit_state or None,
            legal_name=self.legal_name or None,
            acronym=self.acronym or None,
            trade_names=tuple(filter(None, (self.trade_names or "").split(" / "))),
            is_sole_trader=self.is_sole_trader,
            is_partial=self.is_partial,
            naf=self.naf or None,
            naf_nomenclature=self.naf_nomenclature or None,
            naf_label=self.naf_label or None,
            legal_form=self.legal_form or None,
            legal_form_label=self.legal_form_label or None,
            category=self.category or None,
            category_year=self.category_year or None,
            workforce=self.workforce or None,
            workforce_year=self.workforce_year or None,
            unit_creation_date=self.unit_creation_date or None,
            establishment_creation_date=self.establishment_creation_date or None,
            last_processed=self.last_processed or None,
            address=Address(
                street=self.street or None,
                street2=self.street2 or None,
                zip=self.zip or None,
                city=self.city or None,
                country_code=self.country_code or None,
                commune_code=self.commune_code or None,
                department_code=self.department_code or None,
            ),
            turnover=self.turnover or None,
            turnover_year=self.turnover_year or None,
        )

    @api.autovacuum
    def _gc_unused(self):
        """Take away old records of the register that no partner refers to any more."""
        links = self.env["partner.data.link"]._search([("file_id", "!=", False)])
        old = self.search(
            [
                ("changed_on", "<", retention.older_than(retention.FACTS)),
                ("id", "not in", links.subselect("file_id")),
            ],
            limit=retention.LIMIT,
        )
        return retention.remove(old)


# Quicker by far than a dataclass's own repr().
_FACTS = attrgetter(
    *(
        item.name
        for item in dataclasses.fields(Establishment)
        if item.name != "address"
    ),
    *(f"address.{item.name}" for item in dataclasses.fields(Address)),
)


def _digest(establishment):
    text = repr(_FACTS(establishment))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _file_values(establishment):
    """Columns of a file, from an establishment; unknown stays NULL."""
    address = establishment.address
    return {
        "siren": establishment.siren,
        "siret": establishment.siret,
        "head_office_siret": establishment.head_office_siret,
        "was_head_office": bool(establishment.is_head_office),
        "legal_name": establishment.legal_name,
        "acronym": establishment.acronym,
        "trade_names": " / ".join(establishment.trade_names) or None,
        "establishment_type": registry_fields.establishment_type(establishment) or None,
        "establishment_state": establishment.establishment_state,
        "unit_state": establishment.unit_state,
        "is_sole_trader": establishment.is_sole_trader,
        "is_partial": establishment.is_partial,
        "naf": establishment.naf,
        "naf_nomenclature": establishment.naf_nomenclature,
        "naf_label": establishment.naf_label,
        "legal_form": establishment.legal_form,
        "legal_form_label": establishment.legal_form_label,
        "category": establishment.category,
        "category_year": establishment.category_year,
        "workforce": establishment.workforce,
        "workforce_year": establishment.workforce_year,
        "unit_creation_date": establishment.unit_creation_date,
        "establishment_creation_date": establishment.establishment_creation_date,
        "last_processed": establishment.last_processed,
        "street": address.street,
        "street2": address.street2,
        "zip": address.zip,
        "city": address.city,
        "country_code": address.country_code,
        "commune_code": address.commune_code,
        "department_code": address.department_code,
        "turnover": establishment.turnover,
        "turnover_year": establishment.turnover_year,
    }
