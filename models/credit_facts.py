"""The facts of a bureau's report in words: sections of rows, as screens show them.

Facts are those of ``connectors.credit.CreditFacts`` as kept in Json (dates as text).
A section is a dict: ``key``, ``title``, ``columns`` (headings, or none), ``rows`` and
``empty`` (what to say without rows). A row has ``key``, ``label``, ``help`` and
``values``, one text a column; what is not known is an empty text, never a zero.
"""

from odoo import fields
from odoo.tools import format_date
from odoo.tools.misc import formatLang

# Figures by year: what people read first, with the connector's names.
_FIGURES = ("turnover", "equity", "net_result", "operating_profit", "employees")
_YEARS_SHOWN = 5


class CreditFactsWords:
    """Words for one report's facts, in the language of the environment."""

    def __init__(self, env, facts):
        self.env = env
        self.facts = facts or {}
        currencies = env["res.currency"].with_context(active_test=False).search([])
        self._symbols = {currency.name: currency.symbol for currency in currencies}

    def sections(self):
        """The sections in the order of the screen."""
        if not self.facts:
            return []
        classes = [self._classes()] if self.facts.get("risk_classes") else []
        return [
            self._figures(),
            *classes,
            self._judgments(),
            self._proceedings(),
            self._privileges(),
            self._payment(),
            self._legal(),
            self._officers(),
            self._group(),
            self._history(),
        ]

    def compared_sections(self):
        """The same after the assessment, which screens show by other means."""
        return [self._assessment(), *self.sections()] if self.facts else []

    # === Sections === #

    def _assessment(self):
        get = self.facts.get
        currency = self._currency()
        rows = self._known(
            ("rating", self.env._("Rating"), self._rating()),
            ("score", self.env._("Solvency score"), self._number(get("score"))),
            (
                "credit_limit",
                self.env._("Credit limit"),
                self._amount(get("credit_limit"), currency),
            ),
            (
                "contract_limit",
                self.env._("Contract limit"),
                self._amount(
                    get("contract_limit"), get("contract_limit_currency") or currency
                ),
            ),
        )
        title = self.env._("Financial assessment")
        return self._section("assessment", title, rows)

    def _rating(self):
        """The letter; E says by itself whether the company failed or is not rated."""
        if self.facts.get("is_failing"):
            return self.env._("E – failing")
        if self.facts.get("is_rated") is False:
            return self.env._("E – not rated")
        return self.facts.get("rating") or ""

    def _figures(self):
        figures = sorted(
            (
                year
                for year in self.facts.get("key_figures") or []
                if year.get("period_end")
            ),
            key=lambda year: year["period_end"],
            reverse=True,
        )[:_YEARS_SHOWN]
        labels = {
            "turnover": self.env._("Turnover"),
            "equity": self.env._("Equity"),
            "net_result": self.env._("Net result"),
            "operating_profit": self.env._("Operating profit"),
            "employees": self.env._("Employees"),
        }
        rows = [
            self._row(key, labels[key], *(self._figure(year, key) for year in figures))
            for key in _FIGURES
        ]
        rows = [row for row in rows if any(row["values"])]
        return self._section(
            "figures",
            self.env._("Key figures"),
            rows,
            columns=[self._date(year["period_end"]) for year in figures],
        )

    def _figure(self, year, key):
        if key == "employees":
            return self._number(year.get(key))
        return self._amount(year.get(key), year.get("currency"))

    def _judgments(self):
        rows = [
            self._row(
                f"judgment-{judgment.get('decided_on')}-{judgment.get('code')}",
                self._date(judgment.get("decided_on")),
                self._words(judgment, "label", "court", "details"),
            )
            for judgment in self._newest("judgments")
        ]
        return self._section(
            "judgments",
            self.env._("Judgments"),
            rows,
            empty=self._nothing("negativeInformation"),
        )

    def _proceedings(self):
        rows = [
            self._row(
                f"proceeding-{step.get('decided_on')}-{step.get('kind')}"
                f"-{step.get('source')}",
                self._date(step.get("decided_on") or step.get("published_on")),
                self._words(step, "label", "court", "details"),
            )
            for step in self._newest("proceedings")
        ]
        # Court, register and gazette tell of the same step in the same words.
        rows = {(row["label"], *row["values"]): row for row in reversed(rows)}
        rows = list(reversed(rows.values()))
        return self._section(
            "proceedings",
            self.env._("Collective proceedings"),
            rows,
            empty=self._nothing("negativeInformation"),
        )

    def _privileges(self):
        privileges = self.facts.get("privileges") or {}
        rows = self._known(
            ("number", self.env._("Number"), self._number(privileges.get("number"))),
            (
                "social_security",
                self.env._("Social security"),
                self._number(privileges.get("social_security")),
            ),
            (
                "tax_office",
                self.env._("Tax office"),
                self._number(privileges.get("tax_office")),
            ),
            (
                "amount",
                self.env._("Amount"),
                self._amount(
                    privileges.get("amount"),
                    privileges.get("currency") or self._currency(),
                ),
            ),
            (
                "has_open",
                self.env._("Still open"),
                self._flag(privileges.get("has_open")),
            ),
        )
        return self._section(
            "privileges",
            self.env._("Privileges"),
            rows,
            help=self.env._(
                "Preferential claims that the tax office or social security had "
                "registered because they were not paid."
            ),
        )

    def _payment(self):
        payment = self.facts.get("payment") or {}
        late = self.env._(
            "How many days after the due date the company pays on average."
        )
        rows = self._known(
            (
                "paydex",
                self.env._("Paydex (index)"),
                self._number(payment.get("paydex")),
            ),
            (
                "previous_paydex",
                self.env._("Paydex three months before"),
                self._number(payment.get("previous_paydex")),
            ),
            (
                "industry_paydex",
                self.env._("Paydex of its industry"),
                self._number(payment.get("industry_paydex")),
            ),
            (
                "overdue_total",
                self.env._("Overdue at its suppliers"),
                self._amount(payment.get("overdue_total"), self._currency()),
            ),
            (
                "dbt",
                self.env._("Days beyond terms (DBT)"),
                self._number(payment.get("dbt")),
                late,
            ),
            (
                "industry",
                self.env._("Its industry"),
                self._number(payment.get("industry_dbt")),
            ),
            (
                "company_exposure",
                self.env._("Exposure indicator"),
                self._number(self.facts.get("company_exposure")),
            ),
        )
        return self._section("payment", self.env._("Payment behaviour"), rows)

    def _classes(self):
        labels = {
            "failure": self.env._("Failure score"),
            "delinquency": self.env._("Late payment score"),
            "risk_indicator": self.env._("Risk indicator"),
        }
        rows = [
            self._row(
                f"class-{one.get('kind')}",
                labels.get(one.get("kind"), one.get("kind")),
                " · ".join(
                    filter(
                        None,
                        (
                            self._number(one.get("value")),
                            one.get("rating"),
                            one.get("label"),
                        ),
                    )
                ),
            )
            for one in self.facts.get("risk_classes") or []
        ]
        return self._section("classes", self.env._("Bureau's classes"), rows)

    def _legal(self):
        facts = self.facts
        rows = self._known(
            ("legal_name", self.env._("Legal name"), facts.get("legal_name")),
            ("acronym", self.env._("Acronym"), facts.get("acronym")),
            (
                "trade_names",
                self.env._("Trade name"),
                ", ".join(facts.get("trade_names") or ()),
            ),
            (
                "capital",
                self.env._("Share capital"),
                self._amount(facts.get("capital"), facts.get("capital_currency")),
            ),
            ("rcs", self.env._("RCS number"), facts.get("rcs")),
            ("vat_number", self.env._("VAT number"), facts.get("vat_number")),
            (
                "legal_form_label",
                self.env._("Legal form"),
                facts.get("legal_form_label"),
            ),
            (
                "activity",
                self.env._("Activity"),
                " · ".join(
                    filter(
                        None,
                        (
                            facts.get("naf") or facts.get("activity_code"),
                            facts.get("activity_label"),
                        ),
                    )
                ),
            ),
            (
                "registration_date",
                self.env._("Registered on"),
                self._date(facts.get("registration_date")),
            ),
            (
                "branches",
                self.env._("Establishments"),
                self._number(facts.get("branches")),
            ),
            ("status", self.env._("Status"), facts.get("status_description")),
        )
        return self._section("legal", self.env._("Legal facts"), rows)

    def _officers(self):
        rows = [
            self._row(
                f"officer-{officer.get('name')}",
                officer.get("function") or "",
                officer.get("name") or "",
            )
            for officer in self.facts.get("officers") or []
        ]
        return self._section("officers", self.env._("Officers"), rows)

    def _group(self):
        group = self.facts.get("group") or {}
        subsidiaries = group.get("subsidiaries") or []
        rows = self._known(
            (
                "ultimate_parent",
                self.env._("Ultimate parent"),
                self._member(group.get("ultimate_parent")),
            ),
            (
                "immediate_parent",
                self.env._("Immediate parent"),
                self._member(group.get("immediate_parent")),
            ),
            (
                "subsidiaries",
                self.env._("Subsidiaries"),
                ", ".join(filter(None, map(self._member, subsidiaries))),
            ),
        )
        return self._section("group", self.env._("Group"), rows)

    def _history(self):
        entries = sorted(
            self.facts.get("history") or [],
            key=lambda entry: entry.get("happened_on") or "",
            reverse=True,
        )
        rows = [
            self._row(
                f"history-{entry.get('happened_on')}-{entry.get('text')}",
                self._date(entry.get("happened_on")),
                entry.get("text") or "",
            )
            for entry in entries
        ]
        return self._section("history", self.env._("History"), rows)

    # === Parts === #

    def _section(self, key, title, rows, columns=(), empty=None, help=""):
        return {
            "key": key,
            "title": title,
            "help": help,
            "columns": list(columns),
            "rows": rows,
            "empty": empty or self.env._("Not disclosed"),
        }

    def _row(self, key, label, *values, help=""):
        return {"key": key, "label": label, "help": help, "values": list(values)}

    def _known(self, *rows):
        """Rows of (key, label, value[, help]) whose value is known."""
        return [
            self._row(row[0], row[1], row[2], help=row[3] if len(row) > 3 else "")
            for row in rows
            if row[2]
        ]

    def _nothing(self, part):
        """An empty list is good news only where the bureau sent that part."""
        unknown = (self.facts.get("missing_sections") or []) + (
            self.facts.get("failed_sections") or []
        )
        if part in unknown or self.facts.get("has_legal_facts") is False:
            return self.env._("Not disclosed")
        return self.env._("None known")

    def _newest(self, key):
        return sorted(
            self.facts.get(key) or [],
            key=lambda item: item.get("decided_on") or item.get("published_on") or "",
            reverse=True,
        )

    def _words(self, item, *keys):
        return " · ".join(filter(None, (item.get(key) for key in keys)))

    def _member(self, member):
        if not member:
            return ""
        return " ".join(
            filter(
                None,
                (
                    member.get("name"),
                    member.get("country_code") and f"({member['country_code']})",
                ),
            )
        )

    def _currency(self):
        return self.facts.get("credit_limit_currency")

    def _amount(self, value, currency):
        if value is None:
            return ""
        text = formatLang(self.env, value, digits=0)
        if not currency:
            return text
        return f"{text}\N{NO-BREAK SPACE}{self._symbols.get(currency, currency)}"

    def _flag(self, value):
        if value is None:
            return ""
        return self.env._("Yes") if value else self.env._("No")

    def _number(self, value):
        if value is None:
            return ""
        return formatLang(self.env, value, digits=0 if value == int(value) else 1)

    def _date(self, value):
        if not value:
            return ""
        return format_date(self.env, fields.Date.to_date(value))


