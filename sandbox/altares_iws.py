"""Altares' web services IWS, stood in for: ``/altares/iws/services/…``, SOAP 1.1.

Identity, score, score history, accounts, search; a monitoring and a credit advice
whose names are invented: see the README. What it thinks is what D&B's stand-in thinks.
"""

import datetime
import hashlib
import random
import re
import threading
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from .altares_export import export_csv
from .http_messages import Response, json_response

LOGIN, PASSWORD = "sandbox", "sandbox-password"
_SERVICES = {
    "CallistoIdentiteObjectSecure": (
        "doRechercheSimple",
        "doRechercheEntreprise",
        "getIdentiteAltaN3Entreprise",
        "getDerniersBilans",
    ),
    "CallistoRisqueSecure": ("getScore", "getHistoriqueScore", "getAvisSandbox"),
    "CallistoSurveillanceSandbox": (
        "startSurveillance",
        "stopSurveillance",
        "listAlertes",
        "markAlerte",
    ),
}
_ENDPOINT = re.compile(r"/services/([A-Za-z]+)(?:\.[A-Za-z0-9]+)?/?")
_PLAIN = "http://service.callisto.newsys.altares.fr"
_OBJECT = "http://serviceobject.service.callisto.newsys.altares.fr"
_LABELS = {
    "ALTA_SCO": "Modification du score",
    "ALTA_ADR": "Changement d'adresse",
    "ALTA_ETA": "Changement d'état",
    "ALTA_RS": "Changement de raison sociale",
    "ALTA_BIL": "Nouveau bilan",
    "ALTA_CAP": "Modification du capital",
}
_MONTHS = 18


class _Refused(Exception):
    def __init__(self, code, description):
        super().__init__(description)
        self.code = code


