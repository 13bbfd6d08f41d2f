"""What the policy is told about customers: bureaus' files, own experience, limits.

However many customers are asked about, the number of queries is the same.
"""

from collections import defaultdict
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from . import credit_policy, granted_limit
from .credit_policy import Facts
from .partner_credit_class import BureauValue

GOOD_HISTORY_MONTHS = 24
_FIGURES_CURRENCY = "figures_currency_id"


class PartnerCreditPolicy(models.Model):
    _inherit = "partner.credit.policy"

    def _assess(self, partners):
        """What the policy says of these partners' legal units now.

        Rights are the caller's affair.

        :return: ``{commercial entity's id: (Facts, Assessment)}``
        """
        self.ensure_one()
        rules = self._rules()
        today = fields.Date.context_today(self)
        return {
            partner_id: (facts, credit_policy.assess(facts, rules, today))
            for partner_id, facts in self._facts_of(partners).items()
        }

    def _facts_of(self, partners):
        """Facts of these partners' legal units, in the company's currency.

        :return: ``{commercial entity's id: credit_policy.Facts}``
        """
        self.ensure_one()
        # sudo: whoever asks may see the sentence, not each invoice and report behind.
        entities = partners.sudo().commercial_partner_id._origin
        if not entities:
            return {}
        company = self.company_id
        exposures = entities._credit_exposures(company)
        behaviours = entities._payment_behaviours(company)
        histories = (
            entities._payment_behaviours(company, months=GOOD_HISTORY_MONTHS)
            if self.good_history
            else {}
        )
        files = self._files_of(entities)
        own = self._own_facts(entities)
        facts = {}
        for entity in entities.ids:
            behaviour = behaviours[entity]
            known = facts_of_files(files.get(entity, ()))
            own_limit, is_ceased, naf, created_on = own[entity]
            known |= {
                "own_limit": own_limit,
                "is_ceased": is_ceased or known["is_ceased"],
                "naf": naf,
                "created_on": created_on,
            }
            if history := histories.get(entity):
                known |= {
                    "invoices": history.invoice_count,
                    "worst_overdue": history.worst_delay,
                }
            facts[entity] = Facts(
                exposure=exposures[entity].total,
                overdue=exposures[entity].overdue,
                not_guaranteed=exposures[entity].not_guaranteed,
                guaranteed=exposures[entity].guaranteed,
                turnover=behaviour.turnover,
                own_delay=behaviour.average_delay,
                **known,
            )
        return facts

    def _own_facts(self, entities):
        """Own limit, whether ceased, NAF and day of creation, by partner's id.

        What people have validated counts before the register's own answer.
        """
        entities.flush_model(
            [
                *("credit_limit", "commercial_partner_id", "l10n_fr_siren"),
                *("registry_unit_state", "registry_naf", "registry_link_id"),
            ]
        )
        self.env["partner.data.link"].flush_model(["file_id"])
        self.env["partner.registry.file"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.id,
                       %s,
                       partner.registry_unit_state = 'ceased',
                       COALESCE(partner.registry_naf, file.naf),
                       file.unit_creation_date
                  FROM res_partner partner
             LEFT JOIN partner_data_link link ON link.id = partner.registry_link_id
             LEFT JOIN partner_registry_file file ON file.id = link.file_id
                 WHERE partner.id = ANY(%s)
                """,
                granted_limit.of_unit("partner", self.company_id),
                entities.ids,
            )
        )
        return {
            partner_id: (limit, bool(is_ceased), naf or None, created_on)
            for partner_id, limit, is_ceased, naf, created_on in rows
        }

    def _files_of(self, entities, classify=None):
        """Bureaus' files of these partners, as rows (dicts) by partner's id.

        :param classify: tells their classes instead of the thresholds as they are
        """
        self.env["res.partner"].flush_model(
            ["l10n_fr_siren", "credit_file_id", "credit_file_ids"]
        )
        self.env["partner.credit.file"].flush_model()
        self.env["partner.data.source"].flush_model(["code", "company_id"])
        companies = self.env["res.company"].search(
            [("id", "child_of", self.company_id.id)]
        )
        self.env.cr.execute(
            SQL(
                """
                WITH pair AS (
                    SELECT rel.partner_id, rel.file_id
                      FROM partner_credit_file_partner_rel rel
                     WHERE rel.partner_id = ANY(%(partners)s)
                     UNION
                    SELECT partner.id, file.id
                      FROM res_partner partner
                      JOIN partner_credit_file file
                        ON file.siren = partner.l10n_fr_siren
                     WHERE partner.id = ANY(%(partners)s)
                )
                SELECT pair.partner_id, file.id, source.code, file.country_code,
                       file.status, file.risk_class, file.risk_state,
                       file.rating, file.bureau_class, file.risk,
                       file.has_score, file.score, file.score_max,
                       file.has_credit_limit, file.credit_limit, file.currency_id,
                       file.has_legal_facts, file.privilege_count,
                       file.has_uncounted_privileges, file.privilege_event_id,
                       file.privilege_told_on,
                       file.has_privilege_amount,
                       file.privilege_amount, file.has_turnover, file.turnover,
                       file.figures_currency_id, file.has_paydex, file.paydex,
                       file.has_dbt, file.dbt, file.proceeding, file.proceeding_on,
                       file.updated_on::date AS updated_on
                  FROM pair
                  JOIN partner_credit_file file ON file.id = pair.file_id
                  JOIN partner_data_source source ON source.id = file.source_id
                 WHERE file.company_id = ANY(%(companies)s)
              ORDER BY source.sequence, source.id
                """,
                partners=entities.ids,
                companies=companies.ids,
            )
        )
        rows = self.env.cr.dictfetchall()
        if classify:
            for row in rows:
                row["risk_class"], row["risk_state"] = classify(_bureau_value(row))
        falls = self._falls_of(rows, classify)
        rates = self._rates(
            {row[name] for row in rows for name in ("currency_id", _FIGURES_CURRENCY)}
        )
        files = defaultdict(list)
        for row in rows:
            # Of an amount without a currency nobody knows what it is worth.
            row["rate"] = rates.get(row["currency_id"])
            row["figures_rate"] = rates.get(row[_FIGURES_CURRENCY])
            row |= falls.get(row["id"], {})
            files[row["partner_id"]].append(row)
        return files

    def _rates(self, currency_ids):
        """What one unit of these currencies is worth in the company's."""
        today = fields.Date.context_today(self)
        currencies = self.env["res.currency"].browse(filter(None, currency_ids))
        return {
            currency.id: currency._get_conversion_rate(
                currency, self.company_id.currency_id, self.company_id, today
            )
            for currency in currencies
        }

    def _falls_of(self, rows, classify=None):
        """How far class and score fell within the policy's days, by file's id.

        Compared is the best of the period, which begins with the last point before.

        :param rows: of ``_files_of``
        :param classify: as for ``_files_of``
        :return: dicts ``class_fall`` and ``score_fall`` (points in percent)
        """
        ids = {row["id"]: row for row in rows}
        if not ids:
            return {}
        self.env["partner.credit.score"].flush_model()
        since = fields.Date.context_today(self) - timedelta(days=self.fall_days)
        best = self.env.execute_query(
            SQL(
                """
                SELECT point.file_id, MIN(point.rating) FILTER (WHERE rating < 'E'),
                       MAX(point.score) FILTER (WHERE has_score)
                  FROM partner_credit_score point
                 WHERE point.file_id = ANY(%(files)s)
                   AND point.date >= COALESCE(
                       (SELECT MAX(earlier.date)
                          FROM partner_credit_score earlier
                         WHERE earlier.file_id = point.file_id
                           AND earlier.date <= %(since)s),
                       %(since)s)
              GROUP BY point.file_id
                """,
                files=list(ids),
                since=since,
            )
        )
        classify = classify or self.env["partner.credit.class.threshold"]._classifier()
        falls = {}
        for file_id, rating, score in best:
            row = ids[file_id]
            scale = row["score_max"] or 100
            percent = None if score is None else 100 * score / scale
            fall = {}
            if percent is not None and row["has_score"]:
                fall["score_fall"] = max(0.0, percent - 100 * row["score"] / scale)
            before, _state = classify(
                BureauValue(row["code"], row["country_code"], rating, percent)
            )
            if before and row["risk_class"]:
                fall["class_fall"] = max(0, int(row["risk_class"]) - int(before))
            falls[file_id] = fall
        return falls


def _bureau_value(row):
    """What of a file's row decides on its class."""
    percent = (
        100 * row["score"] / row["score_max"]
        if row["has_score"] and row["score_max"]
        else None
    )
    return BureauValue(
        row["code"],
        row["country_code"],
        row["rating"],
        percent,
        row["bureau_class"],
        row["risk"],
    )


def facts_of_files(rows):
    """What the bureaus say together: where they differ, the more careful one counts.

    :param rows: a customer's files, the preferred bureau's first
    :return: dict of values of ``Facts``
    """
    classes = [int(row["risk_class"]) for row in rows if row["risk_class"]]
    is_failing = any(row["risk_state"] == "failing" for row in rows)
    ranks = [*classes, *([credit_policy.WORST_CLASS + 1] if is_failing else ())]
    limits = [
        row["credit_limit"] * row["rate"]
        for row in rows
        if row["has_credit_limit"] and row["rate"] is not None
    ]
    counts = [count for count in map(_privileges_of, rows) if count is not None]
    privilege = max(
        (row for row in rows if row["privilege_event_id"]),
        key=lambda row: row["privilege_event_id"],
        default={},
    )
    proceeding = max(
        (row for row in rows if row["proceeding"]),
        key=lambda row: (
            str(row["proceeding_on"] or row["updated_on"] or ""),
            -credit_policy.PROCEEDINGS.index(row["proceeding"]),
        ),
        default={},
    )
    return {
        "risk_class": max(classes, default=None),
        "is_failing": is_failing,
        "has_disagreement": bool(ranks) and max(ranks) - min(ranks) >= 2,
        "bureau_limit": min(limits, default=None),
        "score": min(
            (
                100 * row["score"] / (row["score_max"] or 100)
                for row in rows
                if row["has_score"]
            ),
            default=None,
        ),
        "is_ceased": any(row["status"] == "ceased" for row in rows),
        "proceeding": proceeding.get("proceeding"),
        "proceeding_on": proceeding.get("proceeding_on"),
        "privilege_count": max(counts, default=None),
        "privilege_event": privilege.get("privilege_event_id"),
        "privilege_told_on": privilege.get("privilege_told_on"),
        "privilege_amount": _highest_figure(rows, "privilege_amount"),
        "company_turnover": _highest_figure(rows, "turnover"),
        "paydex": min(
            (row["paydex"] for row in rows if row["has_paydex"]), default=None
        ),
        "bureau_delay": max(
            (float(row["dbt"]) for row in rows if row["has_dbt"]), default=None
        ),
        "class_fall": max(
            (row["class_fall"] for row in rows if "class_fall" in row), default=None
        ),
        "score_fall": max(
            (row["score_fall"] for row in rows if "score_fall" in row), default=None
        ),
        "facts_on": max(
            (row["updated_on"] for row in rows if row["updated_on"]), default=None
        ),
        "known_by": _known_by(rows),
    }


def _privileges_of(row):
    """How many privileges there are at least, ``None`` where nobody told of any."""
    # Some bureaus tell that there are some, or more than before, and not how many.
    count = (row["privilege_count"] or 0) + int(bool(row["has_uncounted_privileges"]))
    return count if count or row["has_legal_facts"] else None


def _known_by(rows):
    told = [row for row in rows if row["updated_on"]]
    bureaus = {row["code"] for row in told}
    legal = {f"{row['code']}:legal" for row in told if row["has_legal_facts"]}
    return tuple(sorted(bureaus | legal))


def _highest_figure(rows, name):
    return max(
        (
            float(row[name]) * row["figures_rate"]
            for row in rows
            if row[f"has_{name}"]
            and row[name] is not None
            and row["figures_rate"] is not None
        ),
        default=None,
    )
