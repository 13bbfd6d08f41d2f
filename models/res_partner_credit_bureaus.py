from odoo import api, fields, models
from odoo.tools import format_date

from .partner_data_source_credit import BUYER
from .res_partner_credit import READ_BAND


class ResPartner(models.Model):
    """One block a bureau: what it knows of the company, and what can be done there."""

    _inherit = "res.partner"

    credit_bureaus = fields.Json(compute="_compute_credit_bureaus", groups=READ_BAND)

    @api.depends("commercial_partner_id.credit_file_ids.updated_on")
    @api.depends("commercial_partner_id.credit_file_id")
    @api.depends_context("company", "lang", "uid")
    def _compute_credit_bureaus(self):
        """The bureaus in use here, the preferred one first.

        ``code``, ``name``, ``updated_on`` (in words), ``is_known``, ``rating``,
        ``risk``, ``score`` (in words), ``portfolios`` (names), ``error`` and
        ``buttons`` (``method``, ``label``, ``icon``, ``help``).
        """
        sources = (
            self.env["partner.data.source"]
            .sudo()
            .search(
                [
                    ("kind", "=", "credit"),
                    ("state", "!=", "disabled"),
                    ("company_id", "=", self.env.company.id),
                ]
            )
        )
        for partner in self:
            files = partner.commercial_partner_id._credit_files()
            by_source = {file.sudo().source_id: file for file in files}
            partner.credit_bureaus = [
                partner._credit_bureau(source, by_source.get(source, files.browse()))
                for source in sources
            ]

    def _credit_bureau(self, source, file):
        portfolios = self.credit_portfolio_ids.filtered(
            lambda portfolio: portfolio.sudo().source_id == source
        )
        return {
            "code": source.code,
            "name": source.name,
            "error": source.state == "suspended" and (source.suspension_reason or ""),
            "is_known": bool(file),
            "updated_on": format_date(self.env, file.updated_on) if file else "",
            "rating": file.rating,
            "risk": file.risk,
            "score": f"{file.score:g} / {file.score_max:g}" if file.has_score else "",
            "portfolios": portfolios.mapped("name"),
            "buttons": self._credit_buttons(source, file, portfolios),
        }

    def _credit_buttons(self, source, file, portfolios):
        """What this user can do at a bureau."""
        if source.state == "suspended":
            return []
        words = source._bureau_words()
        buttons = []
        is_buyer = self.env.user.has_group(BUYER)
        if is_buyer and source.is_asked:
            buttons.append(
                _button(
                    "action_credit_update", self.env._("Manual update"), "fa-refresh"
                )
            )
        if source.page_pattern if file else source.search_pattern:
            buttons.append(
                _button(
                    "action_open_credit_page",
                    words["page"],
                    "fa-external-link",
                    words["page_help"],
                )
            )
        if is_buyer and source._can_monitor():
            buttons.append(
                _button("action_add_to_credit_portfolio", words["add"], "fa-eye")
            )
            if portfolios:
                buttons.append(
                    _button(
                        "action_remove_from_credit_portfolio",
                        self.env._("Remove from the portfolio"),
                        "fa-eye-slash",
                    )
                )
        return buttons


def _button(method, label, icon, help_text=""):
    return {"method": method, "label": label, "icon": icon, "help": help_text}
