from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from . import partner_identity, registry_fields
from .groups import OFFICER, READER
from .notification import RELOAD, notification
from .open_records import open_records


class ResPartner(models.Model):
    _inherit = "res.partner"

    # === Identifiers: Odoo keeps the SIRET (or the SIREN) in company_registry === #
    l10n_fr_siren = fields.Char(
        string="SIREN number",
        compute="_compute_l10n_fr_identifiers",
        store=True,
        index="btree_not_null",
    )
    l10n_fr_siret = fields.Char(
        string="SIRET number",
        compute="_compute_l10n_fr_identifiers",
        store=True,
        index="btree_not_null",
    )
    registry_identifier_state = fields.Selection(
        [
            ("siret", "SIRET known"),
            ("siren", "SIREN only"),
            ("missing", "SIREN missing"),
            ("invalid", "SIREN or SIRET invalid"),
        ],
        string="Identifier",
        compute="_compute_registry_identifier_state",
        store=True,
        help="Empty for persons and for companies outside the French register.",
    )
    registry_vat_mismatch = fields.Boolean(
        string="VAT number does not fit the SIREN",
        compute="_compute_registry_vat_mismatch",
        store=True,
    )

    # === Facts of the register that people own and validated === #
    registry_legal_name = fields.Char(string="Legal name")
    registry_establishment_type = fields.Selection(
        registry_fields.ESTABLISHMENT_TYPES, string="Establishment type"
    )
    registry_establishment_state = fields.Selection(
        registry_fields.ESTABLISHMENT_STATES,
        string="Administrative state of the establishment",
    )
    registry_unit_state = fields.Selection(
        registry_fields.UNIT_STATES, string="Administrative state of the company"
    )
    registry_legal_form = fields.Char(string="Legal form")
    registry_naf = fields.Char(string="NAF code")
    registry_naf_nomenclature = fields.Char(string="NAF nomenclature")
    registry_category = fields.Selection(
        registry_fields.CATEGORIES, string="Company category"
    )
    registry_category_year = fields.Integer(aggregator=None)
    registry_workforce = fields.Selection(
        registry_fields.WORKFORCES, string="Workforce bracket"
    )
    registry_workforce_year = fields.Integer(aggregator=None)
    registry_turnover = fields.Float(string="Turnover", digits=(16, 0))
    registry_turnover_year = fields.Integer(aggregator=None)

    # === What the register says now: through the link === #
    registry_link_id = fields.Many2one(
        "partner.data.link",
        string="Check against the register",
        copy=False,
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The partner at the register in use. Set when the link is made.",
        groups=READER,
    )
    data_link_ids = fields.One2many("partner.data.link", "partner_id", groups=READER)
    registry_checked_on = fields.Datetime(
        related="registry_link_id.checked_on",
        string="Last check",
        groups=READER,
    )
    registry_register_date = fields.Datetime(
        related="registry_link_id.register_date",
        string="Register loaded on",
        groups=READER,
    )
    registry_last_processed = fields.Date(
        related="registry_link_id.file_id.last_processed",
        string="Last processed on",
        groups=READER,
    )
    registry_creation_date = fields.Date(
        related="registry_link_id.file_id.unit_creation_date",
        string="Creation date",
        groups=READER,
    )
    registry_source_id = fields.Many2one(
        related="registry_link_id.source_id",
        string="Source",
        groups=READER,
    )
    registry_check_error = fields.Char(
        related="registry_link_id.last_error",
        string="Reason of the last failure",
        groups=READER,
    )
    registry_is_partial = fields.Boolean(
        related="registry_link_id.file_id.is_partial",
        string="Partial disclosure",
        groups=READER,
    )
    registry_is_sole_trader = fields.Boolean(
        related="registry_link_id.file_id.is_sole_trader",
        string="Sole trader",
        groups=READER,
    )
    registry_now_establishment_state = fields.Selection(
        related="registry_link_id.file_id.establishment_state",
        string="State of the establishment in the register",
        groups=READER,
    )
    registry_now_unit_state = fields.Selection(
        related="registry_link_id.file_id.unit_state",
        string="State of the company in the register",
        groups=READER,
    )
    registry_department = fields.Char(
        string="Department",
        compute="_compute_registry_department",
        store=True,
        help="Department code, from the postcode.",
    )
    registry_proposal_ids = fields.One2many(
        "partner.update.proposal", "partner_id", groups=READER
    )
    registry_check_state = fields.Selection(
        [
            ("never", "Never checked"),
            ("up_to_date", "Up to date"),
            ("updates", "Updates available"),
            ("not_found", "Not found"),
            ("partial", "Partial disclosure"),
            ("failed", "Failed"),
        ],
        string="State of the check",
        compute="_compute_registry_check_state",
        search="_search_registry_check_state",
        groups=READER,
    )

    # === Identifiers === #

    @api.depends("company_registry", "country_id")
    def _compute_l10n_fr_identifiers(self):
        for partner in self:
            siren, siret = partner._read_french_identifiers()
            partner.l10n_fr_siren = siren
            partner.l10n_fr_siret = siret

    def _read_french_identifiers(self):
        """SIREN and SIRET as this Odoo version keeps them, ``False`` when not valid.

        The other half of the pair is :meth:`_prepare_french_identifiers`.
        """
        self.ensure_one()
        return partner_identity.french_identifiers(
            self.company_registry, self.country_id.code
        )

    @api.model
    def _prepare_french_identifiers(self, siren=None, siret=None):
        """Values that keep these numbers where this Odoo version has them."""
        return {"company_registry": siret or siren or False}

    @api.depends(
        "company_registry",
        "l10n_fr_siren",
        "l10n_fr_siret",
        "country_id",
        "is_company",
        "parent_id",
    )
    def _compute_registry_identifier_state(self):
        for partner in self:
            partner.registry_identifier_state = partner_identity.identifier_state(
                partner.company_registry,
                partner.l10n_fr_siren,
                partner.l10n_fr_siret,
                partner.country_id.code,
                partner.is_company,
            )

    @api.depends("vat", "l10n_fr_siren")
    def _compute_registry_vat_mismatch(self):
        for partner in self:
            partner.registry_vat_mismatch = partner_identity.has_vat_mismatch(
                partner.vat, partner.l10n_fr_siren
            )

    @api.depends("zip", "country_id")
    def _compute_registry_department(self):
        for partner in self:
            partner.registry_department = partner_identity.department(
                partner.zip, partner.country_id.code
            )

    # === The check === #

    @api.depends(
        "registry_link_id.state", "registry_proposal_ids.state", "l10n_fr_siren"
    )
    def _compute_registry_check_state(self):
        # sudo: the state of the check is no secret of the proposal's readers.
        with_proposal = {
            partner
            for [partner] in self.env["partner.update.proposal"]
            .sudo()
            ._read_group(
                [
                    ("partner_id", "in", self.ids),
                    ("state", "=", "new"),
                    ("source_id.kind", "=", "registry"),
                ],
                ["partner_id"],
            )
        }
        for partner in self:
            # A number that was taken away leaves a check that is nobody's.
            state = partner.l10n_fr_siren and partner.registry_link_id.state or "never"
            if partner in with_proposal:
                state = "updates"
            elif state == "checked":
                state = "up_to_date"
            partner.registry_check_state = state

    @api.model
    def _search_registry_check_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        with_proposal = Domain(
            "registry_proposal_ids",
            "any",
            [("state", "=", "new"), ("source_id.kind", "=", "registry")],
        )
        domains = []
        for state in value:
            if state == "updates":
                domains.append(with_proposal)
            elif state in ("never", False):
                domains.append(
                    ~with_proposal
                    & (
                        Domain("registry_link_id", "=", False)
                        | Domain("l10n_fr_siren", "=", False)
                        | Domain("registry_link_id.state", "=", "never")
                    )
                )
            else:
                kept = "checked" if state == "up_to_date" else state
                domains.append(
                    ~with_proposal
                    & Domain("l10n_fr_siren", "!=", False)
                    & Domain("registry_link_id.state", "=", kept)
                )
        return Domain.OR(domains)

    def update_check_from_ods(self):
        """Check these partners against the register now.

        :return: an action: the proposal when there is one to decide, otherwise what
            the register said
        """
        return self._registry_check(
            self.env["partner.data.source"]._active_registry_or_raise()
        )

    def update_check_from_daily_source(self):
        """Check these partners in the register that is renewed every day."""
        source = (
            self.env["partner.data.source"]
            .sudo()
            .search(
                [
                    ("code", "=", "recherche_entreprises"),
                    ("state", "in", ("enabled", "test")),
                ],
                limit=1,
            )
        )
        if not source:
            raise UserError(
                self.env._(
                    "The daily source is not in use. An administrator can enable it in "
                    "Settings ▸ Company data ▸ Sources."
                )
            )
        return self._registry_check(source)

    def action_registry_check_selection(self):
        """Check a selection: a few at once, many in the background."""
        source = self.env["partner.data.source"]._active_registry_or_raise()
        partners = self.commercial_partner_id
        if len(partners) <= source.batch_size:
            return partners._registry_check(source)
        partners._registry_check_right()
        links = source._links_of(partners)._ask_first()
        source._trigger_check()
        return links._notify_asked()

    def _registry_check_right(self):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(OFFICER):
            raise AccessError(
                self.env._("You need the right Company data: Officer to do this.")
            )

    def _registry_check(self, source):
        self._registry_check_right()
        partners = self.commercial_partner_id
        links = source._links_of(partners)
        if not links:
            raise UserError(
                self.env._(
                    "There is no valid SIREN or SIRET to check. Use Get SIRET/SIREN "
                    "first."
                )
            )
        with source._service_errors():
            checked = source._process_batch(links.ids)
        # Partners are written once the register has answered: nobody waits for it.
        source._show_links(partners.ids)
        if not checked:
            return notification(
                self.env._("These partners are being checked right now."), then=RELOAD
            )
        if len(partners) == 1:
            partners._registry_show_latest(source)
        return partners._registry_outcome(source)

    def _registry_show_latest(self, source):
        """Show this source's answer: it is the one that the person asked for."""
        link = self.sudo().data_link_ids.filtered(lambda link: link.source_id == source)
        if self.registry_link_id != link:
            self.sudo().registry_link_id = link

    def _registry_outcome(self, source):
        """What to show after a check."""
        proposals = self.env["partner.update.proposal"].search(
            [
                ("partner_id", "in", self.ids),
                ("state", "=", "new"),
                ("source_id.kind", "=", "registry"),
            ]
        )
        if proposals:
            return open_records(proposals, name=self.env._("Partner updates"))
        labels = dict(
            self._fields["registry_check_state"]._description_selection(self.env)
        )
        states = Counter(self.mapped("registry_check_state"))
        return notification(
            ", ".join(
                f"{count} × {labels[state]}" if len(self) > 1 else labels[state]
                for state, count in states.items()
            ),
            "success" if set(states) == {"up_to_date"} else "warning",
            RELOAD,
        )
