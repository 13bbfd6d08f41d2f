"""Installed on a database that is in use, uninstalled, and installed again."""

import pytest
from laboratory import open_workshop

from dev.lib import databases

PARTNERS = 10_000
MODULE = "partner_company_data"


@pytest.fixture(scope="module")
def in_use(laboratory):
    """A database with 10,000 partners, never having seen the addon; and its Odoo."""
    template = databases.ensure_template(laboratory.environment)
    name = laboratory.clone(template, "in_use")
    with open_workshop(laboratory.environment, name) as workshop:
        workshop.call("partners.create_many", name, count=PARTNERS)
        yield name, workshop


def test_nothing_of_ours_is_left(laboratory, in_use):
    in_use, workshop = in_use
    [last] = laboratory.query(in_use, "SELECT MAX(id) FROM res_partner")
    before = _state(laboratory, in_use, last)
    proposals, _errors = workshop.call(
        "partners.live_with_the_addon", in_use, url=laboratory.url
    )
    assert proposals
    after = _state(laboratory, in_use, last)
    assert after["tables"] == before["tables"]
    assert after["columns"] == before["columns"]
    assert after["ours"] == []
    for name, digest in before["contents"].items():
        assert after["contents"][name] == digest, name
    _answer, errors = workshop.call("modules.install", in_use, module=MODULE)
    assert errors == []
    state = "SELECT state FROM ir_module_module WHERE name = '{}'"
    assert laboratory.query(in_use, state.format(MODULE)) == ["installed"]


def _state(laboratory, database, last):
    """What the database holds: tables, columns, contents, and what is ours.

    :param last: id of the last partner that was there before
    """

    def query(sql):
        return laboratory.query(database, sql)

    return {
        "tables": query(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ),
        "columns": query(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' ORDER BY 1, 2"
        ),
        "ours": query(
            f"""
            SELECT 'data', model FROM ir_model_data WHERE module = '{MODULE}'
            UNION ALL
            SELECT 'filter', name FROM ir_filters
             WHERE domain LIKE '%registry_%' OR model_id LIKE 'partner.%'
            UNION ALL
            SELECT 'parameter', key FROM ir_config_parameter
             WHERE key LIKE '{MODULE}%'
            UNION ALL
            SELECT 'attachment', name FROM ir_attachment
             WHERE res_model LIKE 'partner.%' OR url LIKE '/{MODULE}/%'
            UNION ALL
            SELECT 'activity', summary FROM mail_activity
             WHERE res_model LIKE 'partner.%'
                OR activity_type_id NOT IN (SELECT id FROM mail_activity_type)
            UNION ALL
            SELECT 'message', subject FROM mail_message WHERE model LIKE 'partner.%'
            UNION ALL
            SELECT 'follower', res_model FROM mail_followers
             WHERE res_model LIKE 'partner.%'
            UNION ALL
            SELECT 'model', model FROM ir_model WHERE model LIKE 'partner.%'
            UNION ALL
            SELECT 'field', name FROM ir_model_fields
             WHERE model = 'res.partner'
               AND (name LIKE 'registry_%' OR name LIKE 'l10n_fr_sir%')
            UNION ALL
            SELECT 'action', name->>'en_US' FROM ir_actions
             WHERE name->>'en_US' LIKE 'Company data:%'
            UNION ALL
            SELECT 'group', name->>'en_US' FROM res_groups_privilege
             WHERE name->>'en_US' = 'Company data'
            """
        ),
        "contents": {
            table: query(
                f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) "
                f"FROM (SELECT {columns} FROM {table} {condition}) t"
            )
            for table, columns, condition in (
                (
                    "res_partner",
                    "id, name, complete_name, street, street2, zip, city, country_id, "
                    "company_registry, vat, email, phone, comment, ref, user_id, "
                    "parent_id, commercial_partner_id, is_company, active, lang",
                    f"WHERE id <= {last}",
                ),
                ("res_partner_category", "*", ""),
                ("res_company", "id, name, partner_id, currency_id", ""),
                ("res_groups", "id, name", ""),
                ("res_groups_users_rel", "*", ""),
                ("ir_filters", "*", ""),
                ("ir_cron", "id, cron_name, active, interval_number", ""),
                ("mail_activity", "*", ""),
                ("ir_attachment", "id, name, res_model, res_id", "WHERE res_id > 0"),
                ("account_account", "id, name, code_store, account_type", ""),
                ("sale_order", "*", ""),
            )
        },
    }
