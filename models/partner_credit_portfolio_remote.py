"""Portfolios at the bureau: found, taken over, created, deleted; their event rules."""

from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from odoo.addons.partner_company_data.connectors import errors
from odoo.addons.partner_company_data.connectors.credit_monitoring import EventRule

from .notification import RELOAD, notification
from .open_records import open_records
from .partner_credit_event import KINDS
from .partner_data_source_token import commit_apart

ALL_COUNTRIES = "XX"
# What nearly everybody wants to hear of; a person ticks otherwise.
USUAL_KINDS = ("rating", "limit", "status", "proceedings", "privileges")


class PartnerCreditPortfolioRule(models.Model):
    """A sort of event that the bureau may tell of, as the portfolio has it set."""

    _name = "partner.credit.portfolio.rule"
    _description = "Event Rule of a Creditsafe Portfolio"
    _order = "country_code DESC, code, id"

    portfolio_id = fields.Many2one(
        "partner.credit.portfolio", required=True, ondelete="cascade", index=True
    )
    is_active = fields.Boolean(string="Tell")
    country_code = fields.Char(string="Country", required=True, readonly=True)
    scope = fields.Char(string="Applies to", compute="_compute_scope")
    code = fields.Integer(required=True, readonly=True, aggregator=None)
    name = fields.Char(required=True, readonly=True, string="In Creditsafe's words")
    kind = fields.Selection(KINDS, readonly=True)
    param_count = fields.Integer(readonly=True)
    param_0 = fields.Char(string="{0}")
    param_1 = fields.Char(string="{1}")
    param_2 = fields.Char(string="{2}")

    _portfolio_code_uniq = models.UniqueIndex(
        "(portfolio_id, country_code, code)", "A portfolio has each rule once."
    )

    @api.depends("country_code")
    @api.depends_context("lang")
    def _compute_scope(self):
        codes = self.mapped("country_code")
        countries = self.env["res.country"].search([("code", "in", codes)])
        names = {country.code: country.name for country in countries}
        names[ALL_COUNTRIES] = self.env._("All countries")
        for rule in self:
            rule.scope = names.get(rule.country_code, rule.country_code)

    def _event_rule(self):
        """This rule as the connector sets it."""
        self.ensure_one()
        params = (self.param_0, self.param_1, self.param_2)[: self.param_count]
        return EventRule(
            code=self.code,
            country_code=self.country_code,
            is_active=self.is_active,
            name=self.name,
            params=tuple(param or "" for param in params),
        )


