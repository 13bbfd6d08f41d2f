"""Company reports in the shapes that Creditsafe's stand-in delivers them.

French ones follow a recorded report's layout; British ones have scores and limits in
two histories; only French ones have trends. Sections without content are left out.
"""

import datetime

from .creditsafe_credit import DESCRIPTIONS, JUDGMENTS

NOT_APPLICABLE = "Credit Limit not applicable"
_NO_RIGHTS = "This company is not under monitoring"
_RIGHTS = "This company is under monitoring"
_FIRST_NAMES = ("CLAIRE", "MARC", "NADIA", "PAUL", "SOPHIE", "YANN", "INES", "OLIVIER")
_LAST_NAMES = ("MARCHAND", "LEFORT", "BENALI", "CARPENTIER", "ROUX", "KERVELLA")
_HISTORY_MONTHS = 37


def moment(day):
    """A day, or its ISO text, as reports write it."""
    return f"{str(day)[:10]}T00:00:00Z" if day else None


def make_report(company, standing, today, language, group=None, indicators=False):
    """The ``report`` object."""
    french = language.lower() == "fr"
    report = {
        "companyId": company.connect_id,
        "language": language.upper(),
        "companySummary": _summary(company, standing, french),
        "companyIdentification": _identification(company, standing, french),
        "creditScore": _credit_score(company, standing, french),
        "contactInformation": _contact(company),
        "shareCapitalStructure": _capital(company, standing),
        "directors": {"currentDirectors": _directors(company, standing)},
        "otherInformation": {
            "employeesInformation": [
                {"year": year["year"], "numberOfEmployees": str(year["employees"])}
                for year in standing.years
            ]
        },
        "groupStructure": group,
        "financialStatements": [_statement(company, year) for year in standing.years],
        "localFinancialStatements": [
            _french_statement(company, standing, year)
            for year in standing.years
            if company.country == "FR"
        ],
        "paymentData": _payments(standing),
        "negativeInformation": _negative(company, standing, french),
        "additionalInformation": _additional(company, standing, today, french),
    }
    if indicators:
        report["indicators"] = [
            {
                "type": "pbi",
                "value": str(max(100 - (standing.dbt or 0), 0)),
                "changeDate": moment(standing.changed_on),
                "industryComparison": {
                    "sectorCode": company.activity,
                    "sectorAverage": "82",
                    "sectorCount": 1200,
                    "totalAverage": "79",
                    "totalCount": 250000,
                },
            }
        ]
    return without_nulls(report)


def without_nulls(value):
    """Objects without their nulls and empty objects: absent keys, as delivered."""
    if isinstance(value, dict):
        kept = {key: without_nulls(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, {})}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def currency_of(company):
    return "GBP" if company.country == "GB" else "EUR"


# ------------------------------------------------------------------------- identity


def _status(company, standing, french):
    status = standing.status or company.status
    words = {"Active": ("Active", "Active"), "NonActive": ("Closed", "Radiée")}
    text = words.get(status, (status, status))[french]
    return {"status": status, "description": text}


def _activity(company):
    if not company.activity:
        return None
    return {
        "code": company.activity,
        "description": company.activity_label,
        "classification": company.classification,
    }


def _summary(company, standing, french):
    year = standing.years[0] if standing.case != "not_rated" else None
    currency = currency_of(company)
    return {
        "businessName": standing.name or company.name,
        "country": company.country,
        "companyNumber": company.safe_no,
        "companyRegistrationNumber": company.reg_no,
        "mainActivity": _activity(company),
        "companyStatus": _status(company, standing, french),
        "latestTurnoverFigure": year
        and {"currency": currency, "value": year["turnover"]},
        "latestShareholdersEquityFigure": year
        and {"currency": currency, "value": year["equity"]},
        "creditRating": _rating(company, standing, standing.now, french),
    }


