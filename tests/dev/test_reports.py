"""How the results of the different runners are read and summed up."""

from dev.lib.testing import inside_odoo, plain
from dev.lib.testing.report import Report, print_summary

_LOG = """\
2026-01-01 10:00:00,000 7 INFO db odoo.addons.x.tests.test_a: Starting TestA.test_1 ...
2026-01-01 10:00:00,001 7 INFO db odoo.addons.x.tests.test_a: Starting TestA.test_2 ...
2026-01-01 10:00:00,002 7 ERROR db odoo.addons.x.tests.test_a: FAIL: TestA.test_2
Traceback (most recent call last):
AssertionError: 1 != 2
2026-01-01 10:00:00,003 7 INFO db odoo.addons.x.tests.test_a: Starting TestA.test_3 ...
2026-01-01 10:00:00,004 7 INFO db odoo.addons.x.tests.test_a: skipped TestA.test_3 : no
2026-01-01 10:00:00,005 7 ERROR db odoo.tests.result: 1 failed, 0 error(s) of 3 tests
""".replace("...", "... ").splitlines()


def test_odoo_log_is_counted():
    report = inside_odoo.read(_LOG[:-1])
    assert (report.passed, report.failed, report.skipped) == (1, 1, 1)
    assert "AssertionError: 1 != 2" in report.failures["TestA.test_2"]


def test_odoo_summary_line_is_no_failure_of_its_own():
    assert inside_odoo.read(_LOG).failed == 1


def test_error_outside_of_tests_is_a_failure():
    line = "2026-01-01 10:00:00,000 7 ERROR db odoo.http: something broke"
    assert inside_odoo.read([line]).failures == {
        "logged by odoo.http": "something broke"
    }


def test_word_chooses_classes_and_methods(tmp_path):
    (tmp_path / "test_partner.py").write_text(
        "class TestSiren(Case):\n"
        "    def test_key(self): pass\n"
        "    def test_moved(self): pass\n"
        "@tagged('post_install', 'browser')\n"
        "class TestTour(Case):\n"
        "    def test_key_in_browser(self): pass\n"
    )
    assert inside_odoo.matching_tags(tmp_path, "siren", browser=False) == (
        "/partner_company_data:TestSiren"
    )
    assert inside_odoo.matching_tags(tmp_path, "key", browser=False) == (
        "/partner_company_data:TestSiren.test_key"
    )
    assert inside_odoo.matching_tags(tmp_path, "key", browser=True) == (
        "/partner_company_data:TestTour.test_key_in_browser"
    )
    assert inside_odoo.matching_tags(tmp_path, "nothing", browser=False) is None


def test_stages_in_odoo_leave_no_class_out(tmp_path):
    (tmp_path / "test_credit_limit.py").write_text(
        "class TestLimit(Case):\n"
        "    pass\n"
        "@tagged('post_install', 'browser')\n"
        "class TestLimitTour(Case):\n"
        "    pass\n"
    )
    (tmp_path / "test_partner.py").write_text("class TestSiren(Case): pass\n")
    assert (
        inside_odoo.tags("odoo-credit", tmp_path) == "/partner_company_data:TestLimit"
    )
    assert inside_odoo.tags("odoo-others", tmp_path) == (
        "/partner_company_data,-browser,-/partner_company_data:TestLimit"
    )
    assert inside_odoo.tags("browser", tmp_path) == "browser/partner_company_data"


def test_pytest_results_are_read(tmp_path):
    results = tmp_path / "results.xml"
    results.write_text(
        "<testsuites><testsuite>"
        '<testcase classname="test_a" name="test_1"/>'
        '<testcase classname="test_a" name="test_2">'
        '<failure message="no">the traceback</failure></testcase>'
        '<testcase classname="test_a" name="test_3"><skipped/></testcase>'
        "</testsuite></testsuites>"
    )
    report = plain._read(results)
    assert (report.passed, report.skipped) == (1, 1)
    assert report.failures == {"test_a.test_2": "the traceback"}


def test_last_line_and_exit_code_agree(capsys):
    good = {"one": Report(passed=2), "two": Report(passed=3)}
    assert print_summary(good, {"one": 1.0, "two": 2.0}) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "5 passed, 0 failed"
    bad = {"one": Report(passed=2, failures={"test": "why"})}
    assert print_summary(bad, {"one": 1.0}) == 1
    shown = capsys.readouterr().out
    assert shown.splitlines()[-1] == "2 passed, 1 failed"
    assert "one: test\nwhy" in shown


def test_nothing_run_is_no_success(capsys):
    assert print_summary({}, {}) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 0 failed"
