"""The sandbox as tests use it: its registers and its control address."""

import json
import urllib.request

from odoo.addons.partner_company_data.connectors.altares_iws import (
    AltaresIws,
    MonitoringOperations,
)
from odoo.addons.partner_company_data.connectors.creditsafe import Creditsafe
from odoo.addons.partner_company_data.connectors.dnb_direct_plus import DnbDirectPlus
from odoo.addons.partner_company_data.connectors.opendatasoft import OpenDataSoft
from odoo.addons.partner_company_data.connectors.recherche_entreprises import (
    RechercheEntreprises,
)

#: Names that the sandbox invents, where the real ones are not public.
IWS_MONITORING = MonitoringOperations(
    endpoint="CallistoSurveillanceSandbox/",
    start="startSurveillance",
    stop="stopSurveillance",
    alerts="listAlertes",
    mark_read="markAlerte",
)
IWS_EXTRA = {"getAvisSandbox": "risk"}
IWS_ELEMENTS = {
    "credit_limit": "getAvisSandbox/montantAvis",
    "paydex": "getAvisSandbox/paydexIndice",
    "dbt": "getAvisSandbox/retardJours",
    "privileges_number": "getAvisSandbox/privilegeNombre",
    "privileges_amount": "getAvisSandbox/privilegeMontant",
}


class StandIn:
    def __init__(self, url):
        self.url = url

    def control(self, path, body=None, method=None):
        request = urllib.request.Request(
            f"{self.url}/control/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method or ("GET" if body is None else "POST"),
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def reset(self):
        self.control("reset", {})

    def fault(self, kind, **options):
        self.control("faults", {"kind": kind, **options})

    def companies(self, case):
        return self.control(f"companies?case={case}")["results"]

    def opendatasoft(self, **options):
        return OpenDataSoft(f"{self.url}/opendatasoft/api/explore/v2.1", **options)

    def recherche_entreprises(self, **options):
        options.setdefault("min_interval", 0)
        self.control("quota", {"requests_per_second": None})
        return RechercheEntreprises(f"{self.url}/recherche-entreprises", **options)

    def creditsafe(self, **options):
        options.setdefault("username", "sandbox@example.com")
        options.setdefault("password", "sandbox-password")
        return Creditsafe(f"{self.url}/creditsafe/v1", **options)

    def dnb(self, **options):
        options.setdefault("key", "sandbox-key")
        options.setdefault("secret", "sandbox-secret")
        options.setdefault("calls_per_second", 1000)
        return DnbDirectPlus(f"{self.url}/dnb", **options)

    def altares_iws(self, **options):
        options.setdefault("login", "sandbox")
        options.setdefault("password", "sandbox-password")
        return AltaresIws(f"{self.url}/altares/iws/services", **options)

    def registry(self, code, **options):
        return getattr(self, code)(**options)
