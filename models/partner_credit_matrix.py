"""The strategic matrix as a picture, and what would change if its thresholds did."""

import json
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, split_every

from . import credit_policy
from .credit_policy import Facts
from .partner_credit_action import ACTIONS, PARTS
from .partner_credit_class import TRIED as TRIED_OF_CLASS
from .partner_credit_policy import RULE_FIELDS
from .partner_credit_situation import facts_of_files

# Thresholds that can be tried on the facts as they were kept; how far a customer fell
# and its history of years are counted anew by the next assessment only.
TRIED = set(RULE_FIELDS) - {
    *("fall_days", "good_history", "good_invoices", "good_overdue_days")
}
# What of the facts depends on the thresholds of the risk classes.
CLASS_FACTS = ("risk_class", "is_failing", "has_disagreement", "class_fall")
# What the law leaves, not the matrix: shown beside it.
BY_LAW = ("cash", "stop")
# So many customers are assessed while somebody waits.
AT_ONCE = 2_000
ROWS_AT_ONCE = 1_000
# Digits of a threshold made from the customers' own volumes.
QUANTILE_DIGITS = 2


class PartnerCreditPolicy(models.Model):
    _inherit = "partner.credit.policy"

    @api.model
    def matrix_data(self):
        """The current company's matrix with its customers, for the picture.

        :return: dict: ``policy_id``, ``currency_id``, ``as_of``, ``thresholds`` (by
            name), ``class_sources``, ``can_edit``, ``cells`` and ``by_law``, see
            ``_picture``
        """
        self.env["partner.credit.assessment"].check_access("read")
        policy = self._of(self.env.company)
        counts = self.env["partner.credit.assessment"]._read_group(
            [("company_id", "=", policy.company_id.id), ("is_supplier", "=", False)],
            ["row", "level", "action"],
            ["__count", "exposure:sum"],
        )
        oldest = self.env["partner.credit.assessment"]._read_group(
            [("company_id", "=", policy.company_id.id)], [], ["computed_on:min"]
        )
        return {
            "policy_id": policy.id,
            "currency_id": policy.currency_id.id,
            "as_of": fields.Datetime.to_string(oldest[0][0]) if oldest[0][0] else False,
            "can_edit": policy.with_env(self.env).has_access("write"),
            "thresholds": {name: policy[name] for name in sorted(TRIED)},
            "bases": policy._fields["volume_basis"]._description_selection(self.env),
            "labels": {
                name: policy._fields[name]._description_string(self.env)
                for name in sorted(TRIED)
            },
            "class_sources": policy._class_sources(),
            **policy._picture(
                {
                    (row, level, action): (count, exposure)
                    for row, level, action, count, exposure in counts
                },
                policy._matrix(),
            ),
        }

    def _class_sources(self):
        """The bureaus in use, with the thresholds of their classes.

        :return: list of dicts ``code``, ``name``, ``thresholds``: dicts of the values
            that can be tried, ``id``, ``name`` and ``has_score``
        """
        # sudo: an account is the administrator's; that there is one is no secret.
        codes = set(
            self.env["partner.data.source"]
            .sudo()
            .search(
                [
                    ("kind", "=", "credit"),
                    ("state", "!=", "disabled"),
                    ("company_id", "child_of", self.company_id.id),
                ]
            )
            .mapped("code")
        )
        Threshold = self.env["partner.credit.class.threshold"]
        names = dict(Threshold._fields["source_code"]._description_selection(self.env))
        found = Threshold.search([("source_code", "in", list(codes))])
        return [
            {
                "code": code,
                "name": names[code],
                "thresholds": [
                    {
                        "id": threshold.id,
                        "name": threshold._words(),
                        "has_score": threshold.has_score,
                        **{name: threshold[name] for name in sorted(TRIED_OF_CLASS)},
                    }
                    for threshold in thresholds
                ],
            }
            for code, thresholds in found.grouped("source_code").items()
        ]

    def _picture(self, counts, matrix):
        """Cells with their words and customers.

        :param counts: ``{(row, level, action): (customers, exposure)}``
        :param matrix: the action of each cell
        :return: dict ``cells``: list of dicts with ``others``, the customers for whom
            an override changed the cell's action, and ``by_law``: those for whom the
            law decides
        """
        Action = self.env["partner.credit.action"]
        labels = dict(Action._fields["code"]._description_selection(self.env))
        words = Action.search([("code", "in", list(labels))]).grouped("code")
        cells = []
        for cell in self.cell_ids:
            action = matrix[cell.row, cell.level]
            found = {
                found: counts[cell.row, cell.level, found]
                for found, _name in ACTIONS
                if (cell.row, cell.level, found) in counts
                and (found not in BY_LAW or found == action)
            }
            cells.append(cell._picture(action, words[action], found, labels))
        by_law = []
        for action in BY_LAW:
            found = [
                number
                for (row, level, one), number in counts.items()
                if one == action and matrix[row, level] != action
            ]
            by_law.append(
                {
                    "action": action,
                    "label": labels[action],
                    "count": sum(count for count, _exposure in found),
                    "exposure": sum(exposure for _count, exposure in found),
                }
            )
        return {"cells": cells, "by_law": by_law}

    # === What if === #

    def matrix_try(self, changes, actions=None, classes=None):
        """What the matrix would look like with other thresholds; nothing is kept.

        :param changes: dict of thresholds by name
        :param actions: dict of actions by cell's id (as text)
        :param classes: dict of values by the id (as text) of a class's threshold
        :return: as ``matrix_data`` has ``cells`` and ``by_law``, and ``moved`` and
            ``changed``: customers and exposure in another cell, with another action
        """
        self.ensure_one()
        self.check_access("read")
        self.env["partner.credit.assessment"].check_access("read")
        policy = self.sudo().with_context(lang=self.env.lang)
        rules = policy._tried_rules(changes, actions or {})
        counts = Counter()
        exposures = Counter()
        moved = [0, 0.0]
        changed = [0, 0.0]
        today = fields.Date.context_today(self)
        told = policy._tried_facts(classes or {})
        for row in policy._kept_rows():
            facts = row["facts"] | told.get(row["partner_id"], {})
            found = credit_policy.assess(Facts.from_json(facts), rules, today)
            place = (found.row, found.level, found.action)
            counts[place] += 1
            exposures[place] += row["exposure"]
            for tally, differs in (
                (moved, place[:2] != (row["row"], row["level"])),
                (changed, found.action != row["action"]),
            ):
                if differs:
                    tally[0] += 1
                    tally[1] += row["exposure"]
        return {
            **policy._picture(
                {place: (count, exposures[place]) for place, count in counts.items()},
                rules.matrix,
            ),
            "moved": {"count": moved[0], "exposure": moved[1]},
            "changed": {"count": changed[0], "exposure": changed[1]},
        }

    def _tried_rules(self, changes, actions):
        unknown = set(changes) - TRIED
        if unknown:
            raise UserError(
                self.env._("These can't be tried: %s", ", ".join(sorted(unknown)))
            )
        matrix = self._matrix()
        for cell in self.cell_ids:
            if action := actions.get(str(cell.id)):
                matrix[cell.row, cell.level] = action
        if not credit_policy.is_monotonous(matrix):
            raise UserError(self._monotony_sentence())
        return self._rules(matrix=matrix, **changes)

    def _tried_facts(self, classes):
        """Facts of the customers whom other thresholds of the classes would move.

        However many customers there are, the number of queries is the same.

        :param classes: dict of values by threshold's id (as text)
        :return: ``{partner's id: dict of CLASS_FACTS}``
        """
        Threshold = self.env["partner.credit.class.threshold"]
        changes = {int(threshold): values for threshold, values in classes.items()}
        if not changes:
            return {}
        classify = Threshold._classifier(changes)
        customers = self.env["partner.credit.assessment"].search_fetch(
            [("company_id", "=", self.company_id.id)], ["partner_id"]
        )
        partners = customers.partner_id
        now = self._files_of(partners, Threshold._classifier())
        tried = self._files_of(partners, classify)
        told = {}
        for partner_id, rows in tried.items():
            facts = _class_facts(rows)
            if facts != _class_facts(now[partner_id]):
                told[partner_id] = facts
        return told

    def _kept_rows(self):
        """Facts as they were kept, with the outcome then, a thousand at a time.

        Until the last row, nothing else may be asked of the same cursor.
        """
        self.env["partner.credit.assessment"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT id, partner_id, facts, exposure::float AS exposure, row, level,
                       action, volume::float AS volume, reasons
                  FROM partner_credit_assessment
                 WHERE company_id = %s AND is_supplier IS NOT TRUE
                """,
                self.company_id.id,
            )
        )
        while rows := self.env.cr.dictfetchmany(ROWS_AT_ONCE):
            yield from rows

    def matrix_save(self, changes, actions=None, classes=None):
        """Keep what was tried, and show every customer by it."""
        self.ensure_one()
        self.check_access("write")
        self._tried_rules(changes, actions or {})
        told = self.sudo()._tried_facts(classes or {})
        for threshold, values in (classes or {}).items():
            self.env["partner.credit.class.threshold"].browse(int(threshold)).write(
                values
            )
        self.with_context(credit_matrix_as_a_whole=True).write(
            {
                **changes,
                "cell_ids": [
                    Command.update(int(cell), {"action": action})
                    for cell, action in (actions or {}).items()
                ],
            }
        )
        self.flush_recordset()
        self._reassess(told)
        if classes:
            # Own scores, and other companies, which have the same classes.
            self.env["partner.credit.assessment"]._refresh_soon()

    def _reassess(self, told):
        """Bring what was kept of the customers in line with the policy's thresholds.

        :param told: facts that are others now, see ``_tried_facts``
        """
        self.ensure_one()
        rules = self.sudo()._rules()
        today = fields.Date.context_today(self)
        Assessment = self.env["partner.credit.assessment"].sudo()
        outcomes = []
        for kept in self.sudo()._kept_rows():
            new = told.get(kept["partner_id"], {})
            facts = kept["facts"] | new
            found = credit_policy.assess(Facts.from_json(facts), rules, today)
            place = (found.row, found.level, found.action, found.volume)
            reasons = [reason.as_json() for reason in found.reasons]
            if new or place != _place(kept) or reasons != kept["reasons"]:
                outcomes.append(
                    (
                        kept["id"],
                        json.dumps(facts),
                        *Assessment._outcome(found).values(),
                    )
                )
        for chunk in split_every(ROWS_AT_ONCE, outcomes):
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE partner_credit_assessment AS kept
                       SET facts = new.facts::jsonb,
                           row = new.row, level = new.level, action = new.action,
                           volume = new.volume, has_limit = new.has_limit,
                           use = new.use, reasons = new.reasons::jsonb
                      FROM (VALUES %s)
                        AS new (id, facts, row, level, action, volume, has_limit,
                                use, reasons)
                     WHERE kept.id = new.id
                    """,
                    SQL(", ").join(SQL("%s", row) for row in chunk),
                )
            )
        Assessment.invalidate_model()

    def matrix_quantiles(self):
        """Thresholds of volume by the company's own customers: half are small.

        :return: dict ``medium_from`` (half of the customers with any volume have less)
            and ``large_from`` (a fifth has more)
        """
        self.ensure_one()
        self.check_access("read")
        self.env["partner.credit.assessment"].check_access("read")
        self.env["partner.credit.assessment"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT percentile_cont(ARRAY[0.5, 0.8])
                       WITHIN GROUP (ORDER BY volume::float)
                  FROM partner_credit_assessment
                 WHERE company_id = %s AND volume > 0 AND is_supplier IS NOT TRUE
                """,
                self.sudo().company_id.id,
            )
        )
        half, most = (_rounded(value) for value in rows[0][0] or (0, 0))
        if not 0 < half < most:
            raise UserError(
                self.env._(
                    "There are too few customers with a volume to divide them by."
                )
            )
        return {"medium_from": half, "large_from": most}

    def action_use_quantiles(self):
        """Take the company's own quantiles as thresholds of volume."""
        for policy in self:
            policy.write(policy.matrix_quantiles())

    @api.model
    def matrix_refresh(self):
        """Assess the current company's customers now, or soon when they are many.

        :return: whether it has been done
        """
        self.env["partner.credit.assessment"].check_access("read")
        policy = self._of(self.env.company)
        Assessment = self.env["partner.credit.assessment"]
        ids = Assessment._assessed_ids(policy.company_id)
        if len(ids) > AT_ONCE:
            Assessment._refresh_soon()
            return False
        start = fields.Datetime.now()
        Assessment._refresh(policy, self.env["res.partner"].browse(ids))
        Assessment.sudo()._remove_stale(policy.company_id, start)
        return True


def _class_facts(rows):
    """What a customer's files say of its class."""
    facts = facts_of_files(rows)
    return {name: facts[name] for name in CLASS_FACTS}


def _place(kept):
    return kept["row"], kept["level"], kept["action"], kept["volume"]


def _rounded(value):
    """A round number near this one."""
    if value <= 0:
        return 0
    return float(f"{value:.{QUANTILE_DIGITS - 1}e}")


class PartnerCreditPolicyCell(models.Model):
    _inherit = "partner.credit.policy.cell"

    def _picture(self, action, words, customers, labels):
        """The cell with its words and customers.

        :param action: that the cell has, or is tried
        :param words: the action's ``partner.credit.action``
        :param customers: ``{action: (customers, exposure)}``
        :param labels: ``{action: its name}``
        """
        self.ensure_one()
        return {
            "id": self.id,
            "row": self.row,
            "level": self.level,
            "name": self.display_name,
            "action": action,
            "label": labels[action],
            "count": sum(count for count, _exposure in customers.values()),
            "exposure": sum(exposure for _count, exposure in customers.values()),
            "others": [
                {"action": found, "label": labels[found], "count": count}
                for found, (count, _exposure) in customers.items()
                if found != action
            ],
            # The cell's own words are of its own action.
            "words": {
                part: (action == self.action and self[part]) or words[part] or ""
                for part in PARTS
            },
            "payment_term": self.payment_term_id.sudo().display_name or "",
            "scenario": self.scenario_id.sudo().display_name or "",
            "limit_share": self.limit_share,
        }
