from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Override of `base`: the partner that stays keeps its own links and look-up.

        A partner has one of each, so those of the merged partners go, and what was
        proposed about their values is over. What was decided follows, and the next
        check asks about the partner that stays.
        """
        # sudo: whoever may merge partners may have what hangs on them tidied up.
        merged = src_partners.sudo()
        merged.data_link_ids.unlink()
        merged.siren_lookup_ids.unlink()
        self.env["partner.update.proposal"].sudo().search(
            [("partner_id", "in", merged.ids)]
        )._make_obsolete()
        dst_partner.sudo().data_link_ids._ask_first()
        self._keep_one_portfolio_line(merged | dst_partner.sudo(), dst_partner)
        sources = self._keep_one_credit_file(merged, dst_partner.sudo())
        result = super()._update_foreign_keys(src_partners, dst_partner)
        for source in sources:
            source._choose_main_files(dst_partner.ids)
        return result

    @api.model
    def _keep_one_credit_file(self, merged, dst_partner):
        """Leave one file a bureau, that of the partner that stays first.

        :return: sources of the files, one a company
        """
        kept = {file.source_id: file for file in dst_partner.credit_file_ids}
        for partner in merged:
            for file in partner.credit_file_ids:
                if kept.setdefault(file.source_id, file) != file:
                    partner.credit_file_ids -= file
        return {source.company_id: source for source in kept}.values()

    @api.model
    def _keep_one_portfolio_line(self, partners, dst_partner):
        """Leave one line a portfolio of those that wait to be found at the bureau.

        Where the bureau has the company already, nothing waits any more.
        """
        lines = partners.env["partner.credit.portfolio.line"].search(
            [("partner_id", "in", partners.ids)]
        )
        for same in lines.grouped("portfolio_id").values():
            waiting = same.filtered(lambda line: not line.bureau_id)
            if waiting == same:
                own = waiting.filtered(lambda line: line.partner_id == dst_partner)
                waiting -= (own or waiting)[:1]
            waiting.unlink()
