import base64
import json
from datetime import date, timedelta
from functools import partial

from lxml import etree

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, TransactionCase, tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.mail.tests.common import MockEmail

from .common import WarmCaches, new_test_user, silent_bureau

READER = "partner_company_data.group_credit_reader"
REPORTS = "partner_company_data.group_credit_report"
FACTS = {
    "key_figures": [
        {
            "period_end": "2025-12-31",
            "currency": "EUR",
            "turnover": 6000000.0,
            "equity": None,
            "net_result": -12000.0,
            "employees": 17,
        }
    ],
    "judgments": [],
    "proceedings": [],
    "privileges": {"number": 2, "amount": 18250.0},
    "capital": 37000.0,
    "capital_currency": "EUR",
    "officers": [{"name": "Claire Dubois", "function": "Présidente"}],
    "missing_sections": ["negativeInformation"],
}


class CreditScreens(WarmCaches):
    """A company with a credit file, and one user of each right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = silent_bureau(cls)
        cls.source.old_after_days = 90
        cls.partner = cls.env["res.partner"].create(
            {"name": "Société suivie", "is_company": True, "email": "a@example.com"}
        )
        cls.contact = cls.env["res.partner"].create(
            {"name": "Jeanne", "parent_id": cls.partner.id}
        )
        cls.file = cls.make_file("FR-X-1", rating="B", risk="low", score=64)
        cls.partner.credit_file_id = cls.file
        cls.outsider = new_test_user(
            cls.env, "credit_outsider", "base.group_user,base.group_allow_export"
        )
        cls.reader = new_test_user(
            cls.env, "credit_reader", f"base.group_allow_export,{READER}"
        )
        cls.analyst = new_test_user(cls.env, "credit_analyst", REPORTS)

    @classmethod
    def make_file(cls, bureau_id, score=None, limit=None, **values):
        return cls.env["partner.credit.file"].create(
            {
                "name": "Société suivie",
                "source_id": cls.source.id,
                "bureau_id": bureau_id,
                "has_score": score is not None,
                "score": score or 0,
                "has_credit_limit": limit is not None,
                "credit_limit": limit or 0,
                "currency_id": cls.env.ref("base.EUR").id,
                "updated_on": fields.Datetime.now(),
                "facts": FACTS,
                **values,
            }
        )

    @classmethod
    def add_history(cls, file, months):
        cls.env["partner.credit.score"].create(
            [
                {
                    "file_id": file.id,
                    "date": date(2016 + month // 12, month % 12 + 1, 1),
                    "rating": "B",
                    "has_score": True,
                    "score": 40 + month % 30,
                    "has_limit": True,
                    "limit": 1000 * month,
                    "origin": "history",
                }
                for month in range(months)
            ]
        )


@tagged("post_install", "-at_install")
class TestCreditScreens(CreditScreens, TransactionCase):
    # === What is shown === #

    def test_contacts_show_the_facts_of_their_company(self):
        self.assertEqual(self.contact.credit_rating, "B")
        self.assertEqual(self.contact.credit_score, 64)
        self.assertFalse(self.contact.credit_file_id)

    def test_facts_are_words_and_unknown_ones_are_no_zero(self):
        sections = {s["key"]: s for s in self.file.facts_display}
        rows = {row["key"]: row["values"] for row in sections["figures"]["rows"]}
        self.assertEqual(rows["turnover"], ["6,000,000\N{NO-BREAK SPACE}€"])
        self.assertNotIn("equity", rows)
        self.assertEqual(rows["employees"], ["17"])
        self.assertEqual(sections["judgments"]["empty"], "Not disclosed")
        self.file.facts = {**FACTS, "missing_sections": []}
        sections = {s["key"]: s for s in self.file.facts_display}
        self.assertEqual(sections["judgments"]["empty"], "None known")
        [officer] = sections["officers"]["rows"]
        self.assertEqual(officer["label"], "Présidente")
        self.assertEqual(officer["values"], ["Claire Dubois"])

    def test_numbers_are_written_as_the_reader_does(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        file = self.file.with_context(lang="fr_FR")
        for told, words in (("0.0120", "0,012"), ("3", "3"), ("low", "low")):
            file.probability_of_default = told
            self.assertEqual(file.probability_words, words)
        file.probability_of_default = False
        self.assertFalse(file.probability_words)

    def test_a_step_that_court_and_gazette_tell_is_shown_once(self):
        step = {"kind": "receivership", "decided_on": "2026-08-03", "label": "RJ"}
        self.file.facts = {
            **FACTS,
            "proceedings": [
                {**step, "source": "register"},
                {**step, "source": "gazette"},
                {**step, "source": "gazette", "decided_on": "2026-09-01"},
            ],
        }
        sections = {s["key"]: s for s in self.file.facts_display}
        self.assertEqual(
            [row["label"] for row in sections["proceedings"]["rows"]],
            ["09/01/2026", "08/03/2026"],
        )

    def test_history_keeps_each_day_and_gaps(self):
        self.env["partner.credit.score"].create(
            [
                {
                    "file_id": self.file.id,
                    "date": day,
                    "rating": rating,
                    "has_score": score is not None,
                    "score": score or 0,
                }
                for day, rating, score in (
                    ("2026-03-02", "E", None),
                    ("2026-01-15", "B", 64),
                    ("2026-01-20", "E", 0),
                )
            ]
        )
        [series] = self.file.history
        self.assertEqual(
            [(point["date"], point["score"]) for point in series["points"]],
            [("2026-01-15", 64), ("2026-01-20", 0), ("2026-03-02", None)],
        )
        self.assertEqual(series["scale"], [0, 100])

    def test_graph_shows_no_sum_and_no_zero_of_the_unknown(self):
        Score = self.env["partner.credit.score"]
        Score.create(
            [
                {
                    "file_id": self.file.id,
                    "date": "2026-01-01",
                    "score": 70,
                    "has_score": True,
                },
                {
                    "file_id": self.file.id,
                    "date": "2026-01-15",
                    "score": 60,
                    "has_score": True,
                },
                {"file_id": self.file.id, "date": "2026-01-20"},
                {"file_id": self.file.id, "date": "2026-02-20"},
            ]
        )
        groups = Score._read_group(
            [("file_id", "=", self.file.id)], ["date:month"], ["score:min"]
        )
        self.assertEqual([value for _month, value in groups], [60, False])

    def test_old_data(self):
        Partner = self.env["res.partner"]
        mine = [("id", "=", self.partner.id)]
        self.assertFalse(self.partner.credit_is_old)
        self.assertFalse(Partner.search(mine + [("credit_is_old", "=", True)]))
        self.file.updated_on -= timedelta(days=91)
        self.assertTrue(self.partner.credit_is_old)
        self.assertEqual(
            Partner.search(mine + [("credit_is_old", "=", True)]), self.partner
        )

    def test_search_by_the_files_values(self):
        Partner = self.env["res.partner"]
        stranger = Partner.create({"name": "Sans donnée", "is_company": True})
        unrated = Partner.create({"name": "Non notée", "is_company": True})
        unrated.credit_file_id = self.make_file("FR-X-2", risk="not_rated")
        family = self.partner + self.contact + stranger + unrated

        def found(*leaf):
            return Partner.search([("id", "in", family.ids), leaf])

        both = self.partner + self.contact
        self.assertEqual(found("credit_rating", "=", "B"), both)
        self.assertEqual(found("credit_rating", "in", ("A", "B")), both)
        self.assertEqual(found("credit_rating", "!=", "B"), stranger + unrated)
        self.assertEqual(found("credit_rating", "=", False), stranger + unrated)
        self.assertEqual(found("credit_rating", "!=", False), both)
        self.assertEqual(found("credit_rating", "in", ("B", False)), family)
        self.assertEqual(found("credit_score", ">", 60), both)
        self.assertEqual(found("credit_is_monitored", "=", False), family)
        self.file.is_monitored = True
        self.assertEqual(found("credit_is_monitored", "=", True), both)
        self.assertEqual(found("credit_currency_id", "=", "EUR"), both + unrated)
        self.env.user.partner_id.credit_file_id = self.file
        Users = self.env["res.users"].with_context(active_test=False)
        self.assertIn(self.env.user, Users.search([("credit_rating", "=", "B")]))

    def test_ranges(self):
        for score, expected in (
            (0, "0_20"),
            (29, "21_29"),
            (50, "30_50"),
            (70, "51_70"),
            (100, "71_100"),
        ):
            self.file.score = score
            self.assertEqual(self.file.score_range, expected)
        self.file.has_score = False
        self.assertFalse(self.file.score_range)
        self.assertFalse(self.file.limit_range)
        self.file.write({"has_credit_limit": True, "credit_limit": 0})
        self.assertEqual(self.file.limit_range, "0")

    def test_report_is_compared_with_the_previous_one(self):
        Report = self.env["partner.credit.report"]
        before = Report.create(
            {
                "file_id": self.file.id,
                "ordered_on": "2025-01-01 10:00:00",
                "facts": {
                    **FACTS,
                    "capital": 20000.0,
                    "acronym": "OLD",
                    "rating": "B",
                    "score": 64.0,
                },
            }
        )
        after = Report.create(
            {
                "file_id": self.file.id,
                "ordered_on": "2026-01-01 10:00:00",
                "facts": {**FACTS, "rating": "E", "is_failing": True, "score": 0.0},
                "pdf": base64.b64encode(b"%PDF-1.4"),
            }
        )
        rows = {
            row["label"]: row
            for section in after.facts_compared
            for row in section["rows"]
        }
        changed = {label for label, row in rows.items() if row["is_changed"]}
        self.assertEqual(
            changed, {"Rating", "Solvency score", "Share capital", "Acronym"}
        )
        self.assertEqual(rows["Rating"]["value"], "E – failing")
        self.assertEqual(rows["Solvency score"]["value"], "0")
        self.assertEqual(rows["Acronym"]["previous"], "OLD")
        self.assertFalse(
            any(
                row["is_changed"]
                for section in before.facts_compared
                for row in section["rows"]
            )
        )
        self.assertEqual((before | after).filtered("has_pdf"), after)
        mine = [("file_id", "=", self.file.id)]
        self.assertEqual(Report.search(mine + [("has_pdf", "=", True)]), after)
        self.assertEqual(after.action_open_previous()["res_id"], before.id)

    def test_every_filter_and_group_works(self):
        Partner = self.env["res.partner"]
        arch = Partner.get_view(view_type="search")["arch"]
        nodes = [
            node
            for node in etree.fromstring(arch).iter("filter")
            if "credit_" in node.get("name", "")
        ]
        self.assertGreater(len(nodes), 25)
        for node in nodes:
            with self.subTest(filter=node.get("name")):
                domain = safe_eval(node.get("domain") or "[]")
                by = safe_eval(node.get("context") or "{}").get("group_by")
                if by:
                    groups = Partner.formatted_read_group(
                        [("id", "=", self.partner.id)], [by], ["__count"]
                    )
                    self.assertEqual([group["__count"] for group in groups], [1])
                else:
                    Partner.search_count(domain)
        self.assertIn(self.partner, Partner.search([("credit_rating", "=", "B")]))
        self.assertIn(self.contact, Partner.search([("credit_rating", "=", "B")]))

    def test_form_opens_and_saves(self):
        with Form(self.partner) as form:
            form.name = "Autre nom"
        self.assertEqual(self.partner.name, "Autre nom")
        action = self.partner.action_open_credit_file()
        self.assertEqual(action["res_id"], self.file.id)
        for kind in ("list", "graph", "pivot", "search"):
            self.env["partner.credit.score"].get_view(view_type=kind)

    # === Queries === #

    def _form_queries(self):
        view = (
            self.env["res.partner"].with_user(self.analyst).get_view(view_type="form")
        )
        specification = {}
        for node in etree.fromstring(view["arch"]).iter("field"):
            inside = next(node.iterancestors("field"), None)
            name = node.get("name")
            if inside is not None and inside.get("widget") == "credit_files":
                files = specification[inside.get("name")]["fields"]
                files[name] = {}
            elif inside is None and name.startswith("credit_"):
                specification[name] = {"fields": {}} if len(node) else {}
        self.assertIn("history", specification["credit_company_file_ids"]["fields"])
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.partner.with_user(self.analyst).web_read(specification)
        return self.env.cr.sql_log_count - before

    def test_form_reads_ten_years_in_as_many_queries_as_one(self):
        self._form_queries()
        self.add_history(self.file, 12)
        one_year = self._form_queries()
        self.file.score_ids.unlink()
        self.add_history(self.file, 120)
        self.assertEqual(self._form_queries(), one_year)
        self.assertLessEqual(one_year, 30)

    def test_list_of_80_with_badges_adds_three_queries(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{number}", "is_company": True} for number in range(80)]
        )
        for number, partner in enumerate(partners):
            partner.credit_file_id = self.make_file(
                f"FR-L-{number}", rating="A", risk="very_low", score=80
            )
        plain = {"complete_name": {}, "email": {}}
        badge = dict.fromkeys(
            ("credit_rating", "credit_risk", "credit_updated_on", "credit_is_old"), {}
        )

        def queries(specification):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["res.partner"].with_user(self.reader).web_search_read(
                [("id", "in", partners.ids)], specification, limit=80
            )
            return self.env.cr.sql_log_count - before

        queries({**plain, **badge})
        without = queries(plain)
        self.assertLessEqual(queries({**plain, **badge}) - without, 3)

    # === Rights === #

    def _fields(self, *groups):
        return {
            name
            for name, field in self.env["res.partner"]._fields.items()
            if field.groups in groups and name.startswith("credit_")
        }

    def test_every_fact_of_a_bureau_has_its_group(self):
        Partner = self.env["res.partner"]
        for model in ("res.partner", "res.users", "sale.order", "account.move"):
            for name, field in self.env[model]._fields.items():
                path = ".".join(str(part) for part in field.related or ())
                if "credit_file_id" in path or name.startswith("credit_rating"):
                    with self.subTest(model=model, field=name):
                        self.assertIn(field.groups, (READER, REPORTS))
        self.assertGreater(len(self._fields(READER, REPORTS)), 25)
        self.assertFalse(
            self._fields(READER, REPORTS)
            & set(Partner.with_user(self.outsider).fields_get())
        )

    def test_who_has_no_right_sees_no_fact(self):
        Partner = self.env["res.partner"].with_user(self.outsider)
        partner = self.partner.with_user(self.outsider)
        arch = etree.fromstring(Partner.get_view(view_type="form")["arch"])
        shown = {node.get("name") for node in arch.iter("field")}
        self.assertFalse(shown & self._fields(READER, REPORTS))
        self.assertFalse(arch.xpath("//page[@name='financial_results']"))
        for name in sorted(self._fields(READER, REPORTS)):
            field = self.partner._fields[name]
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    partner.read([name])
                with self.assertRaises(AccessError):
                    Partner.search([(name, "!=", False)])
                with self.assertRaises(AccessError):
                    partner.export_data([name])
                if field.type == "many2many" and not field.store:
                    continue
                by = f"{name}:month" if field.type in ("date", "datetime") else name
                with self.assertRaises(AccessError):
                    Partner.formatted_read_group([], [by], ["__count"])
                with self.assertRaises(AccessError):
                    Partner.search([], order=name, limit=1)
        for model in ("res.users", "sale.order", "account.move"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.outsider)._read_group(
                    [], ["credit_rating"]
                )
        for model in (
            "partner.credit.file",
            "partner.credit.score",
            "partner.credit.report",
        ):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.outsider).search([])

    def _ways_around(self, user):
        """What reaches partners' ratings by way of other models, as (words, call)."""
        env = self.env(user=user)
        order = env["sale.order"].create({"partner_id": self.partner.id})
        for model, to_partner in (
            ("sale.order", "partner_id"),
            ("account.move", "partner_id"),
            ("account.move", "commercial_partner_id"),
            ("account.move.line", "move_id.partner_id"),
            ("sale.report", "partner_id"),
            ("account.invoice.report", "partner_id"),
            ("res.users", "partner_id"),
            ("res.partner", "child_ids"),
            ("res.partner", "commercial_partner_id"),
        ):
            Model = env[model]
            for name, value in (
                ("credit_rating", "B"),
                ("credit_score", 64),
                ("credit_file_id.rating", "B"),
                ("credit_file_ids.rating", "B"),
                ("credit_company_file_id.score", 64),
            ):
                path = f"{to_partner}.{name}"
                domain = [(path, "=", value)]
                yield f"search {model} {path}", partial(Model.search, domain)
                yield (
                    f"group {model} where {path}",
                    partial(Model.formatted_read_group, domain, [], ["__count"]),
                )
            path = f"{to_partner}.credit_rating"
            yield (
                f"group {model} by {path}",
                partial(Model.formatted_read_group, [], [path], ["__count"]),
            )
            yield f"sort {model} by {path}", partial(Model.search, [], order=path)
        for model in ("res.partner", "sale.order", "account.move", "res.users"):
            Model = env[model]
            yield f"sort {model}", partial(Model.search, [], order="credit_rating")
            yield (
                f"any of {model}",
                partial(Model.search, [("credit_rating", "in", ("A", "B"))]),
            )
        Partner = env["res.partner"]
        for spec in ("credit_score:max", "credit_rating:array_agg"):
            yield (
                f"aggregate {spec}",
                partial(Partner.formatted_read_group, [], [], [spec]),
            )
        yield (
            "find by name",
            partial(Partner.name_search, "", [("credit_rating", "=", "B")]),
        )
        yield "export", partial(order.export_data, ["partner_id/credit_rating"])
        yield "export own", partial(order.export_data, ["credit_rating"])
        yield (
            "read through",
            partial(order.web_read, {"partner_id": {"fields": {"credit_rating": {}}}}),
        )

    def test_no_way_around_by_other_models(self):
        seller = new_test_user(
            self.env,
            "credit_seller",
            "base.group_allow_export,sales_team.group_sale_salesman_all_leads,"
            "account.group_account_invoice",
        )
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        in_band = [("partner_id.credit_rating", "=", "B")]
        seller.group_ids |= self.env.ref(READER)
        self.assertIn(order, self.env["sale.order"].with_user(seller).search(in_band))
        seller.group_ids -= self.env.ref(READER)
        for words, call in self._ways_around(seller):
            with self.subTest(words):
                try:
                    found = call()
                except (UserError, ValueError):
                    # ValueError: Odoo knows no such path, which tells nothing either.
                    continue
                self.fail(f"Answered: {found}")

    def test_filters_and_groups_of_the_partner_list(self):
        arch = self.env["res.partner"].get_view(view_type="search")["arch"]
        nodes = list(etree.fromstring(arch).iter("filter"))
        filtered = {
            name
            for node in nodes
            if node.get("name", "").startswith("credit_")
            for name, _operator, _value in safe_eval(node.get("domain") or "[]")
        }
        grouped = {
            safe_eval(node.get("context") or "{}").get("group_by") for node in nodes
        }
        both = {"credit_rating", "credit_risk", "credit_score_range"}
        both |= {"credit_limit_range", "credit_is_old", "credit_has_proceedings"}
        both |= {"credit_is_monitored"}
        trends = {name for name in self._fields(READER) if "_trend_" in name}
        self.assertFalse((both | trends) - filtered)
        self.assertFalse((both - {"credit_is_old"} | trends) - grouped)

    def test_reader_sees_the_band_and_no_report(self):
        partner = self.partner.with_user(self.reader)
        self.assertEqual(partner.credit_rating, "B")
        self.assertTrue(partner.export_data(["credit_rating"])["datas"])
        for name in self._fields(REPORTS):
            with self.subTest(field=name), self.assertRaises(AccessError):
                partner.read([name])
        with self.assertRaises(AccessError):
            self.file.with_user(self.reader).read(["facts"])
        with self.assertRaises(AccessError):
            self.env["partner.credit.report"].with_user(self.reader).search([])

    def test_analyst_sees_the_facts_and_the_pdf(self):
        report = self.env["partner.credit.report"].create(
            {"file_id": self.file.id, "pdf": base64.b64encode(b"%PDF-1.4")}
        )
        self.assertTrue(self.file.with_user(self.analyst).facts_display)
        self.assertTrue(report.with_user(self.analyst).pdf)
        with self.assertRaises(AccessError):
            report.with_user(self.analyst).read(["raw"])


