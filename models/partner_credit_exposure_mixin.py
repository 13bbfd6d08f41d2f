from odoo import fields, models
from odoo.fields import Domain

_OPEN_ITEMS = (
    Domain("account_type", "=", "asset_receivable")
    & Domain("parent_state", "=", "posted")
    & Domain("reconciled", "=", False)
)


class PartnerCreditExposureMixin(models.AbstractModel):
    """Opens the documents that an amount of exposure is made of."""

    _name = "partner.credit.exposure.mixin"
    _description = "Amounts of Exposure"

    def _exposure_partner(self):
        """The customer; all partners of its legal unit count."""
        raise NotImplementedError

    def _exposure_company(self):
        """One of our companies, counted with its branches."""
        raise NotImplementedError

    def action_open_exposure(self, part):
        """Open what an amount is made of.

        :param part: name of the amount, of ``credit_exposure.PARTS``
        """
        self.ensure_one()
        model, domain = self._exposure_documents(part)
        partner = self._exposure_partner()
        of_unit = Domain(
            "partner_invoice_id.commercial_partner_id"
            if model == "sale.order"
            else "partner_id.commercial_partner_id",
            "in",
            partner._credit_unit_entities().ids,
        )
        of_company = Domain(
            "company_id", "child_of", self._exposure_company().root_id.id
        )
        return {
            "type": "ir.actions.act_window",
            "name": f"{partner.display_name} – {self._exposure_words(part)}",
            "res_model": model,
            "views": [(self._exposure_view(model, "list"), "list"), (False, "form")],
            "search_view_id": [self._exposure_view(model, "search")],
            "domain": list(domain & of_unit & of_company),
            "context": {"create": False},
        }

    def _exposure_view(self, model, kind):
        """Id of the view that shows due dates and what is open, of journal items."""
        return model == "account.move.line" and (
            self.env["ir.model.data"]._xmlid_to_res_id(
                f"partner_company_data.view_account_move_line_{kind}_exposure"
            )
        )

    def _exposure_words(self, part):
        return self.env["partner.credit.risk"].fields_get([part])[part]["string"]

    def _exposure_documents(self, part):
        """Model and domain of what an amount is made of, whoever the customer is."""
        today = fields.Date.context_today(self)
        if part == "receivable":
            return "account.move.line", _OPEN_ITEMS
        if part == "overdue":
            return "account.move.line", _OPEN_ITEMS & (
                Domain("date_maturity", "<", today) | Domain("amount_residual", "<", 0)
            )
        if part == "credits":
            return "account.move.line", _OPEN_ITEMS & Domain("amount_residual", "<", 0)
        if part == "draft_invoices":
            return "account.move", Domain("state", "=", "draft") & Domain(
                "move_type", "in", ("out_invoice", "out_receipt")
            )
        if part == "orders_to_invoice":
            return "sale.order", Domain("state", "=", "sale") & Domain(
                "invoice_status", "!=", "invoiced"
            )
        if part == "in_progress":
            return "account.payment", (
                Domain("state", "=", "in_process")
                & Domain("payment_type", "=", "inbound")
                & Domain("partner_type", "=", "customer")
            )
        if part == "guaranteed":
            return "partner.credit.guarantee", Domain("state", "=", "in_force")
        raise ValueError(f"no documents of {part}")