class PartnerCreditPortfolio(models.Model):
    _inherit = "partner.credit.portfolio"

    rule_ids = fields.One2many(
        "partner.credit.portfolio.rule",
        "portfolio_id",
        string="Event rules",
        help="What Creditsafe tells of the companies of this portfolio.",
    )
    rules_country_id = fields.Many2one(
        "res.country",
        string="Country of the event rules",
        default=lambda self: self.env.ref("base.fr", raise_if_not_found=False),
        help="Beside the rules of all countries, those of this one are listed.",
    )

    # === Taking over === #

    def action_take_over(self):
        """Show the portfolios that there are at Creditsafe, own and shared ones."""
        Source = self.env["partner.data.source"]
        Source._check_may_buy()
        source = Source._active_credit_or_raise("creditsafe")
        return self.env["partner.credit.portfolio.takeover"]._start(source)

    @api.model
    def _adopt(self, source, vals_list):
        """Make portfolios that there are at the bureau here, with all that they hold.

        What cannot be read now is read by the next check: the portfolio is here.

        :return: the portfolios, in the caller's environment
        """
        ids = []
        for vals in vals_list:
            with source.sudo()._own_env() as env:
                portfolio = env[self._name]._adopt_apart(source.id, vals)
                ids.append(portfolio.id)
                try:
                    portfolio._read_rules_apart()
                    portfolio._synchronise()
                except UserError as error:
                    portfolio._note_apart(error=str(error))
                commit_apart(env)
        return self.browse(ids)

    @api.model
    def _adopt_apart(self, source_id, vals):
        """The portfolio with this Creditsafe id, made and committed when missing."""
        domain = [
            ("source_id", "=", source_id),
            ("bureau_id", "=", vals["bureau_id"]),
        ]
        found = self.search(domain)
        if not found:
            try:
                with mute_logger("odoo.sql_db"):
                    found = self.create({"source_id": source_id, **vals})
                    commit_apart(self.env)
            except (UniqueViolation, SerializationFailure):
                self.env.cr.rollback()
                found = self.search(domain)
        return found

    def _open_or_list(self):
        """Action that shows these portfolios."""
        return open_records(self, name=self.env._("Portfolios"))

    # === Creating === #

    def action_create_remote(self):
        """Create the portfolio at Creditsafe: no e-mails, the ticked rules."""
        self.ensure_one()
        self.env["partner.data.source"]._check_may_buy()
        self.check_access("write")
        source = self.source_id.sudo()
        source._check_in_use()
        if self.bureau_id and not self.is_gone:
            return notification(
                self.env._("“%s” is at Creditsafe already.", self.name), "info"
            )
        trouble = None
        with source._own_env() as env:
            own = env[self._name].browse(self.id)
            own._create_apart()
            try:
                own._put_rules_apart()
            except UserError as error:
                own._note_apart(error=str(error))
                trouble = str(error)
            commit_apart(env)
        self.env.invalidate_all()
        self.env["partner.credit.portfolio.line"]._trigger()
        sentence = self.env._("“%s” was created at Creditsafe.", self.name)
        return notification(
            " ".join(filter(None, (sentence, trouble))),
            "warning" if trouble else "success",
            then=RELOAD,
        )

    def _create_apart(self):
        """Create it there, and commit its number before anything else can fail.

        One of that name that is there already is for a person to look at: it may be
        what an earlier try has made.
        """
        source = self.source_id
        with source._service_errors(), source._open_connector() as connector:
            namesakes = [
                one
                for one in connector.portfolios(search=self.name)
                if one.name == self.name and not one.is_foreign
            ]
            if namesakes:
                raise UserError(
                    self.env._(
                        "Creditsafe has a portfolio of this name already: take it "
                        "over, or choose another name."
                    )
                )
            try:
                made = connector.create_portfolio(self.name)
            except errors.OutcomeUnknownError as error:
                raise UserError(
                    self.env._(
                        "Creditsafe did not answer in time: it may have created the "
                        "portfolio. Look for it under “Take over from Creditsafe”."
                    )
                ) from error
        self.write(
            {
                "bureau_id": str(made.id),
                "bureau_name": made.name or self.name,
                "is_gone": False,
                "error": False,
            }
        )
        commit_apart(self.env)

    # === Event rules === #

    def action_list_rules(self):
        """List the rules of the country: as the portfolio has them, or as there are."""
        self.ensure_one()
        self.env["partner.data.source"]._check_may_buy()
        self.check_access("write")
        source = self.source_id.sudo()
        source._check_in_use()
        with source._service_errors():
            rules = self._rules_there()
        self.sudo()._keep_rules(rules, usual=not self.bureau_id)

    def _rules_there(self):
        number = int(self.bureau_id) if self.bureau_id else None
        countries = [ALL_COUNTRIES, *filter(None, [self.rules_country_id.code])]
        rules = {}
        with self.source_id.sudo()._open_connector() as connector:
            for country in countries:
                for rule in connector.event_rules(country, portfolio_id=number):
                    key = (rule.country_code or country, rule.code)
                    rules.setdefault(key, rule)
        return rules

    def _keep_rules(self, rules, usual=False):
        """Have exactly these rules here.

        :param rules: ``connectors.credit_monitoring.EventRule`` by (country, code)
        :param usual: tick what nearly everybody wants, where nothing is ticked yet
        """
        kept = {(rule.country_code, rule.code): rule for rule in self.rule_ids}
        commands = [
            Command.delete(rule.id) for key, rule in kept.items() if key not in rules
        ]
        for (country, code), rule in rules.items():
            here = kept.get((country, code))
            params = [*rule.params, None, None, None][:3]
            vals = {
                "name": rule.name or str(code),
                "kind": rule.kind,
                "param_count": len(rule.params),
            }
            if usual and here:
                vals["is_active"] = here.is_active
            else:
                vals |= {
                    "is_active": rule.kind in USUAL_KINDS if usual else rule.is_active,
                    **{f"param_{n}": value for n, value in enumerate(params)},
                }
            commands.append(
                Command.update(here.id, vals)
                if here
                else Command.create({"country_code": country, "code": code, **vals})
            )
        self.write({"rule_ids": commands})

    def action_put_rules(self):
        """Set the ticked rules at Creditsafe, and look whether it kept them."""
        self.ensure_one()
        self.env["partner.data.source"]._check_may_buy()
        self.check_access("write")
        self._check_bound()
        self.source_id.sudo()._check_in_use()
        self.sudo()._put_rules_apart()
        return notification(
            self.env._("Creditsafe has kept the event rules."), "success", then=RELOAD
        )

    def _put_rules_apart(self):
        """Set the whole list of each country; what the bureau kept is stored."""
        by_country = self.rule_ids.grouped("country_code")
        if not by_country:
            return
        rules = {}
        with self._noted_errors(), self.source_id._open_connector() as connector:
            for country, lines in by_country.items():
                kept = connector.set_event_rules(
                    int(self.bureau_id),
                    country,
                    [line._event_rule() for line in lines],
                )
                rules |= {
                    (rule.country_code or country, rule.code): rule for rule in kept
                }
        with self.source_id._own_env() as env:
            env[self._name].browse(self.id)._keep_rules(rules)
            commit_apart(env)
        self.env.invalidate_all()

    def _read_rules_apart(self):
        """Store the rules as they are set at the bureau."""
        with self._noted_errors():
            rules = self._rules_there()
        with self.source_id._own_env() as env:
            env[self._name].browse(self.id)._keep_rules(rules)
            commit_apart(env)
        self.env.invalidate_all()

    # === Deleting === #

    def action_delete(self):
        """Ask where to delete: in Odoo only, or at Creditsafe too."""
        self.check_access("unlink")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Delete"),
            "res_model": "partner.credit.portfolio.delete",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_portfolio_ids": self.ids},
        }

    def _deletable_there(self):
        """Portfolios that the bureau has, and that are made and deleted from here."""
        return self.filtered(
            lambda portfolio: (
                portfolio.bureau_id
                and not portfolio.is_gone
                and portfolio.sudo().source_id._makes_portfolios()
            )
        )

    def _delete_remote(self):
        """Delete at the bureau; one that is not there any more is done."""
        for portfolio in self.sudo()._deletable_there():
            source = portfolio.source_id
            with source._service_errors(), source._open_connector() as connector:
                try:
                    connector.delete_portfolio(int(portfolio.bureau_id))
                except errors.RefusedError as error:
                    raise UserError(
                        self.env._(
                            "Creditsafe does not let this account delete “%s”: it "
                            "belongs to somebody else. Delete it in Odoo only.",
                            portfolio.name,
                        )
                    ) from error

    def unlink(self):
        file_ids = self.sudo().line_ids.file_id.ids
        result = super().unlink()
        self.browse()._mark_monitored(file_ids)
        return result
