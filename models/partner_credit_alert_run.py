"""Looking at what has changed, and firing alerts: once for each change.

Only customers whose facts are not those that were seen last are looked at, and those
whose data has just grown too old. An alert fires for a customer that fulfils its
conditions now and did not before. What a bureau tells for the first time is no news,
unless the rule asks for it. What is fired and what was seen is committed together: a
run that is killed, or repeated, fires nothing twice.
"""

from datetime import timedelta
from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from . import credit_exposure
from .alert_conditions import (
    BY_CALENDAR,
    NOTHING,
    holds,
    with_derived,
    without_first_facts,
)

BATCH = 2_000


class PartnerCreditAssessment(models.Model):
    _inherit = "partner.credit.assessment"

    @api.model
    def _refresh_outdated(self, company):
        """Assess anew the customers of whom a bureau has told something since."""
        policy = self.env["partner.credit.policy"]._of(company)
        self.env["partner.credit.file"].flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                WITH told AS (
                    SELECT file.siren::int AS unit,
                           GREATEST(file.updated_on, file.write_date) AS told_on
                      FROM partner_credit_file file
                     WHERE %(ours)s AND file.siren IS NOT NULL
                     UNION ALL
                    SELECT %(unit)s, GREATEST(file.updated_on, file.write_date)
                      FROM partner_credit_file file
                      JOIN partner_credit_file_partner_rel rel ON rel.file_id = file.id
                      JOIN res_partner partner ON partner.id = rel.partner_id
                     WHERE %(ours)s
                )
                SELECT DISTINCT assessment.partner_id
                  FROM told
                  JOIN partner_credit_assessment assessment USING (unit)
                 WHERE assessment.company_id = %(company)s
                   AND told.told_on > assessment.computed_on
                """,
                ours=credit_exposure.in_company("file.company_id", company.id),
                unit=credit_exposure.unit("partner"),
                company=company.id,
            )
        )
        for ids in split_every(BATCH, [row[0] for row in rows], list):
            self._refresh(policy, self.env["res.partner"].browse(ids))
            self.env["ir.cron"]._commit_progress()


class Customer(NamedTuple):
    """A legal unit with its facts, now and as they were seen before.

    ``comparable`` is what was seen, without what was not known then: see
    :func:`~.alert_conditions.without_first_facts`.
    """

    unit: int
    partner_id: int
    facts: dict[str, Any]
    before: dict[str, Any]
    comparable: dict[str, Any]

    @classmethod
    def of(cls, unit, partner_id, facts, before, today, seen_on):
        facts, before = NOTHING | facts, NOTHING | before
        return cls(
            unit,
            partner_id,
            with_derived(facts, today),
            with_derived(before, seen_on),
            with_derived(without_first_facts(before, facts), seen_on),
        )


class PartnerCreditAlert(models.Model):
    _inherit = "partner.credit.alert"

    @api.model
    def _look_soon(self):
        """Have the scheduled action run: a bureau has told something new."""
        self.env.ref("partner_company_data.cron_credit_alert").sudo()._trigger()

    @api.model
    def _cron_evaluate(self):
        """Look at what has changed in every company (scheduled action)."""
        progress = self.env["ir.cron"]._commit_progress
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            self.env["partner.credit.assessment"]._refresh_outdated(company)
            self._evaluate_aged(company)
            while count := self._evaluate_changed(company):
                if not progress(count):
                    # The rest comes with the next run.
                    self.env.ref("partner_company_data.cron_credit_alert")._trigger()
                    return
        progress(remaining=0)

    @api.model
    def _evaluate_changed(self, company):
        """Fire for some customers whose facts have changed; how many were looked at."""
        Watch = self.env["partner.credit.watch"]
        self.env["partner.credit.assessment"]._follow_units(company)
        if not Watch.search_count([("company_id", "=", company.id)], limit=1):
            # What is so from the beginning is no news.
            Watch._see(company)
            return 0
        rows = Watch._changed(company, BATCH)
        if not rows:
            return 0
        today = fields.Date.context_today(self)
        customers = [
            Customer.of(unit, partner_id, facts, before or {}, today, today)
            for unit, partner_id, facts, before in rows
        ]
        alerts = self._of_company(company)
        conditions = alerts._conditions()
        history = alerts._history(conditions, company, rows, today)
        found = []
        for alert in alerts:
            found += [
                (alert, customer)
                for customer in customers
                if alert._is_new(
                    conditions[alert], customer, history.get(customer.unit, ()), today
                )
            ]
        self._fire(found, company)
        Watch._see(company, [customer.unit for customer in customers])
        return len(customers)

    @api.model
    def _evaluate_aged(self, company):
        """Fire for customers whose data was young when it was looked at last."""
        today = fields.Date.context_today(self)
        self.env["partner.credit.watch"].flush_model()
        [[last]] = self.env.execute_query(
            SQL(
                "SELECT MAX(date) FROM partner_credit_watch WHERE company_id = %s",
                company.id,
            )
        )
        if not last or last >= today:
            return
        found = []
        for alert in self._of_company(company):
            conditions = alert._conditions()[alert]
            limits = [one.value for one in conditions if one.fact in BY_CALENDAR]
            if not limits:
                continue
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT unit, partner_id, facts
                      FROM partner_credit_assessment
                     WHERE company_id = %s
                       AND (facts->>'facts_on')::date BETWEEN %s AND %s
                    """,
                    company.id,
                    last - timedelta(days=int(max(limits)) + 1),
                    today - timedelta(days=int(min(limits)) + 1),
                )
            )
            for unit, partner_id, facts in rows:
                customer = Customer.of(unit, partner_id, facts, facts, today, last)
                if alert._is_new(conditions, customer, (), today):
                    found.append((alert, customer))
        # Where nothing else changes, the next run looks at the same days again.
        told_from = fields.Datetime.to_datetime(last) + timedelta(days=1)
        self._fire(found, company, told_from)

    def _of_company(self, company):
        """Alerts that watch a company's customers."""
        return self.search([("company_id", "in", (False, company.id))])

    def _conditions(self):
        """``{alert: [Condition, …]}``"""
        return {
            alert: [condition._as_condition() for condition in alert.condition_ids]
            for alert in self
        }

    def _history(self, conditions, company, rows, today):
        """What was seen of these rows' units in the time that conditions ask for."""
        since = max(
            (one.days for ones in conditions.values() for one in ones if one.is_change),
            default=None,
        )
        if since is None:
            return {}
        return self.env["partner.credit.watch"]._history(
            company, [row[0] for row in rows], today - timedelta(days=since)
        )

    def _together(self, outcomes):
        return all(outcomes) if self.match == "all" else any(outcomes)

    def _is_fulfilled(self, conditions, customer, history, today):
        return self._together(
            holds(one, customer.facts, history, today) for one in conditions
        )

    def _is_new(self, conditions, customer, history, today):
        """Whether the conditions hold, and did not before; a change is always new."""
        if not self._is_fulfilled(conditions, customer, history, today):
            return False
        before = customer.before if self.first_facts else customer.comparable
        return not self._together(
            not one.is_change and holds(one, before) for one in conditions
        )

    # === Whom an alert is for === #

    def _units_in_segment(self, units):
        """Which of these legal units have a partner in the segment."""
        self.ensure_one()
        # sudo: the segment is of all customers, whoever set the alert up.
        Partner = self.env["res.partner"].sudo()
        Partner.flush_model(["l10n_fr_siren", "commercial_partner_id"])
        query = Partner._search(self._segment())
        unit = credit_exposure.unit("res_partner")
        query.add_where(SQL("res_partner.commercial_partner_id = res_partner.id"))
        query.add_where(SQL("%s = ANY(%s)", unit, list(units)))
        query.order = None
        return {one for (one,) in self.env.execute_query(query.select(unit))}

    def _units_of(self, customers, segments):
        """Units of these customers that are in the segment.

        :param segments: outcomes by filter: many rules watch the same customers, and
            each filter is asked once
        """
        asked = {one.unit for one in customers}
        known, units = segments.get(self.partner_domain, (set(), set()))
        if new := asked - known:
            known, units = known | new, units | self._units_in_segment(new)
            segments[self.partner_domain] = known, units
        return units

    def _matching_partners(self, company):
        """Partners whose facts fulfil the conditions now; one a legal unit."""
        self.ensure_one()
        [(_alert, _conditions, customers)] = self._matches(company)
        return self.env["res.partner"].browse(one.partner_id for one in customers)

    def _matches(self, company):
        """Who fulfils the conditions now: triples of alert, conditions, customers.

        sudo: the facts stay here; who matches may be seen by who sees the alert.
        """
        alerts = self.sudo()
        today = fields.Date.context_today(self)
        conditions = alerts._conditions()
        found = {alert: [] for alert in alerts}
        self.env["partner.credit.assessment"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT unit, partner_id, facts FROM partner_credit_assessment
                    WHERE company_id = %s ORDER BY id""",
                company.id,
            )
        )
        for chunk in split_every(BATCH, rows, list):
            history = alerts._history(conditions, company, chunk, today)
            for unit, partner_id, facts in chunk:
                customer = Customer.of(unit, partner_id, facts, facts, today, today)
                earlier = _before_now(history.get(unit, ()), facts)
                for alert in alerts:
                    if alert._is_fulfilled(conditions[alert], customer, earlier, today):
                        found[alert].append(customer)
        segments = {}
        for alert, customers in found.items():
            units = alert._units_of(customers, segments)
            yield (
                alert,
                conditions[alert],
                [one for one in customers if one.unit in units],
            )

    # === Firing === #

    @api.model
    def _fire(self, found, company, told_from=None):
        """Keep what was found, outside quiet times, and tell people.

        :param found: pairs of alert and :class:`Customer`
        :param told_from: what was found from this moment on is known, quiet or not
        """
        by_alert = {}
        for alert, customer in found:
            by_alert.setdefault(alert, []).append(customer)
        if not by_alert:
            return self.env["partner.credit.alert.hit"]
        quiet = self._quiet(by_alert, company, told_from)
        conditions = self.union(*by_alert)._conditions()
        everyone = [one for customers in by_alert.values() for one in customers]
        segments = {}
        vals_list = []
        for alert, customers in by_alert.items():
            units = alert._units_of(everyone, segments)
            vals_list += [
                alert._hit_vals(conditions[alert], customer, company)
                for customer in customers
                if customer.unit in units and (alert.id, customer.unit) not in quiet
            ]
        Hit = self.env["partner.credit.alert.hit"].with_context(tracking_disable=True)
        hits = Hit.create(vals_list)
        hits._tell()
        return hits

    def _quiet(self, by_alert, company, told_from=None):
        """Pairs of alert's id and unit that are not to be found again yet."""
        now = fields.Datetime.now()
        alerts = self.union(*by_alert)
        quiet_from = {
            alert.id: min(now - timedelta(days=alert.quiet_days), told_from or now)
            for alert in alerts
        }
        last = self.env["partner.credit.alert.hit"]._read_group(
            [
                ("alert_id", "in", alerts.ids),
                ("company_id", "=", company.id),
                (
                    "unit",
                    "in",
                    [one.unit for customers in by_alert.values() for one in customers],
                ),
                ("fired_on", ">", min(quiet_from.values())),
            ],
            ["alert_id", "unit"],
            ["fired_on:max"],
        )
        return {
            (alert.id, unit)
            for alert, unit, fired_on in last
            if fired_on > quiet_from[alert.id]
        }

    def _hit_vals(self, conditions, customer, company):
        self.ensure_one()
        return {
            "alert_id": self.id,
            "unit": customer.unit,
            "partner_id": customer.partner_id,
            "company_id": company.id,
            "severity": self.severity,
            "scenario_id": self.scenario_id.id,
            "proceeding_on": customer.facts.get("proceeding_on")
            if customer.facts["is_in_proceedings"]
            else False,
            "event_id": self._evidence(conditions, customer),
            "values": self._values(conditions, customer),
        }

    @api.model
    def _evidence(self, conditions, customer):
        """The id of the event that told of the new privilege, or ``None``."""
        event = customer.facts["privilege_event"]
        if event == customer.before["privilege_event"]:
            return None
        is_asked = any(condition.fact == "privilege_count" for condition in conditions)
        return event if is_asked else None

    @api.model
    def _values(self, conditions, customer):
        """What the conditions are about, as kept with what is found."""
        return [
            {
                "fact": condition.fact,
                "now": customer.facts.get(condition.fact),
                "before": customer.before.get(condition.fact),
                "other": condition.other,
                "limit": customer.facts.get(condition.other)
                if condition.other
                else None,
            }
            for condition in conditions
        ]


def _before_now(history, facts):
    """History without the row that says what is known now."""
    history = list(history)
    if history and history[-1][1] == facts:
        history.pop()
    return history
