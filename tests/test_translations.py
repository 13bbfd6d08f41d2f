import re
from pathlib import Path

import polib
from lxml import etree

from odoo.tests.common import TransactionCase, tagged
from odoo.tools.translate import TranslationModuleReader

from .common import WarmCaches

ADDON = Path(__file__).resolve().parent.parent
PLACEHOLDER = re.compile(r"%\(\w+\)s|%[sd%]|<\w+|</\w+")
SHOWN_ATTRIBUTES = (
    "string",
    "help",
    "placeholder",
    "title",
    "confirm",
    "confirm-title",
    "confirm-label",
    "cancel-label",
    "data-tooltip",
    "aria-label",
    "sum",
    "avg",
)


@tagged("post_install", "-at_install")
class TestFrenchInterface(WarmCaches, TransactionCase):
    """What people read in French: the file is complete, and the screens use it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        file = polib.pofile(str(ADDON / "i18n" / "fr.po"))
        cls.entries = [entry for entry in file if not entry.obsolete]
        shared = ADDON / "tests" / "same_in_french.txt"
        cls.shared = set(shared.read_text(encoding="utf-8").splitlines())
        cls.english = {
            " ".join(entry.msgid.split())
            for entry in cls.entries
            if entry.msgstr != entry.msgid
        }
        # A word can be English for one term and French for another.
        cls.english -= {" ".join(entry.msgstr.split()) for entry in cls.entries}
        cls.french = cls.env(
            context={"lang": "fr_FR", "tz": "Europe/Paris"},
            user=cls.env.ref("base.user_admin"),
        )

    def _ours(self, model):
        ids = self.env["ir.model.data"].search(
            [("module", "=", "partner_company_data"), ("model", "=", model)]
        )
        return self.french[model].browse(ids.mapped("res_id"))

    def _assert_french(self, texts, where):
        found = {" ".join((text or "").split()) for text in texts} & self.english
        self.assertFalse(found, f"English in {where}")

    def test_every_term_is_in_the_file(self):
        known = {entry.msgid for entry in self.entries}
        reader = TranslationModuleReader(self.env.cr, ["partner_company_data"])
        terms = {source for _module, _type, _name, _id, source, *_other in reader}
        self.assertTrue(terms)
        self.assertFalse(terms - known)

    def test_every_term_is_translated(self):
        missing = [
            entry.msgid
            for entry in self.entries
            if not entry.msgstr
            or "fuzzy" in entry.flags
            or (entry.msgstr == entry.msgid and entry.msgid not in self.shared)
        ]
        self.assertFalse(missing)

    def test_punctuation_is_french(self):
        wrong = re.compile(r"[ \w][:;?!](\s|$)| [»%](?![(sd])|« |’")
        self.assertFalse(
            [entry.msgstr for entry in self.entries if wrong.search(entry.msgstr)]
        )

    def test_no_placeholder_is_lost(self):
        for entry in self.entries:
            self.assertEqual(
                sorted(PLACEHOLDER.findall(entry.msgid)),
                sorted(PLACEHOLDER.findall(entry.msgstr)),
                entry.msgid,
            )

    def test_menus_and_records(self):
        for model, name in (
            ("ir.ui.menu", "name"),
            ("ir.actions.act_window", "name"),
            ("ir.actions.server", "name"),
            ("ir.actions.client", "name"),
            ("res.groups", "name"),
            ("res.groups.privilege", "name"),
            ("mail.activity.type", "name"),
            ("ir.cron", "name"),
            ("partner.data.source", "name"),
        ):
            records = self._ours(model)
            self._assert_french(records.mapped(name), model)

    def test_favourites(self):
        action = self.env.ref("partner_company_data.action_partner_credit_risk")
        found = self.french["ir.filters"].get_filters("partner.credit.risk", action.id)
        self.assertEqual(len(found), len(self._ours("ir.filters")))
        self._assert_french([one["name"] for one in found], "favourites")

    def test_empty_lists(self):
        for action in self._ours("ir.actions.act_window").filtered("help"):
            texts = etree.HTML(action.help).itertext()
            self._assert_french(texts, f"the help of {action.name}")

    def test_screens(self):
        views = self._ours("ir.ui.view").filtered("model")
        for view in views:
            with self.subTest(view=view.xml_id):
                base = view if view.mode == "primary" else view.inherit_id
                while base.mode == "extension":
                    base = base.inherit_id
                shown = self.french[view.model].get_view(base.id, base.type)
                self._assert_french(_shown_texts(shown["arch"]), view.xml_id)

    def test_fields_and_choices(self):
        names = set(self._ours("ir.model").mapped("model"))
        # Those of the mixins are Odoo's own words.
        fields = self._ours("ir.model.fields").filtered(
            lambda field: not field.name.startswith(("activity_", "message_"))
        )
        for model in sorted(names | set(fields.mapped("model"))):
            if model not in self.env or self.env[model]._abstract:
                continue
            mine = fields.filtered(lambda field, model=model: field.model == model)
            described = self.french[model].fields_get(mine.mapped("name"))
            for name, field in described.items():
                with self.subTest(field=f"{model}.{name}"):
                    choices = [label for _value, label in field.get("selection", ())]
                    self._assert_french(
                        [field["string"], field.get("help"), *choices],
                        f"{model}.{name}",
                    )


def _shown_texts(arch):
    for element in etree.fromstring(arch).iter(etree.Element):
        yield element.text
        yield element.tail
        yield from (element.get(name) for name in SHOWN_ATTRIBUTES)
