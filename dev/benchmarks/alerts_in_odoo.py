"""The step of the benchmark of the risk report that measures the alerts."""

from time import perf_counter

RULES = 20
CHANGED_SHARE = 100  # one of so many


def measure(env):
    """Twenty rules over all files, of which one in a hundred has changed.

    :return: queries for each file that is watched and for each that changed, and what
        else is worth knowing
    """
    company = env.company
    _assess_all(env, company)
    _make_rules(env)
    Alert = env["partner.credit.alert"]
    Alert._evaluate_changed(company)  # What is so from the beginning is no news.
    files = env["partner.credit.file"].search_count([])
    # A worker that has been at it before knows models, rights and words.
    _change_files(env, 0, CHANGED_SHARE)
    _evaluate(env, company)
    changed = _change_files(env, CHANGED_SHARE, files // CHANGED_SHARE)
    env.cr.commit()
    env.invalidate_all()
    before, started = env.cr.sql_log_count, perf_counter()
    looked_at = _evaluate(env, company)
    seconds = perf_counter() - started
    queries = env.cr.sql_log_count - before
    figures = {
        "files": files,
        "files_changed": changed,
        "customers_looked_at": looked_at,
        "customers_found": env["partner.credit.alert.hit"].search_count([]),
        "people_told": _told(env),
        "queries_per_file": queries / files,
        "queries_per_changed_file": queries / changed,
        "alert_seconds": seconds,
    }
    env.cr.rollback()
    return figures


def _told(env):
    return env["mail.activity"].search_count(
        [("res_model", "=", "partner.credit.alert.hit")]
    )


def _assess_all(env, company):
    """What the policy says of each customer: as of one, written by SQL.

    All have a score by now: the first one that a bureau tells would be no news.
    """
    policy = env["partner.credit.policy"]._of(company)
    [first] = env["partner.credit.file"].search([("name", "=", "B1")]).partner_ids
    env["partner.credit.assessment"]._refresh(policy, first)
    env.flush_all()
    env.cr.execute(
        """
        INSERT INTO partner_credit_assessment
               (unit, partner_id, company_id, row, level, action, exposure, has_limit,
                reasons, facts, computed_on)
        SELECT COALESCE(partner.l10n_fr_siren::int, -partner.id), MIN(partner.id),
               pattern.company_id, pattern.row, pattern.level, pattern.action,
               pattern.exposure, pattern.has_limit, pattern.reasons,
               jsonb_set(pattern.facts, '{score}', '50'), pattern.computed_on
          FROM res_partner partner, partner_credit_assessment pattern
         WHERE partner.ref ~ '^B' AND pattern.partner_id = %s
      GROUP BY 1, pattern.id
   ON CONFLICT DO NOTHING
        """,
        [first.id],
    )
    env.cr.execute("ANALYZE partner_credit_assessment")


def _make_rules(env):
    Alert = env["partner.credit.alert"]
    Alert.search([]).active = False
    for number in range(RULES):
        Alert.create(
            {
                "name": f"Rule {number}",
                "partner_domain": "[('customer_rank', '>', 0)]",
                "user_id": env.ref("base.user_admin").id,
                "make_activity": number % 2 == 0,
                "condition_ids": [
                    (
                        0,
                        0,
                        {"fact": "score", "operator": "under", "value": number / 2},
                    )
                ],
            }
        )


def _evaluate(env, company):
    """As the scheduled action does it; how many customers were looked at."""
    Alert = env["partner.credit.alert"]
    env["partner.credit.assessment"]._refresh_outdated(company)
    Alert._evaluate_aged(company)
    looked_at = 0
    while count := Alert._evaluate_changed(company):
        looked_at += count
    env.flush_all()
    return looked_at


def _change_files(env, first, count):
    """A bureau tells new scores of so many companies; of how many it did."""
    env.cr.execute(
        """
        UPDATE partner_credit_file
           SET has_score = true, score = id %% 97, score_max = 100,
               updated_on = now() AT TIME ZONE 'UTC' + interval '1 second'
         WHERE id IN (SELECT id FROM partner_credit_file WHERE name ~ '^B'
                       ORDER BY id OFFSET %s LIMIT %s)
        """,
        [first, count],
    )
    return env.cr.rowcount
