"""The addon's scheduled actions, run when dev/run needs what they do."""

from . import databases
from .console import Problem
from .environment import Environment
from .processes import wait_until
from .remote_user import Refused, RemoteUser

_RECORD = """
    SELECT res_id FROM ir_model_data
    WHERE module = 'partner_company_data' AND name = '{action}'
"""


def run_now(environment: Environment, name: str, port: int, action: str) -> None:
    """Run one to its end.

    :param name: the database
    :param action: the name that the addon's files give it
    :raises Problem: the scheduler has been busy with it for minutes
    """
    [record] = databases.query(
        environment, _RECORD.format(action=action), database=name
    )
    admin = RemoteUser(name, port, "admin")

    def has_run() -> bool:
        try:
            admin("ir.cron", "method_direct_trigger", [int(record)])
        except Refused as refused:
            # Odoo's own scheduler may have begun it a moment before.
            if refused.kind != "odoo.exceptions.UserError":
                raise
            return False
        return True

    if not wait_until(has_run, seconds=120, every=0.5):
        raise Problem(f"The scheduled action {action} does not end: start again.")
