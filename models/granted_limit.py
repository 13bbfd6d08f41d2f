"""The limit granted to a legal unit: one rule, wherever it is shown or compared.

Odoo keeps a limit on each partner; the debtor is the legal unit. A decision writes the
same on all its partners. Where people have written different ones, the lowest counts,
as the more careful one; Odoo's zero is its word for no limit. Odoo's default counts
where no partner of the unit has a limit of its own. Limits are those of the company
that is no branch.
"""

from odoo.tools import SQL


def default_of(company):
    """Odoo's limit of customers who have none of their own; 0 for none."""
    Partner = company.env["res.partner"].with_company(company.root_id)
    field = Partner._fields["credit_limit"]
    return field.get_company_dependent_fallback(Partner) or 0


def counting(values, default):
    """The one that counts of a unit's limits, as an aggregate; null for none.

    :param SQL values: partners' own limits, null where a partner has none
    """
    return SQL(
        """COALESCE(MIN(NULLIF(%(values)s, 0)),
                    NULLIF(COALESCE(MAX(%(values)s), %(default)s::float8), 0))""",
        values=values,
        default=default,
    )


def of_unit(alias, company):
    """The limit granted to a commercial entity's legal unit, as a subquery.

    :param str alias: of the entity's ``res_partner``
    """
    values = SQL("(twin.credit_limit->>%s)::float8", str(company.root_id.id))
    return SQL(
        """(SELECT %(limit)s
              FROM res_partner twin
             WHERE twin.commercial_partner_id = twin.id
               AND (twin.id = %(entity)s.id
                    OR twin.l10n_fr_siren = %(entity)s.l10n_fr_siren))""",
        limit=counting(values, default_of(company)),
        entity=SQL.identifier(alias),
    )
