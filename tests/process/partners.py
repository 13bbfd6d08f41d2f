"""A database in use, and what people do there with the addon."""

import modules
import requests

ADDRESS = "/opendatasoft/api/explore/v2.1"
MODULE = "partner_company_data"
# Written by SQL, as copies of one partner: the ORM would take minutes.
COPY = """
    INSERT INTO res_partner ({columns}, name, complete_name, street)
    SELECT {columns}, 'Client ' || n, 'Client ' || n, n || ' rue des Lilas'
      FROM res_partner, generate_series(1, %s) AS n
     WHERE id = %s
"""
# Odoo has none, and looks through all fields for each one that an addon takes away.
INDEXES = """
    CREATE INDEX ON ir_model_fields (related_field_id);
    CREATE INDEX ON ir_model_fields (relation_field_id)
"""


def create_many(env, count):
    """Partners of all kinds, and what others have that must stay."""
    Partner = env["res.partner"]
    pattern = Partner.create(
        {"name": "Modèle", "is_company": True, "city": "Lyon", "zip": "69003"}
    )
    env.flush_all()
    columns = [
        name
        for name, field in Partner._fields.items()
        if field.store
        and field.column_type
        and name not in ("id", "name", "complete_name", "street")
    ]
    env.cr.execute(COPY.format(columns=", ".join(columns)), [count, pattern.id])
    env.cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id WHERE id > %s", [pattern.id]
    )
    env["ir.filters"].create(
        {"name": "Lyon", "model_id": "res.partner", "domain": "[('city', '=', 'Lyon')]"}
    )
    pattern.activity_schedule("mail.mail_activity_data_todo", summary="Rappeler")
    env["ir.attachment"].create(
        {
            "name": "contrat.txt",
            "raw": b"contrat",
            "res_model": "res.partner",
            "res_id": pattern.id,
        }
    )
    env["ir.config_parameter"].set_param("somebody.else", "1")
    env.cr.execute(INDEXES)
    env.cr.commit()


def live_with_the_addon(env, url):
    """Install it as people do, use it, and uninstall it.

    :return: how many proposals were open at the end
    """
    modules.install(env, MODULE)
    proposals = _use(env, url)
    modules.uninstall(env, MODULE)
    return proposals


def _use(env, url):
    """Checks, proposals, activities, a favourite, a parameter, an attachment."""
    sample = requests.get(f"{url}/control/sample?count=40", timeout=60).json()
    companies = env["res.partner"].create(
        [
            {
                "name": item["denominationunitelegale"],
                "is_company": True,
                "company_registry": item["siret"],
            }
            for item in sample["results"]
        ]
    )
    source = env["partner.data.source"].search([("code", "=", "opendatasoft")])
    source.base_url = url + ADDRESS
    env.cr.commit()
    source._run()
    proposals = env["partner.update.proposal"].search([])
    proposals[:5].action_validate()
    companies[0].activity_schedule(f"{MODULE}.mail_activity_company_ceased")
    proposals[-1].message_post(body="À revoir")
    env["ir.attachment"].create(
        {
            "name": "a.txt",
            "raw": b"a",
            "res_model": "partner.update.proposal",
            "res_id": proposals[-1].id,
        }
    )
    env["ir.filters"].create(
        {
            "name": "62.02A",
            "model_id": "res.partner",
            "domain": "[('registry_naf', '=', '62.02A')]",
        }
    )
    env["ir.config_parameter"].set_param(f"{MODULE}.anything", "1")
    env.cr.commit()
    return env["partner.update.proposal"].search_count([("state", "=", "new")])
