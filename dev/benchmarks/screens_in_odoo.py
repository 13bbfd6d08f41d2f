"""The steps of the benchmark of screens that run inside Odoo, in a process each."""

from statistics import median
from time import perf_counter

from lxml import etree

MONTHS = 120
PAGE = 80
REPEATS = 5
_PLAIN = {"complete_name": {}, "email": {}, "phone": {}}
REPORTS = "partner_company_data.group_credit_report"


def create_partners(env, count):
    """Companies of which nine in ten have a credit file, and one has ten years of it.

    Written by SQL, as copies of one partner: the ORM would take minutes.
    """
    source = env["partner.data.source"].create(
        {
            "name": "Creditsafe",
            "code": "creditsafe",
            "kind": "credit",
            "company_id": env.company.id,
            "base_url": "http://127.0.0.1:9",
        }
    )
    env.flush_all()
    env.cr.execute(
        """
        INSERT INTO partner_credit_file
               (source_id, company_id, name, bureau_id, rating, risk, has_score, score,
                score_max, has_credit_limit, credit_limit, updated_on)
        SELECT %(source)s, %(company)s, 'Company ' || n, 'X-' || n,
               CASE WHEN n %% 100 < 30 THEN 'A' WHEN n %% 100 < 50 THEN 'B'
                    WHEN n %% 100 < 68 THEN 'C' WHEN n %% 100 < 80 THEN 'D'
                    ELSE 'E' END,
               'low', true, n %% 100, 100, true, n * 10, now()
          FROM generate_series(1, %(files)s) n
        """,
        {
            "source": source.id,
            "company": env.company.id,
            "files": count * 9 // 10,
        },
    )
    pattern = env["res.partner"].create({"name": "Pattern", "is_company": True})
    env.flush_all()
    own = ("id", "name", "complete_name", "commercial_partner_id", "credit_file_id")
    copied = [
        name
        for name, field in env["res.partner"]._fields.items()
        if field.store and field.column_type and name not in own
    ]
    env.cr.execute(
        f"""
        INSERT INTO res_partner (name, complete_name, credit_file_id,
                                 {", ".join(copied)})
        SELECT 'Company ' || n, 'Company ' || n,
               CASE WHEN file.id IS NOT NULL
                    THEN jsonb_build_object(%(company)s::text, file.id) END,
               {", ".join(f"pattern.{name}" for name in copied)}
          FROM res_partner pattern, generate_series(1, %(count)s) n
     LEFT JOIN partner_credit_file file ON file.bureau_id = 'X-' || n
         WHERE pattern.id = %(pattern)s
        """,
        {"company": str(env.company.id), "count": count, "pattern": pattern.id},
    )
    env.cr.execute(
        """
        INSERT INTO partner_credit_score
               (file_id, date, rating, has_score, score, has_limit, "limit", origin)
        SELECT file.id, current_date - make_interval(months => month), 'B', true,
               40 + month %% 30, true, 1000 * month, 'history'
          FROM partner_credit_file file, generate_series(1, %s) month
         WHERE file.bureau_id = 'X-1'
        """,
        [MONTHS],
    )
    pattern.unlink()
    env.cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id "
        "WHERE commercial_partner_id IS NULL"
    )
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE res_partner, partner_credit_file")
    return {}


def measure(env):
    """Queries of a form and of a list, seconds of a search among all partners."""
    user = env["res.users"].create(
        {
            "name": "Analyst",
            "login": "bench_open",
            "group_ids": [
                (4, env.ref("base.group_user").id),
                (4, env.ref(REPORTS).id),
            ],
        }
    )
    Partner = env["res.partner"].with_user(user)
    figures = {
        "partners": Partner.search_count([]),
        "form_queries": _form_queries(Partner),
        "list_extra_queries": _list_queries(Partner, _badges(Partner))
        - _list_queries(Partner, ()),
        "search_seconds": _seconds(
            Partner,
            lambda: Partner.web_search_read(
                [("credit_rating", "in", ("D", "E"))], _PLAIN, limit=PAGE
            ),
        ),
        "search_without_seconds": _seconds(
            Partner,
            lambda: Partner.web_search_read(
                [("credit_rating", "=", False)], _PLAIN, limit=PAGE
            ),
        ),
        "group_seconds": _seconds(
            Partner,
            lambda: Partner.web_read_group([], ["credit_rating"], ["__count"]),
        ),
        "sort_seconds": _seconds(
            Partner,
            lambda: Partner.web_search_read(
                [], _PLAIN, limit=PAGE, order="credit_rating DESC, id"
            ),
        ),
    }
    env.cr.rollback()
    return figures


def _form_queries(Partner):
    """Queries that a form's fields take, of one with ten years of history."""
    [partner] = Partner.search([("name", "=", "Company 1")], limit=1)
    names = _names(Partner, "form")
    specification = {name: {} for name in names}
    return _queries(Partner, lambda: partner.web_read(specification))


def _list_queries(Partner, names):
    specification = _PLAIN | {name: {} for name in names}
    return _queries(
        Partner, lambda: Partner.web_search_read([], specification, limit=PAGE)
    )


def _badges(Partner):
    return {name for name in _names(Partner, "list") if name.startswith("credit_")}


def _names(Partner, view_type):
    """Fields of a view's own level."""
    arch = etree.fromstring(Partner.get_view(view_type=view_type)["arch"])
    return {
        node.get("name")
        for node in arch.iter("field")
        if not any(parent.tag == "field" for parent in node.iterancestors())
    }


def _queries(Partner, work):
    """Of the second time: the first fills caches that all users share."""
    work()
    _forget(Partner)
    before = Partner.env.cr.sql_log_count
    work()
    return Partner.env.cr.sql_log_count - before


def _seconds(Partner, work):
    taken = []
    for _repeat in range(REPEATS):
        _forget(Partner)
        started = perf_counter()
        work()
        taken.append(perf_counter() - started)
    return median(taken)


def _forget(Partner):
    Partner.env.flush_all()
    Partner.env.invalidate_all()
