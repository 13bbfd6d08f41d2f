from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.partner_company_data.models.open_records import open_records


class PartnerDataCall(models.Model):
    _inherit = "partner.data.call"

    def action_settle(self):
        """Ask a person whether a purchase of unknown outcome was made."""
        self.ensure_one()
        self.check_access("read")
        source = self.sudo().source_id
        source._check_may_buy()
        wizard = self.env["partner.data.call.settle"].create(
            {
                "call_id": self.id,
                "counters": source._counters_text(),
                "known_count": source._count_done(),
            }
        )
        return open_records(wizard, name=self.env._("Was it bought?"), target="new")


class PartnerDataCallSettle(models.TransientModel):
    """A person says what came of a purchase, with the bureau's counters in view."""

    _name = "partner.data.call.settle"
    _description = "Was It Bought?"

    call_id = fields.Many2one("partner.data.call", required=True, ondelete="cascade")
    company_name = fields.Char(related="call_id.company_name")
    started_on = fields.Datetime(related="call_id.started_on")
    user_id = fields.Many2one(related="call_id.user_id")
    counters = fields.Char(string="Left at the bureau", readonly=True)
    known_count = fields.Integer(
        string="Reports known to be bought",
        readonly=True,
        help="Since the first one that this database bought, without this one.",
    )

    def action_bought(self):
        """It counts, and its report is known to be lost."""
        return self._settle("done")

    def action_not_bought(self):
        """It costs nothing; the report may be bought."""
        return self._settle("failed")

    def _settle(self, state):
        self.ensure_one()
        self.env["partner.data.source"]._check_may_buy()
        self.call_id.check_access("read")
        call = self.call_id.sudo()
        if call.state != "unknown":
            raise UserError(self.env._("Somebody has settled this already."))
        call.write({"state": state, "settled_by_id": self.env.uid})
        return {"type": "ir.actions.act_window_close"}
