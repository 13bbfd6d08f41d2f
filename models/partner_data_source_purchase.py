"""Buying a report, once: what Odoo repeats and what is killed buys nothing twice.

Each step is committed in an own transaction before the next one begins: the call
(*pending*), the answer as it came, and what the answer says. The caller passes what it
knew when the person or the schedule decided (``seen_call_id``): a request that Odoo
repeats finds a newer call and buys nothing.
"""

import base64
from contextlib import contextmanager, suppress
from datetime import datetime, time, timedelta
from typing import NamedTuple

import pytz
from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date, mute_logger

from odoo.addons.partner_company_data.connectors import errors

from .partner_data_source_token import commit_apart

ATTEMPTS = 5
# Asked for again within so short a time, it is the same request, whatever the cache.
MOMENT = timedelta(minutes=1)
# What a company is recognised by.
IDENTITY = ("bureau_id", "bureau_number", "siren", "country_code")


class BureauCompany(NamedTuple):
    """A company at the bureau, as far as it is known before a report is bought."""

    bureau_id: str
    name: str
    siren: str | bool = False
    country_code: str | bool = False
    bureau_number: str | bool = False


class Purchase(NamedTuple):
    """Ids of what there is in the end; ``is_new``: a report was bought just now."""

    file_id: int
    call_id: int
    report_id: int | bool
    is_new: bool


