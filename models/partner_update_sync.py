"""How the checks bring proposals up to date: for a whole batch at once.

The number of queries does not depend on how many partners a batch holds: one for a
batch in which nothing differs and nothing is open, a handful otherwise. There is no
savepoint on that path. Two workers that propose for the same partner meet at the
unique index of open proposals, a worker and a person who decides meet at the
proposal's row: either error is for the caller, who stores the batch again from the
answers that it has in memory.
"""

import logging
from collections import namedtuple

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from . import registry_compare, registry_fields
from .partner_update_proposal_line import PENDING

_logger = logging.getLogger(__name__)

CheckedPartner = namedtuple(
    "CheckedPartner", "partner_id values proposal_id is_commercial_entity"
)
Priority = namedtuple("Priority", "balance sales")


class PartnerUpdateProposal(models.Model):
    _inherit = "partner.update.proposal"

    @api.model
    def _sync(self, source, checks):
        """Bring the proposals of checked partners up to date, set-based.

        One open proposal a partner and source: created, brought up to date (its
        revision moves when its lines do), or closed as obsolete when nothing differs.
        Values whose rule is "apply" are written on the partner, those of a register
        alone: what a bureau sells, a person looks at. Exclusions and rules "never" are
        left out.

        :param source: ``partner.data.source`` that answered
        :param checks: dict ``{res.partner: (values, reason)}`` where ``values`` are
            ``registry_fields.registry_values()`` of the partner's establishment, with
            ``registry_register_date`` and ``registry_last_processed`` if they are
            known, and ``reason`` is ``False`` or ``"seat_moved"``; a partner whose
            difference is gone has to be in it as well
        :return: recordset of the open proposals of these partners
        :raise psycopg2.Error: a serialization failure or a unique violation when
            somebody else works on the same partners: do the batch again
        """
        # sudo: whoever may check partners may have the result stored. No tracking:
        # what a check does is told on the run, not on every proposal.
        proposals = self.sudo().with_context(
            tracking_disable=True, mail_create_nosubscribe=True, mail_create_nolog=True
        )
        return proposals._sync_checks(source, checks)

    @api.model
    def _sync_checks(self, source, checks):
        checks = {partner.id: check for partner, check in checks.items()}
        rows = self._sync_read(source, list(checks))
        differences = {}
        for row in rows:
            if not row.is_commercial_entity:
                # It became a contact: what was proposed about it is over.
                continue
            theirs, reason = checks[row.partner_id]
            found = registry_compare.compare(
                row.values, theirs, seat_moved=reason == "seat_moved"
            )
            if found:
                differences[row.partner_id] = found
        open_ids = {row.partner_id: row.proposal_id for row in rows if row.proposal_id}
        if not differences and not open_ids:
            return self.browse()
        to_propose, to_apply = self._sync_sort(differences)
        if to_apply and source.kind == "credit":
            for partner_id, found in to_apply.items():
                to_propose[partner_id] = _in_order(
                    to_propose.get(partner_id, []) + found
                )
        elif to_apply:
            refused = self._sync_apply(source, checks, to_apply)
            for partner_id, kept in refused.items():
                to_propose[partner_id] = _in_order(
                    to_propose.get(partner_id, []) + kept
                )
        kept = self._sync_open(open_ids, to_propose, checks)
        created = self._sync_create(
            source,
            {key: lines for key, lines in to_propose.items() if key not in open_ids},
            checks,
        )
        return kept + created

    @api.model
    def _sync_read(self, source, partner_ids):
        """The partners' values and open proposals, in one query.

        :return: list of :class:`CheckedPartner`
        """
        names = list(dict.fromkeys(registry_fields.PARTNER_FIELDS))
        Partner = self.env["res.partner"]
        Partner.browse(partner_ids).flush_recordset([*names, "commercial_partner_id"])
        self.flush_model(["partner_id", "source_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.id, proposal.id,
                       partner.commercial_partner_id = partner.id, %s
                  FROM res_partner partner
             LEFT JOIN partner_update_proposal proposal
                    ON proposal.partner_id = partner.id
                   AND proposal.source_id = %s
                   AND proposal.state = 'new'
                 WHERE partner.id = ANY(%s)
              ORDER BY partner.id
                """,
                SQL(", ").join(SQL.identifier("partner", name) for name in names),
                source.id,
                partner_ids,
            )
        )
        return [
            CheckedPartner(
                partner_id, dict(zip(names, values, strict=True)), open_id, is_entity
            )
            for partner_id, open_id, is_entity, *values in rows
        ]

    @api.model
    def _sync_sort(self, differences):
        """What is proposed and what is written by itself, after rules and exclusions.

        :param differences: dict ``{partner_id: [Difference]}``
        :return: two such dicts
        """
        if not differences:
            return {}, {}
        get_mode = self.env["partner.update.rule"]._get_mode
        Exclusion = self.env["partner.update.exclusion"]
        excluded = Exclusion._load(list(differences))
        to_propose, to_apply = {}, {}
        for partner_id, found in differences.items():
            modes = {}
            for difference in found:
                if Exclusion._matches(
                    excluded.get((partner_id, difference.key), ()),
                    difference.field,
                    difference.new,
                ):
                    modes[difference.key] = "never"
                else:
                    modes[difference.key] = get_mode(
                        difference.rule_key,
                        completion=difference.reason == "completion",
                    )
            _settle_seat(found, modes)
            for difference in found:
                mode = modes[difference.key]
                if mode == "propose":
                    to_propose.setdefault(partner_id, []).append(difference)
                elif mode == "apply":
                    to_apply.setdefault(partner_id, []).append(difference)
        return to_propose, to_apply

    # === Values that a rule writes by itself === #

    @api.model
    def _sync_apply(self, source, checks, to_apply):
        """Write the values whose rule is "apply", with a note on each partner.

        :return: dict ``{partner_id: [Difference]}`` of those that Odoo refused: they
            are proposed instead, and the person who validates reads why
        """
        Partner = self.env["res.partner"]
        reasons = self._write_partners(
            {
                partner_id: (Partner.browse(partner_id), _merged(found, "new"))
                for partner_id, found in to_apply.items()
            }
        )
        for partner_id, reason in reasons.items():
            _logger.info("partner %s: rule not applied: %s", partner_id, reason)
        notes = {
            partner_id: self._note(
                self.env._("Updated from %(register)s by rule", register=source.name),
                [(found.key, found.old, found.new) for found in to_apply[partner_id]],
                checks[partner_id][0].get("registry_register_date"),
            )
            for partner_id in to_apply
            if partner_id not in reasons
        }
        Partner.browse(notes)._message_log_batch(bodies=notes)
        return {partner_id: to_apply[partner_id] for partner_id in reasons}

    # === Open proposals === #

    @api.model
    def _sync_open(self, open_ids, to_propose, checks):
        """Bring open proposals up to date, close those without difference.

        :param open_ids: dict ``{partner_id: proposal_id}``
        :return: the proposals that are still open
        """
        if not open_ids:
            return self.browse()
        Line = self.env["partner.update.proposal.line"]
        fields_to_read = ["key", "old_values", "new_values", "reason", "state"]
        known = Line.search_fetch(
            [("proposal_id", "in", list(open_ids.values()))],
            ["proposal_id", *fields_to_read],
        ).grouped(lambda line: line.proposal_id.id)
        obsolete_lines, new_lines = Line.browse(), []
        obsolete, changed = self.browse(), self.browse()
        for partner_id, proposal_id in open_ids.items():
            lines = known.get(proposal_id, Line.browse())
            found = to_propose.get(partner_id, [])
            moved = self._sync_lines(proposal_id, lines, found, new_lines)
            wanted = {difference.key for difference in found}
            gone = lines.filtered(
                lambda line, wanted=wanted: (
                    line.state in PENDING and line.key not in wanted
                )
            )
            obsolete_lines += gone
            proposal = self.browse(proposal_id)
            if not found:
                obsolete += proposal
            elif gone or moved:
                changed += proposal
        obsolete_lines.write({"state": "obsolete"})
        Line.create(new_lines)
        obsolete.write({"state": "obsolete"})
        if changed:
            priorities = self._priorities(changed.partner_id.ids)
            for proposal in changed:
                proposal.write(
                    {
                        "revision": proposal.revision + 1,
                        **_dates(checks[proposal.partner_id.id][0]),
                        **_priority_values(priorities, proposal.partner_id.id),
                    }
                )
        return self.browse(open_ids.values()) - obsolete

    @api.model
    def _sync_lines(self, proposal_id, lines, found, new_lines):
        """Bring the lines of one proposal up to date.

        :param new_lines: list that takes the values of lines to create
        :return: whether a line has changed; ticks of the others are kept
        """
        moved = False
        by_key = {line.key: line for line in lines}
        for difference in found:
            line = by_key.get(difference.key)
            values = _line_values(difference)
            if line is None:
                new_lines.append({"proposal_id": proposal_id, **values})
                moved = True
            elif line.state not in PENDING or any(
                line[name] != values[name]
                for name in ("old_values", "new_values", "reason")
            ):
                line.write({"state": "new", "selected": True, **values})
                moved = True
        return moved

    @api.model
    def _sync_create(self, source, to_propose, checks):
        """Create the proposals of partners that have none open."""
        if not to_propose:
            return self.browse()
        priorities = self._priorities(list(to_propose))
        return self.create(
            [
                {
                    "partner_id": partner_id,
                    "source_id": source.id,
                    **_dates(checks[partner_id][0]),
                    **_priority_values(priorities, partner_id),
                    "line_ids": [
                        # With its partner nothing is left to compute and to write.
                        Command.create(
                            {"partner_id": partner_id, **_line_values(difference)}
                        )
                        for difference in found
                    ],
                }
                for partner_id, found in to_propose.items()
            ]
        )

    @api.model
    def _priorities(self, partner_ids):
        """How much these customers count, over all companies, in one query.

        Open balance: what they owe by posted entries. Sales: of the last 12 months,
        the larger of what was invoiced and what was ordered. Amounts are those of the
        companies' books; they only put the list in order.

        :return: dict ``{partner_id: Priority}``
        """
        self.env["account.move.line"].flush_model()
        self.env["account.move"].flush_model()
        self.env["sale.order"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.commercial_partner_id, SUM(fact.balance),
                       SUM(fact.invoiced), SUM(fact.ordered)
                  FROM res_partner partner
    CROSS JOIN LATERAL (
                SELECT line.amount_residual AS balance, 0 AS invoiced, 0 AS ordered
                  FROM account_move_line line
                  JOIN account_account account ON account.id = line.account_id
                 WHERE line.partner_id = partner.id
                   AND line.parent_state = 'posted'
                   AND line.reconciled IS NOT TRUE
                   AND account.account_type = 'asset_receivable'
             UNION ALL
                SELECT 0, move.amount_untaxed_signed, 0
                  FROM account_move move
                 WHERE move.partner_id = partner.id
                   AND move.state = 'posted'
                   AND move.move_type IN ('out_invoice', 'out_refund')
                   AND move.invoice_date >= %(year_ago)s
             UNION ALL
                SELECT 0, 0,
                       so.amount_untaxed / COALESCE(NULLIF(so.currency_rate, 0), 1)
                  FROM sale_order so
                 WHERE so.partner_id = partner.id
                   AND so.state = 'sale'
                   AND so.date_order >= %(year_ago)s
                ) fact
                 WHERE partner.commercial_partner_id = ANY(%(partners)s)
              GROUP BY partner.commercial_partner_id
                """,
                partners=partner_ids,
                year_ago=fields.Date.today() - relativedelta(months=12),
            )
        )
        return {
            partner_id: Priority(float(balance or 0), float(max(invoiced, ordered)))
            for partner_id, balance, invoiced, ordered in rows
        }


