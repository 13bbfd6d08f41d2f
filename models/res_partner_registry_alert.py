import logging

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain

from .groups import CREDIT_MANAGER, OFFICER

_logger = logging.getLogger(__name__)

ACTIVITY_TYPES = {
    "ceased": "partner_company_data.mail_activity_company_ceased",
    "closed": "partner_company_data.mail_activity_company_closed",
}
# What an activity lists of each kind before it says how many more there are.
LISTED = 10


class ResPartner(models.Model):
    """Who is told that a customer has ceased or closed, and what hangs on it."""

    _inherit = "res.partner"

    @api.model
    def _registry_raise_alerts(self, source, changes):
        """Tell the people in charge that partners ceased, closed or reopened.

        One open activity a partner, for its salesperson, else the source's
        responsible, else somebody who looks after customers' credit or their data. A
        partner that was closed when it was first seen is told about only if documents
        or addresses use it. Nothing is archived.

        :param source: the ``partner.data.source`` that answered
        :param changes: ``{partner id: (state, first_seen)}``, ``state`` being
            ``"ceased"``, ``"closed"`` or ``"reopened"``
        :return: the new ``mail.activity`` records
        """
        # sudo: a check may be started by people who do not see these documents.
        self = self.sudo()
        types = {key: self.env.ref(xmlid).id for key, xmlid in ACTIVITY_TYPES.items()}
        opened = self._registry_close_outdated_alerts(changes, types)
        alerts = {
            self.browse(partner_id): (state, first_seen)
            for partner_id, (state, first_seen) in changes.items()
            if state in types and (partner_id, types[state]) not in opened
        }
        if not alerts:
            return self.env["mail.activity"]
        partners = self.union(*alerts)
        uses = partners._registry_uses()
        stand_ins = self.env["res.users"]._stand_ins(CREDIT_MANAGER, OFFICER)
        values = []
        for partner, (state, first_seen) in alerts.items():
            user = partner._registry_person_in_charge(source, stand_ins)
            if not user:
                _logger.info(
                    "partner %s %s: nobody is in charge of it or of its source",
                    partner.id,
                    state,
                )
                continue
            visible = partner._registry_visible_uses(uses, user)
            if first_seen and not visible:
                continue
            values.append(
                {
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "res_id": partner.id,
                    "activity_type_id": types[state],
                    "automated": True,
                    "user_id": user.id,
                    "date_deadline": fields.Date.context_today(self),
                    **partner._prepare_registry_alert(state, source, visible, user),
                }
            )
        # No mail for each: a first night may find many.
        return (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True)
            .create(values)
        )

    @api.model
    def _registry_close_outdated_alerts(self, changes, types):
        """End the activities that no longer say what the register says.

        :return: set of ``(partner id, activity type id)`` that stay open
        """
        activities = self.env["mail.activity"].search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "in", list(changes)),
                ("activity_type_id", "in", list(types.values())),
            ]
        )
        outdated = activities.filtered(
            lambda activity: (
                types.get(changes[activity.res_id][0]) != activity.activity_type_id.id
            )
        )
        reopened = outdated.filtered(
            lambda activity: changes[activity.res_id][0] == "reopened"
        )
        if reopened:
            reopened.action_feedback(
                feedback=self.env._("The register says that it is active again.")
            )
        (outdated - reopened).unlink()
        return {
            (activity.res_id, activity.activity_type_id.id)
            for activity in activities - outdated
        }

    def _registry_person_in_charge(self, source, stand_ins):
        """Who is told about a partner.

        :param stand_ins: users who are told where nobody else is, the first one first
        """
        self.ensure_one()
        for user in (self.user_id, source.responsible_id):
            if user.active and not user.share:
                return user
        return stand_ins.filtered(
            lambda user: not self.company_id or self.company_id in user.company_ids
        )[:1]

    def _registry_uses(self):
        """What uses these companies.

        :return: dict ``{company: (open orders, draft invoices, addresses)}``
        """
        family = Domain("commercial_partner_id", "in", self.ids)
        orders = self.env["sale.order"].search(
            Domain("partner_id", "any", family)
            & (
                Domain("state", "in", ("draft", "sent"))
                | Domain("state", "=", "sale")
                & Domain("invoice_status", "!=", "invoiced")
            )
        )
        invoices = self.env["account.move"].search(
            family & Domain("state", "=", "draft") & Domain("move_type", "!=", "entry")
        )
        addresses = self.search(
            family
            & Domain("id", "not in", self.ids)
            & Domain("type", "in", ("invoice", "delivery", "other"))
        )
        orders_by = orders.grouped(lambda order: order.partner_id.commercial_partner_id)
        invoices_by = invoices.grouped("commercial_partner_id")
        addresses_by = addresses.grouped("commercial_partner_id")
        return {
            partner: (
                orders_by.get(partner, orders.browse()),
                invoices_by.get(partner, invoices.browse()),
                addresses_by.get(partner, addresses.browse()),
            )
            for partner in self
        }

    def _registry_visible_uses(self, uses, user):
        """What uses this company in the companies that ``user`` works for.

        :return: list of non-empty recordsets, in the order of :meth:`_registry_uses`
        """
        return [
            records
            for records in (
                kind.filtered(
                    lambda record: (
                        not record.company_id or record.company_id in user.company_ids
                    )
                )
                for kind in uses[self]
            )
            if records
        ]

    def _prepare_registry_alert(self, state, source, uses, user):
        """Summary and note of the activity, in the language of who reads it."""
        env = self.with_context(lang=user.lang).env
        if state == "ceased":
            summary = env._("The company has ceased")
            sentence = env._(
                "According to %(register)s this company has ceased.",
                register=source.name,
            )
        else:
            summary = env._("The establishment is closed")
            sentence = env._(
                "According to %(register)s this establishment is closed; the company "
                "itself is not.",
                register=source.name,
            )
        titles = {
            "sale.order": env._("Open orders"),
            "account.move": env._("Draft invoices"),
            "res.partner": env._("Addresses"),
        }
        note = Markup("<p>%s</p>") % sentence
        for records in uses:
            links = Markup(", ").join(
                record._get_html_link() for record in records[:LISTED]
            )
            if len(records) > LISTED:
                links += " " + env._("and %(count)s more", count=len(records) - LISTED)
            note += Markup("<p>%s</p>") % env._(
                "%(title)s (%(count)s): %(links)s",
                title=titles[records._name],
                count=len(records),
                links=links,
            )
        return {"summary": summary, "note": note}
