"""Modules, installed and uninstalled with the buttons of the list of apps."""


def install(env, module):
    """Install a module in a process that goes on."""
    if not _find(env, module):
        env["ir.module.module"].update_list()
    _find(env, module).button_immediate_install()


def uninstall(env, module):
    _find(env, module).button_immediate_uninstall()


def _find(env, module):
    return env["ir.module.module"].search([("name", "=", module)])