def _settle_seat(found, modes):
    """Have the lines of a moved seat share one mode: no half of an address is written.

    An address of which one line is not to be touched stays as a whole; a SIRET that is
    not to be touched keeps the address of its establishment.
    """
    block = [item.key for item in found if item.reason == "seat_moved"]
    if not block:
        return
    refused = {key for key in block if modes[key] == "never"}
    if "siret" in refused:
        out = set(block)
    elif refused:
        out = set(registry_fields.ADDRESS_KEYS)
    else:
        out = set()
    rest = [key for key in block if key not in out]
    by_itself = all(modes[key] == "apply" for key in rest)
    for key in block:
        if key in out:
            modes[key] = "never"
        else:
            modes[key] = "apply" if by_itself else "propose"


def _in_order(found):
    order = list(registry_fields.REGISTRY_FIELD_BY_KEY)
    return sorted(found, key=lambda difference: order.index(difference.key))


def _merged(found, side):
    values = {}
    for difference in found:
        values.update(getattr(difference, side))
    return values


def _line_values(difference):
    """Values of a proposal's line for a difference."""
    keep_asking = not difference.field.excludable or difference.reason == "seat_moved"
    return {
        "key": difference.key,
        "sequence": 1
        + list(registry_fields.REGISTRY_FIELD_BY_KEY).index(difference.key),
        "old_values": difference.old,
        "new_values": difference.new,
        "reason": difference.reason,
        "ignore": "value" if keep_asking else "field",
    }


def _dates(values):
    return {
        "register_date": values.get("registry_register_date") or False,
        "last_processed": values.get("registry_last_processed") or False,
    }


def _priority_values(priorities, partner_id):
    priority = priorities.get(partner_id, Priority(0, 0))
    return {
        "priority_balance": priority.balance,
        "priority_sales": priority.sales,
    }
