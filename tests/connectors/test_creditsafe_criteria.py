"""Which terms of a search go together in a country."""

import pytest

from odoo.addons.partner_company_data.connectors.creditsafe_criteria import (
    USUAL_SETS,
    choose,
    read_sets,
)

FRANCE = {
    "criteriaSets": [
        {"id": {"required": True}},
        {"regNo": {"required": True}},
        {"vatNo": {"required": "true"}},
        {
            "name": {"required": True},
            "status": {"required": False, "allowedValues": ["Active", "NonActive"]},
            "address": {"street": {"required": False}, "city": {"required": False}},
        },
        {"address": {"city": {"required": True}, "postCode": {"required": True}}},
    ]
}


@pytest.mark.parametrize(
    ("asked", "terms"),
    [
        ({"registration_number", "name", "city"}, {"registration_number"}),
        ({"vat_number", "registration_number"}, {"registration_number"}),
        ({"name", "city", "postcode"}, {"name", "status", "street", "city"}),
        ({"city", "postcode"}, {"city", "postcode"}),
        ({"city"}, None),
        ({"status"}, None),
        (set(), None),
    ],
)
def test_the_surest_set_is_chosen(asked, terms):
    chosen = choose(read_sets(FRANCE), asked)
    assert (chosen and set(chosen.terms)) == terms


def test_statuses_and_required_terms_are_read():
    (described,) = [one for one in read_sets(FRANCE) if "status" in one.terms]
    assert described.statuses == ("Active", "NonActive")
    assert described.required == {"name"}


@pytest.mark.parametrize(
    "answer",
    [None, {}, {"criteriaSets": None}, {"criteriaSets": [1, {"unheard": {}}, {}]}],
)
def test_a_country_that_does_not_say_takes_the_usual(answer):
    sets = read_sets(answer)
    assert sets == ()
    assert choose(sets, {"vat_number", "name"}).terms == {"vat_number"}
    assert choose(sets, {"name", "city"}) == USUAL_SETS[-1]
