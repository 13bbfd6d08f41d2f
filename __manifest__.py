{
    "name": "Partner Company Data",
    "summary": "French company register, credit bureaus and credit risk on partners",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "Partner Company Data contributors",
    "license": "LGPL-3",
    "depends": ["account", "sale", "l10n_fr", "phone_validation", "contacts"],
    "external_dependencies": {
        "python": [
            "requests",
            "python-dateutil",
            "phonenumbers",
            "python-stdnum",
            "rapidfuzz",
        ],
    },
    "data": [
        "security/partner_company_data_groups.xml",
        "security/ir.model.access.csv",
        "security/partner_company_data_security.xml",
        "data/ir_cron_data.xml",
        "data/mail_activity_type_data.xml",
        "data/partner_data_source_data.xml",
        "data/partner_update_rule_data.xml",
        "views/menus.xml",
        "views/res_partner_views.xml",
        "data/partner_registry_code_data.xml",
        "wizards/partner_siren_get_views.xml",
        "wizards/partner_siren_update_views.xml",
        "wizards/partner_company_search_views.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "partner_company_data/static/src/**/*",
        ],
        "web.assets_unit_tests": [
            "partner_company_data/static/tests/**/*.test.js",
        ],
    },
    "application": True,
}
