"""The facts of a register that a partner record carries, in one table.

Everything that compares, proposes, creates or ignores facts of a register reads
:data:`REGISTRY_FIELDS`; a new fact is one more line here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from odoo.addons.partner_company_data.connectors import identifiers, text

WORKFORCES = [
    ("NN", "NN – No employees"),
    ("00", "00 – 0 employees"),
    ("01", "01 – 1 or 2 employees"),
    ("02", "02 – 3 to 5 employees"),
    ("03", "03 – 6 to 9 employees"),
    ("11", "11 – 10 to 19 employees"),
    ("12", "12 – 20 to 49 employees"),
    ("21", "21 – 50 to 99 employees"),
    ("22", "22 – 100 to 199 employees"),
    ("31", "31 – 200 to 249 employees"),
    ("32", "32 – 250 to 499 employees"),
    ("41", "41 – 500 to 999 employees"),
    ("42", "42 – 1,000 to 1,999 employees"),
    ("51", "51 – 2,000 to 4,999 employees"),
    ("52", "52 – 5,000 to 9,999 employees"),
    ("53", "53 – 10,000 employees or more"),
]
CATEGORIES = [
    ("PME", "Small or medium-sized company"),
    ("ETI", "Mid-sized company"),
    ("GE", "Large company"),
]
ESTABLISHMENT_TYPES = [
    ("head_office", "Head office"),
    ("secondary", "Secondary establishment"),
]
ESTABLISHMENT_STATES = [("active", "Active"), ("closed", "Establishment closed")]
UNIT_STATES = [("active", "Active"), ("ceased", "Company ceased")]


@dataclass(frozen=True)
class RegistryField:
    """One fact: what people see as one line of a proposal.

    * ``key``: its technical name, kept in proposals, rules and exclusions
    * ``label``: its name on screen, translated as a selection's label
    * ``fields``: the fields of ``res.partner`` that hold it; the first decides whether
      it differs, the others (a year, a nomenclature) go along with it
    * ``same``: whether two values that are both known say the same
    * ``excludable``: whether people may choose never to be asked about it
    * ``default_mode``: what happens without a rule (see ``partner.update.rule``)
    * ``rule_key``: the rule that it follows; several facts may share one
    * ``year_field``: which of ``fields`` dates it, for yearly statistics
    * ``in_register``: whether a register tells it, or credit bureaus alone
    """

    key: str
    label: str
    fields: tuple[str, ...]
    same: Callable[[object, object], bool] = lambda ours, theirs: ours == theirs
    excludable: bool = True
    default_mode: str = "propose"
    rule_key: str = ""
    year_field: str = ""
    in_register: bool = True

    def __post_init__(self):
        if not self.rule_key:
            object.__setattr__(self, "rule_key", self.key)


def _same_identifier(ours, theirs):
    return identifiers.clean(ours) == identifiers.clean(theirs)


def _same_amount(ours, theirs):
    return round(ours) == round(theirs)


def same_phone(ours, theirs):
    """Whether two numbers are one, dialled from here or from abroad."""
    shorter, longer = sorted(
        (re.sub(r"\D", "", number).lstrip("0") for number in (ours, theirs)), key=len
    )
    return len(shorter) > 5 and longer.endswith(shorter)


def _same_website(ours, theirs):
    return _bare_address(ours) == _bare_address(theirs)


def _bare_address(website):
    return re.sub(r"^(https?://)?(www\.)?", "", website.strip().lower()).rstrip("/")


REGISTRY_FIELDS = (
    RegistryField(
        "name",
        "Name",
        ("name",),
        same=text.same_name,
        default_mode="never",
    ),
    RegistryField(
        "legal_name", "Legal name", ("registry_legal_name",), same=text.same_name
    ),
    RegistryField(
        "siret", "SIRET number", ("company_registry",), same=_same_identifier
    ),
    RegistryField("street", "Street", ("street",), same=text.same_street),
    RegistryField("street2", "Street 2", ("street2",), same=text.same_street),
    RegistryField("zip", "Postcode", ("zip",), same=text.same_text),
    RegistryField("city", "City", ("city",), same=text.same_city),
    RegistryField("country", "Country", ("country_id",)),
    RegistryField(
        "establishment_type",
        "Establishment type",
        ("registry_establishment_type",),
    ),
    RegistryField(
        "establishment_state",
        "Administrative state of the establishment",
        ("registry_establishment_state",),
        excludable=False,
    ),
    RegistryField(
        "unit_state",
        "Administrative state of the company",
        ("registry_unit_state",),
        excludable=False,
    ),
    RegistryField("legal_form", "Legal form", ("registry_legal_form",)),
    RegistryField("naf", "NAF code", ("registry_naf", "registry_naf_nomenclature")),
    RegistryField(
        "category",
        "Company category",
        ("registry_category", "registry_category_year"),
        rule_key="statistics",
        year_field="registry_category_year",
    ),
    RegistryField(
        "workforce",
        "Workforce bracket",
        ("registry_workforce", "registry_workforce_year"),
        rule_key="statistics",
        year_field="registry_workforce_year",
    ),
    RegistryField(
        "turnover",
        "Turnover",
        ("registry_turnover", "registry_turnover_year"),
        same=_same_amount,
        year_field="registry_turnover_year",
    ),
    RegistryField(
        "vat", "VAT number", ("vat",), same=_same_identifier, in_register=False
    ),
    RegistryField("phone", "Phone", ("phone",), same=same_phone, in_register=False),
    RegistryField("email", "Email", ("email",), same=text.same_text, in_register=False),
    RegistryField(
        "website", "Website", ("website",), same=_same_website, in_register=False
    ),
)
REGISTRY_FIELD_BY_KEY = {field.key: field for field in REGISTRY_FIELDS}
REGISTRY_FIELD_SELECTION = [
    (registry_field.key, registry_field.label) for registry_field in REGISTRY_FIELDS
]
# What rules are about: a field, the yearly statistics together, and the day when all
# NAF codes change because the nomenclature does.
RULE_SELECTION = [
    (registry_field.key, registry_field.label)
    for registry_field in REGISTRY_FIELDS
    if registry_field.rule_key == registry_field.key
] + [
    ("statistics", "INSEE statistics (category, workforce bracket)"),
    ("naf_nomenclature", "Change of NAF nomenclature"),
]
PARTNER_FIELDS = tuple(
    name for registry_field in REGISTRY_FIELDS for name in registry_field.fields
)
# What a register keeps true: where it knows the company, nobody else proposes it.
REGISTER_FIELDS = frozenset(
    name
    for registry_field in REGISTRY_FIELDS
    if registry_field.in_register
    for name in registry_field.fields
)
# The facts that move together when a seat moves.
ADDRESS_KEYS = ("street", "street2", "zip", "city", "country")
SEAT_KEYS = ("siret", *ADDRESS_KEYS)


def registry_values(env, establishment):
    """Values of ``res.partner`` fields that say what ``establishment`` says.

    :param establishment: ``connectors.datatypes.Establishment``
    :return: dict of every field named in :data:`REGISTRY_FIELDS`; ``False`` where
        the register says nothing
    """
    address = establishment.address
    return {
        "name": establishment.legal_name or False,
        "registry_legal_name": establishment.legal_name or False,
        **env["res.partner"]._prepare_french_identifiers(siret=establishment.siret),
        "street": address.street or False,
        "street2": address.street2 or False,
        "zip": address.zip or False,
        "city": address.city or False,
        "country_id": env["res.country"]._registry_country_id(address.country_code),
        "registry_establishment_type": establishment_type(establishment),
        "registry_establishment_state": establishment.establishment_state or False,
        "registry_unit_state": establishment.unit_state or False,
        "registry_legal_form": establishment.legal_form or False,
        "registry_naf": establishment.naf or False,
        "registry_naf_nomenclature": establishment.naf_nomenclature or False,
        "registry_category": establishment.category or False,
        "registry_category_year": establishment.category_year or 0,
        "registry_workforce": establishment.workforce or False,
        "registry_workforce_year": establishment.workforce_year or 0,
        "registry_turnover": establishment.turnover or 0,
        "registry_turnover_year": establishment.turnover_year or 0,
    }


def establishment_type(establishment):
    if establishment.is_head_office is None:
        return False
    return "head_office" if establishment.is_head_office else "secondary"
