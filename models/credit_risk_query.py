"""All customers' exposure beside limits and classes: one query for lists and pivots.

Rows are legal units with something open, guaranteed, granted or told by a bureau. What
is joined to the exposure stands in subqueries with one row a unit: PostgreSQL leaves
out those that a question does not ask for.
"""

from odoo.tools import SQL

from . import credit_exposure
from .credit_exposure import PARTS

#: Codes of the sources that have columns of their own: ``class_…`` and ``limit_…``.
BUREAUS = ("creditsafe", "altares")

#: What the query reads.
SOURCES = credit_exposure.SOURCES | {
    "partner.credit.assessment": ("company_id", "unit", "action"),
    "partner.credit.file": (
        *("source_id", "company_id", "risk_class", "risk_state", "updated_on"),
        *("has_credit_limit", "credit_limit", "currency_id"),
    ),
    "partner.credit.snapshot": ("company_id", "unit", "date", "exposure"),
    "partner.data.source": ("code",),
    "res.partner": (
        *credit_exposure.SOURCES["res.partner"],
        *("credit_limit", "credit_file_ids"),
    ),
}

# Rank of a company that failed: beyond every class.
_FAILING = 6
_LIMIT = SQL("LEAST(own.granted_limit, bureau.bureau_limit)")


def risks(default_limits, today, month):
    """The query: a row a company (no branch) and legal unit.

    :param default_limits: ``{company: Odoo's limit of customers who have none}``, of
        companies that are no branches; they count with their branches
    :param month: day of the snapshots that ``change`` compares with
    """
    companies = [company.id for company in default_limits]
    return SQL(
        """
        SELECT open.company_id::bigint * 4294967296 + open.unit + 2147483648 AS id,
               open.*,
               company.currency_id,
               GREATEST(0, open.exposure - open.guaranteed) AS not_guaranteed,
               own.granted_limit,
               own.granted_limit IS NOT NULL AS has_granted_limit,
               bureau.bureau_limit,
               bureau.bureau_limit IS NOT NULL AS has_bureau_limit,
               open.exposure / NULLIF(%(limit)s, 0) AS limit_use,
               %(limit)s > 0 AS has_limit_use,
               CASE WHEN open.exposure > own.granted_limit
                     AND open.exposure > bureau.bureau_limit THEN 'both'
                    WHEN open.exposure > own.granted_limit THEN 'granted'
                    WHEN open.exposure > bureau.bureau_limit THEN 'bureau'
                    WHEN %(limit)s IS NOT NULL THEN 'none'
               END AS over_limit,
               GREATEST(0, open.exposure - %(limit)s) AS excess,
               %(risk_class)s AS risk_class,
               bureau.highest - bureau.lowest >= 2 AS bureaus_disagree,
               bureau.updated_on,
               %(bureaus)s,
               assessment.action,
               past.exposure IS NOT NULL AS has_change,
               open.exposure - past.exposure AS change
          FROM (%(open)s) open
          JOIN res_company company ON company.id = open.company_id
     LEFT JOIN (%(granted)s) own
               ON own.company_id = open.company_id AND own.unit = open.unit
     LEFT JOIN (%(files)s) bureau
               ON bureau.company_id = open.company_id AND bureau.unit = open.unit
     LEFT JOIN partner_credit_assessment assessment
               ON assessment.company_id = open.company_id
               AND assessment.unit = open.unit
     LEFT JOIN partner_credit_snapshot past
               ON past.company_id = open.company_id AND past.unit = open.unit
               AND past.date = %(month)s
        """,
        limit=_LIMIT,
        risk_class=_class_of("bureau.highest", "bureau.is_unrated"),
        bureaus=SQL(", ").join(
            SQL(
                "%s AS %s, bureau.%s, bureau.%s IS NOT NULL AS %s",
                _class_of(f"bureau.rank_{code}", f"bureau.is_unrated_{code}"),
                SQL.identifier(f"class_{code}"),
                SQL.identifier(f"limit_{code}"),
                SQL.identifier(f"limit_{code}"),
                SQL.identifier(f"has_limit_{code}"),
            )
            for code in BUREAUS
        ),
        open=_open(companies, today),
        granted=_granted_limits(default_limits),
        files=_files(companies, today),
        month=month,
    )


def _open(companies, today):
    """Exposure of each unit, and of those that only limits or bureaus know."""
    return SQL(
        """
        SELECT summed.*, GREATEST(
                   0, receivable + draft_invoices + orders_to_invoice + in_progress
               ) AS exposure
          FROM (
              SELECT amounts.company_id, %(unit)s AS unit,
                     MIN(entity.id) AS partner_id, %(sums)s
                FROM (%(amounts)s UNION ALL %(known)s) amounts
                JOIN res_partner contact ON contact.id = amounts.partner_id
                JOIN res_partner entity ON entity.id = contact.commercial_partner_id
            GROUP BY 1, 2
          ) summed
        """,
        unit=credit_exposure.unit("entity"),
        sums=credit_exposure.sums(),
        amounts=credit_exposure.open_amounts(companies, today),
        known=_known(companies),
    )


