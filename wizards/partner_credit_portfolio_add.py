from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from odoo.addons.partner_company_data.models.notification import (
    CLOSE,
    RELOAD,
    notification,
)
from odoo.addons.partner_company_data.models.open_records import open_records
from odoo.addons.partner_company_data.models.partner_credit_portfolio_queue import (
    is_findable,
    lack_of_number,
    places_left,
)
from odoo.addons.partner_company_data.models.partner_data_source_token import (
    commit_apart,
)

# So many are added while the person waits.
AT_ONCE = 1


class PartnerCreditPortfolioAdd(models.TransientModel):
    """Add partners to a portfolio or take them out: what will happen, then yes."""

    _name = "partner.credit.portfolio.add"
    _description = "Add to or Remove from a Portfolio"

    mode = fields.Selection(
        [("add", "Add"), ("remove", "Remove")], required=True, default="add"
    )
    source_id = fields.Many2one(
        "partner.data.source", required=True, ondelete="cascade"
    )
    partner_ids = fields.Many2many("res.partner", string="Partners")
    usable_portfolio_ids = fields.Many2many(
        "partner.credit.portfolio", compute="_compute_usable_portfolio_ids"
    )
    portfolio_id = fields.Many2one("partner.credit.portfolio", ondelete="cascade")
    makes_portfolios = fields.Boolean(compute="_compute_makes_portfolios")
    hint = fields.Char(compute="_compute_hint")
    places = fields.Char(string="Free monitoring places", readonly=True)
    places_count = fields.Integer(readonly=True)
    has_places_count = fields.Boolean(readonly=True)
    todo_count = fields.Integer(string="To add", compute="_compute_counts")
    there_count = fields.Integer(string="Already there", compute="_compute_counts")
    lack_count = fields.Integer(
        string="Without identifier",
        compute="_compute_counts",
        help="The partner has no SIREN, registration or VAT number.",
    )
    person_count = fields.Integer(
        string="No companies",
        compute="_compute_counts",
        help="Persons are not monitored.",
    )
    lack_names = fields.Text(
        string="Partners without identifier", compute="_compute_counts"
    )
    absent_count = fields.Integer(
        string="Not in the portfolio", compute="_compute_counts"
    )
    is_too_many = fields.Boolean(compute="_compute_is_too_many")

    # === Entrance === #

    @api.model
    def _start(self, partners, mode):
        """The dialog for these partners, with the portfolio that comes to mind."""
        Source = self.env["partner.data.source"]
        Source._check_may_buy()
        companies = partners.commercial_partner_id
        companies.check_access("read")
        if not companies:
            raise UserError(self.env._("Choose the partners first."))
        source = Source._active_credit_or_raise(
            self.env.context.get("credit_source", "creditsafe")
        )
        wizard = self.create(
            {
                "mode": mode,
                "source_id": source.id,
                "partner_ids": [Command.set(companies.ids)],
                **(self._places_vals(source) if mode == "add" else {}),
            }
        )
        wizard.portfolio_id = wizard._usual_portfolio()
        return wizard._open()

    @api.model
    def _places_vals(self, source):
        left = places_left(source._counters())
        return {
            "places": (
                self.env._("not counted")
                if left is None
                else formatLang(self.env, left, digits=0)
            ),
            "places_count": left or 0,
            "has_places_count": left is not None,
        }

    def _open(self):
        self.ensure_one()
        return open_records(
            self,
            name=self.source_id.sudo()._bureau_words()["add"]
            if self.mode == "add"
            else self.env._("Remove from the %s portfolio", self.source_id.name),
            target="new",
        )

    # === Which portfolio === #

    @api.depends("source_id", "mode", "partner_ids")
    def _compute_usable_portfolio_ids(self):
        for wizard in self:
            portfolios = self.env["partner.credit.portfolio"].search(
                [("source_id", "=", wizard.source_id.id), ("bureau_id", "!=", False)]
            )
            portfolios = portfolios.filtered(lambda portfolio: not portfolio.is_gone)
            if wizard.mode == "add":
                portfolios = portfolios.filtered(
                    lambda portfolio: portfolio.state == "active"
                )
            else:
                portfolios &= wizard._lines_here().portfolio_id
            wizard.usable_portfolio_ids = portfolios

    def _usual_portfolio(self):
        """One's own when there is one of them; else a person says which."""
        usable = self.usable_portfolio_ids
        own = usable.filtered(lambda portfolio: portfolio.user_id == self.env.user)
        if len(own) == 1:
            return own
        is_clear = self.mode == "remove" or not self.makes_portfolios
        return usable if is_clear and len(usable) == 1 else usable.browse()

    @api.depends("source_id")
    def _compute_makes_portfolios(self):
        for wizard in self:
            wizard.makes_portfolios = wizard.source_id.sudo()._makes_portfolios()

    @api.depends("usable_portfolio_ids", "portfolio_id")
    def _compute_hint(self):
        for wizard in self:
            usable = wizard.usable_portfolio_ids
            own = usable.filtered(lambda portfolio: portfolio.user_id == self.env.user)
            wizard.hint = False
            if wizard.portfolio_id:
                continue
            if wizard.mode == "remove":
                wizard.hint = not usable and self.env._(
                    "None of these partners is in a portfolio."
                )
            elif not usable and not wizard.makes_portfolios:
                wizard.hint = self.env._(
                    "There is no portfolio: put the monitoring registration into the "
                    "account of %s.",
                    wizard.source_id.name,
                )
            elif len(own) > 1:
                wizard.hint = self.env._("You have several portfolios: choose one.")
            elif usable:
                wizard.hint = self.env._(
                    "You have no active portfolio: choose a colleague's, take one "
                    "over from %s, or create one.",
                    wizard.source_id.name,
                )
            else:
                wizard.hint = self.env._(
                    "There is no active portfolio: take one over from %s, or create "
                    "one.",
                    wizard.source_id.name,
                )

    # === What will happen === #

    @api.depends("portfolio_id", "partner_ids", "mode")
    def _compute_counts(self):
        for wizard in self:
            kinds = wizard._sorted_partners()
            lacking = kinds["lacking"]
            wizard.todo_count = len(kinds["todo"])
            wizard.there_count = len(kinds["there"])
            wizard.lack_count = len(lacking)
            wizard.person_count = len(kinds["person"])
            wizard.absent_count = len(kinds["absent"])
            wizard.lack_names = "\n".join(lacking[:20].mapped("display_name")) + (
                "\n…" if len(lacking) > 20 else ""
            )

    @api.depends("todo_count", "places_count", "has_places_count")
    def _compute_is_too_many(self):
        for wizard in self:
            wizard.is_too_many = (
                wizard.mode == "add"
                and wizard.has_places_count
                and wizard.todo_count > wizard.places_count
            )

    def _lines_here(self):
        """Lines of these partners or of their companies, in all portfolios."""
        self.ensure_one()
        files = self._files()
        return self.env["partner.credit.portfolio.line"].search(
            [
                ("portfolio_id.source_id", "=", self.source_id.id),
                "|",
                ("partner_id", "in", self.partner_ids.ids),
                ("file_id", "in", files.ids),
            ]
        )

    def _files(self):
        """Files of these partners and of their legal units at the bureau."""
        source = self.source_id.sudo()
        partners = self.partner_ids.sudo()
        own = partners.credit_file_ids.filtered(lambda file: file.source_id == source)
        sirens = [siren for siren in partners.mapped("l10n_fr_siren") if siren]
        File = self.env["partner.credit.file"].sudo()
        return own | File.search(
            [("source_id", "=", source.id), ("siren", "in", sirens)]
        )

    def _file_of_partner(self):
        """Which file each partner has at the bureau, or its legal unit."""
        files = self._files()
        by_siren = {file.siren: file for file in files if file.siren}
        return {
            partner.id: (
                (partner.credit_file_ids & files)[:1]
                or by_siren.get(partner.l10n_fr_siren, files.browse())
            )
            for partner in self.partner_ids.sudo()
        }

    def _sorted_partners(self):
        """Partners by what becomes of them.

        :return: dict of records: ``todo``, ``there`` (already), ``lacking`` (no
            identifier), ``person`` (no company at all), ``absent`` (not in the
            portfolio they are to leave)
        """
        self.ensure_one()
        files = self._file_of_partner()
        lines = self._lines_of_portfolio()
        if self.mode == "add":
            lines = lines.filtered(
                lambda line: line.state in ("to_add", "up_to_date", "new_event")
            )
        held = set(lines.partner_id.ids)
        held_files = set(lines.file_id.ids)
        units, ids = set(), defaultdict(list)
        for partner in self.partner_ids:
            file = files[partner.id]
            unit = partner.l10n_fr_siren or file.id
            is_there = partner.id in held or file.id in held_files
            if self.mode == "remove":
                kind = "todo" if is_there else "absent"
            elif is_there or (unit and unit in units):
                kind = "there"
            elif file or is_findable(partner):
                kind = "todo"
            else:
                kind = "lacking" if partner.is_company else "person"
            ids[kind].append(partner.id)
            units.add(unit)
        return {
            kind: self.env["res.partner"].browse(ids[kind])
            for kind in ("todo", "there", "lacking", "person", "absent")
        }

    def _lines_of_portfolio(self):
        return (
            self._lines_here()
            .sudo()
            .filtered(lambda line: line.portfolio_id == self.portfolio_id)
        )

    # === Buttons === #

    def action_confirm(self):
        """Yes: one at once, many in the background."""
        self.ensure_one()
        self.env["partner.data.source"]._check_may_buy()
        self.source_id.sudo()._check_in_use()
        if not self.portfolio_id:
            raise UserError(self.env._("Choose the portfolio."))
        self.portfolio_id.sudo()._check_bound()
        # Apart: what is asked of the bureau is known here, whatever follows.
        with self.source_id.sudo()._own_env() as env:
            own = env[self._name].browse(self.id)
            lines = (
                own._lines_to_add() if self.mode == "add" else own._lines_to_remove()
            )
            env.flush_all()
            commit_apart(env)
            count, name = len(lines), lines[:1].display_name
            is_now = 0 < count <= AT_ONCE
            reason = is_now and lines._process_now()
        self.env.invalidate_all()
        if is_now:
            return self._done(name, reason)
        self.env["partner.credit.portfolio.line"]._trigger()
        return notification(
            self.env._(
                "%(count)s companies are worked on in the background, see %(name)s.",
                count=count,
                name=self.portfolio_id.name,
            ),
            then=CLOSE,
        )

    def _lines_to_add(self):
        """Lines that wait to be added: new ones, and those that failed before.

        Partners without identifier get a line that says why.
        """
        kinds = self._sorted_partners()
        files = self._file_of_partner()
        here = self._lines_of_portfolio()
        by_file = {line.file_id.id: line for line in here if line.file_id}
        by_partner = {line.partner_id.id: line for line in here if line.partner_id}
        Line = self.env["partner.credit.portfolio.line"].sudo()
        again, vals_list = Line, []
        for partner in kinds["todo"] | kinds["lacking"]:
            file = files[partner.id]
            line = by_file.get(file.id) or by_partner.get(partner.id)
            if line:
                again |= line
            else:
                vals_list.append(self._line_vals(partner, file))
        again.write({"user_id": self.env.uid})
        again.filtered("is_there").action_keep()
        (again - again.filtered("is_there")).write(
            {"state": "to_add", "reason": False, "next_attempt": False, "attempts": 0}
        )
        made = Line.create(vals_list)
        return (again | made).filtered(lambda line: line.state == "to_add")

    def _line_vals(self, partner, file):
        vals = {
            "portfolio_id": self.portfolio_id.id,
            "partner_id": partner.id,
            "name": partner.name,
            "user_id": self.env.uid,
        }
        if file:
            vals |= {
                "file_id": file.id,
                "bureau_id": file.bureau_id,
                "bureau_number": file.bureau_number,
                "country_code": file.country_code,
                "name": file.name,
            }
        elif not is_findable(partner):
            vals |= {"state": "no_identifier", "reason": lack_of_number(self.env)}
        return vals

    def _lines_to_remove(self):
        lines = self._lines_of_portfolio()
        lines.action_remove()
        return lines.exists()

    def _done(self, name, reason):
        if reason:
            return notification(reason, "warning", title=name, then=RELOAD)
        places = {"company": name, "portfolio": self.portfolio_id.name}
        message = (
            self.env._("%(company)s is monitored in %(portfolio)s.", **places)
            if self.mode == "add"
            else self.env._(
                "%(company)s is not monitored in %(portfolio)s any more.", **places
            )
        )
        return notification(message, "success", then=RELOAD)

    def action_take_over(self):
        return self.env["partner.credit.portfolio"].action_take_over()

    def action_new_portfolio(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "partner.credit.portfolio",
            "views": [(False, "form")],
        }
