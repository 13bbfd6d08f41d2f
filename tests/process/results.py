"""What a check has left in a database, in a form that can be compared."""

LINKS = """
    SELECT partner.l10n_fr_siret, partner.l10n_fr_siren, link.state, link.identifier,
           link.alert, link.seek_seat, link.attempts, link.last_error, file.siret
      FROM res_partner partner
      JOIN partner_data_link link ON link.partner_id = partner.id
 LEFT JOIN partner_registry_file file ON file.id = link.file_id
  ORDER BY 1, 2
"""
PROPOSALS = """
    SELECT partner.l10n_fr_siret, proposal.state, line.key, line.old_values,
           line.new_values, line.reason, line.state
      FROM partner_update_proposal proposal
      JOIN res_partner partner ON partner.id = proposal.partner_id
 LEFT JOIN partner_update_proposal_line line ON line.proposal_id = proposal.id
  ORDER BY 1, 2, 3
"""
DOUBLED = """
    SELECT partner_id FROM partner_update_proposal
     WHERE state = 'new' GROUP BY partner_id HAVING COUNT(*) > 1
"""
RUN_COUNTS = """
    SELECT SUM(COALESCE(checked_count, 0) + COALESCE(not_found_count, 0)
               + COALESCE(failed_count, 0))
      FROM partner_data_run
"""


def of_check(laboratory, database):
    """Links and proposals, without ids and moments."""
    return {
        "links": laboratory.query(database, LINKS),
        "proposals": laboratory.query(database, PROPOSALS),
    }
