"""What Odoo leaves behind when the addon goes, and this takes away."""

import re

MODULE = "partner_company_data"
# What views/menus.xml gives the configuration of Contacts.
_MENU_SEQUENCE = 90


def uninstall_hook(env):
    """Take away what names the addon; what people validated on partners stays.

    Name, address and number are in Odoo's own fields, and the notes in the chatter
    say who decided what: neither is touched. What hangs on our models (attachments,
    messages, activities) goes with them.
    """
    env = env(su=True, context={**env.context, "active_test": False})
    models = _owned(env, "ir.model").mapped("model")
    fields = (
        _owned(env, "ir.model.fields")
        .filtered(lambda field: field.model not in models)
        .mapped("name")
    )
    types = env["ir.model.data"].search(
        [("module", "=", MODULE), ("model", "=", "mail.activity.type")]
    )
    env["mail.activity"].search(
        [("activity_type_id", "in", types.mapped("res_id"))]
    ).unlink()
    _remove_filters(env, models, fields)
    _remove_exports(env, models, fields)
    _put_menu_back(env)
    env["ir.config_parameter"].search([("key", "=like", f"{MODULE}.%")]).unlink()


def _put_menu_back(env):
    """Have the configuration of Contacts stand where it stood before our menus."""
    menu = env.ref("contacts.res_partner_menu_config", raise_if_not_found=False)
    if menu and menu.sequence == _MENU_SEQUENCE:
        menu.sequence = 2


def _owned(env, model):
    """Models or fields that nobody but the addon defines.

    Their own ``modules`` don't tell: an addon that is being removed is in none.
    """
    ids = {True: set(), False: set()}
    for data in env["ir.model.data"].search([("model", "=", model)]):
        ids[data.module == MODULE].add(data.res_id)
    return env[model].browse(ids[True] - ids[False])


def _remove_filters(env, models, fields):
    """Favourites on our models, and those elsewhere that name one of our fields."""
    names = re.compile(rf"\b({'|'.join(map(re.escape, fields))})\b")
    env["ir.filters"].search([]).filtered(
        lambda favourite: (
            favourite.model_id in models
            or names.search(f"{favourite.domain} {favourite.context} {favourite.sort}")
        )
    ).unlink()


def _remove_exports(env, models, fields):
    """Export lists of our models, and the lines elsewhere that name our fields."""
    env["ir.exports"].search([("resource", "in", models)]).unlink()
    names = set(fields)
    env["ir.exports.line"].search([]).filtered(
        lambda line: names & set((line.name or "").split("/"))
    ).unlink()
