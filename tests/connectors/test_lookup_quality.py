"""Badly written partners are found, at the price of few requests."""

import sys
from time import process_time

import pytest
from conftest import REPOSITORY

from odoo.addons.partner_company_data.connectors import text

sys.path.insert(0, str(REPOSITORY))
from dev.benchmarks.lookups import run  # noqa: E402


@pytest.mark.parametrize("code", ["opendatasoft", "recherche_entreprises"])
def test_right_company_first(sandbox, code):
    sandbox.control("quota", {"requests_per_second": None})
    figures = run(sandbox.url, 150, seed=7, code=code)
    assert figures["partners"] == 150
    assert figures["top1"] >= 0.95
    assert figures["requests_per_partner"] <= 3


def test_comparisons_are_quick():
    """A nightly check compares some million times."""
    lines = [(f"{n} AV. DU GAL LECLERC", f"{n} AVENUE DU GENERAL LECLERC, {n}")
             for n in range(20_000)]  # fmt: skip
    started = process_time()
    for one, other in lines:
        assert not text.same_street(one, other)
        assert not text.same_name(one, other)
        assert not text.same_city(one, other)
    # 60,000 comparisons of texts never seen before, a tenth of a millisecond each.
    assert process_time() - started < 6
