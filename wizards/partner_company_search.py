from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.partner_company_data.connectors import matching, text
from odoo.addons.partner_company_data.connectors.datatypes import (
    CompanyCandidate,
    MatchRate,
    SearchCriteria,
)
from odoo.addons.partner_company_data.connectors.lookup import LookupPlan
from odoo.addons.partner_company_data.models.notification import notification
from odoo.addons.partner_company_data.models.open_records import open_records

PAGE_SIZE = 40
# Any constant of our own: one creation at a time looks for duplicates and adds.
CREATION_LOCK = 0x5043_4443


class PartnerCompanySearch(models.TransientModel):
    """Search companies in the register, tick some, create partners.

    Lines of the page on screen are ``candidate_ids``; lines ticked on other pages wait
    in ``kept_ids``.
    """

    _name = "partner.company.search"
    _description = "Search Companies and Create"

    source_id = fields.Many2one(
        "partner.data.source",
        readonly=True,
        default=lambda self: self.env["partner.data.source"]._active_registry(),
    )
    name = fields.Char(string="Company name")
    naf_ids = fields.Many2many(
        "partner.registry.code",
        "partner_company_search_naf_rel",
        string="NAF codes",
        domain=[("kind", "=", "naf")],
    )
    department_ids = fields.Many2many(
        "partner.registry.code",
        "partner_company_search_department_rel",
        string="Departments",
        domain=[("kind", "=", "department")],
    )
    zip = fields.Char(string="Postcode")
    city = fields.Char()
    workforce_ids = fields.Many2many(
        "partner.registry.code",
        "partner_company_search_workforce_rel",
        string="Workforce brackets",
        domain=[("kind", "=", "workforce")],
    )
    category_ids = fields.Many2many(
        "partner.registry.code",
        "partner_company_search_category_rel",
        string="Company categories",
        domain=[("kind", "=", "category")],
    )
    legal_form_ids = fields.Many2many(
        "partner.registry.code",
        "partner_company_search_legal_form_rel",
        string="Legal forms",
        domain=[("kind", "=", "legal_form")],
    )
    active_only = fields.Boolean(string="Active only", default=True)
    head_offices_only = fields.Boolean(string="Head offices only", default=True)
    candidate_ids = fields.One2many(
        "partner.company.search.candidate",
        "wizard_id",
        domain=[("is_kept", "=", False)],
        string="Results",
    )
    kept_ids = fields.One2many(
        "partner.company.search.candidate",
        "wizard_id",
        domain=[("is_kept", "=", True)],
        string="Ticked on other pages",
    )
    ticked_count = fields.Integer(compute="_compute_ticked_count")
    searched = fields.Boolean(readonly=True)
    total = fields.Integer(string="Companies found", readonly=True)
    page = fields.Integer(readonly=True)
    # Some services give fewer at once than they are asked for.
    page_size = fields.Integer(string="Page size", default=PAGE_SIZE, readonly=True)
    page_count = fields.Integer(compute="_compute_page_count")
    # Cursors of the pages seen so far and of the next one; the first is null.
    cursors = fields.Json(readonly=True, groups="base.group_system")
    has_next = fields.Boolean(readonly=True)
    partial_count = fields.Integer(
        readonly=True, help="Left out of this page: partially disclosed companies."
    )

    @api.depends("candidate_ids.selected", "kept_ids.selected")
    def _compute_ticked_count(self):
        for wizard in self:
            lines = wizard.candidate_ids | wizard.kept_ids
            wizard.ticked_count = len(lines.filtered("selected"))

    @api.depends("total", "page_size")
    def _compute_page_count(self):
        for wizard in self:
            wizard.page_count = -(-wizard.total // wizard.page_size)

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env["ir.model"]._get(self._name).name

    # === Search === #

    @api.model
    def _prepare_similar_vals(self, partners):
        """Criteria that partners have in common with those to be found."""
        Code = self.env["partner.registry.code"]
        entities = partners.commercial_partner_id
        return {
            "naf_ids": Code._of("naf", entities.mapped("registry_naf")).ids,
            "department_ids": Code._of(
                "department", entities.mapped("registry_department")
            ).ids,
            "workforce_ids": Code._of(
                "workforce", entities.mapped("registry_workforce")
            ).ids,
        }

    def _search_criteria(self):
        """What the person asks for, as ``connectors.datatypes.SearchCriteria``."""
        self.ensure_one()
        return SearchCriteria(
            name=self.name or None,
            zip=self.zip or None,
            city=self.city or None,
            departments=tuple(self.department_ids.mapped("code")),
            naf_codes=tuple(self.naf_ids.mapped("code")),
            legal_forms=tuple(self.legal_form_ids.mapped("code")),
            workforces=tuple(self.workforce_ids.mapped("code")),
            categories=tuple(self.category_ids.mapped("code")),
            active_only=self.active_only,
            head_offices_only=self.head_offices_only,
            disclosed_only=True,
        )

    def _check_criteria(self):
        self.ensure_one()
        criteria = self._search_criteria()
        # Signs alone ask for nothing: the answer would be the whole register.
        if not any(
            (
                LookupPlan(criteria).typed_words,
                text.fold(criteria.zip),
                text.city_key(criteria.city)[0],
                criteria.departments,
                criteria.naf_codes,
                criteria.legal_forms,
                criteria.workforces,
                criteria.categories,
            )
        ):
            raise UserError(
                self.env._("Give at least one criterion: a name, a NAF code, a place…")
            )

    def action_search(self):
        """First page of a new search; what was ticked before is kept."""
        self._check_criteria()
        self.sudo().cursors = [None]
        self._show_page(1)

    def action_next(self):
        self._show_page(self.page + 1)

    def action_previous(self):
        self._show_page(max(self.page - 1, 1))

    def _show_page(self, page):
        self.ensure_one()
        self.check_access("write")
        source = self.env["partner.data.source"]._active_registry_or_raise()
        # Cursors are the service's: users can't write them.
        cursors = (self.sudo().cursors or [None])[:page]
        if source != self.source_id:
            # Another service's pages: begin again.
            page, cursors = 1, [None]
        criteria = self._search_criteria()
        with source._service_errors():
            connector = source._connector()
            answer = connector.search(criteria, limit=PAGE_SIZE, after=cursors[-1])
        received = len(answer.establishments) + len(answer.rejected)
        disclosed = [item for item in answer.establishments if not item.is_partial]
        self._show_lines([_rated(criteria, item) for item in disclosed])
        self.sudo().cursors = cursors + (
            [answer.next_cursor] if answer.next_cursor else []
        )
        self.write(
            {
                "source_id": source.id,
                "searched": True,
                "page": page,
                "page_size": (page == 1 and answer.next_cursor and received)
                or self.page_size,
                "total": answer.total,
                "has_next": bool(answer.next_cursor),
                "partial_count": len(answer.establishments) - len(disclosed),
            }
        )

    def _show_lines(self, candidates):
        """Lines of this page; ticked lines of the page before are kept aside."""
        # Created with the facts that users may not write themselves.
        lines = (self.candidate_ids | self.kept_ids).sudo()
        ticked = lines.filtered("selected")
        here = {candidate.establishment.siret for candidate in candidates}
        kept = ticked.filtered(lambda line: line.siret not in here)
        ticked_here = set((ticked - kept).mapped("siret"))
        (lines - kept).unlink()
        kept.is_kept = True
        lines.create(
            [
                {
                    **vals,
                    "wizard_id": self.id,
                    "selected": vals["siret"] in ticked_here
                    and vals["state"] != "known",
                }
                for vals in lines.with_env(self.env)._prepare_candidates_vals(
                    candidates
                )
            ]
        )
        self.invalidate_recordset(["candidate_ids", "kept_ids"])

    def _open(self):
        return open_records(self, name=self.display_name)

    # === Create === #

    def action_create(self):
        """Create a partner for each ticked company that none exists for yet."""
        self.ensure_one()
        self.env["res.partner"].check_access("create")
        ticked = (self.candidate_ids | self.kept_ids).filtered("selected")
        if not ticked:
            raise UserError(self.env._("Tick the companies to create."))
        ticked = ticked.sorted(lambda line: (line.is_kept, line.sequence))
        created_meanwhile = self._created_meanwhile(ticked.mapped("siret"))
        known = ticked._known_partners([line._establishment() for line in ticked])
        new = {
            line.siret: line
            for line, (state, _partner_id) in zip(ticked, known, strict=True)
            if state != "known" and line.siret not in created_meanwhile
        }
        partners = self.env["res.partner"].create(
            [line._prepare_new_partner_vals() for line in new.values()]
        )
        for partner in partners:
            partner.message_post(
                body=self.env._(
                    "Created from SIRET %(siret)s of %(register)s.",
                    siret=partner.company_registry,
                    register=self.source_id.name,
                ),
                subtype_xmlid="mail.mt_note",
            )
        (self.candidate_ids | self.kept_ids).sudo().selected = False
        return self._created_action(partners, len(ticked) - len(new))

    def _created_meanwhile(self, sirets):
        """SIRETs of committed partners, those that this transaction can't see too.

        Until this transaction ends, others who create partners here wait.
        """
        self.env.execute_query(SQL("SELECT pg_advisory_xact_lock(%s)", CREATION_LOCK))
        with self.env.registry.cursor() as now:
            now.execute(
                SQL(
                    """
                    SELECT l10n_fr_siret FROM res_partner
                     WHERE l10n_fr_siret = ANY(%s)
                       AND (company_id IS NULL OR company_id = ANY(%s))
                    """,
                    sirets,
                    self.env.companies.ids,
                )
            )
            return {siret for (siret,) in now.fetchall()}

    def _created_action(self, partners, known_count):
        if not partners:
            raise UserError(
                self.env._("All the ticked companies are in the database already.")
            )
        with_siret = self.env.ref("partner_company_data.view_partner_list_created")
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Created companies"),
            "res_model": "res.partner",
            "domain": [("id", "in", partners.ids)],
            "views": [(with_siret.id, "list"), (False, "form")],
        }
        if len(partners) == 1:
            action.update(views=[(False, "form")], res_id=partners.id)
        if not known_count:
            return action
        return notification(
            self.env._(
                "%(count)s companies were in the database already and were left as "
                "they are.",
                count=known_count,
            ),
            then=action,
        )


class PartnerCompanySearchCandidate(models.TransientModel):
    _name = "partner.company.search.candidate"
    _description = "Company to Create"
    _inherit = "partner.company.candidate"

    wizard_id = fields.Many2one(
        "partner.company.search", required=True, ondelete="cascade"
    )
    is_kept = fields.Boolean(readonly=True)

    def _prepare_new_partner_vals(self):
        vals = self._prepare_partner_vals()
        lang = self.env["res.lang"]._get_data(code="fr_FR")
        return {
            **vals,
            "name": self.legal_name or self.siret,
            "is_company": True,
            **({"lang": lang.code} if lang else {}),
        }


def _rated(criteria, establishment):
    """A candidate whose rate is that of its name: filters tell nothing."""
    if not criteria.name:
        return CompanyCandidate(establishment, MatchRate(rate=0))
    rate = matching.match_rate(SearchCriteria(name=criteria.name), establishment)
    return CompanyCandidate(establishment, rate)
