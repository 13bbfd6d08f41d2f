"""Purchases by processes that are killed and that meet each other."""

import pytest

CALLS = "SELECT state FROM partner_data_call ORDER BY id"


@pytest.fixture
def account(laboratory, installed, request):
    """A database with an account at the sandbox, and partners; name and ids."""
    laboratory.control("reset")
    database = laboratory.clone(installed, request.node.name[:30])
    partners, errors = laboratory.call(
        "credit_steps.prepare", database, url=laboratory.url, siren_count=2
    )
    assert errors == []
    yield database, partners
    laboratory.control("reset")


def bought(laboratory):
    return laboratory.control("creditsafe", "GET")["reports_bought"]


def test_killed_while_the_report_is_ordered(laboratory, account):
    database, (partner, _other) = account
    laboratory.control(
        "faults",
        kind="slow",
        service="creditsafe",
        path_contains="/companies/FR-X",
        seconds=6,
        times=1,
    )
    answer, _errors = laboratory.call(
        "credit_steps.kill_while_ordering",
        target=database,
        partner_id=partner,
        seconds=3,
    )
    assert answer["killed"]
    assert laboratory.query(database, CALLS) == ["pending"]
    answer, _errors = laboratory.call("credit_steps.buy", database, partner_id=partner)
    assert answer["refusal"]
    assert laboratory.query(database, CALLS) == ["unknown"]
    assert bought(laboratory) <= 1


def test_four_processes_buy_one_report(laboratory, account):
    database, (partner, _other) = account
    answer, _errors = laboratory.call(
        "credit_steps.buy_together", target=database, partner_id=partner, workers=4
    )
    assert 0 in answer["codes"]
    assert bought(laboratory) == 1
    assert laboratory.query(database, CALLS).count("done") == 1
    answer, _errors = laboratory.call("credit_steps.buy", database, partner_id=partner)
    assert answer["refusal"] is None
    assert bought(laboratory) == 1
    linked = "SELECT 1 FROM res_partner WHERE credit_file_id IS NOT NULL"
    assert laboratory.query(database, linked) == ["1"]


def test_many_sessions_share_one_log_in(laboratory, account):
    database, _partners = account
    answer, _errors = laboratory.call(
        "credit_steps.read_tokens_together", database, threads=8
    )
    assert answer["failures"] == []
    assert laboratory.control("creditsafe", "GET")["log_ins"] == 1
