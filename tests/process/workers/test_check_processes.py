"""Checks by processes that are killed, that meet each other, and that meet people."""

from collections import Counter

import pytest
import results
from conftest import COMPANIES

from dev.benchmarks import register

# As many partners as there are companies in the register.
PARTNERS = COMPANIES
CHANGED = 200
KILLS = 20


@pytest.fixture(scope="module")
def unchecked(laboratory, workshop, installed):
    """A database with partners of whom some differ from the register."""
    database = laboratory.clone(installed, "unchecked")
    chosen = register.choose(laboratory.store, PARTNERS)
    workshop.call(
        "dev.benchmarks.check_in_odoo.create_partners",
        database,
        url=laboratory.url,
        sirets=[siret for siret, _is_seat in chosen],
    )
    register.change_overnight(laboratory.url, chosen, CHANGED)
    yield database
    laboratory.control("reset")
    laboratory.drop(database)


@pytest.fixture
def copy(laboratory, unchecked, request):
    """A copy of that database for one test."""
    database = laboratory.clone(unchecked, request.node.name[:30])
    yield database
    laboratory.drop(database)


@pytest.fixture(scope="module")
def undisturbed(laboratory, workshop, unchecked):
    """What one worker leaves that nobody disturbs, and how long it takes."""
    database = laboratory.clone(unchecked, "undisturbed")
    answer, errors = workshop.call("check_steps.run_undisturbed", database)
    assert errors == []
    left = results.of_check(laboratory, database)
    assert len(left["links"]) == PARTNERS
    assert len(left["proposals"]) >= CHANGED // 2
    laboratory.drop(database)
    return left, answer["seconds"]


def test_killed_at_random_moments(laboratory, workshop, copy, undisturbed):
    expected, seconds = undisturbed
    answer, _errors = workshop.call(
        "check_steps.run_and_kill", copy, times=KILLS, seconds=seconds, seed=7
    )
    assert answer["last"] == [0]
    # The others had come to their end before.
    assert answer["killed"] >= KILLS // 2
    assert results.of_check(laboratory, copy) == expected
    assert laboratory.query(copy, results.DOUBLED) == []


def test_four_workers_at_once(laboratory, workshop, copy, undisturbed):
    expected, _seconds = undisturbed
    laboratory.control("requests", "DELETE")
    codes, errors = workshop.call("check_steps.run_together", copy, workers=4)
    assert codes == [0] * 4
    assert errors == []
    assert results.of_check(laboratory, copy) == expected
    assert laboratory.query(copy, results.RUN_COUNTS) == [str(PARTNERS)]
    asked = _times_asked(laboratory)
    assert len(asked) == PARTNERS
    assert set(asked.values()) == {1}


def test_people_at_work_meanwhile(laboratory, workshop, copy):
    answer, _errors = workshop.call(
        "check_steps.run_beside_people", copy, workers=2, seed=11
    )
    assert answer["codes"] == [0, 0]
    assert answer["people"] == [0, 0]
    states = laboratory.query(
        copy, "SELECT state, COUNT(*) FROM partner_data_link GROUP BY 1"
    )
    assert "never" not in str(states) and "failed" not in str(states)
    assert laboratory.query(copy, results.DOUBLED) == []
    edited = laboratory.query(
        copy, "SELECT street2 FROM res_partner WHERE ref = 'edited'"
    )
    assert edited and all(street2.startswith("Bâtiment") for street2 in edited)
    validated = laboratory.query(
        copy,
        "SELECT 1 FROM partner_update_proposal WHERE state = 'validated' LIMIT 1",
    )
    assert validated


def _times_asked(laboratory):
    """How often each SIRET was asked for by the workers' requests.

    Not counted: those that are asked about again when their seat is sought.
    """
    asked = Counter()
    for request in laboratory.control("requests?last=1000", "GET")["last"]:
        for where in request["query"].get("where", ()):
            sirets, _in, sirens = where.partition("siren in")
            sought = sirens.split('"')
            asked.update(
                word
                for word in sirets.split('"')
                if len(word) == 14 and word[:9] not in sought
            )
    return asked
