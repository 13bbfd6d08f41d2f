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

    Each company has a query of its own: PostgreSQL knows then how many customers to
    expect.

    :param default_limits: ``{company: Odoo's limit of customers who have none}``, of
        companies that are no branches; they count with their branches
    :param month: day of the snapshots that ``change`` compares with
    """
    return SQL(" UNION ALL ").join(
        _risks_of(company.id, company.currency_id.id, default, today, month)
        for company, default in default_limits.items()
    )


def _risks_of(company, currency, default_limit, today, month):
    return SQL(
        """
        SELECT %(company)s::bigint * 4294967296 + open.unit + 2147483648 AS id,
               %(company)s AS company_id,
               %(currency)s AS currency_id,
               open.*,
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
     LEFT JOIN (%(granted)s) own ON own.unit = open.unit
     LEFT JOIN (%(files)s) bureau ON bureau.unit = open.unit
     LEFT JOIN partner_credit_assessment assessment
               ON assessment.company_id = %(company)s
               AND assessment.unit = open.unit
     LEFT JOIN partner_credit_snapshot past
               ON past.company_id = %(company)s AND past.unit = open.unit
               AND past.date = %(month)s
        """,
        company=company,
        currency=currency,
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
        open=_open(company, today),
        granted=_granted_limits(company, default_limit),
        files=_files(company, today),
        month=month,
    )


def _open(company, today):
    """Exposure of each unit, and of those that only limits or bureaus know."""
    return SQL(
        """
        SELECT summed.*, GREATEST(
                   0, receivable + draft_invoices + orders_to_invoice + in_progress
               ) AS exposure
          FROM (
              SELECT %(unit)s AS unit, MIN(entity.id) AS partner_id, %(sums)s
                FROM (%(amounts)s UNION ALL %(known)s) amounts
                JOIN res_partner contact ON contact.id = amounts.partner_id
                JOIN res_partner entity ON entity.id = contact.commercial_partner_id
            GROUP BY 1
          ) summed
        """,
        unit=credit_exposure.unit("entity"),
        sums=credit_exposure.sums(),
        amounts=credit_exposure.open_amounts(company, today),
        known=_known(company),
    )


def _known(company):
    """Rows like those of open amounts, of who has a limit or a bureau's file."""
    nothing = SQL(", ").join([SQL("0::numeric")] * len(PARTS))
    return SQL(
        """
        SELECT id, %(nothing)s FROM res_partner
         WHERE (credit_limit->>%(key)s)::numeric > 0 AND commercial_partner_id = id
         UNION ALL
        SELECT rel.partner_id, %(nothing)s
          FROM partner_credit_file_partner_rel rel
          JOIN partner_credit_file file ON file.id = rel.file_id
         WHERE %(in_company)s
        """,
        nothing=nothing,
        key=str(company),
        in_company=credit_exposure.in_company("file.company_id", company),
    )


def _granted_limits(company, default_limit):
    """Odoo's limit of each unit that has one, the highest of its partners.

    0 is Odoo's word for no limit.
    """
    return SQL(
        """
        SELECT %(unit)s AS unit,
               NULLIF(MAX(COALESCE(
                   (entity.credit_limit->>%(key)s)::numeric, %(default)s::numeric
               )), 0) AS granted_limit
          FROM res_partner entity
         WHERE entity.commercial_partner_id = entity.id
           AND (%(default)s > 0 OR (entity.credit_limit->>%(key)s)::numeric > 0)
      GROUP BY 1
        """,
        unit=credit_exposure.unit("entity"),
        key=str(company),
        default=default_limit,
    )


def _files(company, today):
    """What the bureaus say of each unit, limits in the company's currency."""
    used = SQL("SELECT currency_id FROM partner_credit_file")
    return SQL(
        """
        SELECT %(unit)s AS unit,
               MAX(file.rank) AS highest,
               MIN(file.rank) AS lowest,
               BOOL_OR(file.is_unrated) AS is_unrated,
               MIN(file.limit * rate.rate) AS bureau_limit,
               MAX(file.updated_on) AS updated_on,
               %(bureaus)s
          FROM (
              SELECT file.id, source.code, file.updated_on, file.currency_id,
                     CASE WHEN file.risk_state = 'failing' THEN %(failing)s
                          ELSE file.risk_class::int END AS rank,
                     file.risk_state = 'not_rated' AS is_unrated,
                     CASE WHEN file.has_credit_limit THEN file.credit_limit END AS limit
                FROM partner_credit_file file
                JOIN partner_data_source source ON source.id = file.source_id
               WHERE %(in_company)s
          ) file
          JOIN partner_credit_file_partner_rel rel ON rel.file_id = file.id
          JOIN res_partner entity ON entity.id = rel.partner_id
     LEFT JOIN (%(rates)s) rate ON rate.currency_id = file.currency_id
      GROUP BY 1
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
        in_company=credit_exposure.in_company("file.company_id", company),
        rates=credit_exposure.rates(company, today, used),
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
