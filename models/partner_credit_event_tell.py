"""Whom a new event is told, once: one open activity a legal unit and person.

Events wait (``is_pending``) until somebody has been told or nobody has to be. First
what the companies' current values add to them is taken over, and days on which the
bureau changed its way of rating are set aside, all at once; then the urgent ones that
are left are told, some hundred a transaction. Each transaction ends the waiting of the
first events that wait, so that two workers cannot tell the same: the second one fails,
and looks again.
"""

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .credit_event_severity import BAD_RATINGS
from .groups import CREDIT_MANAGER
from .res_partner_credit import READ_BAND

EVENT_ACTIVITY = "partner_company_data.mail_activity_credit_event"
MODEL_ACTIVITY = "partner_company_data.mail_activity_credit_model_change"
#: Events told in one transaction.
CHUNK = 500
#: What an activity lists before it says how many more there are.
LISTED = 20
#: Days to look at what is not critical.
DAYS_TO_LOOK = 3
#: Whoever ordered or asked for a price since is a customer.
DEALINGS_MONTHS = 12
#: What a change of model touches.
_RATED = ("rating", "limit")


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    model_change_share = fields.Integer(
        string="Change of model from (%)",
        default=20,
        help="When ratings or limits of so large a part of a portfolio move on one "
        "day, the bureau has changed its way of rating: this is told once instead of "
        "for each company. Proceedings and privileges are always told.",
    )
    model_change_companies = fields.Integer(
        string="Change of model from (companies)", default=20
    )


class PartnerCreditPortfolio(models.Model):
    _name = "partner.credit.portfolio"
    _inherit = ["partner.credit.portfolio", "mail.activity.mixin"]

    def _person_in_charge(self, partner=None):
        """Who is told: the portfolio's user, or the customer's salesperson.

        Where there is neither, nor a responsible of the source, a credit manager.
        Nobody gets to know by an activity what he has no right to see.
        """
        self.ensure_one()
        source = self.source_id
        users = [self.user_id]
        if partner:
            users.append(partner.user_id)
        users.append(source.responsible_id)
        for user in users:
            if (
                user
                and user.active
                and not user.share
                and source.company_id in user.company_ids
                and user.has_group(READ_BAND)
            ):
                return user
        # The same for each of many events.
        managers = self.env.cr.cache.get("partner_credit_managers")
        if managers is None:
            managers = self.env["res.users"]._stand_ins(CREDIT_MANAGER).ids
            self.env.cr.cache["partner_credit_managers"] = managers
        return (
            self.env["res.users"]
            .browse(managers)
            .filtered(lambda user: source.company_id in user.company_ids)[:1]
        )


