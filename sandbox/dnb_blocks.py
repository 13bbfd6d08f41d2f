"""Answers of D&B's stand-in: candidates of a match, data blocks.

Empty values arrive as the service sends them: ``null``, ``[]`` and ``{}``.
"""

from .creditsafe_companies import office_type
from .dnb_credit import FAILURE_TEXTS, class_of

BLOCKS = (
    "companyinfo",
    "financialstrengthinsight",
    "paymentinsight",
    "eventfilings",
    "companyfinancials",
    "hierarchyconnections",
    "principalscontacts",
)
_COUNTRY_NAMES = {
    "FR": "France",
    "BE": "Belgium",
    "DE": "Germany",
    "GB": "United Kingdom",
    "IT": "Italy",
    "LU": "Luxembourg",
}
_CURRENCIES = {"GB": "GBP"}
_ACTIVE = {"description": "Active", "dnbCode": 9074}
_OUT = {"description": "Out of business", "dnbCode": 128}


def currency(company):
    return _CURRENCIES.get(company.country, "EUR")


def status(company, opinion):
    ended = opinion.status == "out" or (
        opinion.status is None and (company.is_ceased or company.is_closed)
    )
    return dict(_OUT if ended else _ACTIVE)


def address(company, opinion):
    way = " ".join(part for part in (company.house_no, company.street) if part)
    return {
        "addressCountry": {
            "isoAlpha2Code": company.country,
            "name": _COUNTRY_NAMES.get(company.country, company.country),
        },
        "addressLocality": {"name": company.city} if company.city else {},
        "addressRegion": {},
        "postalCode": company.postcode,
        "postalCodeExtension": None,
        "streetAddress": {"line1": opinion.street or way or None, "line2": None},
    }


def _organization(duns, company, opinion):
    return {
        "duns": duns,
        "dunsControlStatus": {
            "operatingStatus": status(company, opinion),
            "isMarketable": True,
            "isMailUndeliverable": False,
        },
        "primaryName": opinion.name or company.name,
        "tradeStyleNames": (
            [{"name": company.trade_name, "priority": 1}] if company.trade_name else []
        ),
        "websiteAddress": [{"url": company.website}] if company.website else [],
        "telephone": (
            [
                {
                    "telephoneNumber": company.phone,
                    "internationalDialingCode": "33" if company.siren else None,
                    "isUnreachable": False,
                }
            ]
            if company.phone
            else []
        ),
        "primaryAddress": address(company, opinion),
        "registrationNumbers": _numbers(company),
    }


def _numbers(company):
    if company.country != "FR":
        return [
            {
                "registrationNumber": company.reg_no,
                "typeDescription": "Company registration number",
                "isPreferredRegistrationNumber": True,
            }
        ]
    return [
        {"registrationNumber": company.reg_no, "typeDescription": "SIRET Number"},
        {
            "registrationNumber": company.unit,
            "typeDescription": "SIREN Number",
            "isPreferredRegistrationNumber": True,
        },
    ]


def candidate(duns, company, opinion, confidence, place):
    """A row of ``matchCandidates``."""
    organization = _organization(duns, company, opinion)
    seat = office_type(company) == "HeadOffice"
    organization["mailingAddress"] = {}
    organization["isStandalone"] = False
    organization["corporateLinkage"] = {
        "familytreeRolesPlayed": [
            {"description": "Parent/Headquarters" if seat else "Branch/Division"}
        ]
    }
    return {
        "displaySequence": place,
        "organization": organization,
        "matchQualityInformation": {
            "confidenceCode": confidence,
            "matchGrade": "A" * confidence + "F" * (11 - confidence),
            "nameMatchScore": confidence * 10,
        },
    }


def blocks_of(names, duns, company, opinion):
    """``organization`` with the blocks of these names (without their levels)."""
    organization = {
        "duns": duns,
        "primaryName": opinion.name or company.name,
        "countryISOAlpha2Code": company.country,
    }
    makers = {
        "companyinfo": _company_info,
        "financialstrengthinsight": _financial_strength,
        "paymentinsight": _payment,
        "eventfilings": _events,
        "companyfinancials": _financials,
        "principalscontacts": _principals,
    }
    for name in names:
        if name in makers:
            organization.update(makers[name](duns, company, opinion))
    return organization


def _company_info(duns, company, opinion):
    code = company.activity
    return {
        **_organization(duns, company, opinion),
        "registeredName": opinion.name or company.name,
        "registeredAddress": {},
        "mailingAddress": {},
        "incorporatedDate": company.created,
        "startDate": company.created[:4] if company.created else None,
        "legalForm": {"description": company.legal_label}
        if company.legal_label
        else {},
        "businessEntityType": {"description": "Corporation", "dnbCode": 451},
        "industryCodes": (
            [
                {
                    "code": code,
                    "description": company.activity_label,
                    "typeDescription": "French NAF Code",
                    "priority": 1,
                },
                {
                    "code": code[:4],
                    "description": company.activity_label,
                    "typeDescription": "NACE Revision 2",
                    "priority": 1,
                },
            ]
            if code
            else []
        ),
        "numberOfEmployees": [
            {
                "value": opinion.employees,
                "informationScopeDescription": "Individual",
                "reliabilityDescription": "Actual",
                "employeeFiguresDate": f"{opinion.year}-12-31",
            }
        ],
        "financials": [
            {
                "financialStatementToDate": f"{opinion.year}-12-31",
                "yearlyRevenue": [
                    {"value": opinion.turnover, "currency": currency(company)}
                ],
            }
        ],
        "stockExchanges": [],
        "email": [],
    }


