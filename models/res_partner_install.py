from odoo import models
from odoo.tools import SQL, split_every, sql

from . import partner_identity

FIELDS = tuple(partner_identity.stored_values(None, None, False, None, None))
# So many partners are written by one statement.
CHUNK = 10_000


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _auto_init(self):
        """Give the partners that are there already their first values by SQL.

        The ORM would compute and write them in some minutes for 100,000 partners.
        """
        cr = self.env.cr
        is_new = not sql.column_exists(cr, self._table, FIELDS[0])
        if is_new:
            for name in FIELDS:
                # What has its column already is not computed by the ORM.
                field = self._fields[name]
                sql.create_column(cr, self._table, name, field.column_type[1])
        result = super()._auto_init()
        if is_new:
            self._write_first_values()
        return result

    def _write_first_values(self):
        partners = self.env.execute_query(
            SQL(
                """
                SELECT partner.id, partner.company_registry, country.code,
                       partner.is_company, partner.vat, partner.zip
                  FROM res_partner partner
             LEFT JOIN res_country country ON country.id = partner.country_id
                """
            )
        )
        rows = (
            (partner_id, *partner_identity.stored_values(*facts).values())
            for partner_id, *facts in partners
        )
        # False is NULL: most partners are no French companies.
        rows = ([value or None for value in row] for row in rows if any(row[1:]))
        types = {"id": "int4"} | {
            name: self._fields[name].column_type[0] for name in FIELDS
        }
        for chunk in split_every(CHUNK, rows, list):
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE res_partner SET %s FROM unnest(%s) AS value (%s)
                     WHERE value.id = res_partner.id
                    """,
                    SQL(", ").join(
                        SQL("%s = value.%s", SQL.identifier(name), SQL.identifier(name))
                        for name in FIELDS
                    ),
                    SQL(", ").join(
                        SQL("%s::%s[]", list(column), SQL(kind))
                        for column, kind in zip(
                            zip(*chunk, strict=True), types.values(), strict=True
                        )
                    ),
                    SQL(", ").join(map(SQL.identifier, types)),
                )
            )
