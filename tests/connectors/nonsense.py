"""Nonsense for answers of services, and what has to hold of whatever is read of it."""

import copy
import dataclasses
import functools
import json
import math
import re
from datetime import date, datetime

from hypothesis import strategies as st

from odoo.addons.partner_company_data.connectors import credit
from odoo.addons.partner_company_data.connectors.credit_monitoring import EVENT_KINDS

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CHOICES = {
    "rating": ("A", "B", "C", "D", "E"),
    "previous_rating": ("A", "B", "C", "D", "E"),
    "status": ("active", "ceased", "pending", "other"),
    "tone": ("positive", "negative"),
    **dict.fromkeys(
        ("profitability_trend", "liquidity_trend", "net_worth_trend", "payment_trend"),
        ("up", "flat", "down"),
    ),
}
#: May be below zero.
_SIGNED = (
    "turnover operating_profit net_result equity net_worth working_capital cash "
    "total_assets gross_operating_surplus_rate debtor_days creditor_days current_ratio "
    "liquidity_ratio latest_turnover latest_equity dbt industry_dbt region_dbt "
    "company_exposure activity_loss old_number new_number"
).split()


def assert_sensible(value, name=""):
    """Whatever was read has the right type, and lies where such values lie."""
    if value is None or isinstance(value, bool):
        return
    if names := _field_names(type(value)):
        for field in names:
            # A risk class has marks of its own.
            name = "" if isinstance(value, credit.RiskClass) else field
            assert_sensible(getattr(value, field), name)
        if isinstance(value, credit.CreditFacts):
            _assert_facts(value)
    elif isinstance(value, tuple):
        for item in value:
            assert_sensible(item, name)
    elif isinstance(value, str):
        assert value.strip() == value != ""
        assert not _UNPRINTABLE.search(value)
        assert len(value) <= 20000
        assert value in _CHOICES.get(name, (value,))
        if name == "currency" or name.endswith("_currency"):
            assert re.fullmatch("[A-Z]{3}", value)
        if name == "kind":
            assert value in (*credit.PROCEEDING_KINDS, *EVENT_KINDS)
    elif isinstance(value, (int, float)):
        assert math.isfinite(value)
        assert value >= 0 or name in _SIGNED
        assert name != "score" or value <= 1e15
    else:
        assert isinstance(value, (date, datetime))
        assert 1600 <= value.year <= 2100


@functools.cache
def _field_names(kind):
    """Names of a dataclass's fields; none for any other type."""
    if not dataclasses.is_dataclass(kind):
        return ()
    return tuple(field.name for field in dataclasses.fields(kind))


def _assert_facts(facts):
    assert facts.score_min < facts.score_max
    scores = [facts.score, *(point.score for point in facts.score_history)]
    assert all(
        facts.score_min <= score <= facts.score_max
        for score in scores
        if score is not None
    )
    if facts.is_rated:
        marks = facts.rating in ("A", "B", "C", "D") or facts.risk_classes
        assert marks or facts.score > 0
    days = [point.date for point in facts.score_history]
    assert days == sorted(set(days))


NONSENSE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        [
            "-1",
            "1e309",
            "nan",
            "Infinity",
            "1_000",
            "٣",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "2026-02-30",
            "[ND]",
            "x" * 5000,
            "\ud800",
            "\x00",
            "FR",
            "E",
        ]
    ),
    st.lists(st.one_of(st.none(), st.text(max_size=3), st.integers()), max_size=3),
    st.dictionaries(st.text(max_size=5), st.none(), max_size=2),
)


def _same_type(value):
    """Nonsense of the type that the published description promises."""
    if isinstance(value, bool) or value is None:
        return st.booleans()
    if isinstance(value, (int, float)):
        return st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    if isinstance(value, str):
        return st.one_of(st.text(max_size=30), st.from_regex(r"\A-?[0-9]{1,20}\Z"))
    return st.just(type(value)())


def places_in(value, path=()):
    """Paths of everything in a JSON value, the value itself apart."""
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in items:
        yield (*path, key)
        yield from places_in(item, (*path, key))


def spoilt_in_each_place(original, values):
    """The answer with each of these values in turn in each single place."""
    answer = copy.deepcopy(original)
    for path in places_in(original):
        parent = value_at(answer, path[:-1])
        old = parent[path[-1]]
        for value in values:
            parent[path[-1]] = value
            yield answer
        parent[path[-1]] = old


def value_at(value, path):
    for key in path:
        value = value[key]
    return value


def spoilt(original):
    """Copies of an answer with a few values replaced, and some taken away."""
    places = st.lists(st.sampled_from([*places_in(original)]), min_size=1, max_size=6)
    return _spoilt(json.dumps(original), places)


@st.composite
def _spoilt(draw, text, places):
    answer = json.loads(text)
    for path in draw(places):
        try:
            parent = value_at(answer, path[:-1])
            old = parent[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue
        if not isinstance(parent, (dict, list)):
            continue
        if isinstance(parent, dict) and draw(st.integers(0, 4)) == 0:
            del parent[path[-1]]
        elif draw(st.booleans()):
            parent[path[-1]] = draw(_same_type(old))
        else:
            parent[path[-1]] = draw(NONSENSE)
    return answer