def compared(env, facts, previous):
    """Facts beside the previous report's, as sections of rows.

    A row has ``label``, ``value``, ``previous`` and ``is_changed``; figures have one
    row a year. Without a previous report nothing is marked.
    """
    before = {
        (section["key"], row["key"]): row
        for section in map(_flat, CreditFactsWords(env, previous).compared_sections())
        for row in section["rows"]
    }
    sections = []
    for section in map(_flat, CreditFactsWords(env, facts).compared_sections()):
        rows = []
        for row in section["rows"]:
            old = before.pop((section["key"], row["key"]), None)
            rows.append(_compared_row(row["label"], row["value"], old, previous))
        gone = [key for key in before if key[0] == section["key"]]
        for key in gone:
            old = before.pop(key)
            rows.append(_compared_row(old["label"], "", old, previous))
        sections.append({**section, "rows": rows})
    return sections


def _compared_row(label, value, old, previous):
    text = old["value"] if old else ""
    return {
        "label": label,
        "value": value,
        "previous": text,
        "is_changed": bool(previous) and text != value,
    }


def _flat(section):
    """The section with one value a row."""
    rows = []
    for row in section["rows"]:
        if section["columns"]:
            rows += [
                {
                    "key": f"{row['key']}-{column}",
                    "label": f"{row['label']} · {column}",
                    "value": value,
                }
                for column, value in zip(section["columns"], row["values"], strict=True)
                if value
            ]
        else:
            rows.append(
                {
                    "key": row["key"],
                    "label": row["label"],
                    "value": " · ".join(row["values"]),
                }
            )
    return {**section, "rows": rows}
