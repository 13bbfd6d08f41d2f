"""The groups of people, by their XML ids."""

READER = "partner_company_data.group_partner_data_reader"
OFFICER = "partner_company_data.group_partner_data_officer"
MANAGER = "partner_company_data.group_partner_data_manager"
CREDIT_MANAGER = "partner_company_data.group_credit_manager"