def _identification(company, standing, french):
    name = standing.name or company.name
    activity = _activity(company)
    basic = {
        "businessName": name,
        "registeredCompanyName": name,
        "companyRegistrationNumber": company.reg_no,
        "country": company.country,
        "vatRegistrationNumber": company.vat_no,
        "companyRegistrationDate": moment(company.created),
        "operationsStartDate": moment(company.created),
        "commercialCourt": f"RCS {_court(company)}" if company.siren else None,
        "legalForm": {
            "providerCode": company.legal_form,
            "description": company.legal_label,
        },
        "companyStatus": _status(company, standing, french),
        "principalActivity": activity,
        "contactAddress": _address(company),
    }
    return {
        "basicInformation": basic,
        "activityClassifications": activity
        and [
            {
                "classification": company.classification,
                "activities": [
                    {"code": company.activity, "description": company.activity_label}
                ],
            }
        ],
        "previousNames": [{"dateChanged": None, "name": company.name}]
        if standing.name
        else None,
    }


def _address(company):
    street = " ".join(part for part in (company.house_no, company.street) if part)
    return {
        "simpleValue": company.address_line.replace(",", ""),
        "street": street or None,
        "houseNumber": company.house_no,
        "city": (company.city or "").upper() or None,
        "postalCode": company.postcode,
        "province": company.region,
        "telephone": company.phone,
        "country": company.country,
    }


def _contact(company):
    return {
        "mainAddress": _address(company),
        "emailAddresses": [company.email] if company.email else None,
        "websites": [company.website] if company.website else None,
    }


def _court(company):
    return (company.city or "").split("-")[0].title()


# --------------------------------------------------------------------------- rating


def _rating(company, standing, point, french):
    rated = point.score is not None
    limit = point.limit
    no_limit = limit is None or (standing.is_failing and not rated)
    value = str(point.score) if rated else "Not Rated"
    description = DESCRIPTIONS[point.letter]
    if point.letter == "E" and company.country != "FR":
        description = "Not Rated"
    pod = None
    if rated and point.score > 0:
        pod = round(max(0.02, 14 * (1 - point.score / 101) ** 2), 2)
    return {
        "commonValue": point.letter,
        "commonDescription": description,
        "creditLimit": {"value": NOT_APPLICABLE}
        if no_limit
        else {"currency": currency_of(company), "value": str(limit)},
        "providerValue": {"maxValue": "100", "minValue": "0", "value": value},
        "providerDescription": standing.provider_text(point, french),
        "pod": pod,
    }


def _credit_score(company, standing, french):
    now, previous = standing.now, standing.previous
    rated = now.score is not None and now.score > 0
    return {
        "currentCreditRating": _rating(company, standing, now, french),
        "currentContractLimit": {
            "currency": currency_of(company),
            "value": round((now.limit or 0) * 1.5),
        }
        if rated
        else None,
        "previousCreditRating": previous
        and _rating(company, standing, previous, french),
        "latestRatingChangeDate": moment(standing.changed_on),
    }


def _capital(company, standing):
    capital = {"value": standing.capital}
    if company.country != "FR":
        capital["currency"] = currency_of(company)
    return {"nominalShareCapital": capital}


def _directors(company, standing):
    digits = int("".join(c for c in company.unit if c.isdigit()) or 0)
    name = standing.director or (
        company.name
        if company.is_person
        else f"{_FIRST_NAMES[digits % 8]} {_LAST_NAMES[digits // 8 % 6]}"
    )
    titles = {"5710": "Président", "5599": "Président du conseil d'administration"}
    title = "Director" if company.country == "GB" else "Gérant"
    return [
        {
            "name": name,
            "gender": "Unknown",
            "dateOfBirth": "1968-05-17T00:00:00Z",
            "directorType": "Person",
            "positions": [
                {
                    "positionName": titles.get(company.legal_form, title),
                    "dateAppointed": moment(company.created),
                }
            ],
        }
    ]


# ------------------------------------------------------------------------- accounts


