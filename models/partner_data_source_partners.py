"""Which partners have which file: one a bureau, the preferred bureau's being the main.

Everything is set-based: a purchase links one company, an import ten thousand.
"""

import json
import logging

from psycopg2.errors import SerializationFailure

from odoo import api, models
from odoo.tools import SQL

from .partner_data_source_token import commit_apart
from .table_statistics import MANY, analyze

_logger = logging.getLogger(__name__)

ATTEMPTS = 5


class PartnerDataSource(models.Model):
    _inherit = "partner.data.source"

    def write(self, vals):
        result = super().write(vals)
        if "sequence" in vals:
            for source in self.sudo().filtered(lambda source: source.kind == "credit"):
                source._choose_main_files(source._partner_ids_with_file())
        return result

    def _partner_ids_with_file(self):
        """Ids of the partners that have a file of any bureau in this company."""
        self.ensure_one()
        self._flush_links()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT rel.partner_id
                  FROM partner_credit_file_partner_rel rel
                  JOIN partner_credit_file file ON file.id = rel.file_id
                 WHERE file.company_id = %s
                """,
                self.company_id.id,
            )
        )
        return [partner_id for (partner_id,) in rows]

    def _rank(self):
        """What sorts bureaus, the preferred one first."""
        self.ensure_one()
        return (self.sequence, self.id)

    def _link_partners(self, file_id, siren, partners):
        """Have partners share a file in this source's company.

        A file bought just now is too new for this transaction to see: it is linked
        when this transaction is committed.

        :param siren: every partner of this legal unit is linked as well
        :param partners: linked whatever their number
        """
        self.ensure_one()
        partner_ids = partners.commercial_partner_id.ids
        if self.env["partner.credit.file"].sudo().browse(file_id).exists():
            self._link_company(file_id, siren, partner_ids)
            return

        @self.env.cr.postcommit.add
        def link():
            self._link_company_apart(file_id, siren, partner_ids)

    def _link_company_apart(self, file_id, siren, partner_ids):
        """Link in an own transaction; a failure is logged, the file stays found."""
        try:
            with self._own_env() as env:
                source = env[self._name].browse(self.id)
                for _attempt in range(ATTEMPTS):
                    try:
                        source._link_company(file_id, siren, partner_ids)
                        commit_apart(env)
                        return
                    except SerializationFailure:
                        env.cr.rollback()
        except Exception:
            # The work that this follows is committed: nobody can undo it any more.
            _logger.exception("File %s could not be linked to its partners", file_id)

    def _link_company(self, file_id, siren, partner_ids):
        partners = self.env["res.partner"].sudo().browse(partner_ids).exists()
        if siren:
            partners |= partners.search(
                [
                    ("l10n_fr_siren", "=", siren),
                    ("company_id", "in", (False, self.company_id.id)),
                ]
            ).commercial_partner_id
        self._link_files([(partner_id, file_id) for partner_id in partners.ids])
        self.env["partner.credit.file"].browse(file_id)._propose_updates(partners)

    # === Partners that came later than their file === #

    @api.model
    def _cron_link_partners(self):
        """Link partners that were made, or given a SIREN, since their file exists.

        Partners are never looked at when they are written: this is done in one go.
        """
        for source in self.sudo().search([("kind", "=", "credit")]):
            try:
                with source._own_env() as env:
                    env[self._name].browse(source.id)._link_later_partners()
                    commit_apart(env)
            except SerializationFailure:
                _logger.info("%s: partners are linked the next time", source.code)

    def _link_later_partners(self):
        """Have partners share the file of their SIREN at this bureau, set-based.

        Those whose SIREN is another one by now no longer show the old one's file.
        """
        self.ensure_one()
        self._flush_links()
        parameters = {"source": self.id, "company": self.company_id.id}
        gone = self.env.execute_query(
            SQL(
                """
                DELETE FROM partner_credit_file_partner_rel rel
                      USING partner_credit_file file, res_partner partner
                      WHERE file.id = rel.file_id
                        AND file.source_id = %(source)s
                        AND partner.id = rel.partner_id
                        AND file.siren != partner.l10n_fr_siren
                  RETURNING rel.partner_id
                """,
                **parameters,
            )
        )
        pairs = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (partner.id) partner.id, file.id
                  FROM partner_credit_file file
                  JOIN res_partner partner ON partner.l10n_fr_siren = file.siren
                 WHERE file.source_id = %(source)s
                   AND partner.commercial_partner_id = partner.id
                   AND (partner.company_id IS NULL OR partner.company_id = %(company)s)
                   AND NOT EXISTS (
                       SELECT FROM partner_credit_file_partner_rel rel
                         JOIN partner_credit_file other ON other.id = rel.file_id
                        WHERE rel.partner_id = partner.id
                          AND other.source_id = file.source_id
                   )
              ORDER BY partner.id, file.updated_on DESC NULLS LAST, file.id
                """,
                **parameters,
            )
        )
        self._link_files(pairs)
        linked = {partner_id for partner_id, _file_id in pairs}
        self._choose_main_files([id_ for (id_,) in gone if id_ not in linked])
        files = {file_id for _partner_id, file_id in pairs}
        self.env["partner.credit.file"].browse(files)._propose_updates(
            self.env["res.partner"].browse(linked)
        )

    def _link_files(self, pairs):
        """Link commercial entities to their files at this bureau.

        :param pairs: list of (partner's id, file's id), one a partner
        """
        self.ensure_one()
        if not pairs:
            return
        self._flush_links()
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                WITH pair AS (
                    SELECT (pair->>0)::int AS partner_id, (pair->>1)::int AS file_id
                      FROM json_array_elements(%(pairs)s) pair
                ), gone AS (
                    DELETE FROM partner_credit_file_partner_rel rel
                          USING pair, partner_credit_file file
                          WHERE rel.partner_id = pair.partner_id
                            AND file.id = rel.file_id
                            AND file.source_id = %(source)s
                            AND file.id != pair.file_id
                )
                INSERT INTO partner_credit_file_partner_rel (partner_id, file_id)
                     SELECT partner_id, file_id FROM pair
                ON CONFLICT DO NOTHING
                """,
                pairs=json.dumps(pairs),
                source=self.id,
            )
        )
        if len(pairs) >= MANY:
            analyze(self.env, "partner_credit_file_partner_rel")
        self._choose_main_files([partner_id for partner_id, _file_id in pairs])

    def _choose_main_files(self, partner_ids):
        """Have each of these partners show the file of the bureau preferred.

        Only partners whose file changes are written; those left without are emptied.
        """
        self.ensure_one()
        if not partner_ids:
            return
        self._flush_links()
        self.env.cr.execute(
            SQL(
                """
                WITH best AS (
                    SELECT DISTINCT ON (partner.id)
                           partner.id AS partner_id, file.id AS file_id
                      FROM res_partner partner
                 LEFT JOIN (
                           partner_credit_file_partner_rel rel
                           JOIN partner_credit_file file
                             ON file.id = rel.file_id
                           JOIN partner_data_source source
                             ON source.id = file.source_id
                            AND source.company_id = %(company)s
                           ) ON rel.partner_id = partner.id
                     WHERE partner.id = ANY(%(partners)s)
                  ORDER BY partner.id, source.sequence, source.id
                )
                UPDATE res_partner partner
                   SET credit_file_id =
                       CASE WHEN best.file_id IS NULL
                            THEN NULLIF(partner.credit_file_id - %(key)s, '{}')
                            ELSE jsonb_set(
                                COALESCE(partner.credit_file_id, '{}'),
                                ARRAY[%(key)s], to_jsonb(best.file_id)
                            ) END
                  FROM best
                 WHERE partner.id = best.partner_id
                   AND (partner.credit_file_id->>%(key)s)::int
                       IS DISTINCT FROM best.file_id
                """,
                company=self.company_id.id,
                key=str(self.company_id.id),
                partners=list(partner_ids),
            )
        )
        self._invalidate_links()

    def _flush_links(self):
        self.env["res.partner"].flush_model(
            [
                "credit_file_id",
                "credit_file_ids",
                "commercial_partner_id",
                "company_id",
                "l10n_fr_siren",
            ]
        )
        self.env["partner.credit.file"].flush_model(
            ["source_id", "company_id", "partner_ids", "siren", "updated_on"]
        )
        self.env["partner.data.source"].flush_model(["sequence", "company_id"])

    def _invalidate_links(self):
        self.env["res.partner"].invalidate_model()
        self.env["partner.credit.file"].invalidate_model(["partner_ids"])
