"""A credit manager's work in the database that dev/run shows."""

import datetime
from collections import defaultdict

from . import databases, scheduled_action
from .environment import Environment
from .remote_user import RemoteUser
from .trial_credit import customers, query_beside_odoo

# Paid invoices of the last quarters: product, quantity, days until they were paid.
_REGULAR = {
    "soreval": ("carton", 340, 30),
    "conserveries": ("carton", 290, 30),
    "chantiers": ("caisse", 110, 30),
    "nord_logistique": ("palette", 1150, 68),
    "guichard": ("palette", 560, 68),
    "orphea_france": ("sac", 210, 30),
    "brossette": ("adhesif", 24, 30),
}
_INVOICED = (76, 170, 262)
# Bills of suppliers that are not paid yet: what for, and the amount.
_BILLS = {
    "orphea_logistique": ("Transport, septembre", 3_480),
    "vandenbroucke": ("Papier kraft, 12 bobines", 5_160),
    "novalys": ("Conseil en logistique", 1_900),
}
_POLICY = {"approval_above": 50_000, "medium_from": 10_000, "large_from": 40_000}
_GUARANTEES = (
    {
        "customer": "soreval",
        "kind": "insurance",
        "insurer": "Assurance-crédit du Rhône",
        "reference": "AC-20417",
        "amount": 50_000,
    },
    {
        "customer": "nord_logistique",
        "kind": "insurance",
        "insurer": "Assurance-crédit du Rhône",
        "reference": "AC-20488",
        "amount": 20_000,
    },
    {"customer": "guichard", "kind": "surety", "insurer": "Paul Guichard"},
    {"customer": "velocite", "kind": "deposit", "amount": 1_500},
)
# Limits that were granted: of the last one, a second person has not approved yet.
_DECISIONS = {
    "soreval": (60_000, "Client depuis 2014, couvert par l'assurance-crédit."),
    "conserveries": (40_000, "Comptes 2025 reçus ; Altares à revoir."),
    "nord_logistique": (35_000, "Jusqu'à la fin de la campagne d'été."),
    "rhonalpes": (30_000, "Grand compte, retards expliqués par le service achats."),
    "guichard": (15_000, "Caution personnelle du dirigeant."),
    "brossette": (6_000, "Paie toujours à l'échéance."),
    "gratte_ciel": (8_000, "Limite d'usage."),
    "secercfu": (12_000, "Deux commandes par an."),
    "sgte": (4_000, "Chantiers publics, paie à 45 jours."),
    "orphea_france": (90_000, "Commandes groupées pour les fêtes de fin d'année."),
}
_DUE = ("gratte_ciel", "secercfu")
# Months that trends show: what customers owed then, in parts of what they owe now.
_RECORDS = """
    SELECT name, res_id FROM ir_model_data
    WHERE module = 'partner_company_data' AND model = '{model}'
"""
_MONTHS = """
    INSERT INTO partner_credit_snapshot (
        company_id, unit, partner_id, currency_id, date,
        receivable, overdue, exposure, guaranteed, not_guaranteed,
        granted_limit, bureau_limit, risk_class
    )
    SELECT company_id, unit, partner_id, currency_id,
           (date - make_interval(months => month))::date,
           round(receivable * part), round(overdue * part * part),
           round(exposure * part), LEAST(guaranteed, round(exposure * part)),
           round(exposure * part) - LEAST(guaranteed, round(exposure * part)),
           CASE WHEN month < 6 THEN granted_limit END, bureau_limit, risk_class
      FROM partner_credit_snapshot
CROSS JOIN generate_series(1, 9) month
CROSS JOIN LATERAL (
               SELECT 0.35 + abs(hashint4(unit + month)) % 60 / 100.0
                      + 0.03 * (9 - month) AS part
           ) AS parts
     WHERE date = date_trunc('month', current_date)
        ON CONFLICT DO NOTHING
"""


def work(environment: Environment, name: str, port: int) -> None:
    """What a credit manager has done, and has been paid, over the months."""
    ids = customers(environment, name)
    _Work(environment, name, port, ids).do()


def look(environment: Environment, name: str, port: int) -> None:
    """Assess the customers as they are now; alerts fire, the month is kept."""
    for cron in ("cron_credit_assessment", "cron_credit_alert", "cron_credit_snapshot"):
        scheduled_action.run_now(environment, name, port, cron)
    query_beside_odoo(environment, name, _MONTHS)


