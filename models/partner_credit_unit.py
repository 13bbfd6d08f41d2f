"""What alerts have seen and found of a legal unit follows it when its number changes.

The number is the SIREN, or the partner's id below zero: it changes when a SIREN is
filled in or corrected, when partners are merged, and when a company becomes part of
another one. The last assessment still has the old one, and the customer that it was
made of.
"""

from odoo import api, models
from odoo.tools import SQL

from . import credit_exposure
from .alert_conditions import NOTHING, TOLD

# What bureaus have told, and of our own experience what is worse when it is greater.
_BUREAUS = (*TOLD, "known_by", "privilege_event", "privilege_told_on")
_OWN_NUMBERS = ("exposure", "not_guaranteed", "overdue", "own_delay", "worst_overdue")


class PartnerCreditAssessment(models.Model):
    _inherit = "partner.credit.assessment"

    @api.model
    def _follow_units(self, company, units=None):
        """Carry over what is kept of legal units whose number is another one now.

        Their last assessments go, or are those of the partners that are left.

        :param company: a company that is no branch
        :param units: only these, of all that there are
        """
        moved = self._moved_units(company, units)
        if not moved:
            return
        gone = [unit for _id, unit, _new, left in moved if not left]
        self.env["partner.credit.watch"]._carry_over(
            company, {unit: new for _id, unit, new, _left in moved}, gone
        )
        self._carry_over_records(company, gone)
        self.browse(id_ for id_, _unit, _new, left in moved if not left).unlink()
        for id_, _unit, _new, left in moved:
            if left:
                self.browse(id_).partner_id = left

    @api.model
    def _moved_units(self, company, units):
        """Rows of assessment, its unit, its customer's unit now, and who is left."""
        self.flush_model(["unit", "partner_id", "company_id"])
        self.env["res.partner"].flush_model(["l10n_fr_siren", "commercial_partner_id"])
        return self.env.execute_query(
            SQL(
                """
                SELECT moved.id, moved.unit, moved.new,
                       (SELECT MIN(other.id)
                          FROM res_partner other
                         WHERE other.l10n_fr_siren = lpad(moved.unit::text, 9, '0')
                           AND other.commercial_partner_id = other.id)
                  FROM (
                      SELECT assessment.id, assessment.unit, %(unit)s AS new
                        FROM partner_credit_assessment assessment
                        JOIN res_partner partner ON partner.id = assessment.partner_id
                        JOIN res_partner entity
                          ON entity.id = partner.commercial_partner_id
                       WHERE assessment.company_id = %(company)s %(of_units)s
                  ) moved
                 WHERE moved.unit <> moved.new
              ORDER BY moved.id
                """,
                unit=credit_exposure.unit("entity"),
                company=company.id,
                of_units=SQL()
                if units is None
                else SQL("AND assessment.unit = ANY(%s)", list(units)),
            )
        )

    @api.model
    def _carry_over_records(self, company, gone):
        """Have what was found of customers, and their months, follow them."""
        entity_unit = credit_exposure.unit("entity")
        self.env["partner.credit.alert.hit"].flush_model(["unit", "partner_id"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_alert_hit hit
                   SET unit = %(unit)s
                  FROM res_partner partner
                  JOIN res_partner entity ON entity.id = partner.commercial_partner_id
                 WHERE partner.id = hit.partner_id
                   AND hit.company_id = %(company)s
                   AND hit.unit <> %(unit)s
                """,
                unit=entity_unit,
                company=company.id,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE partner_credit_snapshot old
                   SET unit = %(unit)s
                  FROM res_partner partner
                  JOIN res_partner entity ON entity.id = partner.commercial_partner_id
                 WHERE partner.id = old.partner_id
                   AND old.company_id = %(company)s
                   AND old.unit = ANY(%(gone)s)
                   AND NOT EXISTS (
                       SELECT FROM partner_credit_snapshot own
                        WHERE own.company_id = old.company_id
                          AND own.unit = %(unit)s AND own.date = old.date)
                """,
                unit=entity_unit,
                company=company.id,
                gone=gone,
            )
        )
        self.env.invalidate_all()


class PartnerCreditWatch(models.Model):
    _inherit = "partner.credit.watch"

    @api.model
    def _carry_over(self, company, units, gone):
        """Have what was seen of these legal units count for their new numbers.

        What bureaus told of another SIREN was about another company: it is left out.
        A unit that has been seen itself knows then of both what was worse.

        :param units: ``{unit: new unit}``
        :param gone: those of which nobody is left
        """
        seen = self.search(
            [
                ("company_id", "=", company.id),
                ("unit", "in", [*units, *units.values()]),
            ],
            order="date, id",
        ).grouped("unit")
        for unit, new in units.items():
            old = seen.get(unit, self.browse())
            known = seen.get(new)
            if known and old:
                facts = _own_facts(old[-1].facts)
                known[-1].facts = _worse(known[-1].facts, facts)
            elif old:
                seen[new] = self.create(
                    [
                        {
                            "company_id": company.id,
                            "unit": new,
                            "date": one.date,
                            "facts": one.facts if unit < 0 else _own_facts(one.facts),
                        }
                        for one in old
                    ]
                )
            if unit in gone:
                old.unlink()


def _own_facts(facts):
    """Facts without what bureaus told."""
    return facts | {name: NOTHING[name] for name in _BUREAUS}


def _worse(facts, other):
    """Facts with the greater of both sides' own numbers."""
    return facts | {
        name: max(facts.get(name) or 0, other[name])
        for name in _OWN_NUMBERS
        if other.get(name) is not None
    }
