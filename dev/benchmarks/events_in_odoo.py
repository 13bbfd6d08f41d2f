"""The steps of the events' benchmark that run inside Odoo, in a process each."""

import json
import resource
from dataclasses import replace
from datetime import timedelta
from time import perf_counter

import requests

from odoo import fields, sql_db

PAGE = 1000


def _source(env):
    return env["partner.data.source"].search([("code", "=", "creditsafe")])


def _portfolio(env):
    return env["partner.credit.portfolio"].search([])


def create_portfolio(env, url):
    """An account at the sandbox, and an empty portfolio that is told everything."""
    source = env["partner.data.source"].create(
        {
            "name": "Creditsafe",
            "code": "creditsafe",
            "kind": "credit",
            "state": "enabled",
            "company_id": env.ref("base.main_company").id,
            "base_url": f"{url}/creditsafe/v1",
            "username": "sandbox@example.com",
            "password": "sandbox-password",
            "timeout": 120,
        }
    )
    env.cr.commit()
    with source._open_connector() as connector:
        number = connector.create_portfolio("Bench").id
        for country in ("XX", "FR"):
            rules = connector.event_rules(country, portfolio_id=number)
            rules = [replace(rule, is_active=True) for rule in rules]
            connector.set_event_rules(number, country, rules)
    env["partner.credit.portfolio"].create(
        {
            "name": "Bench",
            "source_id": source.id,
            "user_id": env.ref("base.user_admin").id,
            "create_action": True,
            "bureau_id": str(number),
        }
    )
    env.cr.commit()
    return {"portfolio_id": number}


def portfolio(env):
    """The portfolio's number at the bureau."""
    return {"portfolio_id": int(_portfolio(env).bureau_id)}


def let_a_day_pass(env):
    """All was read yesterday; the database has tidied up meanwhile."""
    _yesterday(env)
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE partner_credit_event, partner_credit_score")
    env.cr.execute("VACUUM ANALYZE partner_credit_file, partner_credit_portfolio_line")
    return {}


def _yesterday(env):
    day = timedelta(days=1)
    env.cr.execute("UPDATE partner_credit_file SET updated_on = updated_on - %s", [day])
    env.cr.execute(
        "UPDATE partner_credit_portfolio_line SET last_event_on = last_event_on - %s, "
        "state = 'up_to_date'",
        [day],
    )
    env.cr.commit()


def forget(env, count):
    """Nobody has read the last ``count`` events."""
    env.cr.execute(
        "DELETE FROM partner_credit_event WHERE id IN "
        "(SELECT id FROM partner_credit_event ORDER BY id DESC LIMIT %s)",
        [count],
    )
    return let_a_day_pass(env)


