from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

from .partner_data_link import FOLLOWED
from .res_partner_exposure_display import SEE_RISK

# Rows of a section that the page shows; the rest is in its list.
ROWS = 5
ENDING_DAYS = 30
# What a row says of a customer over limit.
RISK_FIELDS = ("partner_id", "currency_id", "exposure", "excess")


@dataclass(frozen=True)
class Section:
    """One question of the morning: which records, and what a row says of each.

    ``name`` and ``detail`` are names of methods of ``partner.credit.morning`` that
    take a record and give its text.
    """

    key: str
    title: str
    empty: str
    icon: str
    model: str
    domain: Domain
    order: str
    name: str = "_name_of_partner"
    detail: str | None = None
    is_urgent: bool = False


class PartnerCreditMorning(models.AbstractModel):
    """What waits for the credit manager in the morning, on one page."""

    _name = "partner.credit.morning"
    _description = "To Handle this Morning"

    @api.model
    def read_page(self):
        """What the page shows, of the models that the user may read.

        ``sections`` are dicts: ``key``, ``title``, ``empty``, ``icon``, ``is_urgent``,
        ``model``, ``domain``, ``count`` and ``rows`` (``id``, ``name``, ``detail``).
        """
        if not self.env.user.has_group(SEE_RISK):
            raise AccessError(
                self.env._("You need the right Credit risk: See the risk to do this.")
            )
        return {
            "date": format_date(self.env, fields.Date.context_today(self)),
            "sections": [
                self._read_section(section)
                for section in self._sections()
                if self.env[section.model].has_access("read")
            ],
        }

    def _read_section(self, section):
        shown, count = self._found(section)
        return {
            "key": section.key,
            "title": section.title,
            "empty": section.empty,
            "icon": section.icon,
            "is_urgent": section.is_urgent,
            "model": section.model,
            "domain": list(section.domain),
            "count": count,
            "rows": [
                {
                    "id": record.id,
                    "name": getattr(self, section.name)(record),
                    "detail": (
                        getattr(self, section.detail)(record) if section.detail else ""
                    ),
                }
                for record in shown
            ],
        }

    def _found(self, section):
        """A section's first records, and how many there are in all."""
        Model = self.env[section.model]
        if section.model == "partner.credit.risk":
            return Model._search_counted(
                section.domain, RISK_FIELDS, limit=ROWS, order=section.order
            )
        records = Model.search(section.domain, order=section.order, limit=ROWS + 1)
        if len(records) <= ROWS:
            return records, len(records)
        return records[:ROWS], Model.search_count(section.domain)

    def _sections(self):
        """The page's sections, the most urgent first."""
        today = fields.Date.context_today(self)
        of_active = Domain("partner_id.active", "=", True)
        return [
            Section(
                key="alerts",
                title=self.env._("What got worse"),
                empty=self.env._("No new alert."),
                icon="fa-bell",
                model="partner.credit.alert.hit",
                domain=Domain("state", "=", "new"),
                order="fired_on DESC, id",
                detail="_detail_of_alert",
                is_urgent=True,
            ),
            Section(
                key="events",
                title=self.env._("New events at the bureaus"),
                empty=self.env._("Nothing new."),
                icon="fa-newspaper-o",
                model="partner.credit.event",
                domain=Domain("state", "=", "new"),
                order="is_urgent DESC, created_on DESC, id",
                name="_name_of_event",
                detail="_detail_of_event",
            ),
            Section(
                key="over_limit",
                title=self.env._("Over limit"),
                empty=self.env._("Everybody is within the limits."),
                icon="fa-balance-scale",
                model="partner.credit.risk",
                domain=Domain("over_limit", "in", ("granted", "bureau", "both")),
                order="excess DESC, id",
                detail="_detail_of_risk",
                is_urgent=True,
            ),
            Section(
                key="approvals",
                title=self.env._("Decisions to approve"),
                empty=self.env._("No decision waits for approval."),
                icon="fa-gavel",
                model="partner.credit.decision",
                domain=Domain("state", "=", "to_approve"),
                order="submitted_on, id",
                detail="_detail_of_approval",
            ),
            Section(
                key="reviews",
                title=self.env._("Due for review"),
                empty=self.env._("No decision is due."),
                icon="fa-calendar-check-o",
                model="partner.credit.decision",
                domain=Domain("is_due", "=", True),
                order="review_on, id",
                detail="_detail_of_review",
            ),
            Section(
                key="guarantees",
                title=self.env._("Guarantees that end within %s days", ENDING_DAYS),
                empty=self.env._("None ends soon."),
                icon="fa-umbrella",
                model="partner.credit.guarantee",
                domain=Domain("state", "=", "in_force")
                & Domain("date_end", "<=", fields.Date.add(today, days=ENDING_DAYS)),
                order="date_end, id",
                detail="_detail_of_guarantee",
            ),
            Section(
                key="proposals",
                title=self.env._("Partner updates that wait"),
                empty=self.env._("No update waits."),
                icon="fa-exchange",
                model="partner.update.proposal",
                domain=Domain("state", "=", "new") & of_active,
                order="id DESC",
            ),
            Section(
                key="unchecked",
                title=self.env._("What could not be checked"),
                empty=self.env._("Everything could be checked."),
                icon="fa-chain-broken",
                model="partner.data.link",
                domain=Domain("state", "in", ("failed", "not_found")) & FOLLOWED,
                order="checked_on DESC, id",
                detail="_detail_of_link",
            ),
            Section(
                key="unmonitored",
                title=self.env._("Companies that are not monitored"),
                empty=self.env._("All companies of the portfolios are monitored."),
                icon="fa-eye-slash",
                model="partner.credit.portfolio.line",
                domain=Domain("state", "in", ("error", "no_identifier")),
                order="id DESC",
                name="_name_of_record",
                detail="_detail_of_line",
            ),
            Section(
                key="sources",
                title=self.env._("Suspended services"),
                empty=self.env._("All services answer."),
                icon="fa-plug",
                model="partner.data.source",
                domain=Domain("state", "=", "suspended"),
                order="id",
                name="_name_of_record",
                detail="_detail_of_source",
                is_urgent=True,
            ),
            Section(
                key="purchases",
                title=self.env._("Purchases of unknown outcome"),
                empty=self.env._("None."),
                icon="fa-question-circle",
                model="partner.data.call",
                domain=Domain("state", "=", "unknown"),
                order="started_on DESC, id",
                detail="_detail_of_call",
            ),
        ]

    # === What a row says === #

    def _name_of_partner(self, record):
        return record.partner_id.display_name or record.display_name

    def _name_of_record(self, record):
        return record.display_name

    def _name_of_event(self, event):
        return event.file_id.name

    def _detail_of_alert(self, hit):
        return hit.sentence or hit.alert_id.display_name

    def _detail_of_event(self, event):
        return event.sentence

    def _detail_of_risk(self, risk):
        return self.env._(
            "%(exposure)s, %(excess)s above the limit",
            exposure=self._amount(risk, "exposure"),
            excess=self._amount(risk, "excess"),
        )

    def _detail_of_approval(self, decision):
        return self.env._(
            "%(limit)s, asked for by %(user)s",
            limit=self._amount(decision, "limit"),
            user=decision.submitted_by_id.name or "",
        )

    def _detail_of_review(self, decision):
        return self.env._(
            "%(limit)s, to review on %(date)s",
            limit=self._amount(decision, "limit"),
            date=format_date(self.env, decision.review_on),
        )

    def _detail_of_guarantee(self, guarantee):
        return self.env._(
            "%(amount)s until %(date)s",
            amount=self._amount(guarantee, "amount"),
            date=format_date(self.env, guarantee.date_end),
        )

    def _detail_of_link(self, link):
        states = dict(link._fields["state"]._description_selection(self.env))
        return link.last_error or states[link.state]

    def _detail_of_line(self, line):
        states = dict(line._fields["state"]._description_selection(self.env))
        return line.reason or states[line.state]

    def _detail_of_source(self, source):
        return source.suspension_reason or ""

    def _detail_of_call(self, call):
        return format_date(self.env, call.started_on)

    def _amount(self, record, name):
        return format_amount(
            self.env, round(record[name]), record.currency_id, trailing_zeroes=False
        )
