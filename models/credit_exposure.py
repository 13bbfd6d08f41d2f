"""What a legal unit owes one of our companies, or soon may: its exposure, by SQL.

The legal unit (in SQL a number, see :func:`unit`) is the debtor: all partners of one
SIREN, or a commercial entity alone where no SIREN is known. Our side is a company with
its branches, which are one legal entity and keep one currency.
"""

from dataclasses import dataclass, fields

from odoo.tools import SQL

# What the parts are read from; written to the database before they are asked.
SOURCES = {
    "account.move": (
        *("state", "move_type", "company_id", "partner_id"),
        *("amount_total_signed", "invoice_currency_rate"),
    ),
    "account.move.line": (
        *("account_id", "company_id", "partner_id", "parent_state", "reconciled"),
        *("amount_residual", "date_maturity", "payment_id", "price_total"),
    ),
    "account.account": ("account_type",),
    "account.payment": (
        *("state", "outstanding_account_id", "payment_type", "partner_type"),
    ),
    "partner.credit.guarantee": (
        *("active", "amount", "currency_id", "company_id", "partner_id"),
        *("date_start", "date_end"),
    ),
    "product.template": ("invoice_policy",),
    "res.company": ("parent_path", "currency_id"),
    "res.currency.rate": ("company_id", "currency_id", "name", "rate"),
    "res.partner": ("commercial_partner_id", "l10n_fr_siren"),
    "sale.order": (
        *("state", "invoice_status", "locked", "company_id", "partner_invoice_id"),
        "currency_rate",
    ),
    "sale.order.line": (
        *("order_id", "product_id", "product_uom_qty", "qty_delivered"),
        *("qty_invoiced", "price_total", "price_unit", "discount"),
        *("is_downpayment", "display_type"),
    ),
}


@dataclass(frozen=True)
class Exposure:
    """What one legal unit owes, or soon may, in the company's currency.

    Read by ``res.partner._credit_exposures``.
    """

    # Posted and not reconciled. Credit notes, deposits and payments that no invoice
    # has taken up yet are deducted.
    receivable: float = 0
    # How much of these deductions there is: never above zero.
    credits: float = 0
    # Due before today, less the deductions: never below zero.
    overdue: float = 0
    # Draft invoices; draft credit notes are promises that nobody has made yet.
    draft_invoices: float = 0
    # Confirmed orders less what has been invoiced, be it as a draft, and deposits.
    orders_to_invoice: float = 0
    # Bills and payments that invoices have taken up and the bank hasn't confirmed.
    in_progress: float = 0
    # Guarantees in force today.
    guaranteed: float = 0

    @property
    def total(self):
        """All of it; a unit that we owe is no risk: never below zero."""
        return max(
            0,
            self.receivable
            + self.draft_invoices
            + self.orders_to_invoice
            + self.in_progress,
        )

    @property
    def not_guaranteed(self):
        return max(0, self.total - self.guaranteed)


PARTS = tuple(field.name for field in fields(Exposure))


def flush(env):
    """Write down what the queries of this module read."""
    for model, names in SOURCES.items():
        env[model].flush_model(names)


def unit(company):
    """The legal unit's number: the SIREN, or the partner's id below zero.

    :param company: alias of the commercial entity's ``res_partner``
    """
    alias = SQL.identifier(company)
    return SQL("COALESCE(%s.l10n_fr_siren::int, -%s.id)", alias, alias)


def exposures_of(partner_ids, company, today):
    """Query of the exposure of these commercial entities' legal units.

    :param company: ``res.company``; counted with its branches and what it is one of
    :return: ``SQL`` of rows: partner's id, then :data:`PARTS` (null for nothing)
    """
    return SQL(
        """
        WITH %(members)s, total AS (
            SELECT member.unit, %(sums)s
              FROM (%(amounts)s) amounts
              JOIN member ON member.id = amounts.partner_id
          GROUP BY member.unit
        )
        SELECT asked.id, %(parts)s FROM asked LEFT JOIN total USING (unit)
        """,
        members=members(partner_ids),
        sums=sums(),
        amounts=open_amounts(company.root_id.id, today, SQL("SELECT id FROM member")),
        parts=SQL(", ").join(map(SQL.identifier, PARTS)),
    )


