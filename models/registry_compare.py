"""Comparison of a partner with the register: values in, differences out, no records.

Values are those of ``res.partner`` fields as plain data (ids for countries). What the
register does not know never differs from anything.
"""

from dataclasses import dataclass, replace
from itertools import permutations

from odoo.addons.partner_company_data.connectors import text

from . import registry_fields

# INSEE writes this over what a person has asked not to be disclosed.
MASK = "[ND]"
STREET_KEYS = ("street", "street2")


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that the register gives differently.

    * ``field``: the :class:`registry_fields.RegistryField`
    * ``old``, ``new``: dicts of the partner's fields, ``False`` for nothing
    * ``reason``: ``difference``, ``completion`` (the partner had nothing) or
      ``seat_moved``
    * ``rule_key``: the rule that says what happens with it
    """

    field: registry_fields.RegistryField
    old: dict
    new: dict
    reason: str
    rule_key: str

    @property
    def key(self):
        return self.field.key


def is_known(value):
    """Whether a value says something: no null, no zero, no mask."""
    return bool(value) and not (isinstance(value, str) and MASK in value)


def compare(ours, theirs, seat_moved=False):
    """What the register says otherwise.

    :param ours: dict of the partner's values, by field name
    :param theirs: dict of the register's values (``registry_values``)
    :param seat_moved: whether ``theirs`` is the new seat of the partner's legal unit
    :return: list of :class:`Difference`, in the order of the table
    """
    found = []
    for field in registry_fields.REGISTRY_FIELDS:
        main = field.fields[0]
        their_value = theirs.get(main)
        our_value = ours.get(main)
        # A NAF code says something else in another nomenclature.
        if our_value == their_value and field.key != "naf":
            continue
        if not is_known(their_value):
            if seat_moved and field.key == "street2" and _leaves_old_line(ours, theirs):
                found.append(_difference(field, ours, theirs, "seat_moved"))
            continue
        rule_key = field.rule_key
        if field.key in STREET_KEYS and same_streets(ours, theirs):
            continue
        reason = "completion"
        if is_known(our_value):
            if field.key == "naf":
                rule_key = _naf_rule(ours, theirs)
                if not rule_key:
                    continue
            elif field.same(our_value, their_value) or _is_older(field, ours, theirs):
                continue
            if not _is_own_siren(field, ours, theirs):
                reason = "difference"
        elif not field.excludable and their_value != "active":
            # Nobody fills in unseen that a company is closed.
            reason = "difference"
        if seat_moved and field.key in registry_fields.SEAT_KEYS:
            reason = "seat_moved"
        found.append(_difference(field, ours, theirs, reason, rule_key))
    if not found:
        return found
    if _hides_street(ours, theirs):
        found = _without_half_address(found)
    return _of_one_place(found)


def _hides_street(ours, theirs):
    """Whether the register keeps from us a street that the partner has."""
    return any(is_known(ours.get(key)) for key in STREET_KEYS) and not any(
        is_known(theirs.get(key)) for key in STREET_KEYS
    )


def _without_half_address(found):
    """Have no town put under the street of another one."""
    address = registry_fields.ADDRESS_KEYS
    if all(item.reason == "completion" for item in found if item.key in address):
        return found
    return [item for item in found if item.key not in address]


def _of_one_place(found):
    """Have nothing complete an address that is another place than the register's.

    Neither a street beside another town nor the SIRET of another establishment is
    filled in unseen.
    """
    keys = registry_fields.SEAT_KEYS
    address = registry_fields.ADDRESS_KEYS
    if not any(item.key in address and item.reason == "difference" for item in found):
        return found
    return [
        replace(item, reason="difference")
        if item.key in keys and item.reason == "completion"
        else item
        for item in found
    ]


def same_value(field, one, other):
    """Whether two values of one fact say the same.

    :param one: dict of the partner's fields of ``field``
    :param other: the same
    """
    main = field.fields[0]
    if not one.get(main) or not other.get(main):
        return bool(one.get(main)) == bool(other.get(main))
    if field.key == "naf":
        return not _naf_rule(one, other)
    return field.same(one[main], other[main])


def same_streets(ours, theirs):
    """Whether two pairs of street lines are the same place.

    People write building and street in one line, in two, or the other way round.
    Lines that the register does not know are no difference.
    """
    our_lines = [ours[key] for key in STREET_KEYS if ours.get(key)]
    their_lines = [theirs[key] for key in STREET_KEYS if is_known(theirs.get(key))]
    if all(
        any(text.same_street(line, own) for own in our_lines) for line in their_lines
    ):
        return True
    joined = " ".join(our_lines)
    return any(
        text.same_street(joined, " ".join(lines)) for lines in permutations(their_lines)
    )


def plain(values, field):
    """The values of one fact, ``False`` for everything that says nothing."""
    return {name: _plain(values.get(name)) for name in field.fields}


def _plain(value):
    return value if is_known(value) else False


def _difference(field, ours, theirs, reason, rule_key=None):
    return Difference(
        field=field,
        # What people typed is kept as it stands: it has to be found again.
        old={name: ours.get(name) or False for name in field.fields},
        new=plain(theirs, field),
        reason=reason,
        rule_key=rule_key or field.rule_key,
    )


def _naf_rule(ours, theirs):
    """The rule that a difference of NAF codes follows, ``None`` without a difference.

    The same four digits and letter mean something else in another nomenclature.
    """
    our_nomenclature = ours.get("registry_naf_nomenclature")
    their_nomenclature = theirs.get("registry_naf_nomenclature")
    if (
        is_known(our_nomenclature)
        and is_known(their_nomenclature)
        and our_nomenclature != their_nomenclature
    ):
        return "naf_nomenclature"
    same = text.same_text(ours["registry_naf"], theirs["registry_naf"])
    return None if same else "naf"


def _is_older(field, ours, theirs):
    """Whether the register's statistic is of an earlier year than the partner's."""
    if not field.year_field:
        return False
    our_year = ours.get(field.year_field)
    their_year = theirs.get(field.year_field)
    return bool(our_year and their_year and their_year < our_year)


def _is_own_siren(field, ours, theirs):
    """Whether the partner has the SIREN only: the SIRET completes it."""
    if field.key != "siret":
        return False
    name = field.fields[0]
    return registry_fields.identifiers.clean(ours[name]) == theirs[name][:9]


def _leaves_old_line(ours, theirs):
    """Whether the new address would stand beside the second line of the old one."""
    return bool(
        ours.get("street2")
        and is_known(theirs.get("street"))
        and is_known(theirs.get("zip"))
        and not same_streets(ours, theirs)
    )
