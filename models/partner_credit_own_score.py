"""A customer's own score: kept beside what the policy says, explained part by part."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from . import credit_exposure
from .res_partner_credit import READ_BAND


class PartnerCreditAssessment(models.Model):
    _inherit = "partner.credit.assessment"

    has_own_score = fields.Boolean()
    own_score = fields.Float(
        digits=(5, 1),
        aggregator="avg",
        help="By the company's own scoring, from 0 (worst) to 100 (best).",
    )
    own_score_parts = fields.Json(
        help="For each criterion: fact, value, points and weight."
    )
    own_score_display = fields.Json(
        string="Own score explained", compute="_compute_own_score_display"
    )

    @api.depends("own_score_parts")
    @api.depends_context("lang")
    def _compute_own_score_display(self):
        """A section of rows as ``credit_facts`` shows them."""
        labels = dict(
            self.env["partner.credit.scoring.criterion"]
            ._fields["fact"]
            ._description_selection(self.env)
        )
        for assessment in self:
            parts = assessment.own_score_parts or []
            assessment.own_score_display = parts and [
                {
                    "key": "own_score",
                    "title": self.env._("How it is made"),
                    "help": "",
                    "columns": [
                        self.env._("Value"),
                        self.env._("Points"),
                        self.env._("Weight"),
                    ],
                    "rows": [
                        {
                            "key": part["fact"],
                            "label": labels.get(part["fact"], part["fact"]),
                            "help": "",
                            "values": [
                                _text(self.env, part["value"]),
                                _text(self.env, part["points"]),
                                _text(self.env, part["weight"]),
                            ],
                        }
                        for part in parts
                    ],
                    "empty": "",
                }
            ]


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_own_score = fields.Float(
        string="Own score",
        digits=(5, 1),
        aggregator=None,
        compute="_compute_credit_own_score",
        search="_search_credit_own_score",
        groups=READ_BAND,
        help="By the company's own scoring, from 0 (worst) to 100 (best).",
    )
    credit_has_own_score = fields.Boolean(
        compute="_compute_credit_own_score", groups=READ_BAND
    )
    credit_own_score_display = fields.Json(
        string="Own score explained",
        compute="_compute_credit_own_score",
        groups="partner_company_data.group_credit_risk_reader",
    )

    @api.depends("commercial_partner_id.l10n_fr_siren")
    @api.depends_context("company", "lang")
    def _compute_credit_own_score(self):
        found = self.env["partner.credit.assessment"]._of(self, self.env.company)
        none = self.env["partner.credit.assessment"]
        for partner in self:
            assessment = found.get(partner.id, none)
            partner.credit_has_own_score = assessment.has_own_score
            partner.credit_own_score = assessment.own_score
            partner.credit_own_score_display = assessment.own_score_display

    def _search_credit_own_score(self, operator, value):
        self._check_field_access(self._fields["credit_own_score"], "read")
        if operator not in ("<", "<=", ">", ">=", "in"):
            return NotImplemented
        scored = (
            self.env["partner.credit.assessment"]
            .sudo()
            ._search(
                Domain("company_id", "=", self.env.company.root_id.id)
                & Domain("has_own_score", "=", True)
                & Domain("own_score", operator, value)
            )
        )
        partners = SQL(
            """(
            SELECT partner.id
              FROM res_partner partner
              JOIN partner_credit_assessment scored ON scored.unit = %s
             WHERE scored.id IN %s
            )""",
            credit_exposure.unit("partner"),
            scored.subselect(),
        )
        return Domain("commercial_partner_id", "in", partners)


def _text(env, value):
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return formatLang(env, value, digits=0 if float(value).is_integer() else 1)