def members(partner_ids):
    """Two tables for a WITH: who is asked about, and everyone of their legal units.

    :param partner_ids: ids of commercial entities
    :return: ``SQL`` of ``asked (id, siren, unit)`` and ``member (id, unit)``
    """
    return SQL(
        """
        asked AS (
            SELECT id, l10n_fr_siren AS siren, %(unit)s AS unit
              FROM res_partner entity
             WHERE id = ANY(%(partners)s)
        ), member AS (
            SELECT contact.id, asked.unit
              FROM (SELECT DISTINCT siren, unit FROM asked) asked
              JOIN res_partner entity ON entity.l10n_fr_siren = asked.siren
                   AND entity.commercial_partner_id = entity.id
              JOIN res_partner contact ON contact.commercial_partner_id = entity.id
             UNION ALL
            SELECT contact.id, asked.unit
              FROM asked
              JOIN res_partner contact ON contact.commercial_partner_id = asked.id
             WHERE asked.siren IS NULL
        )
        """,
        unit=unit("entity"),
        partners=list(partner_ids),
    )


def sums():
    """Columns of the :data:`PARTS` of a unit, from its rows of :func:`open_amounts`.

    What is overdue arrives without the deductions, that other partners of the unit may
    have. Sums of a few floats, rounded, take a tenth of the memory of exact ones.
    """
    sums_of = {part: SQL("SUM(%s)", SQL.identifier(part)) for part in PARTS}
    sums_of["overdue"] = SQL(
        "GREATEST(0, %s + %s)", sums_of["overdue"], sums_of["credits"]
    )
    return SQL(", ").join(
        SQL("%s AS %s", rounded(amount), SQL.identifier(part))
        for part, amount in sums_of.items()
    )


def rounded(amount):
    """A float without what adding up has left behind its fourth decimal.

    :param SQL amount: a ``float8``
    """
    return SQL("ROUND(%s * 1e4::float8) / 1e4::float8", amount)


def open_amounts(company, today, partners=None):
    """Query of everything open: rows of a partner and :data:`PARTS`.

    :param company: id of a company that is no branch; its branches count as well
    :param partners: query of the ids of those that count; all without
    """
    makers = (
        _receivables,
        _draft_invoices,
        _orders_to_invoice,
        _payments_in_progress,
        _guarantees,
    )

    def of_partners(column):
        return SQL("%s IN (%s)", SQL(column), partners) if partners else SQL("TRUE")

    queries = [
        SQL(
            "SELECT partner_id, %s FROM (%s) part",
            SQL(", ").join(
                SQL(
                    "%s::float8 AS %s",
                    SQL.identifier(part) if part in parts else SQL("0"),
                    SQL.identifier(part),
                )
                for part in PARTS
            ),
            query,
        )
        for parts, query in (make(company, today, of_partners) for make in makers)
    ]
    return SQL(" UNION ALL ").join(queries)


def in_company(column, company):
    """Condition that a row belongs to a company or one of its branches.

    :param company: id of a company that is no branch
    """
    return SQL(
        "%s = ANY(ARRAY(SELECT id FROM res_company WHERE parent_path LIKE %s))",
        SQL(column),
        f"{company}/%",
    )


def _receivables(company, today, of_partners):
    return ("receivable", "credits", "overdue"), SQL(
        """
        SELECT line.partner_id,
               line.amount_residual AS receivable,
               LEAST(line.amount_residual, 0) AS credits,
               CASE WHEN line.amount_residual > 0
                     AND line.date_maturity < %(today)s
                    THEN line.amount_residual ELSE 0 END AS overdue
          FROM account_move_line line
          JOIN account_account account ON account.id = line.account_id
         WHERE account.account_type = 'asset_receivable'
           AND line.parent_state = 'posted'
           AND line.reconciled IS NOT TRUE
           AND line.partner_id IS NOT NULL
           AND %(in_company)s
           AND %(of_partners)s
        """,
        in_company=in_company("line.company_id", company),
        of_partners=of_partners("line.partner_id"),
        today=today,
    )


def _draft_invoices(company, _today, of_partners):
    return ("draft_invoices",), SQL(
        """
        SELECT move.partner_id, move.amount_total_signed AS draft_invoices
          FROM account_move move
         WHERE move.state = 'draft'
           AND move.move_type IN ('out_invoice', 'out_receipt')
           AND %(in_company)s
           AND %(of_partners)s
        """,
        in_company=in_company("move.company_id", company),
        of_partners=of_partners("move.partner_id"),
    )


