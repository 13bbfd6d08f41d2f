"""The steps of the benchmark of the risk report that run inside Odoo."""

from time import perf_counter

from lxml import etree

from . import risk_by_hand

REPEATS = 5
PAGE = 80
# What the list shows when it is opened, and its number of customers at most.
_COUNT_LIMIT = 10_001
_DOMAIN = [("exposure", ">", 0)]
_AMOUNTS = ("exposure", "overdue", "guaranteed", "not_guaranteed")


def create_customers(env, count):
    """Customers of whom nine in ten have a SIREN and one in twenty shares one.

    Written by SQL, as copies of one partner: the ORM would take minutes.
    """
    company = env.company
    if not env["account.account"].search_count([("company_ids", "in", company.ids)]):
        env["account.chart.template"].try_loading("fr", company, install_demo=False)
    pattern = env["res.partner"].create(
        {"name": "Pattern", "is_company": True, "customer_rank": 1}
    )
    _copy(
        env,
        pattern,
        "generate_series(1, %(count)s) n",
        {
            "name": "'Customer ' || n",
            "complete_name": "'Customer ' || n",
            "ref": "'B' || n",
            "l10n_fr_siren": "CASE WHEN n %% 10 > 0 THEN "
            "(100000000 + n - (n %% 20 = 1)::int)::text END",
            "credit_limit": "CASE WHEN n %% 3 = 0 THEN "
            "jsonb_build_object(%(company)s::text, 1000 * (n %% 50)) END",
            "commercial_partner_id": "NULL",
        },
        count=count,
        company=str(company.id),
    )
    env.cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id "
        "WHERE commercial_partner_id IS NULL"
    )
    _create_files(env, company)
    env.cr.commit()
    return {}


def _create_files(env, company):
    """A bureau knows six in ten, the policy all, and last month is kept."""
    source = env["partner.data.source"].create(
        {
            "name": "Creditsafe",
            "code": "creditsafe",
            "kind": "credit",
            "company_id": company.id,
            "base_url": "http://127.0.0.1:9",
        }
    )
    env.flush_all()
    values = {
        "source": source.id,
        "company": company.id,
        "currency": company.currency_id.id,
    }
    customers = "SELECT id, substr(ref, 2)::int AS n FROM res_partner WHERE ref ~ '^B'"
    for query in (
        f"""
        INSERT INTO partner_credit_file
               (source_id, company_id, name, bureau_id, risk_class, risk_state,
                has_credit_limit, credit_limit, currency_id, updated_on)
        SELECT %(source)s, %(company)s, 'B' || n, 'B' || n, (1 + n %% 5)::text,
               'rated', true, 500 * (n %% 90), %(currency)s, now()
          FROM ({customers}) customer
        """,
        f"""
        INSERT INTO partner_credit_file_partner_rel (partner_id, file_id)
        SELECT customer.id, file.id
          FROM ({customers}) customer
          JOIN partner_credit_file file ON file.bureau_id = 'B' || n
        """,
        f"""
        INSERT INTO partner_credit_guarantee
               (partner_id, company_id, kind, amount, currency_id, date_start, active)
        SELECT id, %(company)s, 'insurance', 5000, %(currency)s, '2020-01-01', true
          FROM ({customers}) customer WHERE n %% 50 = 0
        """,
    ):
        env.cr.execute(query, values)


def create_documents(env, invoices):
    """Posted invoices of four lines, four in ten not paid; drafts and orders."""
    # What is copied refers to what is there: it need not be checked row by row.
    env.cr.execute("SET session_replication_role = replica")
    tax = env["account.tax"].search(
        [("type_tax_use", "=", "sale"), ("amount", "=", 20)], limit=1
    )
    product = env["product.product"].create({"name": "Box", "list_price": 100})
    pattern = env["res.partner"].search([("name", "=", "Pattern")])
    invoice = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": pattern.id,
            "invoice_date": "2026-01-01",
            "invoice_line_ids": [
                (0, 0, {"name": name, "price_unit": 100, "tax_ids": tax.ids})
                for name in ("Boxes", "Delivery")
            ],
        }
    )
    invoice.action_post()
    draft = invoice.copy()
    order = env["sale.order"].create(
        {
            "partner_id": pattern.id,
            "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 4})],
        }
    )
    order.action_confirm()
    env.cr.execute("SELECT array_agg(id ORDER BY id) FROM res_partner WHERE ref ~ '^B'")
    count = len(customers := env.cr.fetchone()[0])
    env.cr.execute(
        "CREATE TEMPORARY TABLE customer AS "
        "SELECT id, n FROM unnest(%s) WITH ORDINALITY AS one(id, n)",
        [customers],
    )
    env.cr.execute("CREATE INDEX ON customer (n)")
    owner = f"(SELECT id FROM customer WHERE customer.n = 1 + (k.n * 7) %% {count})"
    dates = {
        "invoice_date": "current_date - k.n %% 360",
        "date": "current_date - k.n %% 360",
        "invoice_date_due": "current_date - k.n %% 360 + 30",
    }
    series = "generate_series(1, %(number)s) AS k(n)"
    _copy(
        env,
        invoice,
        series,
        {
            "name": "'BENCH/' || k.n",
            "partner_id": owner,
            "commercial_partner_id": owner,
            **dates,
        },
        number=invoices,
    )
    _copy(
        env,
        draft,
        series,
        {"name": "NULL", "partner_id": owner, "commercial_partner_id": owner, **dates},
        number=invoices // 50,
    )
    _copy(
        env,
        invoice.line_ids,
        "account_move made ON made.name LIKE 'BENCH/%%' "
        "CROSS JOIN LATERAL (SELECT substr(made.name, 7)::int AS n) AS k",
        {
            "move_id": "made.id",
            "move_name": "made.name",
            "partner_id": "made.partner_id",
            "date": "made.date",
            "invoice_date": "made.date",
            "date_maturity": "CASE WHEN pattern.date_maturity IS NOT NULL "
            "THEN made.invoice_date_due END",
            "amount_residual": "CASE WHEN k.n %% 10 < 4 "
            "THEN pattern.amount_residual * (1 + k.n %% 90) ELSE 0 END",
            "reconciled": "pattern.date_maturity IS NOT NULL AND k.n %% 10 >= 4",
        },
        join="JOIN",
    )
    _copy(
        env,
        order,
        series,
        {
            "name": "'BENCH/' || k.n",
            "partner_id": owner,
            "partner_invoice_id": owner,
            "partner_shipping_id": owner,
        },
        number=invoices // 12,
    )
    _copy(
        env,
        order.order_line,
        "sale_order made ON made.name LIKE 'BENCH/%%'",
        {"order_id": "made.id", "order_partner_id": "made.partner_id"},
        join="JOIN",
    )
    env.cr.commit()
    env["partner.credit.snapshot"]._cron_take()
    env.cr.execute(
        "UPDATE partner_credit_snapshot SET date = date - interval '1 month'"
    )
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    return {}


