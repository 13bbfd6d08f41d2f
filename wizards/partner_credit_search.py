from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.partner_company_data.connectors import (
    identifiers,
    matching,
    parsing,
)
from odoo.addons.partner_company_data.connectors.datatypes import (
    Establishment,
    SearchCriteria,
)
from odoo.addons.partner_company_data.models import credit_candidate_json
from odoo.addons.partner_company_data.models.notification import notification
from odoo.addons.partner_company_data.models.open_records import open_records

from .partner_company_search import CREATION_LOCK

BUREAU = "creditsafe"
STATUSES = {"active": "Active", "ceased": "NonActive"}


class PartnerCreditSearch(models.TransientModel):
    """Search companies at a credit bureau, then link or create partners.

    The search is free of charge: no report is bought here.
    """

    _name = "partner.credit.search"
    _description = "Search at the Credit Bureau"

    source_id = fields.Many2one(
        "partner.data.source",
        readonly=True,
        default=lambda self: self.env["partner.data.source"]._active_credit(BUREAU),
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Searched for",
        ondelete="cascade",
        help="The partner that the companies found are to be linked to.",
    )
    country_id = fields.Many2one(
        "res.country", required=True, default=lambda self: self._default_country()
    )
    name = fields.Char(string="Company name")
    registration_number = fields.Char(
        string="Registration number",
        help="In France SIREN or SIRET, elsewhere the national number.",
    )
    vat = fields.Char(string="VAT number")
    street = fields.Char()
    zip = fields.Char(string="Postcode")
    city = fields.Char()
    status = fields.Selection(
        [("active", "Active"), ("ceased", "Ceased")], default="active"
    )
    candidate_ids = fields.One2many(
        "partner.credit.search.candidate", "wizard_id", string="Results"
    )
    searched = fields.Boolean(readonly=True)
    total = fields.Integer(string="Companies found", readonly=True)
    shown = fields.Integer(compute="_compute_shown")
    left_out = fields.Char(
        readonly=True, help="What the bureau doesn't take together with the rest."
    )
    ticked_count = fields.Integer(compute="_compute_ticked_count")

    @api.model
    def _default_country(self):
        return self.env.company.country_id or self.env.ref("base.fr")

    @api.depends("candidate_ids")
    def _compute_shown(self):
        for wizard in self:
            wizard.shown = len(wizard.candidate_ids)

    @api.depends("candidate_ids.selected")
    def _compute_ticked_count(self):
        for wizard in self:
            wizard.ticked_count = len(wizard.candidate_ids.filtered("selected"))

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Search at Creditsafe")

    # === Entrance === #

    @api.model
    def _prepare_partner_criteria(self, partner):
        """What is known of a partner, to look for it."""
        country = partner.country_id or self._default_country()
        return {
            "partner_id": partner.id,
            "country_id": (
                self.env.ref("base.fr") if partner.l10n_fr_siren else country
            ).id,
            "name": partner.name,
            "registration_number": partner.l10n_fr_siren or partner.company_registry,
            "vat": partner.vat,
            "zip": partner.zip,
            "city": partner.city,
        }

    def _open(self):
        return open_records(self, name=self.env._("Search at Creditsafe"))

    # === Search === #

    def action_search(self):
        """Ask the bureau, and show what it found beside what the database has."""
        self.ensure_one()
        self.check_access("write")
        source = self.env["partner.data.source"]._active_credit_or_raise(BUREAU)
        terms = self._terms()
        page, sent = source._search_companies(self.country_id, terms)
        found = sorted(page.items, key=self._order_key)
        # Created with the facts that users may not write themselves.
        lines = self.candidate_ids.sudo()
        lines.unlink()
        lines.create(
            [
                {**vals, "wizard_id": self.id}
                for vals in self._prepare_lines_vals(source, found)
            ]
        )
        labels = source._term_labels()
        self.write(
            {
                "source_id": source.id,
                "searched": True,
                "total": max(page.total or 0, len(found)),
                "left_out": ", ".join(
                    label
                    for term, label in labels.items()
                    if term in terms and term not in sent | {"status"}
                ),
            }
        )

    def _terms(self):
        """What the person asks for, named like the arguments of the search."""
        number = (self.registration_number or "").strip()
        if self.country_id.code == "FR" and number:
            number = identifiers.clean(number)
            if not identifiers.siren_of(number):
                raise UserError(
                    self.env._(
                        "%(number)s is neither a SIREN nor a SIRET: they have nine and "
                        "fourteen digits, with check digits.",
                        number=self.registration_number,
                    )
                )
        terms = {
            "registration_number": number,
            "vat_number": identifiers.clean(self.vat),
            "name": (self.name or "").strip(),
            "street": (self.street or "").strip(),
            "postcode": (self.zip or "").strip(),
            "city": (self.city or "").strip(),
        }
        terms = {name: value for name, value in terms.items() if value}
        if not terms:
            raise UserError(
                self.env._("Give at least a name, a registration number or a place.")
            )
        if self.status:
            terms["status"] = STATUSES[self.status]
        return terms

    def _criteria(self):
        """The same for the match rate, which tells of name and place alone."""
        return SearchCriteria(
            name=self.name or None,
            street=self.street or None,
            zip=self.zip or None,
            city=self.city or None,
        )

    def _order_key(self, company):
        rate = self._rate(company).rate if self.name else 0
        return (-rate, company.status != "active", not company.is_head_office)

    def _rate(self, company):
        return matching.match_rate(
            self._criteria(),
            Establishment(
                siren=company.siren or "",
                siret=company.siret or "",
                legal_name=company.name,
                trade_names=company.trade_names,
                address=company.address,
            ),
        )

    def _prepare_lines_vals(self, source, companies):
        Candidate = self.env["partner.credit.search.candidate"]
        known = Candidate._known_partners(companies, source)
        for sequence, (company, (state, partner_id)) in enumerate(
            zip(companies, known, strict=True), start=1
        ):
            yield {
                **Candidate._prepare_company_vals(company, self._rate(company)),
                "sequence": sequence,
                "state": state,
                "partner_id": partner_id or self.partner_id.id,
            }

    # === Link or create === #

    def action_create_customers(self):
        return self._take("customer_rank")

    def action_create_suppliers(self):
        return self._take("supplier_rank")

    def _take(self, rank):
        """Link the ticked companies that have a partner, create the others.

        :param rank: the field of ``res.partner`` that makes a customer or a supplier
        """
        self.ensure_one()
        ticked = self.candidate_ids.filtered("selected")
        if not ticked:
            raise UserError(self.env._("Tick the companies to create or link."))
        source = self.env["partner.data.source"]._active_credit_or_raise(BUREAU)
        ticked._find_again(source)
        to_link = ticked.filtered("partner_id")
        to_create = (ticked - to_link)._without_doubles()
        to_link._link(source)
        created = to_create._create_partners(source, rank)
        ticked.selected = False
        return self._taken_action(created, to_link.partner_id)

    def _taken_action(self, created, linked):
        action = open_records(
            created | linked,
            name=self.env._("Created and linked companies"),
            context={"active_test": False},
        )
        if not linked:
            return action
        return notification(
            self.env._(
                "%(created)s created, %(linked)s linked to the partner in database.",
                created=len(created),
                linked=len(linked),
            ),
            then=action,
        )


