"""How a legal unit has paid one of our companies: delays and days outstanding, by SQL.

What it paid in the period counts from the due date to the day of the payment, and what
it still owes from the due date to today: a customer who stopped paying pays late too.
Credit notes pay nothing.
"""

from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo.tools import SQL

from . import credit_exposure

SOURCES = {
    "account.move": ("invoice_date", "amount_untaxed_signed", "amount_total_signed"),
    "account.partial.reconcile": (
        *("amount", "max_date", "debit_move_id", "credit_move_id"),
    ),
}


class PaymentBehaviour(NamedTuple):
    """``None`` where nothing is known: nothing fell due, or nothing was sold."""

    # Days from the due date to the payment, weighted by amount; early is below zero.
    average_delay: float | None = None
    # Of the amounts due, from 0 to 1.
    share_late: float | None = None
    # Days of the latest payment, or of what is late today.
    worst_delay: int | None = None
    # Days of the oldest invoice that is late today; 0 when none is.
    worst_overdue: int = 0
    # Days of sales (with tax) that are not paid.
    dso: float | None = None
    # Invoiced in the period less credit notes, without tax, in the company's currency.
    turnover: float = 0
    # Invoices posted in the period.
    invoice_count: int = 0


def flush(env):
    """Write down what the query reads beyond the exposure's sources."""
    for model, names in SOURCES.items():
        env[model].flush_model(names)


def behaviours_of(partner_ids, company, today, months):
    """Query of how these commercial entities' legal units paid.

    :param company: ``res.company``; counted with its branches and what it is one of
    :param months: length of the period that ends today
    :return: ``SQL`` of rows: partner's id, then the values of a ``PaymentBehaviour``
    """
    since = today - relativedelta(months=months)
    root = company.root_id.id
    return SQL(
        """
        WITH %(members)s, due AS (
            SELECT member.unit, partial.amount,
                   partial.max_date - line.date_maturity AS delay, FALSE AS is_open
              FROM account_move_line line
              JOIN member ON member.id = line.partner_id
              JOIN account_account account ON account.id = line.account_id
              JOIN account_move move ON move.id = line.move_id
              JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
              JOIN account_move_line payment ON payment.id = partial.credit_move_id
              JOIN account_move paying ON paying.id = payment.move_id
             WHERE account.account_type = 'asset_receivable'
               AND line.parent_state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_receipt')
               AND paying.move_type != 'out_refund'
               AND partial.max_date > %(since)s
               AND %(in_company_line)s
             UNION ALL
            SELECT member.unit, line.amount_residual,
                   %(today)s - line.date_maturity, TRUE
              FROM account_move_line line
              JOIN member ON member.id = line.partner_id
              JOIN account_account account ON account.id = line.account_id
             WHERE account.account_type = 'asset_receivable'
               AND line.parent_state = 'posted'
               AND line.reconciled IS NOT TRUE
               AND line.amount_residual > 0
               AND line.date_maturity < %(today)s
               AND %(in_company_line)s
        ), behaviour AS (
            SELECT unit,
                   SUM(amount * delay) / NULLIF(SUM(amount), 0) AS average_delay,
                   SUM(amount) FILTER (WHERE delay > 0) AS late,
                   SUM(amount) AS amount,
                   MAX(delay) AS worst_delay,
                   MAX(delay) FILTER (WHERE is_open) AS worst_overdue
              FROM due
          GROUP BY unit
        ), sale AS (
            SELECT member.unit,
                   SUM(move.amount_untaxed_signed) AS turnover,
                   SUM(move.amount_total_signed) AS invoiced,
                   LEAST(%(today)s - MIN(move.invoice_date), %(days)s) AS days,
                   COUNT(*) FILTER (WHERE move.move_type != 'out_refund') AS number
              FROM account_move move
              JOIN member ON member.id = move.partner_id
             WHERE move.state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
               AND move.invoice_date > %(since)s
               AND %(in_company_move)s
          GROUP BY member.unit
        ), owed AS (
            SELECT member.unit, SUM(line.amount_residual) AS receivable
              FROM account_move_line line
              JOIN member ON member.id = line.partner_id
              JOIN account_account account ON account.id = line.account_id
             WHERE account.account_type = 'asset_receivable'
               AND line.parent_state = 'posted'
               AND line.reconciled IS NOT TRUE
               AND %(in_company_line)s
          GROUP BY member.unit
        )
        SELECT asked.id,
               ROUND(average_delay, 1)::float,
               (COALESCE(late, 0) / NULLIF(amount, 0))::float,
               worst_delay,
               COALESCE(worst_overdue, 0),
               CASE WHEN invoiced > 0
                    THEN ROUND(
                        GREATEST(COALESCE(receivable, 0), 0)
                        / invoiced * GREATEST(days, 1),
                        1
                    )::float
               END,
               COALESCE(turnover, 0)::float,
               COALESCE(number, 0)
          FROM asked
     LEFT JOIN behaviour USING (unit)
     LEFT JOIN sale USING (unit)
     LEFT JOIN owed USING (unit)
        """,
        members=credit_exposure.members(partner_ids),
        in_company_line=credit_exposure.in_company("line.company_id", root),
        in_company_move=credit_exposure.in_company("move.company_id", root),
        today=today,
        since=since,
        days=(today - since).days,
    )
