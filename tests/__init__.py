from . import test_check
from . import test_partner_identifiers
