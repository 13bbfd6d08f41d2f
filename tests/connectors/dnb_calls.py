"""Every call of the D&B Direct+ connector, and a server that answers as it is told."""

from datetime import datetime, timezone

from servers import FixedServer, LogsIn

from odoo.addons.partner_company_data.connectors.dnb_direct_plus import DnbDirectPlus
from odoo.addons.partner_company_data.connectors.dnb_monitoring import MonitoringPaths

KEY, SECRET = "the-key", "s3cret-of-the-key"
TOKEN = "top-secret-token"
DUNS = "260000017"
REFERENCE = "REGISTRATION"
SINCE = datetime(2026, 11, 1, tzinfo=timezone.utc)
REGISTRATIONS = "/v1/monitoring/registrations/{reference}"
LIST = MonitoringPaths(subjects=f"{REGISTRATIONS}/duns")
FILE = MonitoringPaths(subjects=f"{REGISTRATIONS}/duns/{{change}}")


def with_paths(paths, call):
    def changed(bureau):
        bureau.monitoring_paths = paths
        return call(bureau)

    return changed


def add(bureau):
    return bureau.add_subjects(REFERENCE, [DUNS])


def remove(bureau):
    return bureau.remove_subjects(REFERENCE, [DUNS])


#: name → the call; those in ``ONCE`` are never repeated after they were sent.
CALLS = {
    "search": lambda bureau: bureau.search("FR", name="brossette"),
    "match": lambda bureau: bureau.match("FR", registration_number="482133675"),
    "report": lambda bureau: bureau.report(DUNS),
    "add": add,
    "remove": remove,
    "add_list": with_paths(LIST, add),
    "remove_list": with_paths(LIST, remove),
    "add_file": with_paths(FILE, add),
    "remove_file": with_paths(FILE, remove),
    "pull": lambda bureau: bureau.pull_notifications(REFERENCE),
    "replay": lambda bureau: bureau.replay_notifications(REFERENCE, SINCE),
}
ONCE = ("report", "pull", "replay")


class BadServer(LogsIn, FixedServer):
    """Logs anybody in and gives ``status`` and ``body`` to every other call."""

    door = ("/v3/token", {"access_token": TOKEN, "expiresIn": 86400})

    def bureau(self, **options):
        options.setdefault("timeout", 5)
        options.setdefault("calls_per_second", 1000)
        return DnbDirectPlus(self.url, KEY, SECRET, **options)
