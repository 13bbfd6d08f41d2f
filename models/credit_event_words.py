"""An event in one sentence, in the language of the environment."""

from odoo.tools.misc import format_amount, formatLang

from odoo.addons.partner_company_data.connectors.credit_values import proceeding_kind

# Proceedings that bureaus name in English as well; others stay in their own words.
_NAMED = ("safeguard", "receivership", "liquidation")


def event_sentence(event):
    """What changed from what to what.

    :param event: a ``partner.credit.event``
    """
    say = _SENTENCES.get(event.kind, _of_values)
    return say(event)


def _of_rating(event):
    env = event.env
    old, new = event.old_rating, event.new_rating
    score = _score_change(event)
    if new and old and new != old:
        return env._(
            "The rating goes from %(old)s to %(new)s%(more)s",
            old=old,
            new=new,
            more=f" ({score})" if score else "",
        )
    if score:
        sentence = env._("Score: %s", score)
        return f"{sentence} ({new})" if new else sentence
    if new:
        return env._("The rating is now %s", new)
    if event.has_new_number:
        return env._("The score is now %s", _number(event, event.new_number))
    return _of_values(event)


def _score_change(event):
    """``51 → 33``, or nothing."""
    if not (event.has_old_number and event.has_new_number):
        return ""
    return f"{_number(event, event.old_number)} → {_number(event, event.new_number)}"


def _of_limit(event):
    env = event.env
    if not event.has_new_number:
        return _of_values(event)
    new = _amount(event, event.new_number)
    if not event.has_old_number:
        return env._("The limit is now %s", new)
    values = {
        "old": _amount(event, event.old_number),
        "new": new,
        "change": _percent(event.old_number, event.new_number),
    }
    if event.new_number == event.old_number:
        return env._("The limit stays at %s", new)
    if not values["change"]:
        return env._("The limit goes from %(old)s to %(new)s", **values)
    if event.new_number < event.old_number:
        return env._("The limit falls from %(old)s to %(new)s (%(change)s)", **values)
    return env._("The limit rises from %(old)s to %(new)s (%(change)s)", **values)


def _of_proceedings(event):
    env = event.env
    if event.new_value:
        kind = proceeding_kind(None, event.new_value)
        words = dict(
            env["partner.credit.file"]._fields["proceeding"]._description_selection(env)
        )
        known = {
            **{name: words[name].lower() for name in _NAMED},
            "plan": env._("recovery plan"),
            "closure": env._("closure"),
        }
        return env._("Collective proceedings: %s", known.get(kind) or event.new_value)
    return env._("Collective proceedings")


def _of_privileges(event):
    env = event.env
    if not event.has_new_number:
        return _of_values(event)
    new = _number(event, event.new_number)
    if not event.has_old_number:
        return env._("Privileges registered: %s", new)
    return env._(
        "Privileges registered: %(new)s (before: %(old)s)",
        old=_number(event, event.old_number),
        new=new,
    )


def _of_status(event):
    env = event.env
    known = {
        "active": env._("The company is active"),
        "ceased": env._("The company has ceased"),
        "pending": env._("The company is in an uncertain state"),
    }
    return known.get(event.status) or _of_values(event)


def _of_financials(event):
    env = event.env
    if event.new_value:
        return env._("New annual accounts: %s", event.new_value)
    return env._("New annual accounts")


def _of_payment(event):
    env = event.env
    if event.has_old_number and event.has_new_number:
        return env._("Days beyond terms: %s", _score_change(event))
    return _of_values(event)


def _of_values(event):
    """``Address: before → after``, with the kind's name or the rule's."""
    field = event._fields["kind"]
    name = field.convert_to_export(event.kind, event)
    if event.kind == "other" and event.rule_name:
        name = _named_element(event.env, event.rule_name)
    old, new = _in_words(event, event.old_value), _in_words(event, event.new_value)
    if event.kind == "capital":
        old = _number(event, event.old_number) if event.has_old_number else old
        new = _number(event, event.new_number) if event.has_new_number else new
    if old and new:
        return event.env._("%(what)s: %(old)s → %(new)s", what=name, old=old, new=new)
    value = new or old
    if value:
        return event.env._("%(what)s: %(value)s", what=name, value=value)
    return name


def _named_element(env, name):
    """Elements of D&B's answers in words, other names as they are."""
    known = {
        "failureScore.classScore": env._("Class of failure (1 to 5)"),
        "delinquencyScore.classScore": env._("Class of late payment (1 to 5)"),
        "delinquencyScore.nationalPercentile": env._("Score of late payment"),
        "standardRating.rating": env._("D&B rating"),
    }
    return known.get(name, name)


def _in_words(event, value):
    """A value as the bureau wrote it; what is true or false, in words."""
    env = event.env
    return {"true": env._("Yes"), "false": env._("No")}.get(value, value)


def _number(event, value):
    digits = 0 if float(value).is_integer() else 1
    return formatLang(event.env, value, digits=digits)


def _amount(event, value):
    """In the currency of the company's file, where the bureau has told it."""
    # sudo: whoever reads an event may know its currency.
    currency = event.sudo().file_id.currency_id
    if not currency:
        return _number(event, value)
    return format_amount(event.env, value, currency, trailing_zeroes=False)


def _percent(old, new):
    """``−60 %`` with a true minus sign; nothing when the old value was 0."""
    if not old:
        return ""
    share = round(100 * (new - old) / abs(old))
    return f"{'−' if share < 0 else '+'}{abs(share)}\N{NO-BREAK SPACE}%"


_SENTENCES = {
    "rating": _of_rating,
    "limit": _of_limit,
    "proceedings": _of_proceedings,
    "privileges": _of_privileges,
    "status": _of_status,
    "financials": _of_financials,
    "payment": _of_payment,
}
