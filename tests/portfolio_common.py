"""What the tests of portfolios share."""

from .common import new_test_user, run_scheduled
from .credit_common import CreditCase

READER = "partner_company_data.group_credit_reader"


class PortfolioCase(CreditCase):
    """The buyer has a portfolio at the sandbox, empty at first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = new_test_user(
            cls.env, "credit_reader", groups=f"base.group_user,{READER}"
        )
        cls.portfolio = cls.make_portfolio()
        cls.keep_account()

    @classmethod
    def make_portfolio(cls, name="Clients Sud", user=None, **values):
        """A portfolio here and at the sandbox."""
        portfolio = (
            cls.env["partner.credit.portfolio"]
            .with_user(user or cls.buyer)
            .create({"name": name, "source_id": cls.credit.id, **values})
        )
        cls.env.flush_all()
        portfolio.action_create_remote()
        cls.env.invalidate_all()
        return portfolio

    def there(self, portfolio=None):
        """Bureau ids of the companies in a portfolio at the sandbox."""
        number = int((portfolio or self.portfolio).bureau_id)
        with self.credit._open_connector() as connector:
            return {
                company.bureau_id
                for page in connector.portfolio_companies(number)
                for company in page.items
            }

    def names_there(self):
        with self.credit._open_connector() as connector:
            return {portfolio.name for portfolio in connector.portfolios()}

    def add(self, partners, portfolio=None, user=None):
        """The dialog confirmed by a person; its action."""
        return self.confirm(partners, "add", portfolio, user)

    def remove(self, partners, portfolio=None, user=None):
        return self.confirm(partners, "remove", portfolio, user)

    def confirm(self, partners, mode, portfolio=None, user=None):
        self.env.flush_all()
        wizard = self.open_dialog(partners, mode, user)
        wizard.portfolio_id = portfolio or self.portfolio
        self.env.flush_all()
        action = wizard.action_confirm()
        self.env.flush_all()
        self.env.invalidate_all()
        return action

    def open_dialog(self, partners, mode="add", user=None):
        partners = partners.with_user(user or self.buyer)
        action = (
            partners.action_add_to_credit_portfolio()
            if mode == "add"
            else partners.action_remove_from_credit_portfolio()
        )
        return (
            self.env[action["res_model"]]
            .with_user(user or self.buyer)
            .browse(action["res_id"])
        )

    def work(self):
        """The scheduled action that adds and removes what waits."""
        run_scheduled(self, "partner.credit.portfolio.line", "_cron_process")

    def lines(self, *states, portfolio=None):
        lines = (portfolio or self.portfolio).sudo().line_ids
        return lines.filtered(lambda line: not states or line.state in states)

    def synchronise(self, portfolio=None):
        self.env.flush_all()
        action = (
            (portfolio or self.portfolio).with_user(self.buyer).action_synchronise()
        )
        self.env.invalidate_all()
        return action

    def change(self, company, **values):
        """Have a company change at the bureau, without an event."""
        self.control("POST", "creditsafe/change", company=company, **values)
