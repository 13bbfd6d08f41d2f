"""Every call of the Creditsafe connector, and a server that answers as it is told."""

from servers import FixedServer, LogsIn

from odoo.addons.partner_company_data.connectors.credit_monitoring import EventRule
from odoo.addons.partner_company_data.connectors.creditsafe import Creditsafe

PASSWORD = "s3cret-password"
TOKEN = "top-secret-token"
COMPANY = "FR-X-48213367500017"

RULE = EventRule(code=102, country_code="XX", is_active=True, params=("true", "", ""))
#: name → the call; those in ``ONCE`` are never repeated after they were sent.
CALLS = {
    "search": lambda bureau: bureau.search("FR", name="brossette"),
    "match": lambda bureau: bureau.match("FR", name="brossette"),
    "search_criteria": lambda bureau: bureau.search_criteria("FR"),
    "report": lambda bureau: bureau.report(COMPANY),
    "report_options": lambda bureau: bureau.report_options("DE"),
    "report_schema": lambda bureau: bureau.report_schema("FR"),
    "access": lambda bureau: bureau.access(),
    "monitoring_user": lambda bureau: bureau.monitoring_user(),
    "portfolios": lambda bureau: bureau.portfolios(),
    "portfolio": lambda bureau: bureau.portfolio(1),
    "create_portfolio": lambda bureau: bureau.create_portfolio("Odoo"),
    "update_portfolio": lambda bureau: bureau.update_portfolio(1, "Odoo"),
    "delete_portfolio": lambda bureau: bureau.delete_portfolio(1),
    "portfolio_countries": lambda bureau: bureau.portfolio_countries(1),
    "risk_summary": lambda bureau: bureau.risk_summary(1),
    "portfolio_companies": lambda bureau: list(bureau.portfolio_companies(1)),
    "portfolio_company": lambda bureau: bureau.portfolio_company(1, COMPANY),
    "add_company": lambda bureau: bureau.add_company(1, COMPANY),
    "update_company": lambda bureau: bureau.update_company(1, COMPANY),
    "remove_company": lambda bureau: bureau.remove_company(1, COMPANY),
    "copy_companies": lambda bureau: bureau.copy_companies(1, [2], [COMPANY]),
    "move_companies": lambda bureau: bureau.move_companies(1, [2], [COMPANY]),
    "clear_companies": lambda bureau: bureau.clear_companies(1, [COMPANY]),
    "import_companies": lambda bureau: bureau.import_companies(1, ["FR30000012"]),
    "sync_companies": lambda bureau: bureau.sync_companies(1, ["FR30000012"]),
    "sharing": lambda bureau: bureau.sharing(1),
    "share": lambda bureau: bureau.share(1),
    "event_rules": lambda bureau: bureau.event_rules("FR"),
    "portfolio_event_rules": lambda bureau: bureau.event_rules("FR", portfolio_id=1),
    "set_event_rules": lambda bureau: bureau.set_event_rules(1, "XX", [RULE]),
    "reset_event_rules": lambda bureau: bureau.reset_event_rules(1),
    "notification_events": lambda bureau: list(bureau.notification_events()),
    "portfolio_events": lambda bureau: list(bureau.notification_events(1)),
    "company_notification_events": lambda bureau: list(
        bureau.company_notification_events(1, COMPANY)
    ),
    "company_events": lambda bureau: list(bureau.company_events(COMPANY)),
}
ONCE = ("report", "create_portfolio")


class BadServer(LogsIn, FixedServer):
    """Logs anybody in and gives ``status`` and ``body`` to every other call."""

    door = ("/authenticate", {"token": TOKEN})

    def bureau(self, **options):
        options.setdefault("timeout", 5)
        return Creditsafe(self.url, "user@example.com", PASSWORD, **options)
