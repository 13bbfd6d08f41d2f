from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from . import retention
from .notification import RELOAD, notification

# Links whose partner can be checked: the others wait for nothing.
FOLLOWED = Domain(
    "partner_id", "any", [("active", "=", True), ("l10n_fr_siren", "!=", False)]
)


class PartnerDataLink(models.Model):
    """One commercial entity × one source: the work queue of the checks."""

    _name = "partner.data.link"
    _description = "Partner at a Company Data Source"
    _rec_name = "partner_id"
    _order = "next_check NULLS FIRST, id"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", required=True, ondelete="cascade", index=True
    )
    source_id = fields.Many2one(
        "partner.data.source", required=True, ondelete="cascade"
    )
    identifier = fields.Char(
        readonly=True, help="SIREN or SIRET that was asked for at the last check."
    )
    file_id = fields.Many2one(
        "partner.registry.file",
        string="Register's record",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    state = fields.Selection(
        [
            ("never", "Never checked"),
            ("checked", "Checked"),
            ("not_found", "Not found"),
            ("partial", "Partial disclosure"),
            ("failed", "Failed"),
        ],
        required=True,
        default="never",
        readonly=True,
        help="How the last check ended.",
    )
    checked_on = fields.Datetime(string="Last check", readonly=True)
    register_date = fields.Datetime(
        readonly=True, help="When the register was loaded that this check has read."
    )
    next_check = fields.Datetime(
        readonly=True, help="Empty: as soon as possible, before all others."
    )
    seek_seat = fields.Boolean(
        readonly=True,
        help="The establishment is no longer the seat: the next check asks the "
        "register for the seat of the legal unit.",
    )
    alert = fields.Char(
        readonly=True,
        help="What people were told last: closed or ceased. Told once.",
    )
    attempts = fields.Integer(readonly=True)
    last_error = fields.Char(string="Reason", readonly=True)

    _partner_source_uniq = models.UniqueIndex(
        "(partner_id, source_id)", "A partner has one link a source."
    )
    _queue_idx = models.Index("(source_id, next_check NULLS FIRST, id)")

    def _ask_first(self):
        """Have these partners checked before all others, reloaded register or not.

        Links that a worker holds are being checked just now: they are left to it.

        :return: the links that wait now
        """
        # sudo: the queue is nobody's to write.
        links = self.sudo().try_lock_for_update(allow_referencing=True)
        links.write({"next_check": False, "register_date": False, "attempts": 0})
        return links

    def action_try_again(self):
        """Have these partners checked before all others."""
        self.check_access("read")
        self.partner_id._registry_check_right()
        links = self._ask_first()
        links.source_id._trigger_check()
        return links._notify_asked()

    def _notify_asked(self):
        """Tell that these partners' turn comes."""
        return notification(
            self.env._(
                "%(count)s partners will be checked in the next minutes.",
                count=len(self),
            ),
            then=RELOAD,
        )

    @api.autovacuum
    def _gc_contacts(self):
        """Take away the links of partners that became contacts of a company.

        What was proposed about them is over: a contact has its company's number.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT link.id
                  FROM partner_data_link link
                  JOIN res_partner partner ON partner.id = link.partner_id
                 WHERE partner.commercial_partner_id != partner.id
                 LIMIT %s
                """,
                retention.LIMIT,
            )
        )
        links = self.browse(link_id for (link_id,) in rows)
        links.partner_id.registry_proposal_ids._make_obsolete()
        return retention.remove(links)
