from odoo import fields, models
from odoo.tools import SQL

from . import credit_exposure, granted_limit, payment_behaviour
from .credit_exposure import PARTS, Exposure
from .payment_behaviour import PaymentBehaviour


class ResPartner(models.Model):
    """What customers owe, by legal unit."""

    _inherit = "res.partner"

    def _credit_exposures(self, company):
        """Exposure of these partners' legal units to one of our companies.

        One query, for however many partners. Rights are the caller's affair: whoever
        asks may see sums of invoices that he may not open.

        :param company: ``res.company``; a branch is counted with its legal entity
        :return: ``{commercial entity's id: Exposure}``, in the company's currency
        """
        entities = self.commercial_partner_id._origin
        if not entities:
            return {}
        credit_exposure.flush(self.env)
        query = credit_exposure.exposures_of(
            entities.ids, company, fields.Date.context_today(self)
        )
        return {
            partner_id: Exposure(
                **{
                    part: company.currency_id.round(float(amount or 0))
                    for part, amount in zip(PARTS, amounts, strict=True)
                }
            )
            for partner_id, *amounts in self.env.execute_query(query)
        }

    def _credit_unit(self):
        """The legal unit's number, as ``credit_exposure.unit`` has it in SQL.

        Zero of a partner that is not stored yet.
        """
        self.ensure_one()
        # sudo: it is a key to what rights decide about, and nobody reads it.
        entity = self.sudo().commercial_partner_id._origin
        return int(entity.l10n_fr_siren or 0) or -(entity.id or 0)

    def _credit_unit_entities(self):
        """All commercial entities of these partners' legal units, archived or not."""
        entities = self.commercial_partner_id
        sirens = [siren for siren in entities.mapped("l10n_fr_siren") if siren]
        same = self.with_context(active_test=False).search(
            [("l10n_fr_siren", "in", sirens)]
        )
        return entities | same.filtered(lambda one: one.commercial_partner_id == one)

    def _granted_limits(self, company):
        """The limit granted to these partners' legal units; one query.

        Rights are the caller's affair.

        :return: ``{commercial entity's id: amount}``, of those that have one
        """
        entities = self.commercial_partner_id._origin
        if not entities:
            return {}
        entities.flush_model(["credit_limit", "commercial_partner_id", "l10n_fr_siren"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM res_partner partner WHERE id = ANY(%s)",
                granted_limit.of_unit("partner", company),
                entities.ids,
            )
        )
        return {entity: limit for entity, limit in rows if limit is not None}

    def _payment_behaviours(self, company, months=12):
        """How these partners' legal units have paid one of our companies lately.

        One query, for however many partners. Rights are the caller's affair.

        :param company: ``res.company``; a branch is counted with its legal entity
        :return: ``{commercial entity's id: PaymentBehaviour}``
        """
        entities = self.commercial_partner_id._origin
        if not entities:
            return {}
        credit_exposure.flush(self.env)
        payment_behaviour.flush(self.env)
        query = payment_behaviour.behaviours_of(
            entities.ids, company, fields.Date.context_today(self), months
        )
        return {
            partner_id: PaymentBehaviour(*values)
            for partner_id, *values in self.env.execute_query(query)
        }
