"""dev/odoo: the odoo command line on this clone, with a few additions.

dev/odoo -d NAME -u partner_company_data --stop-after-init
dev/odoo -d NAME --test-tags /partner_company_data:TestX --stop-after-init
dev/odoo shell -d NAME
dev/odoo --clone-template NAME   makes (or makes again) the database NAME: all that
                                 the addon depends on, French, without demo data
dev/odoo --clone-template-demo NAME             the same with Odoo's demo data
dev/odoo --drop NAME                            deletes the database NAME
"""

from ..lib import databases
from ..lib.console import announce_on_error_output
from ..lib.environment import prepared
from .env import in_foreground


def main(arguments: list[str]) -> int:
    if arguments == ["--help-dev"]:
        print(__doc__)
        return 0
    announce_on_error_output()
    with prepared(tests=True) as environment:
        match arguments:
            case ["--clone-template" | "--clone-template-demo" as option, name]:
                template = databases.ensure_template(
                    environment, demo=option.endswith("demo")
                )
                databases.clone(environment, template, name)
                return 0
            case ["--drop", name]:
                databases.drop(environment, name)
                return 0
        return in_foreground(environment.odoo(*arguments), environment.variables)