class PartnerCreditSearchCandidate(models.TransientModel):
    """A company that the bureau found, and what the database has of it."""

    _name = "partner.credit.search.candidate"
    _description = "Company Found at the Credit Bureau"
    _inherit = "partner.company.candidate"

    wizard_id = fields.Many2one(
        "partner.credit.search", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        readonly=False,
        domain="[('is_company', '=', True)]",
        help="Who it is here: leave empty to create a new one.",
    )
    state = fields.Selection(
        selection_add=[("linked", "Linked"), ("new",)], ondelete={"linked": "cascade"}
    )
    bureau_id = fields.Char(string="Identifier", readonly=True)
    registration_number = fields.Char(readonly=True)
    vat = fields.Char(string="VAT number", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    phone = fields.Char(readonly=True)
    website = fields.Char(readonly=True)

    @api.model
    def _prepare_company_vals(self, company, match):
        """Values of a line.

        :param company: ``connectors.credit.CreditCandidate``
        :param match: ``connectors.datatypes.MatchRate``
        """
        address = company.address
        return {
            "match_rate": match.rate,
            "match_details": self._match_details(match),
            "administrative_state": {
                "active": "active",
                "ceased": "closed" if company.is_head_office is False else "ceased",
            }.get(company.status, False),
            "siren": company.siren,
            "siret": company.siret,
            "establishment_type": {True: "head_office", False: "secondary"}.get(
                company.is_head_office, False
            ),
            "bureau_id": company.bureau_id,
            "registration_number": company.registration_number,
            "vat": ", ".join(company.vat_numbers),
            "legal_name": company.name,
            "naf": _naf(company) or company.activity_code,
            "street": address.street or company.address_text,
            "zip": address.zip,
            "city": address.city,
            "country_id": self._country(company).id,
            "phone": self.env["res.partner"]._international_phone(
                company.phones, self._country(company)
            ),
            "website": company.websites[0] if company.websites else False,
            "facts": credit_candidate_json.dump(company),
        }

    @api.model
    def _country(self, company):
        """The company's country; French overseas places have their own."""
        code = company.country_code
        if code == "FR":
            code = parsing.country_of(None, company.address.zip) or code
        Country = self.env["res.country"]
        return Country.browse(Country._registry_country_id(code) or [])

    # === What the database has === #

    @api.model
    def _known_partners(self, companies, source):
        """Which of these companies partners exist for, archived ones included.

        One query. The same file or SIRET is the same company; the same VAT number, or
        the same number in a foreign register, too; the same SIREN is the same legal
        unit under another establishment.

        :return: list of ``(state, partner id or False)``, one a company
        """
        if not companies:
            return []
        files = self._files_here(companies, source)
        partners = (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search_fetch(
                self._known_domain(companies, files),
                [
                    "l10n_fr_siren",
                    "l10n_fr_siret",
                    "vat",
                    "company_registry",
                    "country_id",
                ],
                order="active DESC, id",
            )
        )
        known = {}
        for file in files:
            for partner in partners & file.partner_ids.with_env(self.env):
                known.setdefault(("file", file.bureau_id), partner.id)
        for partner in partners:
            for key in (
                ("siret", partner.l10n_fr_siret),
                ("siren", partner.l10n_fr_siren),
                ("vat", identifiers.clean(partner.vat)),
                (partner.country_id.code, identifiers.clean(partner.company_registry)),
            ):
                if key[1]:
                    known.setdefault(key, partner.id)
        return [_known(company, known) for company in companies]

    @api.model
    def _known_domain(self, companies, files):
        vats = {
            variant
            for company in companies
            for number in company.vat_numbers
            for variant in _vat_variants(number)
        }
        abroad = [one for one in companies if not one.siren and one.registration_number]
        numbers = {
            variant
            for one in abroad
            for variant in (
                one.registration_number,
                identifiers.clean(one.registration_number),
            )
        }
        same = [
            Domain("l10n_fr_siren", "in", [one.siren for one in companies if one.siren])
        ]
        if vats:
            same.append(Domain("vat", "in", list(vats)))
        if numbers:
            same.append(
                Domain("company_registry", "in", list(numbers))
                & Domain("country_id.code", "in", [one.country_code for one in abroad])
            )
        if files:
            same.append(Domain("credit_file_ids", "in", files.ids))
        return Domain.OR(same) & (
            Domain("is_company", "=", True) | Domain("parent_id", "=", False)
        )

    @api.model
    def _files_here(self, companies, source):
        return (
            self.env["partner.credit.file"]
            .sudo()
            .search(
                [
                    ("source_id", "=", source.id),
                    ("bureau_id", "in", [one.bureau_id for one in companies]),
                ]
            )
        )

    def _find_again(self, source):
        """Look for the partners once more, those of others' transactions too.

        Until this transaction ends, others who create partners from a search wait: of
        two who create the same company, the second one finds it.
        """
        self.env.execute_query(SQL("SELECT pg_advisory_xact_lock(%s)", CREATION_LOCK))
        companies = [line._company() for line in self]
        with self.env.registry.cursor() as now:
            env = api.Environment(now, self.env.uid, self.env.context)
            known = env[self._name]._known_partners(companies, source.with_env(env))
        for line, (state, partner_id) in zip(self, known, strict=True):
            if partner_id and not line.partner_id:
                line.sudo().write({"state": state, "partner_id": partner_id})

    def _without_doubles(self):
        """One line a company: two establishments of a legal unit are one partner."""
        seen, kept = set(), self.browse()
        for line in self:
            company = line._company()
            keys = {company.siren or company.bureau_id, *company.vat_numbers}
            if not keys & seen:
                kept += line
            seen |= keys
        return kept

    # === On a partner === #

    def _company(self):
        """The company of this line, as the connector gave it."""
        self.ensure_one()
        # Users can't read the facts, so that they can't change them either.
        return credit_candidate_json.load(self.sudo().facts)

    def _create_partners(self, source, rank):
        """Create a partner for each of these companies."""
        Partner = self.env["res.partner"]
        if not self:
            return Partner
        Partner.check_access("create")
        files = source._files_for([line._company() for line in self])
        partners = Partner.create(
            [{**line._prepare_new_partner_vals(files), rank: 1} for line in self]
        )
        for line, partner in zip(self, partners, strict=True):
            company = line._company()
            source._link_partners(files[company.bureau_id], company.siren, partner)
            line._post_note(
                partner,
                self.env._(
                    "Created from %(bureau)s: %(number)s.",
                    bureau=source.name,
                    number=company.registration_number or company.bureau_id,
                ),
            )
            line.sudo().write({"state": "linked", "partner_id": partner.id})
        return partners

    def _prepare_new_partner_vals(self, files):
        company = self._company()
        address = company.address
        facts = self._facts_bought(files)
        country = self._country(company)
        vals = {
            "name": company.name or company.bureau_id,
            "is_company": True,
            "street": address.street,
            "zip": address.zip,
            "city": address.city,
            "country_id": country.id,
            **self._prepare_number_vals(company),
            "vat": self._valid_vat(company, country),
            "phone": self.env["res.partner"]._international_phone(
                (*company.phones, *facts.get("phones", ())), country
            ),
            "website": next(
                iter((*company.websites, *facts.get("websites", ()))), False
            ),
            "email": next(iter(facts.get("emails", ())), False),
            "registry_naf": _naf(company),
        }
        if company.siren:
            vals["lang"] = self.env["res.lang"]._get_data(code="fr_FR").code
        return {name: value for name, value in vals.items() if value}

    def _facts_bought(self, files):
        """The facts of a report that was bought before, for what a search lacks."""
        # sudo: only what the person creates the partner with is taken.
        file = self.env["partner.credit.file"].sudo().browse(files[self.bureau_id])
        return file.exists().facts or {}

    @api.model
    def _prepare_number_vals(self, company):
        """The company's number where this Odoo version keeps it."""
        if company.siren:
            return self.env["res.partner"]._prepare_french_identifiers(
                siren=company.siren, siret=company.siret
            )
        return {"company_registry": company.registration_number}

    @api.model
    def _valid_vat(self, company, country):
        """The first VAT number that is valid, as Odoo writes it."""
        Partner = self.env["res.partner"]
        found = (Partner._valid_vat(one, country) for one in company.vat_numbers)
        return next(filter(None, found), False)

    def action_link(self):
        """Link this company to the partner that the person chose."""
        self.ensure_one()
        if not self.partner_id:
            raise UserError(self.env._("Choose the partner to link it to."))
        self._link(self.env["partner.data.source"]._active_credit_or_raise(BUREAU))

    def _link(self, source):
        """Have the partners of these lines point to their company at the bureau."""
        if not self:
            return
        partners = self.partner_id.commercial_partner_id
        partners.check_access("write")
        for line in self:
            line._check_same_unit()
        files = source._files_for([line._company() for line in self])
        for line in self:
            partner = line.partner_id.commercial_partner_id
            company = line._company()
            file_id = files[company.bureau_id]
            if file_id not in partner.sudo().credit_file_ids.ids:
                if not partner.company_registry:
                    partner.write(self._prepare_number_vals(company))
                line._post_note(
                    partner,
                    self.env._(
                        "Linked to %(company)s (%(number)s) at %(bureau)s.",
                        company=company.name or "",
                        number=company.registration_number or company.bureau_id,
                        bureau=source.name,
                    ),
                )
            source._link_partners(file_id, company.siren, partner)
            line.sudo().write({"state": "linked", "partner_id": partner.id})

    def _check_same_unit(self):
        """Two SIRENs are two companies: such a link would show another's rating."""
        partner = self.partner_id.commercial_partner_id
        siren = self._company().siren
        if siren and partner.l10n_fr_siren and partner.l10n_fr_siren != siren:
            raise UserError(
                self.env._(
                    "%(partner)s has the SIREN %(own)s, the company found %(other)s: "
                    "these are two companies.",
                    partner=partner.display_name,
                    own=partner.l10n_fr_siren,
                    other=siren,
                )
            )

    def _post_note(self, partner, body):
        partner.message_post(body=body, subtype_xmlid="mail.mt_note")


def _naf(company):
    """The French activity code with its dot; other countries' codes are no NAF."""
    return company.country_code == "FR" and parsing.naf(company.activity_code) or False


def _vat_variants(number):
    """A VAT number as the bureau writes it and as Odoo keeps it."""
    return {number, identifiers.clean(number)}


def _known(company, known):
    """State and partner of a company, by keys ``(kind, value)`` of what is known."""
    if partner_id := known.get(("file", company.bureau_id)):
        return "linked", partner_id
    keys = [("siret", company.siret)]
    keys += [
        ("vat", variant)
        for number in company.vat_numbers
        for variant in _vat_variants(number)
    ]
    if not company.siren:
        keys.append(
            (company.country_code, identifiers.clean(company.registration_number))
        )
    for key in keys:
        if key[1] and key in known:
            return "known", known[key]
    if company.siren and (partner_id := known.get(("siren", company.siren))):
        return "unit_known", partner_id
    return "new", False
