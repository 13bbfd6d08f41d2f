"""Which company at the bureau a partner is."""

from contextlib import nullcontext

from odoo import models

from odoo.addons.partner_company_data.connectors import identifiers, matching
from odoo.addons.partner_company_data.connectors.datatypes import (
    Establishment,
    SearchCriteria,
)

from .partner_data_source_purchase import IDENTITY, BureauCompany

MAX_CANDIDATES = 20


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    def _find_companies(self, partner, connector=None):
        """Companies at the bureau that this partner may be; a free search at most.

        By SIREN first, then by the number that its country gives, then by VAT number,
        then by name. There is one company a legal unit: its seat.

        :param partner: a commercial entity
        :param connector: one that is open, where many partners are gone through
        :return: candidates (``connectors.credit.CreditCandidate`` or
            :class:`BureauCompany`), best first, and whether the first one is certain
        """
        self.ensure_one()
        siren = partner.l10n_fr_siren
        if file := self._known_file(partner):
            return (file._bureau_company(),), True
        country = "FR" if siren else partner.country_id.code or "FR"
        opening = nullcontext(connector) if connector else self._open_connector()
        with self._service_errors(), opening as connector:
            if siren:
                found = connector.search(country, registration_number=siren).items
                found = [one for one in found if one.siren == siren]
                if found:
                    found = tuple(sorted(found, key=_seat_first))
                    return found, self._is_certain_match(found[0])
            elif partner.company_registry:
                number = identifiers.clean(partner.company_registry)
                found = connector.search(country, registration_number=number).items
                if len(found) == 1:
                    return found, self._is_certain_match(found[0])
            vat = identifiers.clean(partner.vat)
            if len(vat) > 3:
                found = connector.search(country, vat_number=vat).items
                if found and len({one.siren or one.bureau_id for one in found}) == 1:
                    return tuple(sorted(found, key=_seat_first)), not siren
            if not partner.name:
                return (), False
            found = connector.search(country, name=partner.name).items
            return tuple(_likeliest(partner, found)[:MAX_CANDIDATES]), False

    def _is_certain_match(self, candidate):
        """Whether a company found by its number may be taken without a person.

        :param candidate: ``connectors.credit.CreditCandidate``
        """
        return True

    def _known_file(self, partner):
        """The file that this partner has here, or that its legal unit has here."""
        self.ensure_one()
        File = self.env["partner.credit.file"].sudo()
        files = partner.sudo().with_company(self.company_id)._credit_files()
        siren = partner.l10n_fr_siren
        for file in files:
            if file.source_id == self and (not siren or file.siren in (False, siren)):
                return file
        if not siren:
            return File
        return File.search(
            [("source_id", "=", self.id), ("siren", "=", siren)], limit=1
        )

    def _follow_identifier(self, file):
        """Have a file take the identifier that its company has at the bureau now.

        A free search: the bureau does not know the old identifier any more.

        :return: whether it took another one
        """
        if not file.siren:
            return False
        with self._service_errors(), self._open_connector() as connector:
            found = connector.search("FR", registration_number=file.siren).items
        found = [one for one in found if one.siren == file.siren]
        if not found or file.bureau_id in {one.bureau_id for one in found}:
            return False
        company = bureau_company(min(found, key=_seat_first))
        told = {name: getattr(company, name) or None for name in IDENTITY}
        return bool(file._take_over_identifiers(self, [told]))

    def _file_here(self, bureau_id):
        """The file of a company at this bureau, or none."""
        return (
            self.env["partner.credit.file"]
            .sudo()
            .search(
                [("source_id", "=", self.id), ("bureau_id", "=", bureau_id)], limit=1
            )
        )


def bureau_company(candidate):
    """A candidate (or a :class:`BureauCompany` itself) as a purchase wants it."""
    if isinstance(candidate, BureauCompany):
        return candidate
    return BureauCompany(
        bureau_id=candidate.bureau_id,
        name=candidate.name or candidate.bureau_id,
        siren=candidate.siren or False,
        country_code=candidate.country_code or False,
        bureau_number=candidate.bureau_number or False,
    )


def _likeliest(partner, companies):
    """Companies of about that name, those in the partner's town first."""
    criteria = SearchCriteria(
        name=partner.name,
        street=partner.street or None,
        zip=partner.zip or None,
        city=partner.city or None,
    )

    def rate(company):
        establishment = Establishment(
            siren=company.siren or "",
            siret=company.siret or "",
            legal_name=company.name,
            trade_names=company.trade_names,
            address=company.address,
        )
        return matching.match_rate(criteria, establishment).rate

    return sorted(companies, key=rate, reverse=True)


def _seat_first(candidate):
    """Order: the open seat, the seat, other open establishments, the others."""
    return (not candidate.is_head_office, candidate.status != "active")
