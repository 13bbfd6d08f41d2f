from datetime import timedelta

from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo import api, fields, models
from odoo.tools import mute_logger

from .partner_data_source_token import commit_apart

# Contracts, and what the bureau takes in a country, rarely change.
ASKED_AGAIN_AFTER = timedelta(days=30)


class PartnerCreditCountry(models.Model):
    """What a bureau takes in a country, as it last said free of charge."""

    _name = "partner.credit.country"
    _description = "Country at a Credit Bureau"
    _rec_name = "country_code"

    source_id = fields.Many2one(
        "partner.data.source", required=True, ondelete="cascade"
    )
    country_code = fields.Char(size=2, required=True)
    criteria = fields.Json(help="Terms of a search that go together.")
    criteria_on = fields.Datetime()
    options = fields.Json(help="What a report has to be ordered with.")
    options_on = fields.Datetime()

    _source_country_uniq = models.UniqueIndex(
        "(source_id, country_code)", "The country is known already."
    )

    @api.model
    def _told(self, source, country_code, name, ask):
        """What the bureau says, asked again when the last answer is old.

        :param name: ``criteria`` or ``options``
        :param ask: callable that asks; its JSON value
        """
        known = self.sudo().search(
            [("source_id", "=", source.id), ("country_code", "=", country_code)]
        )
        moment = known[f"{name}_on"]
        if moment and moment > fields.Datetime.now() - ASKED_AGAIN_AFTER:
            return known[name] or []
        answer = ask()
        with source._own_env() as env:
            Country = env[self._name]
            values = {name: answer, f"{name}_on": fields.Datetime.now()}
            try:
                with mute_logger("odoo.sql_db"):
                    if known:
                        Country.browse(known.id).write(values)
                    else:
                        Country.create(
                            {
                                "source_id": source.id,
                                "country_code": country_code,
                                **values,
                            }
                        )
                    commit_apart(env)
            except (UniqueViolation, SerializationFailure):
                # Somebody else has asked at the same time.
                env.cr.rollback()
        return answer