def _orders_to_invoice(company, _today, of_partners):
    """What is ordered and not on an invoice, not even a draft one.

    An order that is locked is finished: of goods invoiced by delivery, the rest will
    not be delivered. A deposit on the order stands on its invoice at first, and is
    taken off the final one: until then it lowers what is to come.
    """
    return ("orders_to_invoice",), SQL(
        """
        SELECT partner_id, GREATEST(SUM(amount), 0) AS orders_to_invoice
          FROM (
            SELECT sale.id, sale.partner_invoice_id AS partner_id,
                   (
                       CASE WHEN sale.locked AND template.invoice_policy = 'delivery'
                            THEN line.qty_delivered
                            WHEN line.product_uom_qty < 0 THEN line.product_uom_qty
                            ELSE GREATEST(line.product_uom_qty, line.qty_delivered)
                       END - COALESCE(line.qty_invoiced, 0)
                   ) * CASE WHEN line.product_uom_qty = 0
                            THEN line.price_unit
                                 * (1 - COALESCE(line.discount, 0) / 100)
                            ELSE line.price_total / line.product_uom_qty
                       END / COALESCE(NULLIF(sale.currency_rate, 0), 1) AS amount
              FROM sale_order sale
              JOIN sale_order_line line ON line.order_id = sale.id
         LEFT JOIN product_product product ON product.id = line.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
             WHERE %(open)s
               AND line.display_type IS NULL
               AND line.is_downpayment IS NOT TRUE
             UNION ALL
            SELECT sale.id, sale.partner_invoice_id,
                   CASE WHEN move.move_type = 'out_refund' THEN 1 ELSE -1 END
                   * invoiced.price_total
                   / COALESCE(NULLIF(move.invoice_currency_rate, 0), 1)
              FROM sale_order sale
              JOIN sale_order_line line ON line.order_id = sale.id
              JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id
              JOIN account_move_line invoiced ON invoiced.id = rel.invoice_line_id
              JOIN account_move move ON move.id = invoiced.move_id
             WHERE %(open)s
               AND line.is_downpayment
               AND move.state != 'cancel'
          ) item
      GROUP BY id, partner_id
        """,
        open=SQL(
            "sale.state = 'sale' AND sale.invoice_status != 'invoiced' AND %s AND %s",
            in_company("sale.company_id", company),
            of_partners("sale.partner_invoice_id"),
        ),
    )


def _payments_in_progress(company, _today, of_partners):
    return ("in_progress",), SQL(
        """
        SELECT line.partner_id, line.amount_residual AS in_progress
          FROM account_move_line line
          JOIN account_payment payment ON payment.id = line.payment_id
               AND payment.outstanding_account_id = line.account_id
         WHERE payment.state = 'in_process'
           AND payment.payment_type = 'inbound'
           AND payment.partner_type = 'customer'
           AND line.parent_state = 'posted'
           AND line.reconciled IS NOT TRUE
           AND %(in_company)s
           AND %(of_partners)s
        """,
        in_company=in_company("line.company_id", company),
        of_partners=of_partners("line.partner_id"),
    )


def _guarantees(company, today, of_partners):
    used = SQL("SELECT currency_id FROM partner_credit_guarantee")
    return ("guaranteed",), SQL(
        """
        SELECT guarantee.partner_id, guarantee.amount * rate.rate AS guaranteed
          FROM partner_credit_guarantee guarantee
          JOIN (%(rates)s) rate ON rate.currency_id = guarantee.currency_id
         WHERE guarantee.active
           AND guarantee.date_start <= %(today)s
           AND (guarantee.date_end IS NULL OR guarantee.date_end >= %(today)s)
           AND guarantee.company_id = %(company)s
           AND %(of_partners)s
        """,
        rates=rates(company, today, used),
        company=company,
        of_partners=of_partners("guarantee.partner_id"),
        today=today,
    )


def rates(company, today, currencies):
    """Query of what one of a currency is worth in a company's own, as Odoo reckons.

    :param company: id of a company that is no branch
    :param currencies: query of ids
    :return: ``SQL`` of rows ``currency_id``, ``rate``
    """
    # Materialised: PostgreSQL would look the rates up again for each amount.
    return SQL(
        """
        WITH rate AS MATERIALIZED (
            SELECT currency.id, COALESCE(
                (SELECT rate.rate FROM res_currency_rate rate
                  WHERE rate.currency_id = currency.id AND rate.name <= %(today)s
                    AND (rate.company_id IS NULL OR rate.company_id = %(company)s)
               ORDER BY rate.company_id, rate.name DESC LIMIT 1),
                (SELECT rate.rate FROM res_currency_rate rate
                  WHERE rate.currency_id = currency.id
                    AND (rate.company_id IS NULL OR rate.company_id = %(company)s)
               ORDER BY rate.company_id, rate.name LIMIT 1),
                1.0
            ) AS rate
              FROM res_currency currency
             WHERE currency.id IN (%(currencies)s)
                OR currency.id = %(own)s
        )
        SELECT other.id AS currency_id, own.rate / other.rate AS rate
          FROM rate other
          JOIN rate own ON own.id = %(own)s
        """,
        currencies=currencies,
        own=SQL("(SELECT currency_id FROM res_company WHERE id = %s)", company),
        company=company,
        today=today,
    )
