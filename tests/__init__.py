from . import test_check
from . import test_partner_identifiers
from . import test_compare
from . import test_proposal_sync