def _statement(company, year):
    turnover, equity = year["turnover"], year["equity"]
    return {
        "type": "GlobalFinancialsGGS",
        "yearEndDate": f"{year['year']}-12-31T00:00:00Z",
        "numberOfWeeks": 52,
        "currency": currency_of(company),
        "consolidatedAccounts": False,
        "profitAndLoss": {
            "revenue": turnover,
            "operatingProfit": int(year["result"] * 1.3),
            "profitAfterTax": year["result"],
        },
        "balanceSheet": {
            "cash": max(int(turnover * 0.06), 0),
            "totalAssets": int(turnover * 0.7),
            "totalShareholdersEquity": equity,
        },
        "otherFinancials": {"workingCapital": equity // 2, "netWorth": equity},
        "ratios": {
            "debtorDays": 41.2,
            "creditorDays": 52.7,
            "currentRatio": round(1.1 + equity / max(turnover, 1), 2),
            "liquidityRatioOrAcidTest": round(0.8 + equity / max(turnover, 1), 2),
        },
    }


def _french_statement(company, standing, year):
    return {
        "type": "LocalFinancialsSynthesizedCSFR",
        "yearEndDate": f"{year['year']}-12-31T00:00:00Z",
        "currency": "EUR",
        "consolidatedAccounts": False,
        "month": 12,
        "financialReportDescription": "Normal Account",
        "dateOfCapture": f"{year['year'] + 1}-06-18T00:00:00Z",
        "numberOfEmployees": year["employees"],
        "activityCode": company.activity,
        "assets": {"netWorth": year["equity"]},
        "liabilities": {
            "shareholdersEquity": year["equity"],
            "shareCapital": standing.capital,
        },
        "profitAndLoss": {"netTurnover": year["turnover"], "netResult": year["result"]},
    }


def _payments(standing):
    month = standing.years[0]["turnover"] // 24
    late = standing.dbt or 0
    trend = "TrendNotAvailable"
    if standing.dbt is not None:
        trend = "Worsening" if late > 25 else "Improving" if late < 4 else "Stable"
    data = {
        "industryDbt": str(standing.industry_dbt),
        "paymentTrend": trend,
        "averageMonthlyBalance": str(month),
        "balanceP1": str(month * late // 120),
        "balanceP2": str(month * late // 300),
        "balanceP3": str(month * late // 700),
        "balanceP4": str(month * late // 1500),
        "balanceWithinTerms": str(month * max(80 - late, 5) // 100),
        "recentHighBalance": str(month * 5 // 4),
        "totalTradeLines": str(3 + late % 9),
        "totalTradeLinesOutstanding": str(late % 7),
    }
    if standing.dbt is None:
        # No trade lines: nothing but the sector's average is known.
        data = {key: "0" for key in data}
        data["industryDbt"] = str(standing.industry_dbt)
        data["paymentTrend"] = trend
    else:
        data["dbt"] = str(standing.dbt)
    return data


# ------------------------------------------------------------------- what went wrong


def _negative(company, standing, french):
    court = _court(company)
    judgments, courts, gazette = [], [], []
    for code, day in standing.judgments:
        label, french_label, sentence = JUDGMENTS[code]
        label = french_label if french else label
        sentence = f"{sentence} (texte fictif)"
        judgments.append(
            {
                "effectiveDate": moment(day),
                "typeOfJudgement": {"code": code, "value": label},
                "court": court,
                "details": sentence,
            }
        )
        step = {
            "judgment": label,
            "court": court,
            "details": sentence,
            "effectiveDate": moment(day),
        }
        courts.append(step)
        published = day + datetime.timedelta(21)
        gazette.append({**step, "publicationDate": moment(published)})
    rights = {
        "statusOfMonitoring": _RIGHTS if standing.privileges else _NO_RIGHTS,
        "numberOfActivePreferentialRights": standing.privileges,
        "socialSecurityAndPensionFunds": {
            "numberOfPreferentialRights": standing.social_privileges
        },
        "taxOffice": {"numberOfPreferentialRights": standing.tax_privileges},
    }
    return {
        "judgements": judgments or None,
        "collectiveProcedures": {"courts": courts, "bodacc": gazette}
        if judgments
        else None,
        "preferentialRightsDetails": rights if company.country == "FR" else None,
    }


# --------------------------------------------------------------------------- the rest


def _additional(company, standing, today, french):
    history = {
        "companyHistory": [
            {"date": moment(standing.changed_on), "description": "Update Rating"},
            *(
                {"date": moment(day), "description": "New collective procedure"}
                for _code, day in standing.judgments
            ),
        ],
        "commentaries": _commentaries(standing, french),
        "industryAverages": {"creditLimit": 5649, "creditRating": 35},
    }
    points = [
        point
        for point in standing.points
        if (today - point.day).days <= _HISTORY_MONTHS * 31
    ][::-1]
    if company.country == "GB":
        return {**history, **_british_history(standing, points)}
    history["ratingHistory"] = [
        _history_point(standing, point, french) for point in points
    ]
    if company.country != "FR":
        return history
    return {**history, **_french_extras(company, standing)}


def _history_point(standing, point, french):
    return {
        "date": moment(point.day),
        "localRating": "-1" if point.score is None else str(point.score),
        "commonRating": {
            "commonValue": point.letter,
            "commonDescription": DESCRIPTIONS[point.letter],
        },
        "description2": standing.provider_text(point, french),
        "limit": point.limit,
    }


def _british_history(standing, points):
    return {
        "ratingHistory": [
            {
                "date": moment(point.day),
                "companyValue": "Not Rated" if point.score is None else point.score,
                "ratingDescription": standing.provider_text(point, False),
            }
            for point in points
        ],
        "creditLimitHistory": [
            {
                "date": moment(point.day),
                "companyValue": {"value": point.limit, "currency": "GBP"},
            }
            for point in points
            if point.limit is not None
        ],
    }


def _french_extras(company, standing):
    department = f"{company.department} ({(company.postcode or '')[:2]})"
    unit = company.unit
    spaced = f"{unit[:3]} {unit[3:6]} {unit[6:]}"
    trends = dict(
        zip(("profitability", "liquidity", "netWorth"), standing.trends, strict=False)
    )
    last = standing.judgments[0][1] if standing.judgments else None
    return {
        "misc": {
            "financialAccountsType": "F",
            "statusCode": "C" if company.status == "NonActive" else "A",
            "officeType": "1" if company.is_seat else "2",
            "numberOfBranches": "0",
            "inseeCode": company.commune,
            "subRegion": department,
            "courtRegistryNumber": unit,
            "registrationCourt": _court(company),
            "nationality": "France",
            "numberOfDirectors": 1,
            "rcsRegistration": f"RCS {_court(company)} B {spaced}",
            "regionDbt": 17,
            "workforceAccount": company.workforce,
            "preferentialStatus": "-",
            "deregistrationDate": moment(company.ceased_on),
            "lastJudgement": moment(last),
        },
        "trends": trends,
        "exposureIndicator": {"companyExposure": 0, "activityLoss": 0},
        "gazettes": [
            {
                "publicationDate": moment(day + datetime.timedelta(21)),
                "type": "Bodacc A : Procédures collectives",
                "name": "A_PCL",
                "description": "Extrait de jugement",
                "publicationArea": department,
                "court": f"TRIBUNAL DE COMMERCE DE {_court(company).upper()}",
                "detail": "Texte fictif",
            }
            for _code, day in standing.judgments
        ],
        "keyFinancials": [
            {
                "yearToDate": f"{year['year']}-12-31T00:00:00Z",
                "turnover": year["turnover"],
                "grossOperatingSurplus": year["margin"],
                "shareholdersEquity": year["equity"],
                "netResult": year["result"],
                "employees": f"{year['employees']} employees",
            }
            for year in standing.years
        ],
        "enquiriesTrend": {
            **{f"month{month}": 0 for month in range(1, 13)},
            "month1": standing.privileges,
            "monthlyAverage": 0,
        },
    }


def _commentaries(standing, french):
    newest, older = standing.years[:2]
    grown = newest["equity"] > older["equity"]
    texts = {
        True: ("Net worth increased", "Les capitaux propres ont augmenté"),
        False: ("Net worth decreased", "Les capitaux propres ont diminué"),
    }
    remarks = [
        {
            "commentaryText": texts[grown][french],
            "positiveOrNegative": "Positive" if grown else "Negative",
        }
    ]
    if standing.privileges:
        text = ("Preferential rights registered", "Privilèges inscrits")[french]
        remarks.append({"commentaryText": text, "positiveOrNegative": "Negative"})
    return remarks
