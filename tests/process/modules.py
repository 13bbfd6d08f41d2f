"""Modules, installed and uninstalled with the buttons of the list of apps."""


def install(env, name):
    """Install a module in a process that goes on."""
    env["ir.module.module"].update_list()
    _module(env, name).button_immediate_install()


def uninstall(env, name):
    _module(env, name).button_immediate_uninstall()


def _module(env, name):
    return env["ir.module.module"].search([("name", "=", name)])
