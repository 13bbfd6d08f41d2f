"""The reasons of an assessment, in the reader's language."""

from odoo import api, fields, models
from odoo.tools import format_amount, format_date
from odoo.tools.misc import formatLang


class PartnerCreditPolicy(models.Model):
    _inherit = "partner.credit.policy"

    @api.model
    def _reason_words(self, reasons, currency):
        """Reasons in words, each with its effect.

        :param reasons: list of ``credit_policy.Reason.as_json``
        :param currency: of the amounts
        :return: list of dicts ``text`` and ``effect`` (worse, better or info)
        """
        words = _Words(self.env, currency)
        return [
            {"text": words.of(reason), "effect": reason["effect"]} for reason in reasons
        ]


class _Words:
    """One sentence a reason's code; a method of that name makes it."""

    def __init__(self, env, currency):
        self.env = env
        self.currency = currency

    def of(self, reason):
        return getattr(self, reason["code"])(**reason["params"])

    def _amount(self, amount):
        return format_amount(
            self.env, round(amount or 0), self.currency, trailing_zeroes=False
        )

    def _since(self, on):
        return format_date(self.env, fields.Date.to_date(on)) if on else ""

    def _with_date(self, text, on):
        if not on:
            return text
        return self.env._("%(what)s (%(date)s)", what=text, date=self._since(on))

    def ceased(self):
        return self.env._("The company has ceased.")

    def failing(self):
        return self.env._("A bureau says that the company is failing.")

    def law_liquidation(self, on):
        return self._with_date(self.env._("Liquidation under way"), on)

    def law_receivership(self, on):
        return self._with_date(
            self.env._("Receivership under way: deliveries go on against payment"), on
        )

    def law_safeguard(self, on):
        return self._with_date(
            self.env._("Safeguard under way: deliveries go on against payment"), on
        )

    def law_insolvency(self, on):
        return self._with_date(self.env._("Collective proceedings under way"), on)

    def law_plan(self, on):
        return self._with_date(self.env._("A plan is being carried out"), on)

    def law_closed(self, on):
        return self._with_date(self.env._("Collective proceedings closed"), on)

    def volume_without_limit(self):
        return self.env._(
            "No bureau recommends a limit: the volume is what is open or was invoiced."
        )

    def no_class(self):
        return self.env._("No risk class is known: to be looked at by hand.")

    def bureaus_disagree(self):
        return self.env._("The bureaus disagree: the more careful one counts.")

    def privileges(self, count, amount, share, steps):
        if amount:
            return self.env._("Registered privileges: %s", self._amount(amount))
        return self.env._("Registered privileges: %s", count)

    def privileges_share(self, count, amount, share, steps):
        return self.env._(
            "Registered privileges: %(amount)s, %(share)s %% of the turnover",
            amount=self._amount(amount),
            share=formatLang(self.env, share, digits=1),
        )

    def own_delay(self, days, steps):
        return self.env._("Pays us %s days late on average", days)

    def bureau_delay(self, days, steps):
        return self.env._("Pays its suppliers %s days late on average", days)

    def paydex(self, paydex, steps):
        return self.env._("Paydex of %s: pays its suppliers late", paydex)

    def class_fall(self, classes, days):
        return self.env._(
            "Fell by %(classes)s risk classes within %(days)s days",
            classes=classes,
            days=days,
        )

    def score_fall(self, points, days):
        return self.env._(
            "Score fell by %(points)s points within %(days)s days",
            points=points,
            days=days,
        )

    def _use(self, exposure, limit, **_unused):
        return self.env._(
            "Exposure %(exposure)s of %(limit)s",
            exposure=self._amount(exposure),
            limit=self._amount(limit),
        )

    use_amber = use_red = _use

    def use_over_limit(self, exposure, limit, **_unused):
        return self.env._(
            "Exposure %(exposure)s above the limit of %(limit)s",
            exposure=self._amount(exposure),
            limit=self._amount(limit),
        )

    def old_data(self, on):
        return self.env._("The bureau's data are of %s", self._since(on))

    def good_history(self, invoices):
        return self.env._("Has paid our last %s invoices in time", invoices)

    def no_credit(self):
        return self.env._("No credit is left to grant.")

    def no_bureau_limit(self):
        return self.env._("No bureau recommends a limit: none can be suggested.")

    def share_of_limit(self, share, limit):
        return self.env._(
            "%(share)s %% of the recommended limit of %(limit)s",
            share=round(share),
            limit=self._amount(limit),
        )

    def guaranteed(self, amount):
        return self.env._("Guarantees of %s on top", self._amount(amount))