def _records(environment: Environment, name: str, model: str) -> dict[str, int]:
    """Ids of the addon's records of a model, by the name that its files give them."""
    rows = databases.query(environment, _RECORDS.format(model=model), database=name)
    return {xmlid: int(record) for xmlid, record in (row.split("|") for row in rows)}


class _Work:
    """The steps, with whom they need."""

    def __init__(self, environment, name, port, ids):
        self.environment, self.name, self.port = environment, name, port
        self.ids = ids
        self.admin = RemoteUser(name, port, "admin")
        self.manager = RemoteUser(name, port, "claire")
        self.accountant = RemoteUser(name, port, "sophie")

    def do(self):
        self._sell()
        self._buy()
        self._keep_guarantees()
        # Decisions want an assessment; what is so from the beginning fires nothing.
        for cron in ("cron_credit_assessment", "cron_credit_alert"):
            scheduled_action.run_now(self.environment, self.name, self.port, cron)
        self._decide()

    def _sell(self):
        """Invoices of the last quarters, and when they were paid."""
        products = _records(self.environment, self.name, "product.product")
        today = datetime.date.today()
        invoices, paid = [], []
        term = self._term()
        for customer, (product, quantity, delay) in _REGULAR.items():
            for days in _INVOICED:
                invoiced = today - datetime.timedelta(days=days)
                paid.append(invoiced + datetime.timedelta(days=delay))
                line = {
                    "product_id": products[f"product_{product}"],
                    "quantity": quantity + days // 10,
                }
                invoices.append(
                    {
                        "move_type": "out_invoice",
                        "partner_id": self.ids[customer],
                        "invoice_date": str(invoiced),
                        "invoice_payment_term_id": term,
                        "invoice_line_ids": [(0, 0, line)],
                    }
                )
        moves = self.accountant("account.move", "create", invoices)
        self.accountant("account.move", "action_post", moves)
        by_day = defaultdict(list)
        for move, day in zip(moves, paid, strict=True):
            by_day[day].append(move)
        for day, settled in by_day.items():
            self._pay(settled, day)

    def _buy(self):
        """Bills of suppliers, for the list of their risk."""
        billed = datetime.date.today() - datetime.timedelta(days=20)
        bills = [
            {
                "move_type": "in_invoice",
                "partner_id": self.ids[supplier],
                "invoice_date": str(billed),
                "invoice_line_ids": [(0, 0, {"name": name, "price_unit": amount})],
            }
            for supplier, (name, amount) in _BILLS.items()
        ]
        moves = self.accountant("account.move", "create", bills)
        self.accountant("account.move", "action_post", moves)

    def _term(self):
        [[term, _name], *_others] = self.accountant(
            "account.payment.term", "name_search", "30"
        )
        return term

    def _pay(self, moves, day):
        context = {"active_model": "account.move", "active_ids": moves}
        model = "account.payment.register"
        values = {"payment_date": str(day), "group_payment": False}
        payment = self.accountant(model, "create", values, **context)
        self.accountant(model, "action_create_payments", [payment], **context)

    def _keep_guarantees(self):
        self.manager(
            "partner.credit.guarantee",
            "create",
            [
                {"amount": 10_000}
                | {key: value for key, value in one.items() if key != "customer"}
                | {"partner_id": self.ids[one["customer"]]}
                for one in _GUARANTEES
            ],
        )

    def _decide(self):
        """Limits granted; above the policy's amount the administrator approves."""
        model = "partner.credit.policy"
        policy = self.manager(model, "action_open")["res_id"]
        claire = _records(self.environment, self.name, "res.users")["user_claire"]
        self.manager(model, "write", [policy], _POLICY | {"manager_id": claire})
        model, decisions = "partner.credit.decision", {}
        for customer, (limit, comment) in _DECISIONS.items():
            values = {"limit": limit, "comment": comment}
            values["partner_id"] = self.ids[customer]
            decisions[customer] = self.manager(model, "create", values)
        self.manager(model, "action_submit", list(decisions.values()))
        self.admin(model, "action_approve", [decisions["soreval"]])
        due = [decisions[customer] for customer in _DUE]
        past = datetime.date.today() - datetime.timedelta(days=4)
        self.manager(model, "write", due, {"review_on": str(past)})
