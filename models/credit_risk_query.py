"""All customers' exposure beside limits and classes: one query for lists and pivots.

Rows are legal units with something open, guaranteed, decided, or told by a bureau. All
of it is added up in one pass: each source gives rows of a partner, with what it knows.
PostgreSQL leaves out the sums and joins that a question does not ask for.
"""

from odoo.tools import SQL

from . import credit_exposure, granted_limit
from .credit_exposure import PARTS

#: Codes of the sources that have columns of their own: ``class_…`` and ``limit_…``.
BUREAUS = ("creditsafe", "altares")

#: What the query reads.
SOURCES = credit_exposure.SOURCES | {
    "partner.credit.assessment": ("company_id", "unit", "action", "is_supplier"),
    "partner.credit.decision": (
        *("company_id", "partner_id", "state", "decided_on", "review_on"),
    ),
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
_LIMIT = SQL("LEAST(open.granted_limit, open.bureau_limit)")

# Whose commercial entity is which. Joined before the many rows are, which PostgreSQL
# would join twice without the offset.
_MEMBERS = SQL(
    """
    SELECT contact.id AS member_id, entity.id, entity.l10n_fr_siren
      FROM res_partner contact
      JOIN res_partner entity ON entity.id = contact.commercial_partner_id
    OFFSET 0
    """
)

# What limits and bureaus' files know, beside the parts of the exposure.
_KNOWN = {
    "granted_limit": "float8",
    "code": "text",
    "rank": "int",
    "is_unrated": "boolean",
    "bureau_limit": "float8",
    "updated_on": "timestamp",
    "decision_id": "int",
}


def risks(default_limits, today, month):
    """The query: a row a company (no branch) and legal unit.

    Each company has a query of its own: PostgreSQL knows then how many customers to
    expect.

    :param default_limits: ``{company: Odoo's limit of customers who have none}``, of
        companies that are no branches; they count with their branches
    :param month: day of the snapshots that ``change`` compares with
    """
    return SQL(" UNION ALL ").join(
        _risks_of(company.id, company.currency_id, default, today, month)
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
               open.granted_limit IS NOT NULL AS has_granted_limit,
               open.bureau_limit IS NOT NULL AS has_bureau_limit,
               CASE WHEN %(limit)s > %(rounding)s
                    THEN open.exposure / %(limit)s END AS limit_use,
               %(limit)s > %(rounding)s AS has_limit_use,
               CASE WHEN open.exposure > open.granted_limit
                     AND open.exposure > open.bureau_limit THEN 'both'
                    WHEN open.exposure > open.granted_limit THEN 'granted'
                    WHEN open.exposure > open.bureau_limit THEN 'bureau'
                    WHEN %(limit)s IS NOT NULL THEN 'none'
                    ELSE 'unlimited'
               END AS over_limit,
               GREATEST(0, open.exposure - %(limit)s) AS excess,
               COALESCE(%(risk_class)s, 'unknown') AS risk_class,
               open.highest - open.lowest >= 2 AS bureaus_disagree,
               %(bureaus)s,
               assessment.action,
               decision.state AS decision_state,
               decision.decided_on,
               decision.review_on,
               decision.state = 'expired' OR decision.review_on <= %(today)s
               AS is_review_due,
               past.exposure IS NOT NULL AS has_change,
               open.exposure - past.exposure AS change
          FROM (%(open)s) open
     LEFT JOIN partner_credit_assessment assessment
               ON assessment.company_id = %(company)s
               AND assessment.unit = open.unit
               AND assessment.is_supplier IS NOT TRUE
     LEFT JOIN partner_credit_decision decision ON decision.id = open.decision_id
     LEFT JOIN partner_credit_snapshot past
               ON past.company_id = %(company)s AND past.unit = open.unit
               AND past.date = %(month)s
        """,
        company=company,
        currency=currency.id,
        rounding=currency.rounding,
        today=today,
        limit=_LIMIT,
        risk_class=_class_of("open.highest", "open.is_unrated"),
        bureaus=SQL(", ").join(
            SQL(
                "%s AS %s, open.%s IS NOT NULL AS %s",
                _class_of(f"open.rank_{code}", f"open.is_unrated_{code}"),
                SQL.identifier(f"class_{code}"),
                SQL.identifier(f"limit_{code}"),
                SQL.identifier(f"has_limit_{code}"),
            )
            for code in BUREAUS
        ),
        open=_open(company, default_limit, today),
        month=month,
    )


def _open(company, default_limit, today):
    """What is known of each unit, added up."""
    nothing = SQL(", ").join(
        SQL(f"NULL::{kind} AS {name}") for name, kind in _KNOWN.items()
    )
    return SQL(
        """
        SELECT summed.*, GREATEST(0, %(exposure)s) AS exposure
          FROM (
              SELECT %(unit)s AS unit,
                     MIN(entity.id) AS partner_id,
                     %(sums)s,
                     %(granted_limit)s AS granted_limit,
                     MAX(rank) AS highest,
                     MIN(rank) AS lowest,
                     BOOL_OR(is_unrated) AS is_unrated,
                     MIN(bureau_limit) AS bureau_limit,
                     MAX(updated_on) AS updated_on,
                     MAX(decision_id) AS decision_id,
                     %(bureaus)s
                FROM (
                    SELECT *, %(nothing)s FROM (%(amounts)s) amounts
                     UNION ALL %(limits)s
                     UNION ALL %(files)s
                     UNION ALL %(decisions)s
                ) known
                JOIN (%(members)s) entity ON entity.member_id = known.partner_id
            GROUP BY 1
          ) summed
        """,
        exposure=credit_exposure.rounded(
            SQL("(receivable + draft_invoices + orders_to_invoice + in_progress)")
        ),
        unit=credit_exposure.unit("entity"),
        sums=credit_exposure.sums(),
        granted_limit=granted_limit.counting(SQL("granted_limit"), default_limit),
        bureaus=SQL(", ").join(
            SQL(
                """
                MAX(rank) FILTER (WHERE code = %(code)s) AS %(rank)s,
                BOOL_OR(is_unrated) FILTER (WHERE code = %(code)s) AS %(is_unrated)s,
                MIN(bureau_limit) FILTER (WHERE code = %(code)s) AS %(limit)s
                """,
                code=code,
                rank=SQL.identifier(f"rank_{code}"),
                is_unrated=SQL.identifier(f"is_unrated_{code}"),
                limit=SQL.identifier(f"limit_{code}"),
            )
            for code in BUREAUS
        ),
        nothing=nothing,
        members=_MEMBERS,
        amounts=credit_exposure.open_amounts(company, today),
        limits=_granted_limits(company),
        files=_files(company, today),
        decisions=_decisions(company),
    )


def _no_amounts():
    return SQL(", ").join([SQL("0::float8")] * len(PARTS))


def _granted_limits(company):
    """Rows of who has a limit of Odoo's own."""
    return SQL(
        """
        SELECT id, %s, (credit_limit->>%s)::float8, NULL, NULL, NULL, NULL, NULL,
               NULL
          FROM res_partner
         WHERE (credit_limit->>%s) IS NOT NULL AND commercial_partner_id = id
        """,
        _no_amounts(),
        str(company),
        str(company),
    )


def _files(company, today):
    """Rows of who is known to a bureau, limits in the company's currency."""
    used = SQL("SELECT currency_id FROM partner_credit_file")
    return SQL(
        """
        SELECT rel.partner_id, %(no_amounts)s, NULL, source.code,
               CASE WHEN file.risk_state = 'failing' THEN %(failing)s
                    ELSE file.risk_class::int END,
               file.risk_state = 'not_rated',
               CASE WHEN file.has_credit_limit
                    THEN (file.credit_limit * rate.rate)::float8 END,
               file.updated_on, NULL
          FROM partner_credit_file file
          JOIN partner_data_source source ON source.id = file.source_id
          JOIN partner_credit_file_partner_rel rel ON rel.file_id = file.id
     LEFT JOIN (%(rates)s) rate ON rate.currency_id = file.currency_id
         WHERE %(in_company)s
        """,
        no_amounts=_no_amounts(),
        failing=_FAILING,
        in_company=credit_exposure.in_company("file.company_id", company),
        rates=credit_exposure.rates(company, today, used),
    )


def _decisions(company):
    """Rows of the decisions in force, and of those that ended without a new one."""
    return SQL(
        """
        SELECT partner_id, %s, NULL, NULL, NULL, NULL, NULL, NULL, id
          FROM partner_credit_decision
         WHERE company_id = %s AND state IN ('granted', 'expired')
        """,
        _no_amounts(),
        company,
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
