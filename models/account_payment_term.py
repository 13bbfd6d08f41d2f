from datetime import date, timedelta
from functools import cache

from dateutil.relativedelta import relativedelta

from odoo import models

# Code de commerce, article L441-10.
LEGAL_DAYS = 60
LEGAL_DAYS_END_OF_MONTH = 45
# A year with a 29 February.
YEAR = [date(2028, 1, 1) + timedelta(days=day) for day in range(366)]


class AccountPaymentTerm(models.Model):
    _inherit = "account.payment.term"

    def _is_within_legal_maximum(self):
        """Whether no invoice of any day falls due later than French law allows."""
        self.ensure_one()
        return all(line._is_within_legal_maximum() for line in self.sudo().line_ids)


class AccountPaymentTermLine(models.Model):
    _inherit = "account.payment.term.line"

    def _is_within_legal_maximum(self):
        self.ensure_one()
        if self.delay_type == "days_after":
            # From the 31st of January, months' ends allow no later day than that.
            return self.nb_days <= LEGAL_DAYS
        return all(self._get_due_date(day) <= _legal_due_date(day) for day in YEAR)


@cache
def _legal_due_date(day):
    """The last lawful due date of an invoice of this day.

    The 45 days end of month may be counted before or after the month's end.
    """
    days = relativedelta(days=LEGAL_DAYS_END_OF_MONTH)
    end_of_month = relativedelta(day=31)
    return max(
        day + relativedelta(days=LEGAL_DAYS),
        day + end_of_month + days,
        day + days + end_of_month,
    )
