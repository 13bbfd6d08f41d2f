from . import base_partner_merge
from . import partner_company_lookup
from . import partner_company_search
from . import partner_siren_get
from . import partner_siren_takeover
from . import partner_siren_update
from . import res_partner
from . import partner_update_complete
