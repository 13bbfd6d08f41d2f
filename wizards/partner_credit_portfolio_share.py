"""Who else at Creditsafe may do what in a portfolio: read there, saved there."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.partner_company_data.connectors.credit_monitoring import (
    SharingPermission,
)
from odoo.addons.partner_company_data.models.notification import RELOAD, notification
from odoo.addons.partner_company_data.models.open_records import open_records

# The bureau's words by field.
PERMISSIONS = {
    "may_view": "View",
    "may_add": "Add",
    "may_edit": "Edit",
    "may_remove": "Remove",
}


class PartnerCreditPortfolio(models.Model):
    _inherit = "partner.credit.portfolio"

    def action_share(self):
        """Show with whom the portfolio is shared at Creditsafe."""
        self.ensure_one()
        self.env["partner.data.source"]._check_may_buy()
        self.check_access("write")
        self._check_bound()
        if self.is_foreign:
            raise UserError(
                self.env._("Only its owner at Creditsafe shares this portfolio.")
            )
        return self.env["partner.credit.portfolio.share"]._start(self)

    def _sharing(self, change=None):
        """Who has which permissions at the bureau, after a change if one is given.

        :param change: list of ``SharingPermission`` that are to be the only ones
        """
        self.ensure_one()
        source = self.source_id.sudo()
        source._check_in_use()
        number = self._number()
        with source._service_errors(), source._open_connector() as connector:
            now = connector.sharing(number)
            if change is None:
                return now
            if _by_user(now).keys() - _by_user(change).keys():
                # Nothing documented takes one user's permissions away.
                connector.share(number, revoke_all=True)
            if change:
                connector.share(number, change)
            return connector.sharing(number)


class PartnerCreditPortfolioShare(models.TransientModel):
    """Permissions of the account's other users in a portfolio."""

    _name = "partner.credit.portfolio.share"
    _description = "Share a Creditsafe Portfolio"

    portfolio_id = fields.Many2one(
        "partner.credit.portfolio", required=True, readonly=True, ondelete="cascade"
    )
    line_ids = fields.One2many(
        "partner.credit.portfolio.share.line", "wizard_id", string="Shared with"
    )

    @api.model
    def _start(self, portfolio):
        """The dialog with what the bureau says now."""
        lines = [
            Command.create(
                {
                    "user_number": str(one.user_id),
                    "user_name": one.user_name,
                    **{
                        name: word in one.permissions
                        for name, word in PERMISSIONS.items()
                    },
                }
            )
            for one in portfolio._sharing()
        ]
        wizard = self.create({"portfolio_id": portfolio.id, "line_ids": lines})
        return open_records(
            wizard, name=self.env._("Share at Creditsafe"), target="new"
        )

    def action_save(self):
        """Have the bureau give exactly these permissions, and look whether it did."""
        self.ensure_one()
        self.env["partner.data.source"]._check_may_buy()
        portfolio = self.portfolio_id
        portfolio.check_access("write")
        wanted = [line._permission() for line in self.line_ids]
        kept = portfolio._sharing(wanted)
        # sudo: the bureau's answer, which users may not write themselves.
        portfolio.sudo().is_shared = bool(kept)
        is_kept = _by_user(kept) == _by_user(wanted)
        return notification(
            (
                self.env._("Creditsafe has kept who shares the portfolio.")
                if is_kept
                else self.env._(
                    "Creditsafe has kept something else than this: look again."
                )
            ),
            "success" if is_kept else "warning",
            then=RELOAD,
        )


class PartnerCreditPortfolioShareLine(models.TransientModel):
    _name = "partner.credit.portfolio.share.line"
    _description = "User of Creditsafe that shares a Portfolio"

    wizard_id = fields.Many2one(
        "partner.credit.portfolio.share", required=True, ondelete="cascade"
    )
    user_number = fields.Char(
        string="User number at Creditsafe",
        required=True,
        help="Creditsafe shares with users of the same account, by their number there.",
    )
    user_name = fields.Char(string="User at Creditsafe", readonly=True)
    may_view = fields.Boolean(string="See", default=True)
    may_add = fields.Boolean(string="Add")
    may_edit = fields.Boolean(string="Edit")
    may_remove = fields.Boolean(string="Remove")

    @api.onchange("may_add", "may_edit", "may_remove")
    def _onchange_permissions(self):
        """Who may do more sees the portfolio as well."""
        for line in self:
            line.may_view |= line.may_add or line.may_edit or line.may_remove

    def _permission(self):
        self.ensure_one()
        number = (self.user_number or "").strip()
        if not (number.isascii() and number.isdigit()):
            raise UserError(
                self.env._("“%s” is no user number of Creditsafe.", self.user_number)
            )
        self._onchange_permissions()
        permissions = tuple(word for name, word in PERMISSIONS.items() if self[name])
        if not permissions:
            raise UserError(
                self.env._(
                    "Tick what %s may do, or delete the line.",
                    self.user_name or number,
                )
            )
        return SharingPermission(user_id=int(number), permissions=permissions)


def _by_user(permissions):
    """What each user may do, in no order."""
    return {one.user_id: set(one.permissions) for one in permissions}
