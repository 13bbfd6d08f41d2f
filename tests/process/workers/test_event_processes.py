"""Events read by processes that are killed and that meet each other."""

import pytest

COMPANIES = 150
EVENTS = 4000
COUNT = "SELECT COUNT(*) FROM partner_credit_event"
PENDING = f"{COUNT} WHERE is_pending"
# One activity a customer, whoever has read the events.
ACTIVITIES = """
    SELECT COUNT(*) FROM mail_activity activity
      JOIN mail_activity_type kind ON kind.id = activity.activity_type_id
     WHERE activity.res_model = 'res.partner' AND kind.icon = 'fa-bell'
"""
CUSTOMERS_TOLD = """
    SELECT COUNT(DISTINCT rel.partner_id)
      FROM partner_credit_event event
      JOIN partner_credit_file_partner_rel rel ON rel.file_id = event.file_id
     WHERE event.is_urgent
"""
UNTOLD = f"""
    {COUNT} event
      JOIN partner_credit_file_partner_rel rel ON rel.file_id = event.file_id
     WHERE event.is_urgent AND event.activity_id IS NULL
"""


@pytest.fixture(scope="module")
def monitored(laboratory, workshop, installed):
    """A database with customers in a portfolio to which a lot has happened."""
    laboratory.control("reset")
    laboratory.control("creditsafe/contract", monitoring={"paid": 9000, "used": 0})
    database = laboratory.clone(installed, "monitored")
    number, errors = workshop.call("event_steps.prepare", database, url=laboratory.url)
    assert errors == []
    laboratory.control("creditsafe/monitor", portfolio_id=number, count=COMPANIES)
    assert workshop.call("event_steps.read", database) == (0, [])
    assert workshop.call("event_steps.make_customers", database)[0] > 100
    made = laboratory.control("creditsafe/events", portfolio_id=number, count=EVENTS)
    laboratory.control("latency", ms=300)
    yield database, made["count"]
    laboratory.control("reset")
    laboratory.drop(database)


@pytest.fixture
def unread(laboratory, monitored, request):
    """A copy of that database: to read changes nothing at the bureau."""
    database, count = monitored
    copy = laboratory.clone(database, request.node.name[:30])
    yield copy, count
    laboratory.drop(copy)


def check_once(laboratory, workshop, database, count):
    """Nothing is lost, nothing is doubled, everybody was told."""

    def one(sql):
        return int(laboratory.query(database, sql)[0])

    assert one(COUNT) == count
    assert one(PENDING) == 0
    assert one(UNTOLD) == 0
    assert one(ACTIVITIES) == one(CUSTOMERS_TOLD) > 50
    assert workshop.call("event_steps.read", database) == (0, [])
    assert one(COUNT) == count


@pytest.mark.parametrize("seconds", [1, 2, 3])
def test_killed_while_reading(laboratory, workshop, unread, seconds):
    database, count = unread
    killed, _errors = workshop.call(
        "event_steps.kill_while_reading", database, seconds=seconds
    )
    assert killed or seconds > 1
    _count, errors = workshop.call("event_steps.read", database)
    assert errors == []
    check_once(laboratory, workshop, database, count)


def test_four_processes_read_at_once(laboratory, workshop, unread):
    database, count = unread
    codes, errors = workshop.call("event_steps.read_together", database, workers=4)
    assert codes == [0, 0, 0, 0]
    assert errors == []
    check_once(laboratory, workshop, database, count)
