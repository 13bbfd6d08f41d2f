"""What the policy holds back, and all that a document's banner needs of a customer."""

from datetime import date
from typing import NamedTuple

from odoo import fields, models
from odoo.tools import SQL

from . import credit_exposure, granted_limit

# What the law says, which a person need not confirm.
_STOPPED_BY_LAW = {"ceased", "law_liquidation"}
_AMBER_USE = 80


class Standing(NamedTuple):
    """How a customer (legal unit) stands with a company; amounts in its currency.

    * ``limit``: the limit granted (:mod:`~.granted_limit`), ``None`` for none
    * ``action``: what the policy said last (``credit_policy.ACTIONS``), a bureau's
      facts may stand behind it; ``is_stopped``: the law or the register stops it
    * ``amber_use``: percent of the limit from which people are told
    * ``hold_orders``, ``hold_invoices``: whether the policy holds documents
    * ``expired_on``: until when the limit was decided, where nobody has decided anew;
      it counts until somebody does
    """

    exposure: credit_exposure.Exposure
    limit: float | None = None
    action: str | None = None
    is_stopped: bool = False
    amber_use: float = _AMBER_USE
    hold_orders: bool = False
    hold_invoices: bool = False
    expired_on: date | None = None

    def use_with(self, amount):
        """Percent of the limit used when ``amount`` comes on top; ``None`` without."""
        if self.limit is None:
            return None
        return 100 * (self.exposure.total + amount) / self.limit


class PartnerCreditPolicy(models.Model):
    _inherit = "partner.credit.policy"

    hold_orders = fields.Boolean(
        string="Hold orders",
        help="An order that takes the exposure over the granted limit, or whose "
        "customer is in liquidation or has ceased, is confirmed only when a credit "
        "manager lifts the hold. A score alone holds nothing.",
    )
    hold_invoices = fields.Boolean(
        string="Hold invoices", help="The same when an invoice is posted."
    )
    manager_id = fields.Many2one(
        "res.users",
        string="Credit manager",
        domain="[('share', '=', False)]",
        help="Who is asked for more credit.",
    )

    def _standings(self, partners, company):
        """How customers stand with a company, in two queries for however many.

        Rights are the caller's affair.

        :param company: ``res.company``; a branch stands with its legal entity
        :return: ``{commercial entity's id: Standing}``
        """
        root = company.root_id
        entities = partners.sudo().commercial_partner_id._origin
        if not entities:
            return {}
        exposures = entities._credit_exposures(company)
        return {
            partner_id: Standing(
                exposures[partner_id],
                limit,
                action,
                bool(
                    is_ceased
                    or _STOPPED_BY_LAW & {reason["code"] for reason in reasons or ()}
                ),
                _AMBER_USE if amber_use is None else amber_use,
                bool(hold_orders),
                bool(hold_invoices),
                None if limit is None else expired_on,
            )
            for (
                partner_id,
                limit,
                is_ceased,
                action,
                reasons,
                amber_use,
                hold_orders,
                hold_invoices,
                expired_on,
            ) in self.env.execute_query(self._standing_query(entities, root))
        }

    def _standing_query(self, entities, root):
        self.env["partner.credit.policy"].flush_model()
        self.env["partner.credit.assessment"].flush_model()
        self.env["partner.credit.decision"].flush_model(
            ["company_id", "partner_id", "siren", "state", "valid_until"]
        )
        entities.flush_model(
            [
                *("credit_limit", "commercial_partner_id", "l10n_fr_siren"),
                "registry_unit_state",
            ]
        )
        return SQL(
            """
            SELECT partner.id,
                   %(limit)s,
                   partner.registry_unit_state = 'ceased',
                   assessment.action, assessment.reasons,
                   policy.amber_use, policy.hold_orders, policy.hold_invoices,
                   (SELECT MAX(decision.valid_until)
                      FROM partner_credit_decision decision
                     WHERE decision.company_id = %(company)s
                       AND decision.state IN ('granted', 'expired')
                       AND decision.valid_until < %(today)s
                       AND (decision.partner_id = partner.id
                            OR decision.siren = partner.l10n_fr_siren))
              FROM res_partner partner
         LEFT JOIN partner_credit_policy policy ON policy.company_id = %(company)s
         LEFT JOIN partner_credit_assessment assessment
                ON assessment.unit = %(unit)s AND assessment.company_id = %(company)s
               AND assessment.is_supplier IS NOT TRUE
             WHERE partner.id = ANY(%(partners)s)
            """,
            limit=granted_limit.of_unit("partner", root),
            company=root.id,
            today=fields.Date.context_today(self),
            unit=credit_exposure.unit("partner"),
            partners=entities.ids,
        )
