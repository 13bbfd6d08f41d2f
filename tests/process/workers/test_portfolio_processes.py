"""Portfolios filled by processes that are killed and that meet each other."""

import pytest

# Four batches; a worker is killed in the first one, between two, and in the last one.
PARTNERS = 80
KILLED_AT = (5, 40, 62)
STATES = """
    SELECT state || ' ' || COUNT(*) FROM partner_credit_portfolio_line
     GROUP BY state ORDER BY state
"""
FILES = "SELECT COUNT(*) FROM partner_credit_file WHERE is_monitored"


@pytest.fixture
def waiting(laboratory, workshop, installed, request):
    """A database whose partners wait to be added to a portfolio."""
    laboratory.control("reset")
    laboratory.control("latency", ms=20)
    database = laboratory.clone(installed, request.node.name[:30])
    number, errors = workshop.call(
        "portfolio_steps.prepare",
        database,
        url=laboratory.url,
        establishments=laboratory.sample(PARTNERS),
    )
    assert errors == []
    yield database, number
    laboratory.control("latency", ms=0)
    laboratory.drop(database)


def monitored(laboratory, number):
    """How many companies a portfolio has at the sandbox."""
    state = laboratory.control("creditsafe", "GET")
    return next(one["companies"] for one in state["portfolios"] if one["id"] == number)


def test_a_killed_worker_loses_and_doubles_nothing(laboratory, workshop, waiting):
    database, number = waiting
    for companies in KILLED_AT:
        was_killed, _errors = workshop.call(
            "portfolio_steps.kill_while_working",
            database,
            url=laboratory.url,
            number=number,
            companies=companies,
        )
        assert was_killed
        assert companies <= monitored(laboratory, number) < PARTNERS
    _done, errors = workshop.call("portfolio_steps.work", database)
    assert errors == []
    assert laboratory.query(database, STATES) == [f"up_to_date {PARTNERS}"]
    assert laboratory.query(database, FILES) == [str(PARTNERS)]
    assert monitored(laboratory, number) == PARTNERS


def test_four_workers_share_the_work(laboratory, workshop, waiting):
    database, number = waiting
    codes, _errors = workshop.call("portfolio_steps.work_together", database, workers=4)
    assert codes == [0, 0, 0, 0]
    assert laboratory.query(database, STATES) == [f"up_to_date {PARTNERS}"]
    assert monitored(laboratory, number) == PARTNERS
    workshop.call("portfolio_steps.remove_all", database)
    codes, _errors = workshop.call("portfolio_steps.work_together", database, workers=4)
    assert codes == [0, 0, 0, 0]
    assert laboratory.query(database, STATES) == []
    assert laboratory.query(database, FILES) == ["0"]
    assert monitored(laboratory, number) == 0
