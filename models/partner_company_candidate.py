from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.partner_company_data.connectors import nomenclatures

from . import establishment_json, registry_compare, registry_fields
from .open_records import open_records

ADMINISTRATIVE_STATES = [
    ("active", "Active"),
    ("closed", "Establishment closed"),
    ("ceased", "Company ceased"),
]
# What a person may leave out when a candidate is taken over.
PARTS = ("identifier", "legal_name", "address", "facts")
_ADDRESS_FIELDS = tuple(
    name
    for key in registry_fields.ADDRESS_KEYS
    for name in registry_fields.REGISTRY_FIELD_BY_KEY[key].fields
)
# Written in capitals by the register: people's own way to write the same stays.
_WORDS = ("legal_name", "street", "street2", "zip", "city")
# Odoo's own label of the number is "Company ID".
_SHOWN_AS = {"company_registry": "l10n_fr_siret"}
# Columns → the fact of the register that they show, where one says it all.
_COLUMN_KEYS = {
    "establishment_type": "establishment_type",
    "naf": "naf",
    "legal_name": "legal_name",
    "category": "category",
    "workforce": "workforce",
    "street": "street",
    "street2": "street2",
    "zip": "zip",
    "city": "city",
}


class PartnerCompanyCandidate(models.AbstractModel):
    """An establishment found in the register, as one line of a list of results.

    ``facts`` holds the whole establishment; it is closed to users, so that what is
    written on partners is what the register said and not what a client sent back.
    """

    _name = "partner.company.candidate"
    _description = "Company Found in the Register"
    _order = "sequence, id"
    _rec_name = "legal_name"

    sequence = fields.Integer(default=10)
    selected = fields.Boolean(string="Ticked")
    match_rate = fields.Integer(string="Match rate (%)", readonly=True, aggregator=None)
    match_details = fields.Char(readonly=True)
    administrative_state = fields.Selection(
        ADMINISTRATIVE_STATES, string="Administrative state", readonly=True
    )
    siren = fields.Char(string="SIREN number", readonly=True)
    establishment_type = fields.Selection(
        registry_fields.ESTABLISHMENT_TYPES,
        string="Establishment type",
        readonly=True,
    )
    siret = fields.Char(string="SIRET number", readonly=True)
    naf = fields.Char(string="NAF", readonly=True)
    creation_date = fields.Date(string="Creation date", readonly=True)
    legal_name = fields.Char(string="Company name", readonly=True)
    category = fields.Selection(
        registry_fields.CATEGORIES, string="Company category", readonly=True
    )
    workforce = fields.Selection(
        registry_fields.WORKFORCES, string="Workforce bracket", readonly=True
    )
    street = fields.Char(readonly=True)
    street2 = fields.Char(string="Street 2", readonly=True)
    zip = fields.Char(string="Postcode", readonly=True)
    city = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("known", "Already in database"),
            ("unit_known", "Company already in database"),
            ("new", "New"),
        ],
        readonly=True,
        help="Company already in database: under another establishment, or by its "
        "SIREN only.",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Partner in database", readonly=True
    )
    facts = fields.Json(groups="base.group_system")

    # === From the register === #

    @api.model
    def _prepare_candidates_vals(self, candidates, partner=None):
        """Values of candidate lines, with what the database knows (one query).

        :param candidates: ``connectors.datatypes.CompanyCandidate``, best first
        :param partner: the partner they are looked up for: not counted as known
        """
        known = self._known_partners(
            [candidate.establishment for candidate in candidates], partner
        )
        return [
            {
                **self._prepare_candidate_vals(candidate, *found),
                "sequence": sequence,
            }
            for sequence, (candidate, found) in enumerate(
                zip(candidates, known, strict=True), start=1
            )
        ]

    @api.model
    def _prepare_candidate_vals(self, candidate, state, partner_id):
        establishment = candidate.establishment
        address = establishment.address
        return {
            "match_rate": candidate.match.rate,
            "match_details": self._match_details(candidate.match),
            "administrative_state": administrative_state(
                establishment.establishment_state, establishment.unit_state
            ),
            "siren": establishment.siren,
            "establishment_type": registry_fields.establishment_type(establishment),
            "siret": establishment.siret,
            "naf": naf_display(establishment),
            "creation_date": establishment.unit_creation_date
            or establishment.establishment_creation_date,
            "legal_name": establishment.legal_name,
            "category": establishment.category,
            "workforce": establishment.workforce,
            "street": address.street,
            "street2": address.street2,
            "zip": address.zip,
            "city": address.city,
            "state": state,
            "partner_id": partner_id,
            "facts": establishment_json.dump(establishment),
        }

    @api.model
    def _match_details(self, match):
        """Explanation of a match rate, e.g. ``Name 95 % · Postcode 100 %``."""
        labels = {
            "name": self.env._("Name"),
            "zip": self.env._("Postcode"),
            "city": self.env._("City"),
            "street": self.env._("Street"),
            "identifier": self.env._("SIREN/SIRET"),
        }
        return " · ".join(
            self.env._(
                "%(element)s %(rate)s%%",
                element=labels.get(element, element),
                rate=rate,
            )
            for element, rate in match.details
        )

    @api.model
    def _known_partners(self, establishments, partner=None):
        """Which establishments partners exist for, archived ones included.

        :return: list of ``(state, partner id or False)``, one an establishment
        """
        if not establishments:
            return []
        domain = Domain(
            "l10n_fr_siren", "in", [item.siren for item in establishments]
        ) & (Domain("is_company", "=", True) | Domain("parent_id", "=", False))
        if partner:
            domain &= Domain("id", "!=", partner.id)
        partners = (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search_fetch(
                domain,
                ["l10n_fr_siren", "l10n_fr_siret"],
                order="active DESC, id",
            )
        )
        by_siret, by_siren = {}, {}
        for known in partners:
            by_siret.setdefault(known.l10n_fr_siret, known.id)
            by_siren.setdefault(known.l10n_fr_siren, known.id)
        result = []
        for item in establishments:
            if item.siret in by_siret:
                result.append(("known", by_siret[item.siret]))
            elif item.siren in by_siren:
                result.append(("unit_known", by_siren[item.siren]))
            else:
                result.append(("new", False))
        return result

    # === Beside a partner === #

    @api.model
    def _compare(self, vals, partner):
        """How each column of a candidate compares with a partner's value.

        Equal for people is equal here: the comparisons are those of the proposals.

        :param vals: values of a candidate line
        :return: dict ``{column: "same" | "different" | "missing"}``
        """
        theirs = registry_fields.registry_values(
            self.env, establishment_json.load(vals["facts"])
        )
        comparison = {
            column: _compared(ours, vals[column], ours == vals[column])
            for column, ours in self._partner_column_values(partner).items()
        }
        for column, key in _COLUMN_KEYS.items():
            field = registry_fields.REGISTRY_FIELD_BY_KEY[key]
            ours = {name: partner[name] for name in field.fields}
            main = field.fields[0]
            comparison[column] = _compared(
                ours[main],
                theirs[main],
                registry_compare.same_value(field, ours, theirs),
            )
        return comparison

    @api.model
    def _partner_column_values(self, partner):
        """Columns that are not one fact of the register, as the partner has them."""
        return {
            "administrative_state": administrative_state(
                partner.registry_establishment_state, partner.registry_unit_state
            ),
            "siren": partner.l10n_fr_siren,
            "siret": partner.l10n_fr_siret,
            "creation_date": partner.registry_creation_date,
        }

    # === On a partner === #

    def _establishment(self):
        """The establishment of this line, as the connector gave it."""
        self.ensure_one()
        # Users can't read the facts, so that they can't change them either.
        return establishment_json.load(self.sudo().facts)

    def _prepare_partner_vals(self, parts=PARTS):
        """Values of ``res.partner`` that this candidate gives.

        What the register does not say is left out, but for the second line of an
        address whose street is known: there is none then.

        :param parts: which of :data:`PARTS` are wanted
        """
        establishment = self._establishment()
        values = registry_fields.registry_values(self.env, establishment)
        address = {name: values.pop(name) for name in _ADDRESS_FIELDS}
        identifier = {"company_registry": values.pop("company_registry")}
        legal_name = {"registry_legal_name": values.pop("registry_legal_name")}
        del values["name"]
        result = {}
        if "identifier" in parts:
            result.update(identifier)
        if "legal_name" in parts and establishment.legal_name:
            result.update(legal_name)
        if "address" in parts:
            result.update({name: value for name, value in address.items() if value})
            if address["street"]:
                result["street2"] = address["street2"]
        if "facts" in parts:
            result.update({name: value for name, value in values.items() if value})
        return result

    def _write_on_partner(self, partner, source, parts, number=None):
        """Write what the person left ticked, and say so on the partner.

        :param number: what ``company_registry`` becomes where it isn't the SIRET
        """
        self.ensure_one()
        partner = partner.commercial_partner_id
        partner.check_access("write")
        values = self._prepare_partner_vals(parts)
        if number:
            values["company_registry"] = number
        if partner.street and not values.get("street"):
            # The street is not known: the rest beside the old one would be no place.
            for name in _ADDRESS_FIELDS:
                values.pop(name, None)
        changed = {
            name: value
            for name, value in values.items()
            if not _same_value(partner[name], value)
        }
        for name in _same_words(partner, changed):
            del changed[name]
        if changed.keys() & {"zip", "country_id"}:
            state_id = partner._state_beside(changed)
            if state_id is not None:
                changed["state_id"] = state_id
        # Contacts and other establishments keep their own addresses.
        partner.with_context(registry_keep_contacts=True).write(changed)
        partner.message_post(
            body=self.env._(
                "Values of SIRET %(siret)s taken over from %(register)s: %(fields)s.",
                siret=self.siret,
                register=source.name,
                fields=self._fields_display(changed)
                or self.env._("nothing was different"),
            ),
            subtype_xmlid="mail.mt_note",
        )
        return partner

    @api.model
    def _fields_display(self, names):
        partner_fields = self.env["res.partner"]._fields
        return ", ".join(
            dict.fromkeys(
                partner_fields[_SHOWN_AS.get(name, name)]._description_string(self.env)
                for name in names
                if not name.endswith(("_year", "_nomenclature"))
            )
        )

    def _facts_display(self):
        """The facts beside name and address in a few words."""
        self.ensure_one()
        words = [self.naf]
        for name in (
            "establishment_type",
            "administrative_state",
            "category",
            "workforce",
        ):
            labels = dict(self._fields[name]._description_selection(self.env))
            words.append(labels.get(self[name]))
        return " · ".join(filter(None, words))

    def _address_display(self):
        self.ensure_one()
        place = " ".join(filter(None, (self.zip, self.city)))
        return ", ".join(filter(None, (self.street, self.street2, place)))

    def action_open_partner(self):
        """Open the partner that exists already."""
        self.ensure_one()
        return open_records(self.partner_id)


def _same_value(ours, theirs):
    if isinstance(ours, models.BaseModel):
        return ours.id == theirs
    return ours == theirs or (not ours and not theirs)


def _same_words(partner, values):
    """Fields of ``values`` that say what the partner says already, otherwise written.

    They are those that a comparison shows as equal.
    """
    same = []
    for key in _WORDS:
        field = registry_fields.REGISTRY_FIELD_BY_KEY[key]
        [name] = field.fields
        if name in values and registry_compare.same_value(
            field, {name: partner[name]}, values
        ):
            same.append(name)
    return same


def administrative_state(establishment_state, unit_state):
    """One word for both states: the unit's end is that of its establishments."""
    if unit_state == "ceased":
        return "ceased"
    return establishment_state or unit_state or False


def naf_display(establishment):
    """``62.02A - Conseil en systèmes et logiciels informatiques``."""
    if not establishment.naf:
        return False
    label = establishment.naf_label or nomenclatures.naf_label(
        establishment.naf, establishment.naf_nomenclature
    )
    return f"{establishment.naf} - {label}" if label else establishment.naf


def _compared(ours, theirs, same):
    if not ours and not theirs:
        return "same"
    if not ours:
        return "missing"
    return "same" if same else "different"