class AltaresIws:
    """The service. One lock: requests are short, and what they change is shared."""

    name = "altares_iws"

    def __init__(self, sandbox):
        self._lock = threading.RLock()
        self._sandbox = sandbox

    @property
    def _dnb(self):
        return self._sandbox.services["dnb"]

    def reset(self):
        with self._lock:
            self.calls = {}
            self.monitored = {}
            self.alerts = []
            self._last_alert = 7_000

    # -- control address ---------------------------------------------------------------

    def control(self, request, what):
        with self._lock:
            if request.method == "GET" and what == "export":
                return export_csv(self._dnb, int(request.one("count", "200")))
            if request.method == "POST" and what == "alerts":
                values = request.json()
                codes = values.get("codes") or ["ALTA_SCO"]
                return json_response({"id": self._alert(values["siren"], codes)})
            if request.method == "GET" and not what:
                return json_response(
                    {
                        "calls": self.calls,
                        "monitored": sorted(self.monitored),
                        "alerts": len(self.alerts),
                    }
                )
            return json_response({"error": f"unknown: {request.method} {what}"}, 404)

    def _alert(self, siren, codes):
        self._last_alert += 1
        self.alerts.append(
            {
                "id": self._last_alert,
                "siren": siren,
                "day": self._dnb.today().isoformat(),
                "codes": codes,
                "read": False,
            }
        )
        return self._last_alert

    # -- requests ----------------------------------------------------------------------

    def handle(self, request):
        with self._lock:
            return self._answer(request)

    def fault_response(self, status, fault):
        headers = {}
        if fault.seconds is not None:
            headers["Retry-After"] = str(int(fault.seconds))
        if status == 500:
            return _fault("soapenv:Server", "Internal error")
        return Response(status, b"", "text/plain", headers)

    def _answer(self, request):
        endpoint = _ENDPOINT.fullmatch(request.path)
        if request.method != "POST" or endpoint is None:
            return Response(404, b"", "text/plain")
        operations = _SERVICES.get(endpoint[1], ())
        try:
            operation, namespace, fields = _read(request.body)
        except ValueError as error:
            return _fault("soapenv:Client", str(error))
        if operation not in operations or namespace not in (_PLAIN, _OBJECT):
            return _fault("soapenv:Client", "The endpoint reference is not found")
        digest = hashlib.sha1(PASSWORD.encode()).hexdigest()
        if fields.get("identification") not in (
            f"{LOGIN}|{PASSWORD}",
            f"{LOGIN}|{digest}",
        ):
            return _returned(operation, _refusal("9", "Identification incorrecte"))
        if not fields.get("refClient"):
            return _returned(operation, _refusal("6", "refClient est obligatoire"))
        self.calls[operation] = self.calls.get(operation, 0) + 1
        try:
            info = getattr(self, f"_{operation}")(fields)
        except _Refused as refusal:
            return _returned(operation, _refusal(refusal.code, str(refusal)))
        return _returned(
            operation,
            '<ax:correct>true</ax:correct><ax:exception xsi:nil="true"/>' + info,
        )

    def _company(self, siren):
        if not re.fullmatch(r"[0-9]{9}", siren or ""):
            raise _Refused("101", "SIREN invalide")
        found = self._dnb.companies.all_of(siren)
        if not found:
            raise _Refused("102", "SIREN inconnu")
        return found[0], self._dnb.opinion(found[0])

    # -- identity ----------------------------------------------------------------------

    def _doRechercheSimple(self, fields):
        found = self._dnb.companies.search(["FR"], {"name": fields.get("qui", "")}, 200)
        place = (fields.get("ou") or "").upper()
        found = [
            one
            for one in found
            if place in (one.postcode or "") or place in (one.city or "").upper()
        ]
        start = int(fields.get("debutResultat") or 0)
        some = found[start : start + int(fields.get("nbElt") or 10)]
        return self._rows(some, len(found))

    def _doRechercheEntreprise(self, fields):
        number = fields.get("siren") or (fields.get("siret") or "")[:9]
        company, _opinion = self._company(number)
        return self._rows([company], 1)

    @staticmethod
    def _rows(companies, total):
        rows = "".join(
            _element(
                "myInfo",
                _leaves(
                    identifiantInterne=one.safe_no[2:],
                    siret=one.reg_no,
                    raisonSociale=one.name,
                    rue=_street(one),
                    codePostal=one.postcode,
                    ville=one.city,
                    siege=one.is_seat,
                    actif=not (one.is_closed or one.is_ceased),
                ),
            )
            for one in companies
        )
        return rows + _leaves(nbResultats=total, nbMatch=len(companies))

    def _getIdentiteAltaN3Entreprise(self, fields):
        company, opinion = self._company(fields.get("sirenRna") or fields.get("siren"))
        ceased = company.is_ceased or opinion.status == "out"
        return _element(
            "myInfo",
            _leaves(
                siret=company.reg_no,
                raisonSociale=opinion.name or company.name,
                sigle=company.acronym,
                rue=opinion.street or _street(company),
                codePostal=company.postcode,
                ville=company.city,
                formeJuridique=company.legal_label,
                formeJuridiqueCode=company.legal_form,
                # As Java writes a large number.
                chiffreAffaire=_scientific(opinion.turnover),
                naf5EntreCode=company.activity,
                naf5EntreLibelle=company.activity_label,
                dateCreation=_zoned(company.created),
                dateFermeture=_zoned(company.ceased_on) if ceased else None,
                etat=0 if ceased else 1,
                etatLabel="Cessée" if ceased else "Active",
                procedureCollective=_proceeding(opinion),
                effectif=opinion.employees,
                dateDernierBilan=_zoned(f"{opinion.year}-12-31"),
                numTVAIntraCom=company.vat_no,
            ),
        )

    def _getDerniersBilans(self, fields):
        _company, opinion = self._company(fields.get("siren"))
        if not opinion.turnover:
            raise _Refused("118", "Aucune donnée financière")
        items = "".join(
            _element("posteList", _leaves(poste=name, valeur=_scientific(value)))
            for name, value in (
                ("FL", opinion.turnover),
                ("HN", opinion.result),
                ("DL", opinion.equity),
            )
        )
        # A single year: the list is one element.
        return _element(
            "myInfo",
            _element(
                "bilans",
                _leaves(
                    bilanId=f"{opinion.year}1",
                    dateClotureN=_zoned(f"{opinion.year}-12-31"),
                    dureeN=12,
                    nbPoste=3,
                )
                + items,
            ),
        )

    # -- risk --------------------------------------------------------------------------

    def _getScore(self, fields):
        _company, opinion = self._company(fields.get("siren"))
        score = opinion.percentile
        return _element(
            "myInfo",
            _leaves(
                dateValeur=_zoned(opinion.scored_on.isoformat()),
                scoreCent=score,
                scoreVingt=None if score is None else round(score / 5, 1),
                scoreSectorielCent=opinion.norm,
                scoreSectorielVingt=round(opinion.norm / 5, 1),
            ),
        )

    def _getHistoriqueScore(self, fields):
        company, opinion = self._company(fields.get("siren"))
        if opinion.percentile is None:
            return _element("myInfo", "")
        rng = random.Random(f"iws:{company.unit}")
        score, day = opinion.percentile, opinion.scored_on
        rows = []
        for _month in range(_MONTHS):
            rows.append(
                _element(
                    "scoreList",
                    _leaves(
                        scoreCent=score,
                        scoreVingt=round(score / 5, 1),
                        dateValeur=_zoned(day.isoformat()),
                    ),
                )
            )
            score = min(max(round(score + rng.gauss(0, 4)), 1), 100)
            day -= datetime.timedelta(days=30)
        return _element("myInfo", "".join(rows))

    def _getAvisSandbox(self, fields):
        """What the real service has by a name that is not public."""
        _company, opinion = self._company(fields.get("siren"))
        return _element(
            "myInfo",
            _leaves(
                montantAvis=opinion.limit,
                paydexIndice=opinion.paydex,
                retardJours=opinion.days,
                privilegeNombre=opinion.liens,
                privilegeMontant=opinion.lien_amount,
            ),
        )

    # -- monitoring --------------------------------------------------------------------

    def _startSurveillance(self, fields):
        company, _opinion = self._company(fields.get("siren"))
        if company.unit in self.monitored:
            raise _Refused("503", "Entreprise déjà sous surveillance")
        self.monitored[company.unit] = True
        return _element("myInfo", "")

    def _stopSurveillance(self, fields):
        company, _opinion = self._company(fields.get("siren"))
        if self.monitored.pop(company.unit, None) is None:
            raise _Refused("504", "Entreprise non surveillée")
        return _element("myInfo", "")

    def _listAlertes(self, fields):
        state = fields.get("etatLu")
        found = [
            alert
            for alert in self.alerts
            if alert["siren"] in self.monitored
            and fields["du"] <= alert["day"] <= fields["au"]
            and (state == "3" or alert["read"] == (state == "1"))
        ]
        size = int(fields["taillePage"])
        start = (int(fields["page"]) - 1) * size
        rows = "".join(
            _element(
                "alerteList",
                _leaves(
                    id=alert["id"],
                    siren=alert["siren"],
                    dateCreation=_zoned(alert["day"]),
                    etatIhm=1 if alert["read"] else 2,
                )
                + "".join(
                    _element(
                        "evenementList",
                        _leaves(
                            dateEvenement=_zoned(alert["day"]),
                            nomEvenementCode=code,
                            nomEvenementLabel=_LABELS.get(code, code),
                        ),
                    )
                    for code in alert["codes"]
                ),
            )
            for alert in found[start : start + size]
        )
        totals = _leaves(nbAlerteNonLuesGlobal=0, nbTotalAlerteList=len(found))
        return _element("myInfo", totals + rows)

    def _markAlerte(self, fields):
        for alert in self.alerts:
            if str(alert["id"]) == fields.get("alerteId"):
                alert["read"] = fields.get("bLu") == "true"
        return _element("myInfo", "")


