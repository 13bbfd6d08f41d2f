from collections import namedtuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from odoo.addons.partner_company_data.connectors import identifiers

# The number's own places, and what can't hold one although it may look like it.
_NOT_OFFERED = {
    "company_registry",
    "l10n_fr_siren",
    "l10n_fr_siret",
    "name",
    "complete_name",
    "commercial_company_name",
    "phone",
    "phone_sanitized",
    "zip",
    "color",
}
# As many partners are looked at to guess the field.
_SAMPLE = 20_000
_BATCH = 1000
_SHOWN = 10

Found = namedtuple("Found", "partner number kind")


class PartnerSirenTakeover(models.TransientModel):
    """Take SIREN or SIRET over from another field of the partner, as proposals.

    Databases that were there before often keep the number in a field of their own.
    """

    _name = "partner.siren.takeover"
    _description = "Take Over a SIREN Field"

    field_name = fields.Selection(
        selection="_selection_field_name",
        string="Field that holds SIREN or SIRET",
        required=True,
        default=lambda self: self._guess_field(),
    )
    include_conflicts = fields.Boolean(
        string="Also propose numbers of another company",
        help="The partner has a valid SIREN or SIRET already, of another company.",
    )
    new_count = fields.Integer(string="To propose", compute="_compute_counts")
    same_count = fields.Integer(string="Equal already", compute="_compute_counts")
    conflict_count = fields.Integer(
        string="Of another company", compute="_compute_counts"
    )
    invalid_count = fields.Integer(string="Invalid", compute="_compute_counts")
    invalid_examples = fields.Text(compute="_compute_counts")
    conflict_examples = fields.Text(compute="_compute_counts")

    @api.model
    def _offered_fields(self):
        Partner = self.env["res.partner"]
        return [
            field
            for field in Partner._fields.values()
            if field.store
            and field.column_type
            and field.type in ("char", "integer")
            and not field.translate
            and not field.company_dependent
            and field.name not in _NOT_OFFERED
            and not field.name.startswith(("registry_", "message_", "activity_"))
            and Partner._has_field_access(field, "read")
        ]

    @api.model
    def _selection_field_name(self):
        return sorted(
            (
                (field.name, f"{field._description_string(self.env)} ({field.name})")
                for field in self._offered_fields()
            ),
            key=lambda item: item[1].lower(),
        )

    @api.model
    def _guess_field(self):
        """Name of the field with the most valid numbers that the partners lack.

        :return: ``False`` when no field has any
        """
        names = [field.name for field in self._offered_fields()]
        self.env["res.partner"].flush_model([*names, "l10n_fr_siren"])
        columns = SQL(", ").join(
            SQL(
                r"array_agg(%(column)s::text) FILTER (WHERE regexp_replace("
                r"%(column)s::text, '[\s.]', '', 'g') ~ '^([0-9]{9}|[0-9]{14})$')",
                column=SQL.identifier(name),
            )
            for name in names
        )
        (row,) = self.env.execute_query(
            SQL(
                """
                SELECT %s
                  FROM (SELECT * FROM res_partner
                         WHERE active AND l10n_fr_siren IS NULL LIMIT %s) partner
                """,
                columns,
                _SAMPLE,
            )
        )
        counts = {
            name: sum(identifiers.siren_of(value) is not None for value in values or ())
            for name, values in zip(names, row, strict=True)
        }
        best = max(counts, key=counts.get, default=False)
        return best if best and counts[best] else False

    def _read_numbers(self):
        """What the field holds on each company.

        :return: iterator of :class:`Found`; ``kind`` is ``new``, ``same``,
            ``conflict`` or ``invalid``
        """
        self.ensure_one()
        if self.field_name not in dict(self._selection_field_name()):
            raise UserError(self.env._("Choose one of the fields offered."))
        companies = Domain("is_company", "=", True) | Domain("parent_id", "=", False)
        partners = self.env["res.partner"].search_fetch(
            companies & Domain(self.field_name, "not in", (False, "", 0)),
            [self.field_name, "company_registry", "name"],
            order="id",
        )
        for partner in partners:
            number = _number_of(partner[self.field_name])
            yield Found(partner, number, _kind(number, partner.company_registry))

    @api.depends("field_name")
    def _compute_counts(self):
        for wizard in self:
            found = list(wizard._read_numbers()) if wizard.field_name else []
            kinds = [item.kind for item in found]
            wizard.new_count = kinds.count("new")
            wizard.same_count = kinds.count("same")
            wizard.conflict_count = kinds.count("conflict")
            wizard.invalid_count = kinds.count("invalid")
            wizard.invalid_examples = wizard._examples(found, "invalid")
            wizard.conflict_examples = wizard._examples(found, "conflict")

    def _examples(self, found, kind):
        chosen = [item for item in found if item.kind == kind][:_SHOWN]
        return "\n".join(
            self.env._(
                "%(what)s: %(value)s",
                what=item.partner.name,
                value=item.partner[self.field_name],
            )
            + (f" ≠ {item.partner.company_registry}" if kind == "conflict" else "")
            for item in chosen
        )

    def action_propose(self):
        """Make a proposal for each number that a partner lacks, and show them."""
        self.ensure_one()
        source = self.env["partner.data.source"]._active_registry_or_raise()
        kinds = {"new", "conflict"} if self.include_conflicts else {"new"}
        wanted = [item for item in self._read_numbers() if item.kind in kinds]
        if not wanted:
            raise UserError(self.env._("This field has no number that is missing."))
        proposals = self.env["partner.update.proposal"]
        for batch in split_every(_BATCH, wanted):
            proposals |= self._propose(source, list(batch))
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "partner_company_data.partner_update_proposal_action"
            ),
            "domain": [("id", "in", proposals.ids)],
            "context": {},
        }

    def _propose(self, source, found):
        partners = self.env["res.partner"].union(*(item.partner for item in found))
        waiting = self._open_values(source, partners)
        checks = {
            item.partner: (
                {
                    **waiting.get(item.partner.id, {}),
                    "company_registry": item.number,
                },
                False,
            )
            for item in found
        }
        proposals = self.env["partner.update.proposal"]._sync(source, checks)
        label = dict(self._selection_field_name())[self.field_name]
        body = self.env._("The number comes from the field %(field)s.", field=label)
        proposals._message_log_batch(dict.fromkeys(proposals.ids, body))
        return proposals

    @api.model
    def _open_values(self, source, partners):
        """What open proposals say already: it has to stay beside the number.

        :return: dict ``{partner id: values}``
        """
        # sudo: whoever may take the field over may have the proposals made.
        proposals = (
            self.env["partner.update.proposal"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", partners.ids),
                    ("source_id", "=", source.id),
                    ("state", "=", "new"),
                ]
            )
        )
        values = {}
        for proposal in proposals:
            kept = values.setdefault(proposal.partner_id.id, {})
            kept["registry_register_date"] = proposal.register_date
            kept["registry_last_processed"] = proposal.last_processed
            for line in proposal.line_ids:
                if line.state in ("new", "changed"):
                    kept.update(line.new_values)
        return values


def _number_of(value):
    """SIREN or SIRET in a field's value, ``False`` when there is no valid one.

    Numbers have lost the zeros before them; a French VAT number holds the SIREN.
    """
    text = f"{value:09d}" if isinstance(value, int) else value
    number = identifiers.clean(text)
    if identifiers.siren_of(number):
        return number
    return identifiers.siren_of_vat(number) or False


def _kind(number, company_registry):
    if not number:
        return "invalid"
    siren = identifiers.siren_of(company_registry)
    if not siren:
        return "new"
    if siren != number[:9]:
        return "conflict"
    ours = identifiers.clean(company_registry)
    if len(number) == 9 or ours == number:
        return "same"
    return "new" if len(ours) == 9 else "conflict"
