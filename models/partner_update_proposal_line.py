from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_amount

from odoo.addons.partner_company_data.connectors import nomenclatures

from . import registry_fields
from .open_records import open_records

# States of a line that a person has still to decide about.
PENDING = ("new", "changed")
# What people write on a line; the rest is written by checks and decisions.
WRITABLE = {"selected", "ignore"}


class PartnerUpdateProposalLine(models.Model):
    """One fact that differs: the partner's value, the register's, the decision."""

    _name = "partner.update.proposal.line"
    _description = "Field of a Partner Update"
    _order = "sequence, id"
    _rec_name = "key"

    proposal_id = fields.Many2one(
        "partner.update.proposal", required=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one(
        related="proposal_id.partner_id", store=True, index=True
    )
    sequence = fields.Integer(default=10)
    key = fields.Selection(
        registry_fields.REGISTRY_FIELD_SELECTION,
        string="Field",
        required=True,
        readonly=True,
    )
    old_values = fields.Json(
        readonly=True, help="Values of the partner's fields when this was proposed."
    )
    new_values = fields.Json(readonly=True)
    old_display = fields.Char(string="Current value", compute="_compute_displays")
    new_display = fields.Char(string="New value", compute="_compute_displays")
    reason = fields.Selection(
        [
            ("difference", "Difference"),
            ("completion", "Completion"),
            ("seat_moved", "Seat moved"),
        ],
        required=True,
        default="difference",
        readonly=True,
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("validated", "Validated"),
            ("ignored", "Ignored"),
            ("obsolete", "Obsolete"),
            ("changed", "Changed meanwhile"),
        ],
        required=True,
        default="new",
        readonly=True,
    )
    selected = fields.Boolean(default=True)
    ignore = fields.Selection(
        [("field", "Never propose again"), ("value", "Ignore this value only")],
        default="field",
        string="If not ticked",
    )
    # The partner's state (res.country.state) before and after this was written, where
    # it went along with the postcode or the country.
    state_ids_written = fields.Json(string="Department", readonly=True, copy=False)
    excludable = fields.Boolean(compute="_compute_excludable")

    _proposal_key_uniq = models.UniqueIndex(
        "(proposal_id, key)", "An update has one line a field."
    )

    @api.depends("key")
    def _compute_excludable(self):
        for line in self:
            field = registry_fields.REGISTRY_FIELD_BY_KEY.get(line.key)
            line.excludable = bool(field and field.excludable)

    @api.depends("key", "old_values", "new_values")
    @api.depends_context("lang")
    def _compute_displays(self):
        for line in self:
            line.old_display = self._display(line.key, line.old_values or {})
            line.new_display = self._display(line.key, line.new_values or {})

    def write(self, vals):
        if not self.env.su and vals.keys() - WRITABLE:
            raise AccessError(
                self.env._(
                    "What the register says and what was decided stays as it is."
                )
            )
        result = super().write(vals)
        if {"selected", "ignore"} & vals.keys():
            # A moved seat is accepted or refused as a whole.
            choice = {
                name: vals[name] for name in ("selected", "ignore") if name in vals
            }
            block = self._other_seat_lines()
            if block:
                super(PartnerUpdateProposalLine, block).write(choice)
                block.proposal_id.seat_selected = all(block.mapped("selected"))
        return result

    def _other_seat_lines(self):
        """Pending lines of the same moved seats that are not in ``self``."""
        moved = self.filtered(lambda line: line.reason == "seat_moved")
        return (
            moved.proposal_id.line_ids.filtered(
                lambda line: line.reason == "seat_moved" and line.state in PENDING
            )
            - self
        )

    @api.model
    def _display(self, key, values):
        """A fact in people's words and language, ``""`` for nothing.

        :param values: dict of the partner's fields of ``key``
        """
        field = registry_fields.REGISTRY_FIELD_BY_KEY.get(key)
        value = field and values.get(field.fields[0])
        if not value:
            return ""
        partner_field = self.env["res.partner"]._fields[field.fields[0]]
        if partner_field.type == "selection":
            words = dict(partner_field._description_selection(self.env)).get(
                value, value
            )
        elif partner_field.type == "many2one":
            words = self.env[partner_field.comodel_name].browse(value).display_name
        elif key == "turnover":
            words = format_amount(self.env, value, self.env.ref("base.EUR"))
        elif key == "naf":
            words = _naf_words(value, values.get("registry_naf_nomenclature"))
        elif key == "legal_form":
            label = nomenclatures.legal_form_labels().get(value)
            words = f"{value} – {label}" if label else value
        else:
            words = value
        year = field.year_field and values.get(field.year_field)
        return f"{words} ({year})" if year else words

    def _states_in_words(self, undone):
        """The partners' states that went along with these lines, as they are now.

        :return: list of ``(name of the field, value before, value now)``
        """
        field = self.env["res.partner"]._fields["state_id"]
        states = self.env["res.country.state"]
        found = []
        for line in self.filtered("state_ids_written"):
            before, now = line.state_ids_written[:: -1 if undone else 1]
            if line.partner_id.state_id.id == now:
                words = (
                    states.browse(one or ()).exists().display_name
                    for one in (before, now)
                )
                found.append((field._description_string(self.env), *words))
        return found

    def _registry_field(self):
        return registry_fields.REGISTRY_FIELD_BY_KEY[self.key]

    def _partner_values(self):
        """What the partner has now, in the shape of ``old_values``."""
        self.ensure_one()
        partner = self.proposal_id.partner_id
        return {
            name: (partner[name].id if field.relational else partner[name]) or False
            for name in self._registry_field().fields
            for field in (partner._fields[name],)
        }

    def _stale(self):
        """Lines whose partner has other values than those they show."""
        return self.filtered(lambda line: line._partner_values() != line.old_values)

    def _ignored_for_good(self):
        """Whether leaving this line unticked means never to be asked again."""
        return self.excludable and self.ignore == "field"

    def _labels(self):
        """The names of these fields, for a sentence."""
        labels = dict(self._fields["key"]._description_selection(self.env))
        return ", ".join(labels[line.key] for line in self)

    def action_validate(self):
        """Write these fields on their partners; the other fields go on waiting."""
        Proposal = self.env["partner.update.proposal"]
        return Proposal._outcome_action(
            Proposal._validate_lines(self), Proposal._count_validated
        )

    def action_ignore(self):
        """Set these values aside: the same don't come back, different ones do."""
        Proposal = self.env["partner.update.proposal"]
        return Proposal._outcome_action(
            Proposal._ignore_lines(self), Proposal._count_ignored
        )

    def action_open_proposal(self):
        self.ensure_one()
        return open_records(self.proposal_id)


def _naf_words(code, nomenclature):
    label = nomenclatures.naf_label(code, nomenclature)
    words = f"{code} – {label}" if label else code
    # The nomenclature in force until 2026 goes without saying.
    if nomenclature and nomenclature != "NAFRev2":
        words = f"{words} ({nomenclature})"
    return words
