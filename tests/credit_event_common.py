"""What the tests of monitoring events share: a portfolio that is told everything."""

from datetime import timezone

import requests

from odoo import fields

from odoo.addons.partner_company_data.connectors.credit_monitoring import (
    MonitoringEvent,
)

from .common import new_test_user
from .credit_common import PASSWORD, USER, CreditCase

RULES = {"XX": (101, 102, 104, 105, 107), "FR": (302, 704, 802, 1901, 1902)}


class CreditEventCase(CreditCase):
    """Four monitored customers, of whom the first has a quotation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_user = new_test_user(
            cls.env,
            "credit_reader",
            groups="base.group_user,partner_company_data.group_credit_reader",
        )
        cls.env["sale.order"].create({"partner_id": cls.partner.id})
        cls.bureau = Bureau(cls.sandbox_url)
        portfolio = cls.bureau.new_portfolio("Clients")
        cls.portfolio = cls.env["partner.credit.portfolio"].create(
            {
                "name": "Clients",
                "source_id": cls.credit.id,
                "user_id": cls.buyer.id,
                "create_action": True,
                "bureau_id": str(portfolio),
            }
        )
        cls.sirets = [one["siret"] for one in cls.establishments]
        for siret in cls.sirets:
            cls.bureau.monitor(portfolio, siret)
        cls.fetch()
        files = cls.env["partner.credit.file"].search(
            [("source_id", "=", cls.credit.id)]
        )
        ids = {file.bureau_id: file.id for file in files}
        cls.credit._link_files(
            [
                (partner.id, ids[f"FR-X-{siret}"])
                for partner, siret in zip(cls.partners, cls.sirets, strict=True)
            ]
        )
        # As if it had been read yesterday.
        files.updated_on = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        cls.keep_account()

    @classmethod
    def fetch(cls):
        """Read what is new; how many events were new."""
        cls.env.flush_all()
        count = cls.portfolio._fetch_events()
        cls.env.invalidate_all()
        return count

    def happen(self, index=0, **change):
        """Something happens to a monitored company; the numbers of its events."""
        return self.happen_all([{"company": self.sirets[index], **change}])

    def happen_all(self, changes):
        answer = self.control("POST", "creditsafe/events", events=changes)
        return answer["notification_event_ids"]

    def events(self, **values):
        return self.env["partner.credit.event"].search(
            [("source_id", "=", self.credit.id)]
            + [(name, "=", value) for name, value in values.items()]
        )

    def connector_event(self, **values):
        """An event of the first company as the connector reads it."""
        now = utc(fields.Datetime.now())
        return MonitoringEvent(
            **{
                "id": 1,
                "kind": "limit",
                "bureau_id": f"FR-X-{self.sirets[0]}",
                "siren": self.sirets[0][:9],
                "happened_at": now,
                "created_at": now,
                **values,
            }
        )

    def activities(self, *partners):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "in", [partner.id for partner in partners or self.partners]),
                (
                    "activity_type_id",
                    "=",
                    self.env.ref("partner_company_data.mail_activity_credit_event").id,
                ),
            ]
        )


def utc(moment):
    """A moment of the database as connectors write it."""
    return moment.replace(tzinfo=timezone.utc)


class Bureau:
    """The sandbox as the owner of the account uses it, beside the addon."""

    def __init__(self, url):
        self._url = f"{url}/creditsafe/v1"
        token = self._call("POST", "authenticate", username=USER, password=PASSWORD)
        self._headers = {"Authorization": f"Bearer {token['token']}"}

    def new_portfolio(self, name):
        """A portfolio with every rule active; its number."""
        made = self._call("POST", "monitoring/portfolios", name=name)
        number = made["portfolioId"]
        for country, codes in RULES.items():
            self._send(
                "PUT",
                f"monitoring/portfolios/{number}/eventRules/{country}",
                [
                    {"ruleCode": code, "isActive": 1, "ruleCountryCode": country}
                    for code in codes
                ],
            )
        return number

    def monitor(self, portfolio, siret):
        self._call(
            "POST",
            f"monitoring/portfolios/{portfolio}/companies",
            id=f"FR-X-{siret}",
            personalReference="",
            freeText="",
            personalLimit="",
        )

    def _call(self, method, path, **body):
        return self._send(method, path, body).json()

    def _send(self, method, path, body):
        answer = requests.request(
            method,
            f"{self._url}/{path}",
            json=body,
            headers=getattr(self, "_headers", None),
            timeout=30,
        )
        answer.raise_for_status()
        return answer
