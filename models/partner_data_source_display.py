from odoo import fields, models
from odoo.fields import Domain

from .notification import notification
from .partner_data_link import FOLLOWED

# How a check ends that a person may have to look at.
PROBLEM_STATES = ("failed", "not_found")


class PartnerDataSource(models.Model):
    """What the source's screen counts and opens."""

    _inherit = "partner.data.source"

    link_count = fields.Integer(
        string="Partners followed", compute="_compute_link_counts"
    )
    problem_count = fields.Integer(
        string="Partners with a problem", compute="_compute_link_counts"
    )
    last_run_id = fields.Many2one("partner.data.run", compute="_compute_last_run_id")

    def _compute_link_counts(self):
        counts = {}
        for source, state, count in self.env["partner.data.link"]._read_group(
            FOLLOWED & Domain("source_id", "in", self.ids),
            ["source_id", "state"],
            ["__count"],
        ):
            counts.setdefault(source, {})[state] = count
        for source in self:
            states = counts.get(source, {})
            source.link_count = sum(states.values())
            source.problem_count = sum(states.get(key, 0) for key in PROBLEM_STATES)

    def _compute_last_run_id(self):
        last = dict(
            self.env["partner.data.run"]
            .sudo()
            ._read_group([("source_id", "in", self.ids)], ["source_id"], ["id:max"])
        )
        for source in self:
            source.last_run_id = last.get(source, False)

    def action_run_now(self):
        """Have the scheduled action of this source run in the next minute."""
        self.check_access("write")
        self._trigger_check()
        return notification(self.env._("The check starts within a minute."), "success")

    def action_view_problems(self):
        """The partners whose last check at this source went wrong."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "partner_company_data.partner_data_link_action"
        )
        action["context"] = {
            "search_default_problems": 1,
            "search_default_source_id": self.id,
        }
        return action

    def action_view_runs(self):
        """The runs of this source."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "partner_company_data.partner_data_run_action"
        )
        action["context"] = {"search_default_source_id": self.id}
        return action
