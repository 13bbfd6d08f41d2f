"""A file as a customer of Altares exports it from the portal, for trying imports.

The columns' titles are those that people name; no published format exists.
"""

import csv
import io

from .http_messages import Response

_TITLES = (
    "Siren",
    "Raison sociale",
    "Crédit conseillé",
    "Score",
    "Score /20",
    "Date score",
    "Paydex",
    "Retard moyen (j)",
    "Privilèges (nombre)",
    "Privilèges (montant)",
    "Procédure collective",
    "Date procédure",
    "Chiffre d'affaires (k€)",
    "Date bilan",
    "NAF",
    "État",
)
_PROCEEDINGS = {
    "bankruptcy": "Redressement judiciaire",
    "liquidation": "Liquidation judiciaire",
    "suspension": "Sauvegarde",
}


def export_csv(dnb, count):
    """The register's first open seats as a French Excel saves them."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(("Portefeuille : Clients",))
    writer.writerow(_TITLES)
    for company in dnb.companies.some(count):
        writer.writerow(_row(company, dnb.opinion(company)))
    return Response(
        body=text.getvalue().encode("cp1252", "replace"),
        content_type="text/csv; charset=windows-1252",
        headers={"Content-Disposition": 'attachment; filename="intuiz.csv"'},
    )


def _row(company, opinion):
    kind, filed_on = next(iter(opinion.filings.items()), (None, None))
    score = opinion.percentile
    return (
        # A spreadsheet drops leading zeros.
        int(company.unit),
        opinion.name or company.name,
        "NC" if opinion.limit is None else _amount(opinion.limit),
        "Non noté" if score is None else score,
        "" if score is None else _decimal(score / 5),
        _day(opinion.scored_on),
        "" if opinion.paydex is None else opinion.paydex,
        "" if opinion.days is None else opinion.days,
        opinion.liens,
        _amount(opinion.lien_amount) if opinion.liens else "",
        _PROCEEDINGS.get(kind, "Néant"),
        _day(filed_on),
        _decimal(opinion.turnover / 1000),
        f"31/12/{opinion.year}",
        company.activity or "",
        "Cessée" if opinion.status == "out" else "Active",
    )


def _amount(value):
    return f"{value:,} €".replace(",", " ")


def _decimal(value):
    return f"{value:.1f}".replace(".", ",")


def _day(day):
    return f"{day:%d/%m/%Y}" if day else ""
