from . import test_check
from . import test_partner_identifiers
from . import test_compare
from . import test_proposal_sync
from . import test_wizard_company_search
from . import test_wizard_siren_get
from . import test_wizard_siren_update