def _known(companies):
    """Rows like those of open amounts, of who has a limit or a bureau's file."""
    nothing = SQL(", ").join([SQL("0::numeric")] * len(PARTS))
    with_limit = SQL(" UNION ALL ").join(
        SQL(
            """
            SELECT %s, id, %s FROM res_partner
             WHERE (credit_limit->>%s)::numeric > 0 AND commercial_partner_id = id
            """,
            company,
            nothing,
            str(company),
        )
        for company in companies
    )
    with_file = SQL(
        "SELECT company_id, partner_id, %s FROM (%s) link", nothing, _links(companies)
    )
    return SQL("%s UNION ALL %s", with_limit, with_file)


def _links(companies):
    """Which partner has which file in which company."""
    return SQL(
        """
        SELECT %(root)s AS company_id, rel.partner_id, rel.file_id
          FROM partner_credit_file_partner_rel rel
          JOIN partner_credit_file file ON file.id = rel.file_id
          JOIN res_company company ON company.id = file.company_id
         WHERE %(root)s = ANY(%(companies)s)
        """,
        root=credit_exposure.root_of("company"),
        companies=companies,
    )


def _granted_limits(default_limits):
    """Odoo's limit of each unit that has one, the highest of its partners.

    0 is Odoo's word for no limit.
    """
    queries = [
        SQL(
            """
            SELECT %(company)s AS company_id, %(unit)s AS unit,
                   NULLIF(MAX(COALESCE(
                       (entity.credit_limit->>%(key)s)::numeric, %(default)s::numeric
                   )), 0) AS granted_limit
              FROM res_partner entity
             WHERE entity.commercial_partner_id = entity.id
               AND (%(default)s > 0
                    OR (entity.credit_limit->>%(key)s)::numeric > 0)
          GROUP BY 1, 2
            """,
            company=company.id,
            unit=credit_exposure.unit("entity"),
            key=str(company.id),
            default=default,
        )
        for company, default in default_limits.items()
    ]
    return SQL(" UNION ALL ").join(queries)


def _files(companies, today):
    """What the bureaus say of each unit, limits in the company's currency."""
    used = SQL("SELECT currency_id FROM partner_credit_file")
    return SQL(
        """
        SELECT link.company_id, %(unit)s AS unit,
               MAX(file.rank) AS highest,
               MIN(file.rank) AS lowest,
               BOOL_OR(file.is_unrated) AS is_unrated,
               MIN(file.limit * rate.rate) AS bureau_limit,
               MAX(file.updated_on) AS updated_on,
               %(bureaus)s
          FROM (%(links)s) link
          JOIN res_partner entity ON entity.id = link.partner_id
          JOIN (
              SELECT file.id, source.code, file.updated_on, file.currency_id,
                     CASE WHEN file.risk_state = 'failing' THEN %(failing)s
                          ELSE file.risk_class::int END AS rank,
                     file.risk_state = 'not_rated' AS is_unrated,
                     CASE WHEN file.has_credit_limit THEN file.credit_limit END AS limit
                FROM partner_credit_file file
                JOIN partner_data_source source ON source.id = file.source_id
          ) file ON file.id = link.file_id
     LEFT JOIN (%(rates)s) rate ON rate.company_id = link.company_id
               AND rate.currency_id = file.currency_id
      GROUP BY 1, 2
        """,
        bureaus=SQL(", ").join(
            SQL(
                """
                MAX(file.rank) FILTER (WHERE file.code = %(code)s) AS %(rank)s,
                BOOL_OR(file.is_unrated) FILTER (WHERE file.code = %(code)s)
                AS %(is_unrated)s,
                MIN(file.limit * rate.rate) FILTER (WHERE file.code = %(code)s)
                AS %(limit)s
                """,
                code=code,
                rank=SQL.identifier(f"rank_{code}"),
                is_unrated=SQL.identifier(f"is_unrated_{code}"),
                limit=SQL.identifier(f"limit_{code}"),
            )
            for code in BUREAUS
        ),
        failing=_FAILING,
        unit=credit_exposure.unit("entity"),
        links=_links(companies),
        rates=credit_exposure.rates(companies, today, used),
    )


def _class_of(rank, is_unrated):
    rank, is_unrated = SQL(rank), SQL(is_unrated)
    return SQL(
        """
        CASE WHEN %(rank)s = %(failing)s THEN 'failing'
             WHEN %(rank)s IS NOT NULL THEN %(rank)s::text
             WHEN %(is_unrated)s THEN 'not_rated'
        END
        """,
        rank=rank,
        failing=_FAILING,
        is_unrated=is_unrated,
    )
