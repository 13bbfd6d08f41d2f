from contextlib import contextmanager
from urllib.parse import quote

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.partner_company_data.connectors import errors

from .notification import notification
from .open_records import open_records
from .partner_data_source_token import commit_apart

BUYER = "partner_company_data.group_credit_buyer"
ACCOUNT_FIELDS = {"base_url", "username", "password"}


class PartnerDataSource(models.Model):
    """What a credit bureau's account needs beside address and state."""

    _inherit = "partner.data.source"

    server = fields.Selection(
        [
            ("production", "Production"),
            ("sandbox", "Bureau's sandbox"),
            ("other", "Other"),
        ],
        compute="_compute_server",
        inverse="_inverse_server",
    )
    username = fields.Char(groups="base.group_system", copy=False)
    password = fields.Char(groups="base.group_system", copy=False)
    is_asked = fields.Boolean(
        compute="_compute_is_asked",
        help="Asked over the network, with a log-in; others are fed by files.",
    )
    page_pattern = fields.Char(
        string="Address of a company's page",
        help="{bureau_id}, {bureau_number} and {siren} are replaced. An account at the "
        "bureau is needed, and opening a page may use up a consultation.",
    )
    search_pattern = fields.Char(
        string="Address of a search by name", help="{name} is replaced."
    )
    import_mapping = fields.Json(
        copy=False, help="What the columns of this account's files hold, by title."
    )
    is_unlimited = fields.Boolean(
        string="Unlimited reports", help="The contract counts no single report."
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    report_price = fields.Monetary(
        string="Price of a report", help="Noted here to show costs before buying."
    )
    cache_days = fields.Integer(
        string="Buy again after (days)",
        default=30,
        help="A report younger than this is not bought again.",
    )
    monthly_budget = fields.Integer(
        string="Reports a month", help="No more are bought; 0 for no limit."
    )
    with_pdf = fields.Boolean(
        string="Buy reports with their PDF",
        default=True,
        help="The PDF comes with the report, at no further cost.",
    )
    old_after_days = fields.Integer(string="Old data after (days)", default=90)
    bought_this_month = fields.Integer(
        string="Bought this month", compute="_compute_bought_this_month"
    )

    @api.model
    def _bureau_accounts(self):
        """The bureaus that can be used: values of a new account, by source code.

        A bureau's own file adds its own. ``servers`` are the addresses that it is known
        to have, by value of ``server``; they are no field.
        """
        return {}

    def _bureau_servers(self):
        self.ensure_one()
        return self._bureau_accounts().get(self.code, {}).get("servers", {})

    @api.depends("base_url", "code")
    def _compute_server(self):
        for source in self:
            known = {url: name for name, url in source._bureau_servers().items()}
            source.server = known.get(source.base_url, "other")

    def _inverse_server(self):
        for source in self:
            servers = source._bureau_servers()
            source.base_url = servers.get(source.server, source.base_url)

    @api.onchange("server")
    def _onchange_server(self):
        self.base_url = self._bureau_servers().get(self.server, self.base_url)

    @api.model_create_multi
    def create(self, vals_list):
        accounts = self._bureau_accounts()
        return super().create(
            [
                {
                    **{
                        name: value
                        for name, value in accounts.get(vals.get("code"), {}).items()
                        if name != "servers"
                    },
                    **vals,
                }
                for vals in vals_list
            ]
        )

    def _compute_bought_this_month(self):
        for source in self:
            source.bought_this_month = source._count_bought()

    def write(self, vals):
        result = super().write(vals)
        if ACCOUNT_FIELDS & set(vals):
            self._forget_token()
        return result

    # === The account === #

    @api.model
    def _active_credits(self):
        """The bureaus that the current company uses, the one it prefers first."""
        return self.sudo().search(
            [
                ("kind", "=", "credit"),
                ("state", "in", ("enabled", "test")),
                ("company_id", "=", self.env.company.id),
            ]
        )

    @api.model
    def _active_credit(self, code=None):
        """The bureau of this code that the current company uses, or none.

        :param code: of a source; without it the preferred bureau
        """
        return self._active_credits().filtered(
            lambda source: not code or source.code == code
        )[:1]

    @api.model
    def _active_credit_or_raise(self, code=None):
        source = self._active_credit(code)
        if source:
            return source
        stopped = self.sudo().search(
            [
                ("kind", "=", "credit"),
                ("company_id", "=", self.env.company.id),
                *([("code", "=", code)] if code else ()),
            ],
            limit=1,
        )
        stopped._check_in_use()
        raise UserError(
            self.env._(
                "No credit bureau is in use in this company. Put the account in under "
                "Company data, test the connection, and enable it."
            )
        )

    def _check_in_use(self):
        """Say why a source that is not in use is not."""
        for source in self.sudo():
            if source.state == "suspended":
                raise UserError(
                    self.env._(
                        "%(service)s is suspended: %(reason)s",
                        service=source.name,
                        reason=source.suspension_reason or "",
                    )
                )
            if source.state == "disabled":
                raise UserError(
                    self.env._(
                        "%s is disabled: enable it in the source first.", source.name
                    )
                )

    @api.model
    def _check_may_buy(self):
        if not self.env.user.has_group(BUYER):
            raise AccessError(
                self.env._("Buying reports needs the right “Buy and monitor”.")
            )

    @api.model
    def _bureau_account(self, code):
        """The current company's account at a bureau, made (disabled) when missing."""
        self.browse().check_access("write")
        # sudo: a source is made from here alone, one a company.
        Source = self.sudo().with_context(active_test=False)
        return Source.search(
            [("code", "=", code), ("company_id", "=", self.env.company.id)]
        ) or Source.create(
            {
                "code": code,
                "kind": "credit",
                "company_id": self.env.company.id,
                "responsible_id": self.env.user.id,
            }
        )

    @api.model
    def action_open_account(self, code):
        """Open the current company's account at a bureau."""
        source = self._bureau_account(code)
        return open_records(source, name=source.name)

    @api.model
    def action_open_accounts(self):
        """The current company's accounts, one for each bureau that can be used."""
        for code in self._bureau_accounts():
            self._bureau_account(code)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit bureaus"),
            "res_model": self._name,
            "views": [(False, "list"), (False, "form")],
            "domain": [
                ("kind", "=", "credit"),
                ("company_id", "=", self.env.company.id),
            ],
        }

    @api.depends("kind")
    def _compute_is_asked(self):
        for source in self:
            source.is_asked = source.kind == "credit"

    def _bureau_words(self):
        """What people call things of this bureau; a bureau's own file says better.

        ``page`` and ``page_help`` (its page of a company), ``add`` (to a portfolio);
        ``limit`` is what it calls the limit that it recommends.
        """
        self.ensure_one()
        return {
            "page": self.env._("Open the page of %s", self.name),
            "page_help": self.env._(
                "An account at %s is needed. Opening the page may use up a "
                "consultation of the contract.",
                self.name,
            ),
            "add": self.env._("Add to my %s portfolio", self.name),
            "limit": self.env._("Credit limit"),
        }

    def _can_monitor(self):
        """Whether this bureau can be asked to watch companies; its own file says so."""
        self.ensure_one()
        return False

    def _makes_portfolios(self):
        """Whether portfolios are made and taken over here; others are set up there."""
        self.ensure_one()
        return True

    def _file_reader(self):
        """The connector module that reads this bureau's files, or ``None``.

        A bureau's own file says which: ``read_layout`` and ``read_rows`` as those of
        ``connectors.altares_file``.
        """
        return None

    def action_test_connection(self):
        """Log in, and show what the contract has and how much of it is left."""
        self.ensure_one()
        if self.kind != "credit":
            return super().action_test_connection()
        self.check_access("write")
        if not self.is_asked:
            raise UserError(
                self.env._("%s is fed by files: there is nothing to test.", self.name)
            )
        self._forget_refusal()
        return notification(
            self._counters_text(),
            "success",
            title=self.env._("The connection to %s works", self.name),
            sticky=True,
        )

    def action_enable(self):
        credit = self.filtered(lambda source: source.kind == "credit")
        for source in credit.sudo():
            if source.is_asked and not (source.username and source.password):
                raise UserError(
                    self.env._("Put in user name and password before enabling.")
                )
            source._forget_token()
        return super().action_enable()

    def _forget_refusal(self):
        """A person tries again: the log-in may be sent once more."""
        with self._own_env() as env:
            env["partner.data.token"].search(
                [("source_id", "=", self.id)]
            ).refusal = False
            commit_apart(env)

    def _counters(self):
        """The contract's counters, asked now (free of charge).

        :return: tuple of ``connectors.credit.AccessCounter``
        """
        with self._service_errors(), self._open_connector() as connector:
            return connector.access()

    def _counters_text(self):
        """The counters in words, one service a line."""
        labels = {
            "reports": self.env._("Reports"),
            "offline_reports": self.env._("Offline reports"),
            "monitoring": self.env._("Monitoring"),
            "director_reports": self.env._("Reports on directors"),
            "image_documents": self.env._("Documents"),
            "bank_validation": self.env._("Bank validation"),
            "bank_verification": self.env._("Bank verification"),
        }
        lines = []
        for counter in self._counters():
            label = labels.get(counter.service, counter.service)
            if counter.country_code:
                label = f"{label} {counter.country_code}"
            if counter.remaining is None:
                lines.append(self.env._("%s: not counted", label))
            else:
                lines.append(
                    self.env._(
                        "%(service)s: %(left)s left of %(paid)s",
                        service=label,
                        left=counter.remaining,
                        paid=counter.paid,
                    )
                )
        return " · ".join(lines) or self.env._("The contract lists no service.")

    # === Addresses for people === #

    def _page_url(self, file=None, name=None):
        """The address of a company's page at the bureau, or of a search by name."""
        self.ensure_one()
        if file and self.page_pattern:
            url = self.page_pattern
            for part in ("bureau_id", "bureau_number", "siren"):
                url = url.replace(f"{{{part}}}", quote(file[part] or "", safe=""))
            return url
        if not self.search_pattern:
            raise UserError(self.env._("The source has no address of a search."))
        return self.search_pattern.replace("{name}", quote(name or "", safe=""))

    # === Errors === #

    @contextmanager
    def _open_connector(self):
        """The connector, closed in the end."""
        connector = self._connector()
        try:
            yield connector
        finally:
            connector.close()

    @contextmanager
    def _service_errors(self):
        """As for every source; a bureau's refused log-in suspends it besides."""
        try:
            with super()._service_errors():
                yield
        except UserError as error:
            if self.kind == "credit" and isinstance(
                error.__cause__, errors.AuthenticationError
            ):
                self._suspend_apart(str(error))
            raise

    def _error_sentence(self, error):
        if self.kind != "credit":
            return super()._error_sentence(error)
        name = self.name
        if isinstance(error, errors.AuthenticationError):
            return self.env._(
                "%(service)s refuses the log-in. Put in a valid user name and password "
                "in the source and test the connection.",
                service=name,
            )
        if isinstance(error, errors.OutcomeUnknownError):
            return self.env._(
                "%(service)s did not answer to the order in time: it may have counted "
                "the report. Nothing is ordered again before a person has looked at "
                "the counters, under %(service)s ▸ Usage.",
                service=name,
            )
        if isinstance(error, errors.QuotaError):
            return self.env._(
                "%(service)s allows no more calls at the moment. Try again later.",
                service=name,
            )
        if isinstance(error, errors.RefusedError):
            return self.env._(
                "%(service)s refused the request: %(reason)s",
                service=name,
                reason=str(error),
            )
        if isinstance(error, errors.NotFoundError):
            return self.env._("%(service)s does not know this company.", service=name)
        return super()._error_sentence(error)
