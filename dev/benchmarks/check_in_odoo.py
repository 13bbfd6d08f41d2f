"""The steps of the check's benchmark that run inside Odoo, in a process each."""

import json
import resource
from time import perf_counter

import requests

ADDRESS = "/opendatasoft/api/explore/v2.1"
RECORDS = f"{ADDRESS}/catalog/datasets/economicref-france-sirene-v3/records"

# What people have on a partner who agrees with the register: column, and where the
# register's file has it.
_FACTS = {
    "name": "COALESCE(file.legal_name, file.siret)",
    "complete_name": "COALESCE(file.legal_name, file.siret)",
    "company_registry": "file.siret",
    "l10n_fr_siren": "file.siren",
    "l10n_fr_siret": "file.siret",
    "street": "file.street",
    "street2": "file.street2",
    "zip": "file.zip",
    "city": "file.city",
    "country_id": "country.id",
    "registry_legal_name": "file.legal_name",
    "registry_establishment_type": "file.establishment_type",
    "registry_establishment_state": "file.establishment_state",
    "registry_unit_state": "file.unit_state",
    "registry_legal_form": "file.legal_form",
    "registry_naf": "file.naf",
    "registry_naf_nomenclature": "file.naf_nomenclature",
    "registry_category": "file.category",
    "registry_category_year": "file.category_year",
    "registry_workforce": "file.workforce",
    "registry_workforce_year": "file.workforce_year",
}


def _source(env):
    return env["partner.data.source"].search([("code", "=", "opendatasoft")])


def create_partners(env, url, sirets):
    """Companies with these numbers and all that the register says of them.

    Written by SQL, as copies of one partner: the ORM would take minutes.
    """
    source = _source(env)
    source.base_url = url + ADDRESS
    connector = source._connector()
    for start in range(0, len(sirets), 1000):
        page = connector.fetch(sirets[start : start + 1000])
        env["partner.registry.file"]._upsert(source, page.establishments)
    pattern = env["res.partner"].create(
        {"name": "Pattern", "is_company": True, "company_registry": sirets[0]}
    )
    env.flush_all()
    columns = [
        name
        for name, field in env["res.partner"]._fields.items()
        if field.store and field.column_type and name not in ("id", *_FACTS)
    ]
    copied = [name for name in columns if name != "commercial_partner_id"]
    env.cr.execute(
        f"""
        INSERT INTO res_partner ({", ".join([*_FACTS, *copied])})
        SELECT {", ".join([*_FACTS.values(), *(f"pattern.{name}" for name in copied)])}
          FROM partner_registry_file file
          JOIN res_partner pattern ON pattern.id = %s
     LEFT JOIN res_country country ON country.code = file.country_code
         WHERE file.siret = ANY(%s)
        """,
        [pattern.id, sirets],
    )
    pattern.unlink()
    env.cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id "
        "WHERE commercial_partner_id IS NULL"
    )
    env.cr.execute("ANALYZE res_partner, partner_registry_file")
    env.cr.commit()
    return {}


def let_a_day_pass(env):
    """All partners are due again; the database has tidied up meanwhile."""
    env.cr.execute("UPDATE partner_data_link SET next_check = checked_on")
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE res_partner, partner_data_link")
    env.cr.execute("VACUUM ANALYZE partner_registry_file")
    return {}


def check(env):
    """The check as the scheduled action does it, measured."""
    source = _source(env)
    queries = env.cr.sql_log_count
    started = perf_counter()
    source._run()
    seconds = perf_counter() - started
    run = source.run_ids.sorted("id")[-1:]
    if run.state != "done" or run.failed_count:
        raise RuntimeError(f"the run is {run.state}: {run.stop_reason}")
    return {
        "seconds": seconds,
        "queries": env.cr.sql_log_count - queries,
        "requests": run.requests,
        "checked": run.checked_count,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def floor(env, url, queries):
    """The same answers, parsed, and a SELECT and an UPDATE for each: no less can do.

    :param queries: parameters of the requests that the check has sent
    """
    session = requests.Session()
    # The driver's own cursor, without what Odoo puts around it.
    connection = env.cr._cnx
    cursor = connection.cursor()
    started = perf_counter()
    for parameters in queries:
        answer = session.get(url + RECORDS, params=parameters, timeout=60)
        records = json.loads(answer.content)["results"]
        cursor.execute(
            f"SELECT id, {', '.join(_FACTS)} FROM res_partner "
            "WHERE l10n_fr_siret = ANY(%s)",
            [[record["siret"] for record in records]],
        )
        ids = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "UPDATE partner_data_link SET checked_on = now() "
            "WHERE partner_id = ANY(%s)",
            [ids],
        )
        connection.commit()
    return {"seconds": perf_counter() - started}


def one_by_one(env, url, count):
    """Partner after partner: a request by its SIRET, then its check's date."""
    partners = env["res.partner"].search([("l10n_fr_siret", "!=", False)], limit=count)
    started = perf_counter()
    for partner in partners:
        answer = requests.get(
            url + RECORDS,
            params={"where": f'siret="{partner.l10n_fr_siret}"', "limit": 1},
            timeout=60,
        )
        [record] = answer.json()["results"]
        partner.write({"ref": record["datederniertraitementetablissement"]})
        env.cr.commit()
    return {"seconds": perf_counter() - started}
