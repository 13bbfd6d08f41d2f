"""Buying the reports of many partners in the background, one committed step each."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.partner_company_data.connectors import errors

from . import retention
from .notification import CLOSE, notification
from .partner_credit_reason import MissingReasonError
from .partner_data_source_find import bureau_company
from .partner_data_source_purchase import BudgetError

_logger = logging.getLogger(__name__)

# As many failures of the bureau in a row mean that it is down.
FAILURES_BEFORE_STOP = 3


class PartnerCreditOrder(models.Model):
    """What one person asked for at once: shown before, carried out afterwards."""

    _name = "partner.credit.order"
    _description = "Update of Many Partners"
    _order = "id DESC"
    _rec_name = "source_id"

    source_id = fields.Many2one(
        "partner.data.source", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="source_id.company_id", store=True)
    user_id = fields.Many2one("res.users", string="Asked by", readonly=True)
    state = fields.Selection(
        [
            ("draft", "To confirm"),
            ("running", "Running"),
            ("stopped", "Stopped"),
            ("done", "Done"),
        ],
        default="draft",
        required=True,
        readonly=True,
    )
    stop_reason = fields.Char(readonly=True)
    failures = fields.Integer(readonly=True)
    counters = fields.Char(string="Counters at the bureau", readonly=True)
    line_ids = fields.One2many("partner.credit.order.line", "order_id", readonly=True)
    line_count = fields.Integer(string="Companies", compute="_compute_counts")
    to_buy_count = fields.Integer(string="To buy", compute="_compute_counts")
    young_count = fields.Integer(string="Young reports", compute="_compute_counts")
    person_count = fields.Integer(
        string="Without number",
        compute="_compute_counts",
        help="A person has to say which company it is: update them one by one.",
    )
    bought_count = fields.Integer(string="Bought", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts")
    cost = fields.Char(compute="_compute_cost")

    @api.depends("line_ids.state")
    def _compute_counts(self):
        counts = {}
        for order, state, count in self.env["partner.credit.order.line"]._read_group(
            [("order_id", "in", self.ids)], ["order_id", "state"], ["__count"]
        ):
            counts.setdefault(order.id, {})[state] = count
        for order in self:
            states = counts.get(order.id, {})
            total = sum(states.values())
            waiting = states.get("waiting", 0)
            order.line_count = total
            order.to_buy_count = waiting
            order.young_count = states.get("young", 0)
            order.person_count = states.get("person", 0)
            order.bought_count = states.get("bought", 0)
            order.failed_count = states.get("failed", 0)
            order.progress = 100 * (total - waiting) / total if total else 100

    @api.depends("line_ids.state", "source_id")
    def _compute_cost(self):
        for order in self:
            count = order.to_buy_count + order.bought_count
            order.cost = order.sudo().source_id._cost_words(count)

    # === Before === #

    @api.model
    def _start(self, partners, source):
        """The dialog that says what would be bought, and asks once."""
        lines, seen = [], set()
        for partner in partners:
            company = partner.l10n_fr_siren or partner.id
            if company in seen:
                continue
            seen.add(company)
            lines.append(fields.Command.create(self._line_vals(partner, source)))
        # sudo: orders are made here and carried out by the schedule, never by hand.
        order = self.sudo().create(
            {
                "source_id": source.id,
                "user_id": self.env.uid,
                "counters": source._counters_text(),
                "line_ids": lines,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Manual update"),
            "res_model": self._name,
            "res_id": order.id,
            "views": [
                (
                    self.env.ref(
                        "partner_company_data.partner_credit_order_view_form_confirm"
                    ).id,
                    "form",
                )
            ],
            "target": "new",
        }

    @api.model
    def _line_vals(self, partner, source):
        file = source._known_file(partner)
        if not file and not partner.l10n_fr_siren and not partner.vat:
            return {"partner_id": partner.id, "state": "person"}
        is_young = bool(file and source._young_call(file.bureau_id))
        if is_young:
            source._link_partners(file.id, file.siren, partner)
        return {
            "partner_id": partner.id,
            "state": "young" if is_young else "waiting",
            "seen_call_id": source._last_call(file.bureau_id).id if file else 0,
        }

    def action_confirm(self):
        """Yes, buy them: it begins within a minute."""
        self.ensure_one()
        self._check_may_act()
        order = self.sudo()
        if order.state == "draft":
            order.state = "running" if order.to_buy_count else "done"
        self._trigger()
        return notification(
            self.env._(
                "The reports are bought in the background, see %(service)s ▸ "
                "Updates of many.",
                service=order.source_id.name,
            ),
            then=CLOSE,
        )

    def action_go_on(self):
        """Go on after a stop."""
        self._check_may_act()
        self.sudo().filtered(lambda order: order.state == "stopped").write(
            {"state": "running", "stop_reason": False, "failures": 0}
        )
        self._trigger()

    def action_stop(self):
        self._check_may_act()
        self.sudo().filtered(lambda order: order.state == "running").write(
            {
                "state": "stopped",
                "stop_reason": self.env._("Stopped by %s", self.env.user.name),
            }
        )

    def _check_may_act(self):
        self.env["partner.data.source"]._check_may_buy()
        self.check_access("read")

    @api.model
    def _trigger(self):
        self.env.ref("partner_company_data.cron_credit_orders").sudo()._trigger()

    # === In the background === #

    @api.model
    def _cron_run(self):
        """Buy what waits, one company and one commit after another."""
        Line = self.env["partner.credit.order.line"].sudo()
        progress = self.env["ir.cron"]._commit_progress
        waiting = [("state", "=", "waiting"), ("order_id.state", "=", "running")]
        time_left = progress(remaining=Line.search_count(waiting))
        while time_left:
            line = Line.search(waiting, limit=1, order="id")
            if not line:
                break
            line._process()
            line.order_id._go_on_or_end()
            time_left = progress(1)

    def _go_on_or_end(self):
        for order in self:
            if order.state != "running":
                continue
            if order.failures >= FAILURES_BEFORE_STOP:
                order.write(
                    {
                        "state": "stopped",
                        "stop_reason": self.env._(
                            "%s failed several times in a row.", order.source_id.name
                        ),
                    }
                )
            elif not order.line_ids.filtered(lambda line: line.state == "waiting"):
                order.state = "done"

    @api.autovacuum
    def _gc_drafts(self):
        """Dialogs that nobody confirmed."""
        day = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        old = self.search(
            [("state", "=", "draft"), ("create_date", "<", day)], limit=retention.LIMIT
        )
        return retention.remove(old)


class PartnerCreditOrderLine(models.Model):
    """One company of an order."""

    _name = "partner.credit.order.line"
    _description = "Update of One of Many Partners"
    _order = "id"
    _log_access = False

    order_id = fields.Many2one(
        "partner.credit.order", required=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one(
        "res.partner", required=True, ondelete="cascade", index=True
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("bought", "Bought"),
            ("young", "Report is young"),
            ("person", "A person has to choose"),
            ("failed", "Failed"),
        ],
        required=True,
        default="waiting",
        index=True,
    )
    reason = fields.Char()
    seen_call_id = fields.Integer()

    def _process(self):
        """Buy this company's report; whatever happens ends up on the line.

        Out of money or without a valid log-in the order stops, and the line waits.
        """
        self.ensure_one()
        order = self.order_id
        user = order.user_id
        # sudo: carried out with the rights of the one who asked, checked inside.
        source = order.source_id.with_user(user).sudo()
        source = source.with_context(lang=user.lang)
        try:
            source._check_in_use()
            state, reason = self._buy(source)
        except BudgetError as error:
            order.write({"state": "stopped", "stop_reason": str(error)})
        except MissingReasonError as error:
            self.write({"state": "person", "reason": str(error)})
        except UserError as error:
            cause = error.__cause__
            if isinstance(cause, errors.AuthenticationError | errors.QuotaError):
                order.write({"state": "stopped", "stop_reason": str(error)})
                return
            self.write({"state": "failed", "reason": str(error)})
            if isinstance(cause, errors.ServiceError):
                order.failures += 1
        else:
            self.write({"state": state, "reason": reason})
            order.failures = 0

    def _buy(self, source):
        """Find and buy; the state and the reason of the line."""
        found, is_certain = source._find_companies(self.partner_id)
        if not found:
            return "failed", source.env._(
                "%(service)s finds no company for %(partner)s. Check its number, "
                "its country and its name.",
                service=source.name,
                partner=self.partner_id.display_name,
            )
        if not is_certain:
            return "person", source.env._("Several companies may be meant.")
        company = bureau_company(found[0])
        if source._young_call(company.bureau_id):
            file = source._file_here(company.bureau_id)
            source._link_partners(file.id, company.siren, self.partner_id)
            return "young", False
        # What was bought since the order was made is what it asked for.
        before = [("started_on", "<", self.order_id.create_date)]
        purchase = source._buy_report(
            company,
            self.seen_call_id or source._last_call(company.bureau_id, before).id,
            source.env._("Update of many partners"),
            self.partner_id.id,
        )
        source._link_partners(purchase.file_id, company.siren, self.partner_id)
        return "bought", False
