import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from . import credit_exposure
from .open_records import open_records
from .partner_credit_action import ACTIONS
from .partner_credit_policy import LEVELS, ROWS

BATCH = 2_000
ROWS_AT_ONCE = 500
# A turn that was left unfinished for longer begins anew: what it has done is old.
LONGEST_TURN = timedelta(hours=12)


class PartnerCreditAssessment(models.Model):
    """What the policy said last of a customer: one row a legal unit and company.

    Suppliers that a bureau knows have a row as well, for the alerts: their facts
    count, the policy is for customers. Refreshed by a scheduled action; nothing is
    written on partners.
    """

    _name = "partner.credit.assessment"
    _description = "Credit Assessment"
    _order = "exposure DESC, id"
    _log_access = False
    _rec_name = "partner_id"

    unit = fields.Integer(
        required=True,
        aggregator=None,
        help="The SIREN as a number; below zero, the id of a partner without SIREN.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        ondelete="cascade",
        index=True,
        help="Of several partners of the legal unit the first.",
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    is_supplier = fields.Boolean(
        help="A supplier that is no customer: watched by alerts, not in the matrix."
    )
    row = fields.Selection(ROWS, string="Risk class", required=True)
    level = fields.Selection(LEVELS, string="Volume class", required=True)
    action = fields.Selection(ACTIONS, required=True)
    volume = fields.Monetary()
    exposure = fields.Monetary()
    has_limit = fields.Boolean()
    use = fields.Float(
        string="Use (%)", digits=(5, 0), aggregator=None, help="Exposure of the limit."
    )
    reasons = fields.Json()
    facts = fields.Json(groups="base.group_system")
    reason_text = fields.Text(string="Reasons in words", compute="_compute_reason_text")
    computed_on = fields.Datetime(string="As of")

    _unit_company_uniq = models.UniqueIndex(
        "(unit, company_id)", "A legal unit is assessed once a company."
    )
    _matrix_idx = models.Index("(company_id, row, level)")

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        Policy = self.env["partner.credit.policy"]
        for assessment in self:
            words = Policy._reason_words(
                assessment.reasons or [], assessment.currency_id
            )
            assessment.reason_text = "\n".join(word["text"] for word in words)

    def action_open_partner(self):
        self.ensure_one()
        return open_records(self.partner_id)

    # === Refreshing === #

    @api.model
    def _refresh_soon(self):
        """Have the scheduled action run, from the first customer on."""
        # sudo: people don't see scheduled actions, but may want one to run.
        policies = self.env["partner.credit.policy"].sudo()
        policies.search([("turn_began_on", "!=", False)]).turn_began_on = False
        cron = self.env.ref("partner_company_data.cron_credit_assessment")
        cron.sudo()._trigger()

    @api.model
    def _cron_refresh(self):
        """Assess the customers of every company (scheduled action).

        A turn that takes longer than one run of it is gone on with by the next one.
        """
        progress = self.env["ir.cron"]._commit_progress
        policies = self.env["partner.credit.policy"]
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            policies |= policies._of(company)
        policies._begin_turns()
        todo = [
            (policy, ids)
            for policy in policies
            for ids in split_every(
                BATCH,
                self._assessed_ids(policy.company_id, policy.turn_began_on),
                list,
            )
        ]
        remaining = sum(len(ids) for _policy, ids in todo)
        progress(remaining=remaining)
        for policy, ids in todo:
            self._refresh(policy, self.env["res.partner"].browse(ids))
            remaining -= len(ids)
            if not progress(len(ids), remaining=remaining) and remaining:
                return
        # One that has to begin anew meanwhile has no beginning any more.
        for policy in policies.filtered("turn_began_on"):
            self._remove_stale(policy.company_id, policy.turn_began_on)
            policy.turn_began_on = False

    def _remove_stale(self, company, start):
        """Take away customers that are none any more, after a full turn."""
        self._follow_units(company)
        self.search(
            [
                ("company_id", "=", company.id),
                ("computed_on", "<", start - timedelta(seconds=1)),
            ]
        ).unlink()

    @api.model
    def _assessed_ids(self, company, turn_began_on=None):
        """One commercial entity of each legal unit that buys or that a bureau knows.

        :param turn_began_on: those assessed since are left out
        """
        self.flush_model(["unit", "company_id", "computed_on"])
        self.env["res.partner"].flush_model(
            [
                *("l10n_fr_siren", "commercial_partner_id", "customer_rank", "active"),
                *("credit_file_id", "company_id"),
            ]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT MIN(partner.id)
                  FROM res_partner partner
             LEFT JOIN res_company company ON company.id = partner.company_id
                 WHERE partner.commercial_partner_id = partner.id
                   AND partner.active
                   AND (partner.customer_rank > 0 OR partner.credit_file_id ? %(key)s)
                   AND (partner.company_id IS NULL
                        OR split_part(company.parent_path, '/', 1)::int = %(company)s)
                   AND NOT EXISTS (
                       SELECT FROM partner_credit_assessment done
                        WHERE done.unit = %(unit)s
                          AND done.company_id = %(company)s
                          AND done.computed_on >= %(began_on)s)
              GROUP BY %(unit)s
                """,
                key=str(company.id),
                company=company.id,
                unit=credit_exposure.unit("partner"),
                began_on=turn_began_on or "infinity",
            )
        )
        return [partner_id for (partner_id,) in rows]

    @api.model
    def _refresh(self, policy, partners):
        """Assess these commercial entities' legal units and keep the outcome."""
        # sudo: people look at the outcome, nobody writes it.
        Assessment = self.sudo()
        now = fields.Datetime.now()
        entities = partners.sudo().commercial_partner_id._origin
        entities.fetch(["commercial_partner_id", "l10n_fr_siren"])
        units = {entity.id: entity._credit_unit() for entity in entities}
        score = self.env["partner.credit.scoring"]._of(policy.company_id)._scorer()
        suppliers = self._mere_suppliers(entities)
        rows = {}
        for partner_id, (facts, found) in policy._assess(entities).items():
            unit = units[partner_id]
            own = score(facts)
            rows[unit] = {
                "unit": unit,
                "partner_id": partner_id,
                "company_id": policy.company_id.id,
                "is_supplier": partner_id in suppliers,
                "exposure": facts.exposure,
                "facts": json.dumps(facts.as_json() | {"own_score": own["own_score"]}),
                "computed_on": now,
                **self._outcome(found),
                "has_own_score": own["own_score"] is not None,
                "own_score": own["own_score"] or 0.0,
                "own_score_parts": json.dumps(own["parts"]),
            }
        # A row of somebody who is of another unit now says of which he was.
        Assessment._follow_units(policy.company_id, rows)
        for chunk in split_every(ROWS_AT_ONCE, rows.values(), list):
            self._upsert(chunk)
        Assessment.invalidate_model()

    @api.model
    def _mere_suppliers(self, entities):
        """Ids of those whose legal unit sells to us and buys nothing."""
        self.env["res.partner"].flush_model(
            ["commercial_partner_id", "customer_rank", "l10n_fr_siren", "supplier_rank"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                WITH %s
                SELECT asked.id
                  FROM asked
                  JOIN member ON member.unit = asked.unit
                  JOIN res_partner partner ON partner.id = member.id
              GROUP BY asked.id
                HAVING MAX(partner.supplier_rank) > 0
                       AND COALESCE(MAX(partner.customer_rank), 0) = 0
                """,
                credit_exposure.members(entities.ids),
            )
        )
        return {partner_id for (partner_id,) in rows}

    @api.model
    def _upsert(self, rows):
        """Insert rows (dicts with the same keys), or update their legal units'."""
        names = list(rows[0])
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO partner_credit_assessment (%s) VALUES %s
           ON CONFLICT (unit, company_id) DO UPDATE SET %s
                """,
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ").join(SQL("%s", tuple(row.values())) for row in rows),
                SQL(", ").join(
                    SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in names
                ),
            )
        )

    @api.model
    def _outcome(self, found):
        """Values of what the policy said.

        :type found: credit_policy.Assessment
        """
        return {
            "row": found.row,
            "level": found.level,
            "action": found.action,
            "volume": found.volume,
            "has_limit": found.use is not None,
            "use": found.use or 0.0,
            "reasons": json.dumps([reason.as_json() for reason in found.reasons]),
        }

    @api.model
    def _of(self, partners, company):
        """The rows of these partners' legal units.

        :return: ``{partner's id: partner.credit.assessment}``, where there is one
        """
        units = {partner: partner._credit_unit() for partner in partners}
        found = self.sudo().search(
            [
                ("unit", "in", list(units.values())),
                ("company_id", "=", company.root_id.id),
            ]
        )
        by_unit = {row.unit: row for row in found}
        return {
            partner.id: by_unit[unit]
            for partner, unit in units.items()
            if unit in by_unit
        }


class PartnerCreditPolicy(models.Model):
    _inherit = "partner.credit.policy"

    # When the turn under way through all customers began; empty between two.
    turn_began_on = fields.Datetime(
        string="Customers assessed since", readonly=True, copy=False
    )

    def _begin_turns(self):
        """Have a turn under way for each of these policies: the one left, or a new."""
        now = fields.Datetime.now()
        for policy in self:
            began_on = policy.turn_began_on
            if not began_on or began_on < now - LONGEST_TURN:
                policy.turn_began_on = now


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    def action_end_of_contract(self):
        """What was made of the bureau's facts is made again without them."""
        result = super().action_end_of_contract()
        self.env["partner.credit.assessment"]._refresh_soon()
        return result