class PartnerCreditEvent(models.Model):
    _inherit = "partner.credit.event"

    @api.model
    def _tell_apart(self, portfolio):
        """Tell people of what waits, in transactions that are committed each.

        :param portfolio: whose events and pages have been read; other portfolios'
            may still wait for the letters that their pages tell
        """
        source, repeated = portfolio.source_id, portfolio._repeated
        repeated(lambda: self._sort_out(portfolio))
        while repeated(lambda: self._tell_some(source)):
            self.env.invalidate_all()
        repeated(self.env["partner.credit.alert"]._look_soon)

    # === Set aside what nobody is told of === #

    @api.model
    def _sort_out(self, portfolio):
        """Complete what waits, and end the waiting of all that is not urgent."""
        self.env.flush_all()
        self._complete_ratings(portfolio)
        self._recognise_model_changes(portfolio)
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_event
                   SET is_pending = FALSE
                 WHERE portfolio_id = %s AND is_pending AND NOT is_urgent
                """,
                portfolio.id,
            )
        )
        self.env.invalidate_all()

    @api.model
    def _complete_ratings(self, portfolio):
        """The letter that a score has led to, as the portfolio's page tells it.

        It belongs to the last event of rating; what was between, nobody knows. The
        page may have told it before the bureau's events did.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_event event
                   SET new_rating = file.rating,
                       severity = CASE
                           WHEN event.old_rating IS NULL
                             OR event.old_rating = file.rating THEN event.severity
                           WHEN file.rating < event.old_rating THEN 'good'
                           WHEN file.rating IN %(bad)s THEN 'critical'
                           ELSE 'warning' END,
                       is_urgent = COALESCE(
                           file.rating IN %(bad)s AND file.rating > event.old_rating,
                           FALSE)
                  FROM partner_credit_file file
                 WHERE event.portfolio_id = %(portfolio)s
                   AND event.is_pending
                   AND event.kind = 'rating'
                   AND event.new_rating IS NULL
                   AND file.id = event.file_id
                   AND file.rating IS NOT NULL
                   AND (file.updated_on >= event.created_on
                        OR file.rating_changed_on >= event.happened_on::date)
                   AND NOT EXISTS (
                       SELECT FROM partner_credit_event later
                        WHERE later.file_id = event.file_id
                          AND later.kind = 'rating'
                          AND (later.created_on, later.id)
                              > (event.created_on, event.id))
                """,
                portfolio=portfolio.id,
                bad=BAD_RATINGS,
            )
        )

    @api.model
    def _recognise_model_changes(self, portfolio):
        """Mark days on which a large part of a portfolio moved; report each once."""
        source = portfolio.source_id
        self.env.cr.execute(
            SQL(
                """
                WITH waiting AS (
                    SELECT DISTINCT portfolio_id, happened_on::date AS day
                      FROM partner_credit_event
                     WHERE portfolio_id = %(portfolio)s
                       AND is_pending AND kind IN %(rated)s
                ), moved AS (
                    SELECT event.portfolio_id, waiting.day,
                           COUNT(DISTINCT event.file_id) AS companies
                      FROM waiting
                      JOIN partner_credit_event event
                        ON event.portfolio_id = waiting.portfolio_id
                       AND event.happened_on >= waiting.day
                       AND event.happened_on < waiting.day + 1
                     WHERE event.kind IN %(rated)s
                  GROUP BY 1, 2
                    HAVING COUNT(DISTINCT event.file_id) >= %(least)s
                )
                SELECT moved.portfolio_id, moved.day, moved.companies,
                       (SELECT COUNT(*) FROM partner_credit_portfolio_line line
                         WHERE line.portfolio_id = moved.portfolio_id
                           AND line.is_there)
                  FROM moved
                """,
                portfolio=portfolio.id,
                rated=_RATED,
                least=max(source.model_change_companies, 1),
            )
        )
        for portfolio_id, day, moved, monitored in self.env.cr.fetchall():
            if 100 * moved >= source.model_change_share * monitored:
                self._mark_model_change(portfolio_id, day, moved, monitored)

    @api.model
    def _mark_model_change(self, portfolio_id, day, moved, monitored):
        domain = [
            ("portfolio_id", "=", portfolio_id),
            ("happened_on", ">=", day),
            ("happened_on", "<", day + timedelta(1)),
            ("kind", "in", _RATED),
        ]
        is_known = self.search_count([*domain, ("is_model_change", "=", True)], limit=1)
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_event
                   SET is_model_change = TRUE, is_pending = FALSE
                 WHERE portfolio_id = %s AND happened_on >= %s AND happened_on < %s
                   AND kind IN %s AND NOT is_model_change
                """,
                portfolio_id,
                day,
                day + timedelta(1),
                _RATED,
            )
        )
        portfolio = self.env["partner.credit.portfolio"].browse(portfolio_id)
        user = portfolio._person_in_charge()
        if is_known or not user:
            return
        env = portfolio.with_context(lang=user.lang).env
        note = env._(
            "On %(day)s %(bureau)s moved rating, score or limit of %(moved)s of "
            "%(monitored)s companies: it has probably changed its way of rating. "
            "Nobody was told of each of them; proceedings and privileges are told as "
            "always.",
            bureau=portfolio.source_id.name,
            day=format_date(env, day),
            moved=moved,
            monitored=max(monitored, moved),
        )
        portfolio.activity_schedule(
            MODEL_ACTIVITY,
            summary=env._("%s has changed its way of rating", portfolio.source_id.name),
            note=note,
            user_id=user.id,
            date_deadline=_today(user),
        )

    # === Tell === #

    @api.model
    def _tell_some(self, source):
        """Tell some of what waits; how many events did not wait any longer."""
        # The first statement of its transaction.
        self.env.cr.execute(
            SQL(
                """
                SELECT id FROM partner_credit_event
                 WHERE source_id = %s AND is_pending AND is_urgent
              ORDER BY id LIMIT %s
                   FOR NO KEY UPDATE
                """,
                source.id,
                CHUNK,
            )
        )
        events = self.browse(id_ for (id_,) in self.env.cr.fetchall())
        if not events:
            return 0
        told = events.filtered("portfolio_id.create_action")
        if told:
            told._tell(source)
        events.write({"is_pending": False})
        self.env.flush_all()
        return len(events)

    def _tell(self, source):
        """Make or complete the activities of these events."""
        receivers = self._receivers(source)
        if not receivers:
            return
        activity_type = self.env.ref(EVENT_ACTIVITY)
        opened = self._open_activities(receivers, activity_type)
        missing = []
        for (_unit, user), (records, events) in receivers.items():
            places = ((record._name, record.id, user.id) for record in records)
            activity = next((opened[key] for key in places if key in opened), None)
            if activity:
                events.activity_id = activity
                told = self.search([("activity_id", "=", activity.id)])
                deadline = min(activity.date_deadline, events._deadline(user))
                activity.write(
                    {**told._texts(user, records), "date_deadline": deadline}
                )
            else:
                missing.append((records[0], user, events))
        # No mail for each of them.
        Activity = self.env["mail.activity"].with_context(
            mail_activity_quick_update=True
        )
        activities = Activity.create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id(record._name),
                    "res_id": record.id,
                    "activity_type_id": activity_type.id,
                    "automated": True,
                    "user_id": user.id,
                    "date_deadline": events._deadline(user),
                    **events._texts(user, record),
                }
                for record, user, events in missing
            ]
        )
        for activity, (_record, _user, events) in zip(activities, missing, strict=True):
            events.activity_id = activity

    def _receivers(self, source):
        """Who is told of which events, and on which records that may be.

        The partners of a legal unit are one customer: it is told once a person, on
        one of the partners that this person answers for. A company that is no
        partner is told on the portfolio.

        :return: ``{(partners or portfolio, user): (records, events)}``
        """
        receivers = {}
        for partners, events in self._customers(source):
            for event in events:
                unit = partners or event.portfolio_id
                for record in unit:
                    user = event.portfolio_id._person_in_charge(partners and record)
                    if user:
                        records, told = receivers.get(
                            (unit, user), (unit[:0], self[:0])
                        )
                        receivers[unit, user] = (records | record, told | event)
        return receivers

    def _open_activities(self, receivers, activity_type):
        """Activities that nobody has ended yet, by ``(model, id, user id)``."""
        ids_of_model = {}
        for unit, _user in receivers:
            ids_of_model.setdefault(unit._name, set()).update(unit.ids)
        return {
            (activity.res_model, activity.res_id, activity.user_id.id): activity
            for model, ids in ids_of_model.items()
            for activity in self.env["mail.activity"].search(
                [
                    ("res_model", "=", model),
                    ("res_id", "in", list(ids)),
                    ("activity_type_id", "=", activity_type.id),
                ],
                order="id DESC",
            )
        }

    def _customers(self, source):
        """Whom these events are about, as far as they matter to the house.

        A customer has an open balance, or a quotation or an order within 12 months.
        Of proceedings a company's first partner is told of when none is one, and the
        portfolio's user when no partner is this company.

        :return: list of ``(partners of one legal unit, their events)``; without
            partners: of companies that nobody here has
        """
        company = source.company_id
        rows = self.env.execute_query(
            SQL(
                """
                SELECT rel.partner_id, COALESCE(file.siren, file.id::text)
                  FROM partner_credit_file_partner_rel rel
                  JOIN res_partner partner ON partner.id = rel.partner_id
                  JOIN partner_credit_file file ON file.id = rel.file_id
                 WHERE partner.active AND rel.file_id = ANY(%s)
              ORDER BY rel.partner_id
                """,
                self.file_id.ids,
            )
        )
        Partner = self.env["res.partner"]
        ids_of_unit = {}
        for partner_id, unit in rows:
            ids_of_unit.setdefault(unit, []).append(partner_id)
        dealing = set(
            Partner.browse(id_ for id_, _unit in rows)._ids_with_dealings(company)
        )
        of_unit = self.sorted("id").grouped(
            lambda event: event.file_id.siren or str(event.file_id.id)
        )
        found = []
        for unit, events in of_unit.items():
            ids = ids_of_unit.get(unit, [])
            customers = [id_ for id_ in ids if id_ in dealing]
            if not customers:
                events = events.filtered(lambda event: event.kind == "proceedings")
            found.append((Partner.browse(customers or ids[:1]), events))
        return found

    def _deadline(self, user):
        """By when somebody should have looked."""
        today = _today(user)
        is_critical = "critical" in self.mapped("severity")
        return today if is_critical else today + timedelta(DAYS_TO_LOOK)

    def _texts(self, user, record):
        """Summary and note of an activity, in the language of who reads it.

        :param record: where it stands; on a portfolio each event names its company
        """
        words = "sentence" if record._name == "res.partner" else "display_name"
        events = self.with_context(lang=user.lang, tz=user.tz).sorted(
            lambda event: (event.created_on or fields.Datetime.now(), event.id),
            reverse=True,
        )
        env = events.env
        note = Markup("")
        for event in events[:LISTED]:
            day = event.happened_on
            note += Markup("<li>%s</li>") % (
                f"{format_date(env, day)} – {event[words]}" if day else event[words]
            )
        if len(events) > LISTED:
            note += Markup("<li>%s</li>") % env._(
                "and %(count)s more", count=len(events) - LISTED
            )
        summary = (
            events[words]
            if len(events) == 1
            else env._(
                "%(bureau)s: %(count)s events",
                bureau=events[:1].sudo().source_id.name,
                count=len(events),
            )
        )
        return {"summary": summary, "note": Markup("<ul>%s</ul>") % note}


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _ids_with_dealings(self, company):
        """Which of these companies owe something, or asked or ordered of late.

        One query, whatever their number.

        :param company: ``res.company`` whose documents count
        :return: list of ids
        """
        since = fields.Datetime.now() - relativedelta(months=DEALINGS_MONTHS)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT partner.commercial_partner_id
                  FROM res_partner partner
                 WHERE partner.commercial_partner_id = ANY(%(ids)s)
                   AND (EXISTS (
                            SELECT FROM account_move_line line
                              JOIN account_account account
                                ON account.id = line.account_id
                             WHERE line.partner_id = partner.id
                               AND line.company_id = %(company)s
                               AND line.parent_state = 'posted'
                               AND line.reconciled IS NOT TRUE
                               AND line.amount_residual <> 0
                               AND account.account_type = 'asset_receivable')
                     OR EXISTS (
                            SELECT FROM sale_order sale
                             WHERE sale.partner_id = partner.id
                               AND sale.company_id = %(company)s
                               AND sale.state IN ('draft', 'sent', 'sale')
                               AND sale.date_order >= %(since)s))
              GROUP BY partner.commercial_partner_id
                """,
                ids=self.ids,
                company=company.id,
                since=since,
            )
        )
        return [id_ for (id_,) in self.env.cr.fetchall()]


def _today(user):
    return fields.Date.context_today(user.with_context(tz=user.tz))