def _financial_strength(_duns, company, opinion):
    if opinion.percentile is None:
        # Not rated: empty objects, also as empty lists.
        return {
            "dnbAssessment": {
                "failureScore": {},
                "delinquencyScore": [],
                "standardRating": {},
                "creditLimitRecommendation": [],
                "hasSevereNegativeEvents": bool(opinion.filings),
            }
        }
    scored_on = opinion.scored_on.isoformat()
    return {
        "dnbAssessment": {
            "failureScore": {
                "classScore": opinion.failure_class,
                "nationalPercentile": opinion.percentile,
                "classScoreDescription": FAILURE_TEXTS[opinion.failure_class],
                "scoreDate": scored_on,
                "scoreModel": {"description": "France Failure Score"},
            },
            "delinquencyScore": {
                "classScore": class_of(opinion.delinquency),
                "nationalPercentile": opinion.delinquency,
                "classScoreDescription": None,
                "scoreDate": scored_on,
            },
            "standardRating": {
                "rating": opinion.rating,
                "financialStrength": opinion.strength,
                "riskSegment": str(opinion.risk),
                "scoreDate": scored_on,
                "ratingReason": [],
                "ratingOverrideReasons": [],
            },
            "financialCondition": {},
            "creditLimitRecommendation": {
                "maximumRecommendedLimit": {
                    "value": opinion.limit,
                    "currency": currency(company),
                },
                "averageRecommendedLimit": {
                    "value": opinion.limit // 2,
                    "currency": currency(company),
                },
            },
            "hasSevereNegativeEvents": bool(opinion.filings),
        }
    }


def _payment(_duns, _company, opinion):
    if opinion.paydex is None:
        return {"businessTrading": [], "businessTradingNorms": []}
    ahead = opinion.days < 0
    return {
        "businessTrading": [
            {
                "summary": [
                    {
                        "summaryDate": opinion.scored_on.isoformat(),
                        "paydexScore": opinion.paydex,
                        "threeMonthsPriorPaydexScore": opinion.previous_paydex,
                        "paymentBehaviorDays": abs(opinion.days),
                        "paymentBehaviorResult": {
                            "description": (
                                "Days sooner than terms"
                                if ahead
                                else "Days beyond terms"
                            )
                        },
                        "totalPastDueAmount": max(opinion.days, 0) * 310,
                        "slowExperiencesPercentage": max(min(opinion.days, 100), 0),
                        "totalExperiencesCount": 3 + opinion.employees,
                        "dataCoverage": {"description": "Sufficient"},
                    }
                ]
            }
        ],
        "businessTradingNorms": [
            {
                "industryNorms": {
                    "paydexScoreNorms": {
                        "median": opinion.norm,
                        "lowerQuartile": opinion.norm - 9,
                        "upperQuartile": opinion.norm + 6,
                    }
                }
            }
        ],
    }


def _events(_duns, company, opinion):
    filings = opinion.filings
    events = {
        "hasLegalEvents": bool(filings or opinion.liens),
        "hasOpenLegalEvents": bool(filings or opinion.liens),
        "hasOpenBankruptcy": "bankruptcy" in filings,
        "hasInsolvency": False,
        "hasLiquidation": "liquidation" in filings,
        "hasSuspensionOfPayments": "suspension" in filings,
        "hasLiens": bool(opinion.liens),
        "hasOpenLiens": bool(opinion.liens),
        "hasJudgments": bool(filings),
        "hasOpenJudgments": bool(filings),
        "hasSuits": False,
        "mostRecentJudgmentDate": (
            max(filings.values()).isoformat() if filings else None
        ),
    }
    for kind, key in (
        ("bankruptcy", "bankruptcy"),
        ("liquidation", "liquidation"),
        ("suspension", "suspensionOfPayments"),
    ):
        if kind in filings:
            events[key] = {"mostRecentFilingDate": filings[kind].isoformat()}
        else:
            events[key] = {}
    if opinion.liens:
        share = opinion.lien_amount // opinion.liens
        events["liens"] = {
            "lienFilings": [
                {
                    "filingID": f"{company.unit}-{number}",
                    "filingDate": opinion.scored_on.isoformat(),
                    "filingType": {"description": "Preferential claim"},
                    "releaseDate": None,
                    "filingAmount": {"value": share, "currency": currency(company)},
                }
                for number in range(opinion.liens)
            ]
        }
    return {"legalEvents": events}


def _financials(_duns, company, opinion):
    return {
        "latestFiscalFinancials": {
            "financialStatementToDate": f"{opinion.year}-12-31",
            "currency": currency(company),
            "overview": {
                "salesRevenue": opinion.turnover,
                "netIncomeLoss": opinion.result,
                "equity": opinion.equity,
            },
        }
    }


def _principals(_duns, _company, _opinion):
    return {
        "currentPrincipals": [
            {
                "fullName": "Camille Exemple",
                "jobTitles": [{"title": "Gérant"}],
            }
        ],
        "mostSeniorPrincipals": [],
    }
