import base64
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.partner_company_data.models import partner_credit_import

from .altares_common import AltaresCase
from .common import new_test_user

HEAD = (
    "SIREN;Raison sociale;Crédit conseillé (K€);Score /100;Score /20;Paydex;"
    "Retard moyen (jours);Procédure collective;Chiffre d'affaires;Date bilan;NAF;Etat"
)


@tagged("post_install", "-at_install")
class TestAltaresImport(AltaresCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.altares.write({"altares_transport": "file", "username": False})
        cls.sirens = [partner.l10n_fr_siren for partner in cls.partners]

    def rows(self, score=62):
        """Two companies that are partners, a stranger, and three rows that are not."""
        first, second = self.sirens[:2]
        return [
            f"{first};PREMIERE;12;{score};13;74;8;Néant;1250000;31/12/2025;4322A;Actif",
            f"{second};DEUXIEME;NC;NC;NC;NC;NC;Liquidation judiciaire;ND;;4711F;Actif",
            "552100554;ETRANGERE;250;88;17;80;0;Néant;9000000;31/12/2025;2910Z;Actif",
            f"{first};ENCORE;1;1;1;1;1;;;;;",
            "123456789;FAUX;1;1;1;1;1;;;;;",
            f"{self.sirens[2]};TROISIEME;deux;40;8;60;20;Néant;1;31/12/2025;4322A;Actif",
        ]

    def file(self, rows=None, head=HEAD):
        text = "\r\n".join([head, *(self.rows() if rows is None else rows)])
        return base64.b64encode(text.encode("cp1252"))

    def start(self, content=None, user=None):
        return (
            self.env["partner.credit.import"]
            .with_user(user or self.buyer)
            .create({"content": content or self.file(), "filename": "intuiz.csv"})
        )

    def run_import(self, content=None):
        one = self.start(content)
        one.action_read()
        one.action_preview()
        one.action_import()
        self.env.flush_all()
        self.env.invalidate_all()
        return one

    def counts(self, one):
        return (one.new_count, one.changed_count, one.unchanged_count)

    def test_columns_are_proposed_and_remembered(self):
        one = self.start()
        self.assertEqual(one.source_id, self.altares)
        one.action_read()
        holds = {column.title: column.field_name for column in one.column_ids}
        self.assertEqual(holds["SIREN"], "siren")
        self.assertEqual(holds["Paydex"], "paydex")
        self.assertEqual(holds["Retard moyen (jours)"], "dbt")
        one.column_ids.filtered(
            lambda column: column.title == "Etat"
        ).field_name = False
        one.action_preview()
        other = self.start()
        other.action_read()
        holds = {column.title: column.field_name for column in other.column_ids}
        self.assertFalse(holds["Etat"])
        self.assertEqual(holds["NAF"], "naf")

    def test_preview_says_what_would_happen_and_stores_nothing(self):
        one = self.start()
        one.action_read()
        one.action_preview()
        self.assertEqual(self.counts(one), (4, 0, 0))
        self.assertEqual(one.rejected_count, 2)
        self.assertEqual(one.no_partner_count, 1)
        issues = {(issue.line, issue.reason) for issue in one.issue_ids}
        self.assertLessEqual({(5, "duplicate"), (6, "bad_siren")}, issues)
        self.assertIn((7, "unread"), issues)
        self.assertFalse(
            self.env["partner.credit.file"].search(
                [("source_id", "=", self.altares.id)]
            )
        )

    def test_import_makes_files_history_and_links(self):
        one = self.run_import()
        self.assertEqual((one.state, one.user_id), ("done", self.buyer))
        self.assertTrue(one.imported_on)
        file = self.altares_file(self.partners[0])
        self.assertEqual(file.siren, self.sirens[0])
        self.assertEqual((file.has_score, file.score), (True, 62))
        self.assertEqual((file.has_score_20, file.score_20), (True, 13))
        self.assertEqual((file.has_credit_limit, file.credit_limit), (True, 12000))
        self.assertEqual((file.paydex, file.dbt), (74, 8))
        self.assertTrue(file.has_paydex and file.has_dbt)
        self.assertEqual((file.turnover, file.turnover_year), (1250000, 2025))
        self.assertFalse(file.has_proceedings)
        self.assertEqual(file.status, "active")
        [point] = file.score_ids
        self.assertEqual((point.score, point.paydex, point.delay), (62, 74, 8))
        self.assertEqual(point.origin, "import")
        unknown = self.altares_file(self.partners[1])
        self.assertFalse(unknown.has_score or unknown.has_credit_limit)
        self.assertFalse(unknown.has_paydex or unknown.has_dbt or unknown.has_turnover)
        self.assertTrue(unknown.has_proceedings)
        self.assertEqual(unknown.proceeding, "liquidation")

    def test_the_same_file_again_changes_nothing(self):
        self.run_import()
        files = self.env["partner.credit.file"].search(
            [("source_id", "=", self.altares.id)]
        )
        before = files.mapped("write_date")
        again = self.run_import()
        self.assertEqual(self.counts(again), (0, 0, 4))
        self.assertEqual(len(files.score_ids), 3)
        self.assertEqual(
            self.env["partner.credit.file"].search(
                [("source_id", "=", self.altares.id)]
            ),
            files,
        )
        self.assertEqual(files.mapped("write_date"), before)

    def test_changed_rows_are_taken_and_other_columns_left_alone(self):
        self.run_import()
        head, *_rest = HEAD.split(";Procédure")
        rows = [";".join(row.split(";")[:7]) for row in self.rows(score=30)]
        again = self.run_import(self.file(rows, head))
        file = self.altares_file(self.partners[0])
        self.assertEqual(file.score, 30)
        self.assertEqual(file.turnover, 1250000)
        self.assertEqual(file.naf, "43.22A")
        self.assertEqual(again.new_count, 0)

    def test_not_a_table_says_so(self):
        one = self.start(base64.b64encode(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
        with self.assertRaisesRegex(UserError, "cannot be read"):
            one.action_read()

    def test_the_siren_column_is_needed_once(self):
        one = self.start()
        one.action_read()
        siren = one.column_ids.filtered(lambda column: column.field_name == "siren")
        siren.field_name = False
        with self.assertRaisesRegex(UserError, "which column holds the SIREN"):
            one.action_preview()
        siren.field_name = "naf"
        with self.assertRaisesRegex(UserError, "Two columns"):
            one.action_preview()

    def test_who_may_not_buy_may_not_import(self):
        reader = new_test_user(
            self.env, "import_reader", "partner_company_data.group_credit_report"
        )
        with self.assertRaises(AccessError):
            self.start(user=reader)
        other = self.other_company()
        elsewhere = self.start().with_context(allowed_company_ids=other.ids)
        self.buyer.company_ids = [(4, other.id)]
        with self.assertRaises(AccessError):
            elsewhere.action_read()

    def big_file(self, sirens):
        rows = (
            [siren, f"SOCIETE {place}", place % 300, place % 101, place % 21]
            + [place % 100, place % 60, "Néant", place * 1000]
            + ["31/12/2025", "4322A", "Actif"]
            for place, siren in enumerate(sirens)
        )
        return self.file([";".join(map(str, row)) for row in rows])

    def test_many_rows_take_hardly_more_queries_than_few(self):
        sirens = list(_sirens(900))
        self.startPatcher(patch.object(partner_credit_import, "CHUNK", 300))
        self.env["res.partner"].create(
            [
                {
                    "name": f"P{siren}",
                    "is_company": True,
                    "company_registry": siren,
                    "country_id": self.env.ref("base.fr").id,
                }
                for siren in sirens[:90]
            ]
        )

        def queries(some):
            content = self.big_file(some)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            one = self.run_import(content)
            return one, self.env.cr.sql_log_count - before

        _one, few = queries(sirens[:300])
        one, many = queries(sirens)
        self.assertEqual(self.counts(one), (600, 0, 300))
        self.assertEqual(one.no_partner_count, 810)
        self.assertLess(many, few + 20)
        linked = self.env["res.partner"].search_count(
            [("credit_file_ids.source_id", "=", self.altares.id)]
        )
        self.assertEqual(linked, 90)
        _again, nothing = queries(sirens)
        self.assertLess(nothing, few)


def _sirens(count):
    """Valid numbers, in order."""
    number = 70_000_000
    while count:
        number += 1
        digits = [int(digit) for digit in str(number)]
        total = 0
        for place, digit in enumerate(reversed(digits)):
            double = digit * 2 if place % 2 == 0 else digit
            total += double - 9 if double > 9 else double
        yield f"{number}{-total % 10}"
        count -= 1
