"""How well partners are found: the right company first, and what it costs.

The register is asked for companies, these are badly written as partners are
(``noisy_partners``), and each is looked up with nothing but name and address.
"""

import json
import urllib.request
from collections import Counter
from time import perf_counter

from odoo.addons.partner_company_data.connectors.datatypes import SearchCriteria
from odoo.addons.partner_company_data.connectors.matching import rank
from odoo.addons.partner_company_data.connectors.registry import make_registry

from .noisy_partners import noisy_partners

#: Where the sandbox has each register.
_MOUNTS = {
    "opendatasoft": "/opendatasoft/api/explore/v2.1",
    "recherche_entreprises": "/recherche-entreprises",
}


def run(
    base_url: str, count: int = 500, seed: int = 0, code: str = "opendatasoft"
) -> dict:
    """Look up noisy partners.

    :param base_url: of the sandbox
    :param code: which register's connector
    :return: ``partners`` looked up, ``top1`` share (0–1) whose right company came
        first, ``top5`` share among the first five, ``requests_per_partner`` on
        average, ``seconds``, and ``missed_by_defect``
    """
    options = {"min_interval": 0} if code == "recherche_entreprises" else {}
    registry = make_registry(code, base_url + _MOUNTS[code], **options)
    partners = noisy_partners(
        _sample(base_url, count, seed), seed, register=_sample(base_url, 10**6, seed)
    )
    started = perf_counter()
    first = among_five = 0
    missed = Counter()
    for partner in partners:
        criteria = SearchCriteria(
            name=partner.name, street=partner.street, zip=partner.zip, city=partner.city
        )
        candidates = rank(criteria, registry.lookup(criteria))
        sirens = list(dict.fromkeys(item.establishment.siren for item in candidates))
        first += sirens[:1] == [partner.siren]
        among_five += partner.siren in sirens[:5]
        if sirens[:1] != [partner.siren]:
            missed.update(partner.defects)
    registry.close()
    return {
        "partners": len(partners),
        "top1": first / len(partners),
        "top5": among_five / len(partners),
        "requests_per_partner": registry.requests_made / len(partners),
        "seconds": perf_counter() - started,
        "missed_by_defect": dict(missed),
    }


def _sample(base_url: str, count: int, seed: int) -> list[dict]:
    address = f"{base_url}/control/sample?count={count}&seed={seed}"
    with urllib.request.urlopen(address, timeout=60) as answer:
        return json.load(answer)["results"]