# ----------------------------------------------------------------------- the envelope


def _read(body):
    """Operation, its namespace and its fields."""
    if b"<!" in body:
        raise ValueError("No document types here")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        raise ValueError("The envelope is not XML") from None
    found = [child for child in root if child.tag.endswith("}Body")]
    if not found or not len(found[0]):
        raise ValueError("The envelope has no body")
    call = found[0][0]
    namespace, _brace, operation = call.tag[1:].partition("}")
    fields = list(call)
    if namespace == _OBJECT:
        if len(fields) != 1 or not fields[0].tag.endswith("}request"):
            raise ValueError("The request is missing")
        fields = list(fields[0])
    return operation, namespace, {one.tag.partition("}")[2]: one.text for one in fields}


def _envelope(body):
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xmlns:ns="{_OBJECT}" '
        'xmlns:ax="http://response.callisto.newsys.altares.fr/xsd">'
        f"<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    ).encode()


def _returned(operation, content):
    body = (
        f"<ns:{operation}Response><ns:return>{content}</ns:return>"
        f"</ns:{operation}Response>"
    )
    return Response(200, _envelope(body), "text/xml; charset=UTF-8")


def _refusal(code, description):
    return "<ax:correct>false</ax:correct>" + _element(
        "exception", _leaves(code=code, description=description)
    )


def _fault(code, sentence):
    body = (
        f"<soapenv:Fault><faultcode>{code}</faultcode>"
        f"<faultstring>{escape(sentence)}</faultstring></soapenv:Fault>"
    )
    return Response(500, _envelope(body), "text/xml; charset=UTF-8")


def _element(name, content):
    return f"<ax:{name}>{content}</ax:{name}>"


def _leaves(**values):
    parts = []
    for name, value in values.items():
        if value is None:
            parts.append(f'<ax:{name} xsi:nil="true"/>')
        else:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            parts.append(_element(name, escape(text)))
    return "".join(parts)


def _street(company):
    parts = (company.house_no, company.street)
    return " ".join(part for part in parts if part) or None


def _scientific(value):
    """``69974169`` as ``6.9974169E7``."""
    if abs(value) < 10_000_000:
        return f"{float(value)}"
    digits, _e, exponent = f"{value:.10E}".partition("E")
    digits = digits.rstrip("0")
    return f"{digits}{'0' if digits.endswith('.') else ''}E{int(exponent)}"


def _zoned(day):
    return f"{day[:10]}+01:00" if day else None


def _proceeding(opinion):
    names = {
        "bankruptcy": "Redressement judiciaire",
        "liquidation": "Liquidation judiciaire",
        "suspension": "Sauvegarde",
    }
    return next((names[kind] for kind in opinion.filings), "NEANT")
