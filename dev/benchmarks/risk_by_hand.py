"""What somebody would write who needs the risk report's answers in plain SQL, once."""

_AMOUNTS = """
    SELECT line.partner_id, line.amount_residual AS owed,
           CASE WHEN line.amount_residual < 0 OR line.date_maturity < current_date
                THEN line.amount_residual ELSE 0 END AS overdue,
           0 AS coming
      FROM account_move_line line
      JOIN account_account account ON account.id = line.account_id
     WHERE account.account_type = 'asset_receivable'
       AND line.parent_state = 'posted'
       AND line.reconciled IS NOT TRUE
       AND line.company_id = %(company)s
     UNION ALL
    SELECT partner_id, 0, 0, amount_total_signed
      FROM account_move
     WHERE state = 'draft' AND move_type IN ('out_invoice', 'out_receipt')
       AND company_id = %(company)s
     UNION ALL
    SELECT partner_invoice_id, 0, 0, GREATEST(0, SUM(
               (line.product_uom_qty - line.qty_invoiced)
               * line.price_total / NULLIF(line.product_uom_qty, 0)))
      FROM sale_order sale
      JOIN sale_order_line line ON line.order_id = sale.id
     WHERE sale.state = 'sale' AND sale.invoice_status != 'invoiced'
       AND sale.company_id = %(company)s
  GROUP BY sale.id
     UNION ALL
    SELECT line.partner_id, 0, 0, line.amount_residual
      FROM account_payment payment
      JOIN account_move_line line ON line.payment_id = payment.id
           AND line.account_id = payment.outstanding_account_id
     WHERE payment.state = 'in_process' AND payment.payment_type = 'inbound'
       AND line.reconciled IS NOT TRUE AND line.company_id = %(company)s
"""

_OPEN = f"""
    SELECT *, GREATEST(0, exposure - guaranteed) AS not_guaranteed
      FROM (
        SELECT COALESCE(entity.l10n_fr_siren, entity.id::text) AS unit,
               MIN(entity.id) AS partner_id,
               GREATEST(0, SUM(amount.owed + amount.coming)) AS exposure,
               GREATEST(0, SUM(amount.overdue)) AS overdue,
               COALESCE(SUM(guaranteed), 0) AS guaranteed
          FROM (
            SELECT partner_id, owed, overdue, coming, 0 AS guaranteed
              FROM ({_AMOUNTS}) amounts
             UNION ALL
            SELECT partner_id, 0, 0, 0, amount
              FROM partner_credit_guarantee
             WHERE active AND company_id = %(company)s
               AND date_start <= current_date
               AND (date_end IS NULL OR date_end >= current_date)
          ) amount
          JOIN res_partner contact ON contact.id = amount.partner_id
          JOIN res_partner entity ON entity.id = contact.commercial_partner_id
      GROUP BY 1
      ) unit
     WHERE exposure > 0
"""

_BUREAU = """
    SELECT COALESCE(entity.l10n_fr_siren, entity.id::text) AS unit,
           MAX(file.risk_class) AS risk_class, MIN(file.credit_limit) AS bureau_limit
      FROM partner_credit_file file
      JOIN partner_credit_file_partner_rel rel ON rel.file_id = file.id
      JOIN res_partner entity ON entity.id = rel.partner_id
     WHERE file.company_id = %(company)s
  GROUP BY 1
"""

_LIMIT = """
    SELECT COALESCE(l10n_fr_siren, id::text) AS unit,
           MAX((credit_limit->>(%(company)s::text))::float) AS granted
      FROM res_partner
     WHERE (credit_limit->>(%(company)s::text))::float > 0
  GROUP BY 1
"""

#: The 80 greatest exposures with class and limits, and how many customers there are.
PAGE = f"""
    SELECT page.*, partner.name, bureau.*, own.granted
      FROM (
        SELECT open.*, COUNT(*) OVER () AS number
          FROM ({_OPEN}) open ORDER BY exposure DESC LIMIT %(page)s
      ) page
      JOIN res_partner partner ON partner.id = page.partner_id
 LEFT JOIN ({_BUREAU}) bureau ON bureau.unit = page.unit
 LEFT JOIN ({_LIMIT}) own ON own.unit = page.unit
  ORDER BY exposure DESC
"""

#: Exposure, overdue, guaranteed and not guaranteed of all customers.
TOTALS = f"""
    SELECT SUM(exposure), SUM(overdue), SUM(guaranteed), SUM(not_guaranteed)
      FROM ({_OPEN}) open
"""

#: By class and by which limit is exceeded, with subtotals.
PIVOT = f"""
    SELECT risk_class,
           CASE WHEN exposure > granted AND exposure > bureau_limit THEN 'both'
                WHEN exposure > granted THEN 'granted'
                WHEN exposure > bureau_limit THEN 'bureau' END AS over_limit,
           SUM(exposure), SUM(not_guaranteed), COUNT(*)
      FROM ({_OPEN}) open
 LEFT JOIN ({_BUREAU}) bureau USING (unit)
 LEFT JOIN ({_LIMIT}) own USING (unit)
  GROUP BY CUBE (1, 2)
"""
