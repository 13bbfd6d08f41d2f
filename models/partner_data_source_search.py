"""Searching companies at a bureau, free of charge."""

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.partner_company_data.connectors import creditsafe_criteria, errors
from odoo.addons.partner_company_data.connectors.credit import CriteriaSet

from .partner_data_source_find import bureau_company

# More are not looked through by anybody: who finds more says more.
MAX_FOUND = 100


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    def _search_companies(self, country, terms):
        """Companies of a country that fit, with the terms that could be used.

        The bureau takes certain terms together only: those of the surest identifier
        are sent, the others are left out.

        :param country: ``res.country``
        :param terms: dict of what was asked for, named like the arguments of the
            connector's ``search``
        :return: a page (``connectors.credit.Page``) and the set of terms sent
        :raise UserError: the contract has not this country, far too many fit, or the
            bureau needs something else to search there
        """
        self.ensure_one()
        country_code = country.code
        try:
            with self._service_errors(), self._open_connector() as connector:
                sets = self._criteria_sets(connector, country_code)
                chosen = creditsafe_criteria.choose(sets, terms)
                if chosen is None:
                    raise UserError(self._missing_terms(country, sets))
                sent = {
                    name: value
                    for name, value in terms.items()
                    if name in chosen.terms
                    and (name != "status" or value in (chosen.statuses or (value,)))
                }
                page = connector.search(country_code, page_size=MAX_FOUND, **sent)
        except UserError as error:
            if refusal := self._search_refusal(error.__cause__, country):
                raise refusal from error
            raise
        return page, set(sent)

    def _criteria_sets(self, connector, country_code):
        """Terms that go together in a country (``connectors.credit.CriteriaSet``)."""

        def ask():
            try:
                sets = connector.criteria_sets(country_code)
            except (errors.NotFoundError, errors.MalformedError):
                # It doesn't say: the usual terms are tried.
                return []
            return [
                {
                    "terms": sorted(one.terms),
                    "required": sorted(one.required),
                    "statuses": list(one.statuses),
                }
                for one in sets
            ]

        told = self.env["partner.credit.country"]._told(
            self, country_code, "criteria", ask
        )
        return tuple(
            CriteriaSet(
                frozenset(one["terms"]),
                frozenset(one["required"]),
                tuple(one["statuses"]),
            )
            for one in told
        )

    def _search_refusal(self, error, country):
        """Words that help to search again, ``None`` when the usual ones do."""
        if isinstance(error, errors.ForbiddenError):
            return UserError(
                self.env._(
                    "The contract with %(service)s does not include %(country)s. The "
                    "connection's test in the account shows its countries.",
                    service=self.name,
                    country=country.name,
                )
            )
        if isinstance(error, errors.TooManyFoundError):
            return UserError(
                self.env._(
                    "Far too many companies fit. Say more: a town, a postcode, more of "
                    "the name."
                )
            )
        return None

    def _missing_terms(self, country, sets):
        """What would be needed to search in a country."""
        labels = self._term_labels()
        ways = [
            " + ".join(labels[term] for term in sorted(one.required) if term in labels)
            for one in sets
            if one.required <= labels.keys()
        ]
        return self.env._(
            "%(service)s can't search in %(country)s by this alone. It takes: "
            "%(ways)s.",
            service=self.name,
            country=country.name,
            ways=", ".join(dict.fromkeys(filter(None, ways))) or labels["name"],
        )

    def _term_labels(self):
        """The terms of a search that people can fill in, by their name."""
        return {
            "registration_number": self.env._("registration number"),
            "vat_number": self.env._("VAT number"),
            "name": self.env._("company name"),
            "street": self.env._("street"),
            "postcode": self.env._("postcode"),
            "city": self.env._("city"),
            "status": self.env._("status"),
        }

    def _files_for(self, companies):
        """Files of these companies, made when missing; committed apart.

        A French legal unit has one file, whichever establishment was found.

        :param companies: ``connectors.credit.CreditCandidate``
        :return: dict ``{bureau id: file id}``
        """
        self.ensure_one()
        found = {}
        with self._own_env() as env:
            source = env[self._name].browse(self.id)
            File = env["partner.credit.file"]
            for company in companies:
                file = company.siren and File.search(
                    [("source_id", "=", source.id), ("siren", "=", company.siren)],
                    limit=1,
                )
                file = file or source._file_of(bureau_company(company))
                found[company.bureau_id] = file.id
        return found
