from odoo import api, fields, models

from odoo.addons.partner_company_data.connectors import errors


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
    )
    suspension_reason = fields.Char(readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        help="Registers are shared by all companies; a credit bureau's account "
        "belongs to one.",
    )
    base_url = fields.Char(string="Address", required=True)
    api_key = fields.Char(
        string="API key", groups="base.group_system", copy=False
    )
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
    cron_id = fields.Many2one("ir.cron", string="Scheduled action", readonly=True)
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
