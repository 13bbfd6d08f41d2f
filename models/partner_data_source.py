import logging
from ast import literal_eval
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_datetime

from odoo.addons.partner_company_data.connectors import errors

from .notification import notification

_logger = logging.getLogger(__name__)

SUSPENDED_ACTIVITY = "partner_company_data.mail_activity_source_suspended"


class PartnerDataSource(models.Model):
    """A service as it is used here. No worker writes this row while it works."""

    _name = "partner.data.source"
    _description = "Company Data Source"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    code = fields.Selection(selection=[], required=True, readonly=True)
    kind = fields.Selection(
        [("registry", "Register"), ("credit", "Credit bureau")],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("disabled", "Disabled"),
            ("test", "Test"),
            ("enabled", "Enabled"),
            ("suspended", "Suspended"),
        ],
        default="disabled",
        required=True,
        tracking=True,
        help="Test: asked when a person wants it, never by the scheduled action.",
    )
    suspension_reason = fields.Char(readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        help="Registers are shared by all companies; a credit bureau's account "
        "belongs to one.",
    )
    base_url = fields.Char(string="Address", required=True)
    api_key = fields.Char(string="API key", groups="base.group_system", copy=False)
    timeout = fields.Integer(string="Time-out (seconds)", default=30)
    batch_size = fields.Integer(
        default=100, help="How many partners one request asks about."
    )
    interval_days = fields.Integer(
        string="Check every (days)",
        default=1,
        help="A partner is asked about again after this number of days, and only when "
        "the register has been loaded again since.",
    )
    daily_limit = fields.Integer(
        help="How many partners may be checked a day; 0 for no limit."
    )
    partner_domain = fields.Char(
        string="Partners to check",
        default="[]",
        help="Leave empty for every company with a valid SIREN or SIRET.",
    )
    stale_days = fields.Integer(
        string="Old after (days)",
        default=45,
        help="A register loaded longer ago than this is said to be old.",
    )
    responsible_id = fields.Many2one(
        "res.users",
        help="Who is told when the source needs a person.",
    )
    cron_id = fields.Many2one(
        "ir.cron", string="Scheduled action", readonly=True, ondelete="set null"
    )
    register_date = fields.Datetime(
        compute="_compute_register_date",
        help="When the register was loaded, as last seen by a check.",
    )
    run_ids = fields.One2many("partner.data.run", "source_id", string="Runs")
    link_ids = fields.One2many("partner.data.link", "source_id")

    _code_company_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "This source exists already."
    )
    _batch_size_check = models.Constraint(
        "CHECK(batch_size BETWEEN 1 AND 1000)",
        "A batch holds between 1 and 1,000 partners.",
    )

    def _compute_register_date(self):
        dates = dict(
            self.env["partner.data.run"]
            .sudo()
            ._read_group(
                [("source_id", "in", self.ids), ("register_date", "!=", False)],
                ["source_id"],
                ["register_date:max"],
            )
        )
        for source in self:
            source.register_date = dates.get(source, False)

    @api.constrains("partner_domain")
    def _check_partner_domain(self):
        for source in self:
            try:
                source._partner_filter().validate(self.env["res.partner"])
            except (ValueError, SyntaxError, TypeError) as error:
                raise ValidationError(
                    self.env._(
                        "The filter of the partners to check can't be used: %(reason)s",
                        reason=error,
                    )
                ) from error

    def _partner_filter(self):
        """Domain of the partners that people want to have checked here."""
        self.ensure_one()
        return Domain(literal_eval(self.partner_domain or "[]"))

    def write(self, vals):
        # Whoever chooses where the key is sent could read it there.
        if "base_url" in vals and not (self.env.su or self.env.is_system()):
            raise AccessError(
                self.env._("Only an administrator changes the address of a source.")
            )
        return super().write(vals)

    # === The service === #

    def _connector(self):
        """The connector of this source, with its address and key.

        Each source's own file defines ``_<code>_connector``.
        """
        self.ensure_one()
        return getattr(self.sudo(), f"_{self.code}_connector")()

    @api.model
    def _active_registry(self):
        """The register in use: the first that is enabled, else the first in test."""
        sources = self.sudo().search(
            [("kind", "=", "registry"), ("state", "in", ("enabled", "test"))]
        )
        return sources.sorted(lambda source: source.state != "enabled")[:1]

    @api.model
    def _active_registry_or_raise(self):
        source = self._active_registry()
        if not source:
            raise UserError(
                self.env._(
                    "No register is in use. Enable OpenDataSoft or Recherche "
                    "d'entreprises in Settings ▸ Company data ▸ Sources."
                )
            )
        return source

    def _error_sentence(self, error):
        """What happened at the service and what to do, for people.

        :param error: a :class:`connectors.errors.ServiceError`
        """
        self.ensure_one()
        name = self.name
        if isinstance(error, errors.AuthenticationError):
            return self.env._(
                "%(service)s refuses the key. Put in a valid key in the source and "
                "test the connection.",
                service=name,
            )
        if isinstance(error, errors.QuotaError):
            if not error.reset_at:
                return self.env._(
                    "The allowance at %(service)s is used up. The checks go on by "
                    "themselves later.",
                    service=name,
                )
            return self.env._(
                "The allowance at %(service)s is used up until %(date)s. The checks go "
                "on by themselves then.",
                service=name,
                date=format_datetime(self.env, error.reset_at.replace(tzinfo=None)),
            )
        if isinstance(error, errors.TransientError):
            return self.env._(
                "%(service)s does not answer at the moment. Try again in a few "
                "minutes.",
                service=name,
            )
        if isinstance(error, errors.MalformedError):
            return self.env._(
                "The answer of %(service)s could not be read. Nothing was changed; if "
                "this lasts, its format has changed: tell your administrator.",
                service=name,
            )
        if isinstance(error, errors.NotFoundError):
            return self.env._("%(service)s does not know this number.", service=name)
        return self.env._(
            "%(service)s refused the request. Check the source's address.", service=name
        )

    @contextmanager
    def _service_errors(self):
        """Turn an error of the service into one sentence for the person who asked."""
        self.ensure_one()
        try:
            yield
        except errors.ServiceError as error:
            _logger.warning("%s: %s: %s", self.code, error.code, error)
            raise UserError(self._error_sentence(error)) from error

    def action_test_connection(self):
        """Ask the service for the date of its data, and say what is wrong if it is."""
        self.ensure_one()
        self.check_access("write")
        with self._service_errors():
            freshness = self._connector().freshness()
        if freshness.loaded_at:
            message = self.env._(
                "The connection works. The register was loaded on %(date)s.",
                date=format_datetime(
                    self.env, freshness.loaded_at.replace(tzinfo=None)
                ),
            )
        else:
            message = self.env._("The connection works. The register is of today.")
        return notification(message, "success", title=self.name)

    def action_enable(self):
        self.check_access("write")
        self.write({"state": "enabled", "suspension_reason": False})
        # sudo: whoever enables it has done what others were asked to do.
        self.sudo().activity_feedback([SUSPENDED_ACTIVITY])

    def action_disable(self):
        self.check_access("write")
        self.write({"state": "disabled"})

    def _suspend(self, reason):
        """Stop asking until a person has looked; tell them once."""
        self.ensure_one()
        source = self.sudo()
        if source.state == "suspended":
            return
        source.write({"state": "suspended", "suspension_reason": reason})
        source.activity_schedule(
            SUSPENDED_ACTIVITY,
            summary=self.env._("%(service)s is suspended", service=source.name),
            note=reason,
            user_id=(source.responsible_id or self.env.ref("base.user_admin")).id,
        )

    def _links_of(self, partners):
        """Links of these partners, made if missing; none for those without number."""
        self.ensure_one()
        source = self.sudo()
        source._prepare_links(partners.ids)
        return source.env["partner.data.link"].search(
            [
                ("source_id", "=", source.id),
                ("partner_id", "in", partners.ids),
                ("partner_id.l10n_fr_siren", "!=", False),
            ]
        )
