from odoo.tests import HttpCase, no_retry, tagged

SUITE = "@partner_company_data"


def _hoot_id(suite):
    """Hoot's identifier of a suite: its runner shows only the suite asked for."""
    number = 0
    for character in suite:
        number = ((number << 5) - number + ord(character)) & 0xFFFFFFFF
    return f"{number:08x}"


@tagged("post_install", "-at_install", "browser")
class TestHoot(HttpCase):
    """The unit tests of the screens' own widgets, in a real browser."""

    @no_retry
    def test_widgets(self):
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            f"&id={_hoot_id(SUITE)}",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )
