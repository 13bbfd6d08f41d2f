from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.partner_company_data.connectors import nomenclatures

KINDS = [
    ("naf", "NAF code"),
    ("legal_form", "Legal form"),
    ("department", "Department"),
    ("workforce", "Workforce bracket"),
    ("category", "Company category"),
]
NAF_IN_USE = "NAFRev2"


class PartnerRegistryCode(models.Model):
    """A code of the register with its label, to choose from and to show.

    Made from the lists that come with the connectors at every installation and
    update of the addon: labels are INSEE's own.
    """

    _name = "partner.registry.code"
    _description = "Code of the Company Register"
    _order = "kind, code, nomenclature"
    _rec_names_search = ["code", "name"]
    _log_access = False

    kind = fields.Selection(KINDS, required=True, readonly=True)
    nomenclature = fields.Char(
        readonly=True, help="Of NAF codes: codes look alike in all nomenclatures."
    )
    code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)

    _code_uniq = models.UniqueIndex(
        "(kind, code, COALESCE(nomenclature, ''))", "This code exists already."
    )

    @api.depends("code", "name", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        # The partner's own labels say the code themselves and are translated.
        selections = {
            kind: dict(
                self.env["res.partner"]
                ._fields[f"registry_{kind}"]
                ._description_selection(self.env)
            )
            for kind in ("workforce", "category")
        }
        for code in self:
            code.display_name = (
                selections.get(code.kind, {}).get(code.code)
                or f"{code.code} – {code.name}"
            )

    @api.model
    def _search_display_name(self, operator, value):
        """By code, also as typed without its dot (``6202A``), or by words."""
        if operator not in ("ilike", "=ilike", "like", "=like") or not value:
            return super()._search_display_name(operator, value)
        text = value.strip()
        code = text.replace(" ", "")
        if code[:4].isdigit() and len(code) > 4:
            code = f"{code[:2]}.{code[2:]}"
        words = Domain.AND(Domain("name", "ilike", word) for word in text.split())
        return Domain("code", "=ilike", f"{code}%") | words

    @api.model
    def _load_codes(self):
        """Bring the table up to date with the lists of the connectors."""
        known = {
            (code.kind, code.nomenclature, code.code): code for code in self.search([])
        }
        missing = []
        for kind, nomenclature, labels in _lists():
            for code, name in labels.items():
                record = known.get((kind, nomenclature, code))
                if not record:
                    missing.append(
                        {
                            "kind": kind,
                            "nomenclature": nomenclature,
                            "code": code,
                            "name": name,
                        }
                    )
                elif record.name != name:
                    record.name = name
        self.create(missing)

    @api.model
    def _of(self, kind, codes):
        """Records of these codes (of the NAF in use), unknown ones left out."""
        return self.search(
            [
                ("kind", "=", kind),
                ("code", "in", [code for code in codes if code]),
                ("nomenclature", "=", NAF_IN_USE if kind == "naf" else False),
            ]
        )


def _lists():
    yield "naf", NAF_IN_USE, nomenclatures.naf_labels()
    yield "legal_form", False, nomenclatures.legal_form_labels()
    yield "department", False, nomenclatures.DEPARTMENTS
    yield "workforce", False, nomenclatures.WORKFORCE_LABELS
    yield "category", False, nomenclatures.CATEGORY_LABELS
