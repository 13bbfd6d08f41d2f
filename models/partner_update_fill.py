"""Empty fields of partners filled from the register, in the background for many."""

import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError

from .partner_update_proposal_line import PENDING

_logger = logging.getLogger(__name__)

# How many proposals one batch of the scheduled action fills.
BATCH = 100


class PartnerUpdateProposalLine(models.Model):
    _inherit = "partner.update.proposal.line"

    fill_user_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Who asked for this empty field to be filled in the background.",
    )

    @api.model
    def _completion_domain(self, proposals=None):
        """Ticked lines about empty fields, of these open proposals or of all."""
        domain = fields.Domain(
            [
                ("reason", "=", "completion"),
                ("state", "in", PENDING),
                ("selected", "=", True),
                ("fill_user_id", "=", False),
                ("proposal_id.state", "=", "new"),
                ("partner_id.active", "=", True),
            ]
        )
        if proposals:
            domain &= fields.Domain("proposal_id", "in", proposals.ids)
        return domain

    def _fill_later(self):
        """Have the scheduled action fill these fields, with this person's rights."""
        # sudo: nobody asks in another's name, and officers don't see scheduled actions.
        self.sudo().write({"fill_user_id": self.env.uid})
        self.env.ref("partner_company_data.cron_partner_update_fill").sudo()._trigger()

    @api.model
    def _cron_fill(self):
        """Fill what people asked for, batch after batch (scheduled action)."""
        cron = self.env["ir.cron"]
        domain = [("fill_user_id", "!=", False)]
        remaining = self.search_count(domain)
        users = self.env["res.users"]
        cron._commit_progress(remaining=remaining)
        while remaining:
            first = self.search(domain, order="proposal_id, id", limit=BATCH)
            batch = self.search([*domain, ("proposal_id", "in", first.proposal_id.ids)])
            for user, lines in batch.grouped("fill_user_id").items():
                lines._fill_as(user)
                users |= user
            batch.write({"fill_user_id": False})
            remaining = self.search_count(domain)
            if not remaining:
                users._tell_filled()
            if not cron._commit_progress(len(batch), remaining=remaining):
                break

    def _fill_as(self, user):
        """Fill these fields with the rights of ``user``; say why where that fails."""
        proposals = (
            self.env["partner.update.proposal"]
            .with_user(user)
            .with_context(lang=user.lang, allowed_company_ids=user._get_company_ids())
        )
        try:
            outcome = proposals._validate_lines(self.with_env(proposals.env))
        except AccessError:
            _logger.warning("user %s may not fill partners any more", user.id)
            return
        notes = {
            proposal.id: proposals.env._(
                "The empty fields could not be filled: %(reason)s", reason=reason
            )
            for proposal, reason in outcome.refused.items()
        }
        proposals.browse(notes)._message_log_batch(bodies=notes)


class ResUsers(models.Model):
    _inherit = "res.users"

    def _tell_filled(self):
        """Tell these people, where they are now, that their fields are filled."""
        for user in self:
            env = self.with_context(lang=user.lang).env
            user._bus_send(
                "simple_notification",
                {
                    "type": "success",
                    "title": env._("Company data"),
                    "message": env._("The empty fields of partners are filled."),
                },
            )