class BudgetError(UserError):
    """The month's budget does not allow another report."""


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    # === What is known beforehand === #

    def _last_call(self, bureau_id, domain=()):
        """The newest call for this company that may have cost something.

        :param domain: of which calls, where not of all
        """
        return (
            self.env["partner.data.call"]
            .sudo()
            .search(
                [
                    ("source_id", "=", self.id),
                    ("bureau_id", "=", bureau_id),
                    ("state", "!=", "failed"),
                    *domain,
                ],
                limit=1,
            )
        )

    def _young_call(self, bureau_id):
        """The call whose report is too young to be bought again, or none."""
        call = self._last_call(bureau_id)
        age = max(timedelta(days=self.cache_days), MOMENT)
        since = fields.Datetime.now() - age
        is_young = call.state == "done" and call.started_on > since
        return call if is_young else call.browse()

    def _count_bought(self):
        """Calls of this month that cost something, or may have."""
        self.ensure_one()
        return (
            self.env["partner.data.call"]
            .sudo()
            .search_count(
                [
                    ("source_id", "=", self.id),
                    ("state", "!=", "failed"),
                    ("started_on", ">=", self._month_began_on()),
                ]
            )
        )

    def _month_began_on(self):
        """When this month began where the company is (naive UTC).

        One moment for everybody: the schedule has no time zone, and people may be in
        another one.
        """
        zone = self._time_zone()
        today = fields.Datetime.now().replace(tzinfo=pytz.utc).astimezone(zone)
        first = datetime.combine(today.replace(day=1), time.min)
        return zone.localize(first).astimezone(pytz.utc).replace(tzinfo=None)

    def _time_zone(self):
        """The company's, else the one that its country has, else the user's."""
        company = self.sudo().company_id
        if company.partner_id.tz:
            return pytz.timezone(company.partner_id.tz)
        zones = pytz.country_timezones.get(company.country_code or "", ())
        return pytz.timezone(zones[0]) if len(zones) == 1 else self.env.tz

    def _count_done(self):
        """Calls ever that are known to have cost something."""
        self.ensure_one()
        return (
            self.env["partner.data.call"]
            .sudo()
            .search_count([("source_id", "=", self.id), ("state", "=", "done")])
        )

    def _budget_left(self):
        """Reports that may still be bought this month; ``None`` without a limit."""
        self.ensure_one()
        if not self.monthly_budget:
            return None
        return max(self.monthly_budget - self._count_bought(), 0)

    def _cost_words(self, count=1):
        """What this many reports cost and what is left, for the one who decides.

        :return: ``""`` when nothing is known of it
        """
        self.ensure_one()
        parts = []
        if self.is_unlimited:
            parts.append(self.env._("The contract counts no single report."))
        elif self.report_price:
            cost = format_amount(self.env, self.report_price * count, self.currency_id)
            parts.append(self.env._("Cost: %s", cost))
        left = self._budget_left()
        if left is not None:
            parts.append(self.env._("Left in this month's budget: %s reports", left))
        return " · ".join(parts)

    # === The purchase === #

    def _buy_report(self, company, seen_call_id, reason, partner_id=False):
        """Buy a company's report, keep the answer, and read it.

        :param company: a :class:`BureauCompany`
        :param seen_call_id: id of the newest call that the one who decides has seen
            (:meth:`_last_call`), ``False`` for none. A newer one ends the purchase
            with what that call brought.
        :param reason: why, for the list of calls
        :param partner_id: for whom; left out when it is not committed yet
        :return: a :class:`Purchase`; the caller's transaction may not see it yet
        :raise MissingReasonError: the company's country wants to know why
        :raise UserError: not bought (budget, refused, being bought), or not known
        """
        self.ensure_one()
        self._check_may_buy()
        self._check_in_use()
        options = self._order_options(company)
        with self._own_env() as env:
            source = env[self._name].browse(self.id)
            file = source._file_of(company)
            newer = source._settled_call(company.bureau_id)
            if newer and newer.id != seen_call_id:
                return Purchase(file.id, newer.id, newer.report_ids[:1].id, False)
            call = source._reserve_call(company, newer, reason, partner_id)
            try:
                paid = source._order_report(call, options)
            except UserError as error:
                if isinstance(error.__cause__, errors.NotFoundError):
                    source._refuse_if_moved(file)
                raise
            report = source._keep(call, file, paid)
            report._read_apart()
            return Purchase(file.id, call.id, report.id, True)

    def _file_of(self, company):
        """The company's file, made when missing; committed."""
        File = self.env["partner.credit.file"]
        told = {name: getattr(company, name) or None for name in IDENTITY}
        domain = [("source_id", "=", self.id), ("bureau_id", "=", company.bureau_id)]
        for _attempt in range(ATTEMPTS):
            if file := File.search(domain, limit=1):
                return file
            try:
                with mute_logger("odoo.sql_db"):
                    if File._take_over_identifiers(self, [told]):
                        commit_apart(self.env)
                        continue
                    file = File.create(
                        {
                            "source_id": self.id,
                            **{
                                key: value or False
                                for key, value in company._asdict().items()
                            },
                        }
                    )
                    commit_apart(self.env)
                return file
            except (UniqueViolation, SerializationFailure):
                self.env.cr.rollback()
        raise UserError(self.env._("This company is being worked on. Try again."))

    def _refuse_if_moved(self, file):
        """Say that the bureau has the company under another identifier, if it has.

        Nothing is bought under it before somebody asks once more.

        :raise UserError: it has, and the file has taken it
        """
        is_moved = False
        # Why nothing was bought says more than why nothing was found.
        with suppress(UserError):
            is_moved = self._follow_identifier(file)
            commit_apart(self.env)
        if is_moved:
            raise UserError(
                self.env._(
                    "%(company)s has another identifier at %(service)s now. It has "
                    "been taken over: try again.",
                    company=file.name,
                    service=self.name,
                )
            )

    def _settled_call(self, bureau_id):
        """The newest call; a purchase of unknown outcome stops here.

        :raise UserError: it is being bought, or nobody knows if it was
        """
        call = self._last_call(bureau_id)
        if call.state == "pending":
            call._settle_abandoned()
            commit_apart(self.env)
        if call.state == "pending":
            raise UserError(
                self.env._(
                    "This report is being bought at this moment by %s.",
                    call.user_id.name,
                )
            )
        if call.state == "unknown":
            raise UserError(
                self.env._(
                    "Nobody knows if the report ordered on %(date)s by %(user)s was "
                    "bought. Say so first, under %(service)s ▸ Usage.",
                    service=self.name,
                    date=format_date(self.env, call.started_on),
                    user=call.user_id.name,
                )
            )
        return call

    def _reserve_call(self, company, before, reason, partner_id):
        """The pending call, committed: it counts against the budget from here on.

        :param before: the call before it, as far as is known
        """
        Call = self.env["partner.data.call"]
        being_bought = self.env._("This report is being bought at this moment.")
        partner = self.env["res.partner"].browse(partner_id).exists()
        try:
            with mute_logger("odoo.sql_db"):
                call = Call.create(
                    {
                        "source_id": self.id,
                        "bureau_id": company.bureau_id,
                        "company_name": company.name,
                        "partner_id": partner.id,
                        "user_id": self.env.uid,
                        "reason": reason,
                        "price": 0 if self.is_unlimited else self.report_price,
                        "worker": Call._own_worker(),
                    }
                )
                commit_apart(self.env)
        except (UniqueViolation, SerializationFailure):
            self.env.cr.rollback()
            raise UserError(being_bought) from None
        # Counted with the own call, and in a new transaction: of two that reach for
        # the last one neither gets it rather than both.
        self.env.invalidate_all()
        if self._last_call(company.bureau_id, [("id", "!=", call.id)]) != before:
            # Another purchase has begun and ended in between.
            call._end("failed", being_bought)
            commit_apart(self.env)
            raise UserError(being_bought)
        if self.monthly_budget and self._count_bought() > self.monthly_budget:
            sentence = self.env._(
                "The budget of %s reports a month is used up.", self.monthly_budget
            )
            call._end("failed", sentence)
            commit_apart(self.env)
            raise BudgetError(sentence)
        return call

    def _order_options(self, company):
        """What the order of a report says besides; a bureau's own file adds its own.

        Only where it is wanted: not every bureau knows it.

        :return: dict of further arguments of the connector's ``order_report``
        """
        custom_data = self._custom_data(company.country_code)
        return {"custom_data": custom_data} if custom_data else {}

    def _order_report(self, call, options):
        """The paid answer; whatever ends the call is committed on it."""
        with self._call_outcome(call), self._open_connector() as connector:
            with_pdf = self.with_pdf and "json+pdf" in connector.report_forms
            return connector.order_report(
                call.bureau_id, form="json+pdf" if with_pdf else "json", **options
            )

    @contextmanager
    def _call_outcome(self, call):
        try:
            yield
        except (errors.OutcomeUnknownError, errors.MalformedError) as error:
            # An order that was answered by nonsense was answered.
            sentence = self._error_sentence(error)
            call._end("unknown", sentence)
            commit_apart(self.env)
            raise UserError(sentence) from error
        except errors.ServiceError as error:
            sentence = self._error_sentence(error)
            call._end("failed", sentence)
            commit_apart(self.env)
            if isinstance(error, errors.AuthenticationError):
                self._suspend_apart(sentence)
            raise UserError(sentence) from error
        except BaseException as error:
            call._end("unknown", type(error).__name__)
            commit_apart(self.env)
            raise

    def _keep(self, call, file, paid):
        """The report with the answer as it came, committed before it is read."""
        for attempt in range(ATTEMPTS):
            try:
                report = self.env["partner.credit.report"].create(
                    {
                        "file_id": file.id,
                        "call_id": call.id,
                        "user_id": call.user_id.id,
                        "raw": base64.b64encode(paid.content),
                        "raw_type": paid.content_type,
                    }
                )
                call._end("done")
                commit_apart(self.env)
                return report
            except Exception as error:
                self.env.cr.rollback()
                is_last = attempt == ATTEMPTS - 1
                if is_last or not isinstance(error, SerializationFailure):
                    call._end("unknown", type(error).__name__)
                    commit_apart(self.env)
                    raise
