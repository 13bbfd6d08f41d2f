"""dev/odoo: the odoo command line on this clone, with a few additions.

dev/odoo -d NAME -u partner_company_data --stop-after-init
dev/odoo -d NAME --test-tags /partner_company_data:TestX --stop-after-init
dev/odoo shell -d NAME
dev/odoo --clone-template NAME   makes (or makes again) the database NAME: all that
                                 the addon depends on, French, without demo data;
                                 users speak English, French is installed
dev/odoo --install NAME          the same with the addon and its demo data
dev/odoo --drop NAME             deletes the database NAME
"""

from ..lib import addon, databases
from ..lib.console import announce_on_error_output, step
from ..lib.environment import prepared
from .env import in_foreground


def main(arguments: list[str]) -> int:
    if arguments == ["--help-dev"]:
        print(__doc__)
        return 0
    announce_on_error_output()
    with prepared(tests=True) as environment:
        match arguments:
            case ["--clone-template" | "--install" as option, name]:
                template = databases.ensure_template(environment)
                databases.clone(environment, template, name)
                databases.speak(environment, name, "en_US")
                if option == "--install":
                    log = environment.cache.log(f"{name}-install")
                    with step("Installing the addon and its demo data"):
                        addon.install(environment, name, log, demo=True)
                return 0
            case ["--drop", name]:
                databases.drop(environment, name)
                return 0
        return in_foreground(environment.odoo(*arguments), environment.variables)
