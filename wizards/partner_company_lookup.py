import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.partner_company_data.connectors import errors, identifiers, matching
from odoo.addons.partner_company_data.connectors.datatypes import SearchCriteria

_logger = logging.getLogger(__name__)

# More candidates than this are not looked through by anybody.
MAX_CANDIDATES = 50


class PartnerCompanyLookup(models.AbstractModel):
    """A dialog that looks a partner up in the register: criteria and candidates.

    A dialog defines ``candidate_ids``, its lines (``partner.company.candidate``).
    """

    _name = "partner.company.lookup"
    _description = "Look-up in the Register"

    partner_id = fields.Many2one(
        "res.partner", readonly=False, required=True, ondelete="cascade"
    )
    source_id = fields.Many2one(
        "partner.data.source",
        readonly=True,
        default=lambda self: self._default_source(),
    )
    source_name = fields.Char(
        related="source_id.name", string="Name of the source", related_sudo=True
    )
    name = fields.Char(string="Company name")
    siren = fields.Char(string="SIREN number")
    siret = fields.Char(string="SIRET number")
    street = fields.Char()
    zip = fields.Char(string="Postcode")
    city = fields.Char()
    active_only = fields.Boolean(string="Active only", default=True)
    searched = fields.Boolean(readonly=True)
    has_candidates = fields.Boolean(compute="_compute_has_candidates")

    @api.depends("candidate_ids")
    def _compute_has_candidates(self):
        for wizard in self:
            wizard.has_candidates = bool(wizard.candidate_ids)

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env["ir.model"]._get(self._name).name

    @api.model
    def _default_source(self):
        return self.env["partner.data.source"]._active_registry()

    def _search_criteria(self):
        """What the person asks for, as ``connectors.datatypes.SearchCriteria``."""
        self.ensure_one()
        return SearchCriteria(
            name=self.name or None,
            siren=self.siren or None,
            siret=self.siret or None,
            street=self.street or None,
            zip=self.zip or None,
            city=self.city or None,
            active_only=self.active_only,
        )

    def _find(self):
        """Candidates for the criteria, the best first.

        :return: tuple of ``connectors.datatypes.CompanyCandidate``
        """
        criteria = self._search_criteria()
        connector = self.source_id._connector()
        return matching.rank(criteria, connector.lookup(criteria))

    def _check_criteria(self):
        """Say what is missing or wrong before the register is asked."""
        self.ensure_one()
        if self.siren and not identifiers.is_valid_siren(self.siren):
            raise UserError(
                self.env._(
                    "%(number)s is not a SIREN: it has nine digits and a check digit.",
                    number=self.siren,
                )
            )
        if self.siret and not identifiers.is_valid_siret(self.siret):
            raise UserError(
                self.env._(
                    "%(number)s is not a SIRET: it has fourteen digits and a check "
                    "digit.",
                    number=self.siret,
                )
            )
        if not (self.name or self.siren or self.siret or self.street):
            raise UserError(
                self.env._("Give at least a name, a SIREN, a SIRET or a street.")
            )

    def action_search(self):
        """Ask the register and show what it found."""
        self.ensure_one()
        self.check_access("write")
        self.source_id = self.env["partner.data.source"]._active_registry_or_raise()
        self._check_criteria()
        with self.source_id._service_errors():
            found = self._find()
        # Created with the facts that users may not write themselves.
        Candidate = self.candidate_ids.sudo()
        Candidate.unlink()
        Candidate.create(self._prepare_lines_vals(found[:MAX_CANDIDATES]))
        self.searched = True
        return self._after_search()

    def _prepare_lines_vals(self, found):
        Candidate = self.candidate_ids
        return [
            {**vals, "wizard_id": self.id}
            for vals in Candidate._prepare_candidates_vals(found, self.partner_id)
        ]

    def _selected_candidate(self):
        selected = self.candidate_ids.filtered("selected")
        if not selected:
            raise UserError(self.env._("Tick the company that is meant."))
        if len(selected) > 1:
            raise UserError(self.env._("Tick one company only."))
        return selected

    def _after_search(self):
        """Action that shows the results; a page loads itself again without one."""

    def _check_partner(self):
        """Check the partner now, so that it tells at once how it stands.

        What was left out of the update becomes a proposal; what the service can't
        answer now, the next check asks.
        """
        source = self.source_id
        try:
            with self.env.cr.savepoint():
                source._process_batch(source._links_of(self.partner_id).ids)
                source._show_links(self.partner_id.ids)
        except errors.ServiceError as error:
            _logger.info("%s: no check after an update: %s", source.code, error.code)

    def _open(self):
        """Action that opens this look-up."""
        raise NotImplementedError
