"""What alerts have found, in words, and how people are told of it."""

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from . import credit_exposure, retention
from .open_records import open_records
from .partner_credit_alert import SEVERITIES
from .res_partner_credit import READ_BAND

ACTIVITY = "partner_company_data.mail_activity_credit_alert"
# A claim is declared within two months of the judgment's publication.
CLAIM_DELAY = relativedelta(months=2)
LISTED = 20


class PartnerCreditAlertHit(models.Model):
    """An alert has found a customer.

    Activities are on the hits, not on partners: who may not see ratings sees none.
    """

    _name = "partner.credit.alert.hit"
    _inherit = ["partner.credit.alert.words", "mail.thread", "mail.activity.mixin"]
    _description = "Customer Found by an Alert"
    _order = "fired_on DESC, id DESC"
    _rec_name = "partner_id"
    # Whoever sees a hit may follow its activities.
    _mail_post_access = "read"

    alert_id = fields.Many2one(
        "partner.credit.alert", required=True, ondelete="cascade", index=True
    )
    unit = fields.Integer(required=True, aggregator=None, index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    fired_on = fields.Datetime(required=True, default=fields.Datetime.now)
    severity = fields.Selection(SEVERITIES, required=True)
    color = fields.Integer(related="alert_id.color")
    scenario_id = fields.Many2one(
        "partner.credit.scenario", string="Follow-up scenario"
    )
    proceeding_on = fields.Date(string="Judgment of")
    claim_before = fields.Date(
        string="Declare the claim before",
        compute="_compute_claim_before",
        help="Two months after the publication of the judgment; here counted from the "
        "day that the bureau gives. Check the gazette.",
    )
    event_id = fields.Many2one(
        "partner.credit.event",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    state = fields.Selection(
        [("new", "New"), ("seen", "Seen")], required=True, default="new", index=True
    )
    seen_by_id = fields.Many2one("res.users", readonly=True)
    told_in_id = fields.Many2one(
        "mail.activity",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        groups="base.group_system",
        help="The activity that tells of it.",
    )

    @api.depends("proceeding_on")
    def _compute_claim_before(self):
        for hit in self:
            day = hit.proceeding_on
            hit.claim_before = day and day + CLAIM_DELAY

    # === Buttons === #

    def action_seen(self):
        """Somebody has looked."""
        self.check_access("read")
        # sudo: nothing else of a hit may be changed.
        self.sudo().write({"state": "seen", "seen_by_id": self.env.uid})

    def action_open_partner(self):
        self.ensure_one()
        return open_records(self.partner_id)

    def action_open_earlier_invoices(self):
        """Open the unpaid invoices of before the judgment: what is to be declared."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoices of before the judgment"),
            "res_model": "account.move",
            "views": [(False, "list"), (False, "form")],
            "domain": Domain("id", "in", self._earlier_invoices().get(self.id, [])),
        }

    def _earlier_invoices(self):
        """Open invoices of before the judgment: ``{hit's id: [move's id, …]}``."""
        hits = self.filtered("proceeding_on")
        if not hits:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT hit.id, ARRAY_AGG(DISTINCT move.id)
                  FROM partner_credit_alert_hit hit
                  JOIN res_partner entity ON %(unit)s = hit.unit
                       AND entity.commercial_partner_id = entity.id
                  JOIN account_move move
                    ON move.commercial_partner_id = entity.id
                  JOIN res_company company ON company.id = move.company_id
                 WHERE hit.id = ANY(%(hits)s)
                   AND split_part(company.parent_path, '/', 1)::int = hit.company_id
                   AND move.state = 'posted'
                   AND move.move_type IN ('out_invoice', 'out_receipt')
                   AND move.amount_residual > 0
                   AND move.invoice_date < hit.proceeding_on
              GROUP BY hit.id
                """,
                unit=credit_exposure.unit("entity"),
                hits=hits.ids,
            )
        )
        return dict(rows)

    # === Telling people === #

    def _tell(self):
        """Make or complete activities, and write one e-mail a person."""
        self._make_activities()
        self._make_mails()

    def _make_activities(self):
        receivers = {}
        for hit in self.filtered("alert_id.make_activity"):
            if user := hit._person_to_tell():
                key = (hit.partner_id, user)
                receivers[key] = receivers.get(key, hit) | hit
        if not receivers:
            return
        activity_type = self.env.ref(ACTIVITY)
        Activity = self.env["mail.activity"].with_context(
            mail_activity_quick_update=True
        )
        opened = self._open_activities(Activity, activity_type, receivers)
        told = dict(
            self._read_group(
                [("told_in_id", "in", [one.id for one in opened.values()])],
                ["told_in_id"],
                ["__count"],
            )
        )
        invoices = self._earlier_invoices()
        vals_list, told_anew = [], []
        for (partner, user), hits in receivers.items():
            note = hits._note(user, invoices)
            activity = opened.get((partner, user))
            if activity:
                count = told.get(activity, 1) + len(hits)
                activity.note = Markup("%s%s") % (note, activity.note or "")
                activity.summary = hits._summary(partner, user, count)
                hits.told_in_id = activity
                continue
            told_anew.append(hits)
            vals_list.append(
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": hits[:1].id,
                    "activity_type_id": activity_type.id,
                    "automated": True,
                    "user_id": user.id,
                    "date_deadline": fields.Date.context_today(self),
                    "summary": hits._summary(partner, user, len(hits)),
                    "note": note,
                }
            )
        activities = Activity.create(vals_list)
        for hits, activity in zip(told_anew, activities, strict=True):
            hits.told_in_id = activity

    def _summary(self, partner, user, count):
        """What an activity is called that tells of so many alerts."""
        hits = self.with_context(lang=user.lang)
        words = (
            hits.alert_id.name if count == 1 else hits.env._("%s credit alerts", count)
        )
        return f"{partner.display_name} – {words}"

    @api.model
    def _open_activities(self, Activity, activity_type, receivers):
        """``{(partner, user): activity}`` of those that nobody has ended yet."""
        activities = Activity.search(
            [
                ("res_model", "=", self._name),
                ("activity_type_id", "=", activity_type.id),
                ("user_id", "in", [user.id for _partner, user in receivers]),
            ],
            order="id",
        )
        hits = self.browse(activities.mapped("res_id")).exists()
        partners = {hit.id: hit.partner_id for hit in hits}
        return {
            (partners[activity.res_id], activity.user_id): activity
            for activity in activities
            if activity.res_id in partners
        }

    def _person_to_tell(self):
        """Nobody gets to know by an activity what he has no right to see."""
        self.ensure_one()
        alert = self.alert_id
        for user in (alert.activity_user_id, self.partner_id.user_id, alert.user_id):
            if _may_know(user, self.company_id):
                return user
        return None

    def _note(self, user, invoices):
        """What was found of a customer, in a person's language."""
        hits = self.with_context(lang=user.lang, tz=user.tz)
        # What several alerts have in common is said once, after what they found.
        lines = {}
        for hit in hits:
            line = Markup("<b>%s</b> %s") % (hit.alert_id.name, hit.sentence)
            lines[line] = None
            if hit.event_id:
                lines[hit.event_id.sentence] = None
        for hit in hits:
            if hit.proceeding_on and (count := len(invoices.get(hit.id, ()))):
                lines[hits._claim_words(hit.claim_before, count)] = None
            if hit.scenario_id:
                line = hits.env._("Follow-up scenario: %s", hit.scenario_id.name)
                lines[line] = None
        items = Markup("").join(Markup("<li>%s</li>") % line for line in lines)
        return Markup("<ul>%s</ul>") % items

    def _claim_words(self, claim_before, count):
        """What is to be declared, until when."""
        values = {"day": format_date(self.env, claim_before), "count": count}
        if claim_before < fields.Date.context_today(self):
            return self.env._(
                "The claim had to be declared before %(day)s: %(count)s open invoices "
                "of before the judgment",
                **values,
            )
        return self.env._(
            "Declare the claim before %(day)s: %(count)s open invoices of before the "
            "judgment",
            **values,
        )

    def _make_mails(self):
        """One e-mail a person, inside the company alone."""
        by_user = {}
        for hit in self:
            for user in hit.alert_id.mail_user_ids:
                if user.email and _may_know(user, hit.company_id):
                    by_user[user] = by_user.get(user, hit) | hit
        self.env["mail.mail"].create(
            [
                {
                    "subject": self.with_context(lang=user.lang).env._(
                        "%s credit alerts", len(hits)
                    ),
                    "email_to": user.email_formatted,
                    "body_html": hits._mail_body(user),
                    "auto_delete": True,
                }
                for user, hits in by_user.items()
            ]
        )

    def _mail_body(self, user):
        hits = self.with_context(lang=user.lang, tz=user.tz)
        lines = Markup("").join(
            Markup("<li>%s – <b>%s</b> %s</li>")
            % (hit.partner_id.display_name, hit.alert_id.name, hit.sentence)
            for hit in hits[:LISTED]
        )
        if len(hits) > LISTED:
            lines += Markup("<li>%s</li>") % hits.env._(
                "and %(count)s more", count=len(hits) - LISTED
            )
        return Markup("<ul>%s</ul>") % lines

    @api.autovacuum
    def _gc_old(self):
        """Take away what was found long ago."""
        old = self.search(
            [("fired_on", "<", retention.older_than(retention.FACTS))],
            limit=retention.LIMIT,
        )
        return retention.remove(old)


def _may_know(user, company):
    """Whether this employee may know what bureaus say of the company's customers."""
    return (
        user
        and user.active
        and not user.share
        and company in user.company_ids
        and user.has_group(READ_BAND)
    )