def read(env):
    """The reading as the scheduled action does it, measured."""
    source = _source(env)
    asked = _requests(source)
    queries = sql_db.sql_counter
    events = env["partner.credit.event"].search_count([])
    env.cr.commit()
    started = perf_counter()
    count = _portfolio(env)._fetch_events()
    seconds = perf_counter() - started
    # What others have committed is seen in a new transaction only.
    env.cr.commit()
    if env["partner.credit.event"].search_count([]) - events != count:
        raise RuntimeError("events are missing")
    return {
        "seconds": seconds,
        "events": count,
        "queries": sql_db.sql_counter - queries,
        "requests": _requests(source) - asked,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def floor(env):
    """The same answers, parsed, and the rows they make: no less can do.

    Pages of events are inserted, the values that changed are written to the companies
    and to their history, and pages of companies are written to the companies.
    """
    base, headers, number = _access(env)
    source = _source(env)
    session = requests.Session()
    session.headers.update(headers)
    # The driver's own cursor, without what Odoo puts around it.
    connection = env.cr._cnx
    cursor = connection.cursor()
    since = fields.Datetime.now() - timedelta(days=3)
    started = perf_counter()
    for answer in _pages(
        session,
        f"{base}/monitoring/portfolios/{number}/notificationEvents",
        sortBy="eventId",
        startDate=since.isoformat(timespec="seconds"),
        filterByCreatedDate="true",
    ):
        rows = json.dumps(
            [
                {
                    "number": str(row["notificationEventId"]),
                    "bureau_id": row["company"]["id"],
                    "code": row["ruleCode"],
                    "name": row["ruleName"],
                    "old": row["oldValue"],
                    "new": row["newValue"],
                    "happened": row["eventDate"],
                    "created": row["createdDate"],
                }
                for row in answer
            ]
        )
        for statement in (_INSERT_EVENTS, _SET_LIMITS, _SET_SCORES, _ADD_POINTS):
            cursor.execute(statement, {"rows": rows, "source": source.id})
        connection.commit()
    for answer in _pages(session, f"{base}/monitoring/portfolios/{number}/companies"):
        cursor.execute(_SET_FILES, {"rows": json.dumps(answer), "source": source.id})
        connection.commit()
    return {"seconds": perf_counter() - started}


def one_by_one(env, count):
    """Company after company: a request for its events, records made of them."""
    base, headers, number = _access(env)
    source = _source(env)
    files = env["partner.credit.file"].search(
        [("source_id", "=", source.id)], limit=count
    )
    started = perf_counter()
    for file in files:
        answer = requests.get(
            f"{base}/monitoring/portfolios/{number}/companies/{file.bureau_id}"
            "/notificationEvents",
            params={"pageSize": PAGE},
            headers=headers,
            timeout=60,
        )
        events = [
            {
                "source_id": source.id,
                "bureau_event_id": str(row["notificationEventId"]),
                "file_id": file.id,
                "kind": "other",
                "severity": "info",
                "new_value": row["newValue"],
            }
            for row in answer.json()["data"]
        ]
        known = env["partner.credit.event"].search([("file_id", "=", file.id)])
        numbers = set(known.mapped("bureau_event_id"))
        env["partner.credit.event"].create(
            [event for event in events if event["bureau_event_id"] not in numbers]
        )
        file.write({"credit_limit": file.credit_limit + 1})
        env.cr.commit()
    return {"seconds": perf_counter() - started}


def _access(env):
    """Address, headers and portfolio of plain requests."""
    source = _source(env)
    answer = requests.post(
        f"{source.base_url}/authenticate",
        json={"username": source.username, "password": source.password},
        timeout=60,
    )
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    return source.base_url, headers, _portfolio(env).bureau_id


def _pages(session, address, **parameters):
    page = 0
    while page is not None:
        answer = session.get(
            address, params={**parameters, "page": page, "pageSize": PAGE}, timeout=60
        )
        body = json.loads(answer.content)
        yield body["data"]
        page = body["paging"]["next"]


def _requests(source):
    """How many requests the sandbox has had."""
    base = source.base_url.removesuffix("/creditsafe/v1")
    answer = requests.get(f"{base}/control/requests", timeout=60).json()
    return answer["total"]


_EVENTS = """
    json_to_recordset(%(rows)s::json) AS told(
        number text, bureau_id text, code int, name text, old text, new text,
        happened timestamp, created timestamp)
      JOIN partner_credit_file known
        ON known.source_id = %(source)s AND known.bureau_id = told.bureau_id
"""
_INSERT_EVENTS = f"""
    INSERT INTO partner_credit_event
           (source_id, company_id, bureau_event_id, file_id, kind, rule_code,
            rule_name, old_value, new_value, happened_on, created_on, severity, state)
    SELECT known.source_id, known.company_id, number, known.id, 'other', code,
           told.name, old, new, happened, created, 'info', 'new'
      FROM {_EVENTS}
        ON CONFLICT (source_id, bureau_event_id) DO NOTHING
"""
_SET_LIMITS = f"""
    UPDATE partner_credit_file file SET credit_limit = new::numeric
      FROM (SELECT DISTINCT ON (known.id) known.id, new
              FROM {_EVENTS} WHERE code = 102 ORDER BY known.id, number DESC) last
     WHERE file.id = last.id
"""
_SET_SCORES = f"""
    UPDATE partner_credit_file file SET score = new::numeric
      FROM (SELECT DISTINCT ON (known.id) known.id, new
              FROM {_EVENTS} WHERE code = 101 ORDER BY known.id, number DESC) last
     WHERE file.id = last.id
"""
_ADD_POINTS = f"""
    INSERT INTO partner_credit_score (file_id, date, "limit", origin)
    SELECT DISTINCT ON (known.id, happened::date)
           known.id, happened::date, new::numeric, 'monitoring'
      FROM {_EVENTS} WHERE code IN (101, 102)
     ORDER BY known.id, happened::date, number DESC
        ON CONFLICT (file_id, date) DO UPDATE SET "limit" = EXCLUDED."limit"
"""
_SET_FILES = """
    UPDATE partner_credit_file file
       SET credit_limit = told."creditLimit"::numeric, updated_on = now()
      FROM json_to_recordset(%(rows)s::json) AS told(id text, "creditLimit" text)
     WHERE file.source_id = %(source)s AND file.bureau_id = told.id
"""