def _copy(env, records, source, values, join="CROSS JOIN", **parameters):
    """Insert copies of records by SQL, one a row of ``source``.

    :param values: expression by column, of the others each has the record's own
    """
    env.flush_all()
    columns = [
        name
        for name, field in records._fields.items()
        if field.store and field.column_type and name not in ("id", *values)
    ]
    table = records._table
    names = ", ".join(f'"{name}"' for name in [*values, *columns])
    own = ", ".join([*values.values(), *(f'pattern."{name}"' for name in columns)])
    env.cr.execute(
        f"""
        INSERT INTO {table} ({names})
        SELECT {own} FROM {table} pattern {join} {source}
         WHERE pattern.id = ANY(%(patterns)s)
        """,
        {"patterns": records.ids, **parameters},
    )


def measure(env):
    """Seconds of the report's questions and of the same in hand-written SQL."""
    user = env["res.users"].create(
        {
            "name": "Credit manager",
            "login": "bench_risk",
            "group_ids": [
                (4, env.ref("base.group_user").id),
                (4, env.ref("partner_company_data.group_credit_manager").id),
            ],
        }
    )
    Risk = env["partner.credit.risk"].with_user(user)
    shown = _shown(Risk)
    ours = {
        "page": lambda: Risk.web_search_read(
            _DOMAIN, shown, limit=PAGE, count_limit=_COUNT_LIMIT
        ),
        "totals": lambda: Risk.formatted_read_group(
            _DOMAIN, [], [f"{name}:sum" for name in _AMOUNTS]
        ),
        "pivot": lambda: Risk.formatted_read_grouping_sets(
            _DOMAIN,
            [[], ["risk_class"], ["over_limit"], ["risk_class", "over_limit"]],
            ["exposure:sum", "not_guaranteed:sum", "__count"],
        ),
    }
    values = {"company": env.company.id, "page": PAGE}
    # Compiled, hand-written SQL is slower as well.
    env.cr.execute("SET jit = off")

    def ask(query):
        env.cr.execute(query, values)
        return env.cr.fetchall()

    by_hand = {
        "page": lambda: ask(risk_by_hand.PAGE),
        "totals": lambda: ask(risk_by_hand.TOTALS),
        "pivot": lambda: ask(risk_by_hand.PIVOT),
    }
    _compare(ours["totals"]()[0], by_hand["totals"]()[0])
    seconds = {name: _seconds(env, question) for name, question in ours.items()}
    plain = {name: _seconds(env, question) for name, question in by_hand.items()}
    [partner] = env["res.partner"].search([("l10n_fr_siren", "!=", False)], limit=1)
    env.cr.execute(
        "SELECT count(*) FROM account_move_line WHERE move_name LIKE 'BENCH/%'"
    )
    [lines] = env.cr.fetchone()
    figures = {
        "customers": Risk.search_count([]),
        "invoice_lines": lines,
        **{f"{name}_seconds": value for name, value in seconds.items()},
        **{f"{name}_sql_seconds": value for name, value in plain.items()},
        "sql_seconds": sum(plain.values()),
        "ratio_sql": sum(seconds.values()) / sum(plain.values()),
        "unit_milliseconds": 1000
        * _seconds(env, lambda: partner._credit_exposures(env.company)),
    }
    started = perf_counter()
    env["partner.credit.snapshot"]._cron_take()
    return figures | {"snapshot_seconds": perf_counter() - started}


def _shown(Risk):
    """What the list asks for when it is opened: all its fields."""
    arch = Risk.get_view(view_type="list")["arch"]
    names = {node.get("name") for node in etree.fromstring(arch).iter("field")}
    return {
        name: {"fields": {"display_name": {}}}
        if Risk._fields[name].type == "many2one"
        else {}
        for name in names
    }


def _compare(totals, row):
    """Both ways have the same totals, or the comparison means nothing."""
    ours = [round(totals[f"{name}:sum"], 2) for name in _AMOUNTS]
    if ours != [round(float(value), 2) for value in row]:
        raise RuntimeError(f"the report has {ours}, hand-written SQL {row}")


def _seconds(env, question):
    best = float("inf")
    for _repeat in range(REPEATS):
        env.invalidate_all()
        started = perf_counter()
        question()
        best = min(best, perf_counter() - started)
    return best
