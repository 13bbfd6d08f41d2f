"""What was known when a limit was decided: plain values, kept with the decision."""

from dataclasses import asdict

from odoo import api, fields, models
from odoo.tools import format_amount, format_date
from odoo.tools.misc import formatLang

# Values of a bureau's file that a decision keeps.
FILE_VALUES = (
    *("name", "bureau_id", "siren", "status", "rating", "risk", "rating_description"),
    *("has_score", "score", "score_max", "risk_class", "risk_state"),
    *("has_credit_limit", "credit_limit", "has_dbt", "dbt", "has_legal_facts"),
    *("judgment_count", "privilege_count", "proceeding"),
)


class PartnerCreditDecision(models.Model):
    _inherit = "partner.credit.decision"

    def _make_evidence(self):
        """Sources, dates and values behind a decision, as JSON.

        sudo: the evidence is complete whoever decides; it is shown by rights.
        """
        self.ensure_one()
        decision = self.sudo()
        entity = decision.partner_id.with_company(decision.company_id)
        policy = decision.env["partner.credit.policy"]._of(decision.company_id)
        facts, found = policy._assess(entity)[entity.id]
        return {
            "on": fields.Datetime.to_string(fields.Datetime.now()),
            "customer": {
                "name": entity.registry_legal_name or entity.name,
                "siren": entity.l10n_fr_siren or None,
                "register_date": _text(entity.registry_register_date),
            },
            "currency": decision.currency_id.name,
            "facts": facts.as_json(),
            "assessment": {
                "row": found.row,
                "level": found.level,
                "action": found.action,
                "reasons": [reason.as_json() for reason in found.reasons],
            },
            "exposure": asdict(
                entity._credit_exposures(decision.company_id)[entity.id]
            ),
            "behaviour": entity._payment_behaviours(decision.company_id)[
                entity.id
            ]._asdict(),
            "files": [
                {
                    "source": file.source_id.name,
                    "updated_on": _text(file.updated_on),
                    "currency": file.currency_id.name,
                    "proceeding_on": _text(file.proceeding_on),
                    **{name: file[name] or None for name in FILE_VALUES},
                }
                for file in entity._credit_files()
            ],
        }

    @api.depends("evidence")
    @api.depends_context("lang")
    def _compute_evidence_display(self):
        """Sections of rows as ``credit_facts`` shows them."""
        for decision in self:
            decision.evidence_display = (
                _Words(self.env, decision).sections() if decision.evidence else []
            )


class _Words:
    """A decision's evidence in the reader's language."""

    def __init__(self, env, decision):
        self.env = env
        self.evidence = decision.evidence
        self.currency = decision.currency_id

    def sections(self):
        return [self._bureaus(), self._exposure(), self._behaviour()]

    def _section(self, key, title, rows, columns=()):
        return {
            "key": key,
            "title": title,
            "help": "",
            "columns": list(columns),
            "rows": [
                {"key": name, "label": label, "help": "", "values": values}
                for name, label, *values in rows
            ],
            "empty": self.env._("Nothing was known."),
        }

    def _amount(self, amount, code=None):
        """An amount in the company's currency, or in one that a bureau named."""
        currency = self.currency
        if code and code != currency.name:
            currency = (
                self.env["res.currency"]
                .with_context(active_test=False)
                .search([("name", "=", code)])
            )
            if not currency:
                return f"{self._number(amount)}\N{NO-BREAK SPACE}{code}"
        return format_amount(self.env, amount or 0, currency, trailing_zeroes=False)

    def _number(self, value):
        value = float(value or 0)
        return formatLang(self.env, value, digits=0 if value.is_integer() else 1)

    def _day(self, moment):
        return format_date(self.env, moment[:10]) if moment else ""

    def _words_of(self, model, name, value):
        field = self.env[model]._fields[name]
        return dict(field._description_selection(self.env)).get(value, value or "")

    def _bureaus(self):
        files = self.evidence.get("files") or []

        def row(name, label, read):
            return (name, label, *(str(read(file) or "") for file in files))

        def word(name):
            return lambda file: self._words_of(
                "partner.credit.file", name, file.get(name)
            )

        rows = [
            row("rating", self.env._("Rating"), lambda file: file["rating"]),
            row("risk", self.env._("Rating description"), word("risk")),
            row(
                "score",
                self.env._("Solvency score"),
                lambda file: (
                    f"{self._number(file['score'])} / {self._number(file['score_max'])}"
                    if file["has_score"]
                    else ""
                ),
            ),
            row("risk_class", self.env._("Risk class"), word("risk_class")),
            row(
                "credit_limit",
                self.env._("Recommended limit"),
                lambda file: (
                    self._amount(file["credit_limit"], file["currency"])
                    if file["has_credit_limit"]
                    else ""
                ),
            ),
            row("proceeding", self.env._("Proceedings"), word("proceeding")),
            row(
                "updated_on",
                self.env._("Last update"),
                lambda file: self._day(file["updated_on"]),
            ),
        ]
        return self._section(
            "bureaus",
            self.env._("Credit bureaus"),
            rows if files else [],
            [file["source"] for file in files],
        )

    def _exposure(self):
        exposure = self.evidence.get("exposure") or {}
        labels = {
            "receivable": self.env._("Receivable"),
            "overdue": self.env._("Overdue"),
            "draft_invoices": self.env._("Draft invoices"),
            "orders_to_invoice": self.env._("Orders to invoice"),
            "in_progress": self.env._("Bills and payments in progress"),
            "guaranteed": self.env._("Guaranteed"),
        }
        rows = [
            (name, label, self._amount(exposure.get(name)))
            for name, label in labels.items()
        ]
        return self._section("exposure", self.env._("Exposure"), rows)

    def _behaviour(self):
        behaviour = self.evidence.get("behaviour") or {}

        def days(name):
            value = behaviour.get(name)
            if value is None:
                return ""
            return self._number(value)

        late = behaviour.get("share_late")
        rows = [
            (
                "turnover",
                self.env._("Turnover of the last 12 months"),
                self._amount(behaviour.get("turnover")),
            ),
            (
                "average_delay",
                self.env._("Average delay (days)"),
                days("average_delay"),
            ),
            (
                "share_late",
                self.env._("Paid late (%)"),
                "" if late is None else f"{100 * late:.0f}",
            ),
            ("dso", self.env._("DSO (days)"), days("dso")),
        ]
        return self._section("behaviour", self.env._("Payment behaviour"), rows)


def _text(moment):
    return fields.Datetime.to_string(moment) if moment else None
