"""What the tests that Hypothesis makes examples for share."""

import sys

from hypothesis.internal.conjecture import providers

_ADDON = "odoo.addons.partner_company_data"


def look_for_constants_here_only():
    """Have Hypothesis take constants from the addon's sources alone.

    Those of all of Odoo take it twenty seconds to read.
    """
    known = getattr(providers, "_seen_modules", None)
    if known is not None:
        known.update(
            id(module)
            for name, module in list(sys.modules.items())
            if not name.startswith(_ADDON)
        )
