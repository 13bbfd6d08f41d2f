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
    "data": [],
    "application": True,
    "installable": True,
}
