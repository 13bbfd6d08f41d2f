"""Purchases by processes that are killed and that meet each other."""

import pytest

CALLS = "SELECT state FROM partner_data_call ORDER BY id"


@pytest.fixture
def account(laboratory, workshop, installed, request):
    """A database with an account at the sandbox, and partners; name and ids."""
    laboratory.control("reset")
    database = laboratory.clone(installed, request.node.name[:30])
    partners, errors = workshop.call(
        "credit_steps.prepare",
        database,
        url=laboratory.url,
        establishments=laboratory.sample(2),
    )
    assert errors == []
    yield database, partners
    laboratory.control("reset")
    laboratory.drop(database)


def bought(laboratory):
    return laboratory.control("creditsafe", "GET")["reports_bought"]


def test_killed_while_the_report_is_ordered(laboratory, workshop, account):
    database, (partner, _other) = account
    laboratory.control(
        "faults",
        kind="slow",
        service="creditsafe",
        path_contains="/companies/FR-X",
        seconds=6,
        times=1,
    )
    killed, _errors = workshop.call(
        "credit_steps.kill_while_ordering", database, partner_id=partner, seconds=3
    )
    assert killed
    assert laboratory.query(database, CALLS) == ["pending"]
    refusal, _errors = workshop.call("credit_steps.buy", database, partner_id=partner)
    assert refusal
    assert laboratory.query(database, CALLS) == ["unknown"]
    assert bought(laboratory) <= 1


def test_four_processes_buy_one_report(laboratory, workshop, account):
    database, (partner, _other) = account
    codes, _errors = workshop.call(
        "credit_steps.buy_together", database, partner_id=partner, workers=4
    )
    assert 0 in codes
    assert bought(laboratory) == 1
    assert laboratory.query(database, CALLS).count("done") == 1
    refusal, _errors = workshop.call("credit_steps.buy", database, partner_id=partner)
    assert refusal is None
    assert bought(laboratory) == 1
    linked = "SELECT 1 FROM res_partner WHERE credit_file_id IS NOT NULL"
    assert laboratory.query(database, linked) == ["1"]


def test_many_sessions_share_one_log_in(laboratory, workshop, account):
    database, _partners = account
    failures, _errors = workshop.call(
        "credit_steps.read_tokens_together", database, threads=8
    )
    assert failures == []
    assert laboratory.control("creditsafe", "GET")["log_ins"] == 1