@tagged("post_install", "-at_install", "browser")
class TestCustomerSeesNothing(CreditScreens, MockEmail, HttpCase):
    """A quotation and an invoice as the customer has them: nothing of the bureau."""

    SECRETS = ("BUREAUSECRET", "98.765", "98,765", "98765", "Creditsafe", "credit_")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file.write(
            {
                "name": "BUREAUSECRET name",
                "rating_description": "BUREAUSECRET words",
                "has_credit_limit": True,
                "credit_limit": 98765,
                "has_proceedings": True,
                "facts": {**FACTS, "legal_name": "BUREAUSECRET legal"},
            }
        )
        cls.customer = new_test_user(
            cls.env,
            "portal_customer",
            groups="base.group_portal",
            partner_id=cls.contact.id,
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Prestation", "list_price": 10, "type": "service"}
        )

    def assertNoSecret(self, text):
        self.assertTrue(text)
        for secret in self.SECRETS:
            self.assertNotIn(secret, text)

    def follow(self, record, template, report):
        page = self.url_open(record.get_portal_url())
        self.assertEqual(page.status_code, 200)
        self.assertIn(record.name, page.text)
        self.assertNoSecret(page.text)
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            report, record.ids
        )
        self.assertNoSecret(html.decode())
        mail = self.env.ref(template)._generate_template(
            record.ids, ("subject", "body_html")
        )[record.id]
        self.assertNoSecret(mail["subject"] + mail["body_html"])
        self.follow_chatter(record)

    def follow_chatter(self, record):
        """The messages as the customer reads them, logged in to the portal."""
        record.message_post(
            body="BUREAUSECRET for us alone", subtype_xmlid="mail.mt_note"
        )
        record.message_post(
            body="Bonjour", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        record.message_subscribe(self.partner.ids)
        self.authenticate(self.customer.login, self.customer.login)
        answer = self.make_jsonrpc_request(
            "/mail/chatter_fetch",
            {
                "thread_model": record._name,
                "thread_id": record.id,
                "fetch_params": {"limit": 100},
            },
        )
        bodies = [message["body"] for message in answer["data"]["mail.message"]]
        self.assertTrue(any("Bonjour" in str(body) for body in bodies))
        self.assertNoSecret(json.dumps(answer))
        page = self.url_open(record.access_url)
        self.assertEqual(page.status_code, 200)
        self.assertIn(record.name, page.text)
        self.assertNoSecret(page.text)

    def assertSentWithoutSecret(self):
        """What went out to the customer, with its attachments."""
        mails = [
            mail
            for mail in self._mails
            if any(self.partner.email in address for address in mail["email_to"])
        ]
        self.assertTrue(mails)
        for mail in mails:
            self.assertNoSecret(mail["subject"] + mail["body"])
            self.assertNoSecret(str(mail["headers"]))
            for _name, content, _kind in mail["attachments"]:
                self.assertNoSecret(bytes(content).decode("utf-8", "replace"))

    def test_quotation(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        self.assertEqual(order.credit_rating, "B")
        context = order.action_quotation_send()["context"]
        composer = self.env["mail.compose.message"].with_context(**context).create({})
        with self.mock_mail_gateway():
            composer._action_send_mail()
        self.assertSentWithoutSecret()
        self.assertEqual(order.state, "sent")
        self.follow(order, "sale.email_template_edi_sale", "sale.report_saleorder")

    def test_invoice(self):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "invoice_date": "2026-01-01",
                "invoice_line_ids": [
                    Command.create({"product_id": self.product.id, "tax_ids": False})
                ],
            }
        )
        self.assertEqual(invoice.credit_rating, "B")
        invoice.action_post()
        with self.mock_mail_gateway():
            self.env["account.move.send"]._generate_and_send_invoices(
                invoice, sending_methods=["email"]
            )
        self.assertSentWithoutSecret()
        self.follow(
            invoice,
            "account.email_template_edi_invoice",
            "account.report_invoice_with_payments",
        )
