import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { ratingLevel, riskWords } from "./credit_words";

const RISKS = { A: "very_low", B: "low", C: "moderate", D: "high" };

/** E alone may be either; without a letter nothing is known. */
function unclear(rating) {
    return rating ? _t("Failing or not rated: a report tells") : _t("Not known");
}

/** How many companies of a portfolio have which rating. */
export class CreditRiskSummary extends Component {
    static template = "partner_company_data.CreditRiskSummary";
    static props = { ...standardFieldProps };

    get bands() {
        const rows = this.props.record.data[this.props.name] || [];
        return rows.map(({ rating, risk, count }, index) => ({
            key: index,
            letter: rating || "–",
            level: ratingLevel(rating, risk) || "none",
            words: riskWords(risk || RISKS[rating]) || unclear(rating),
            count,
        }));
    }
}

registry.category("fields").add("credit_risk_summary", {
    component: CreditRiskSummary,
    displayName: _t("Risk summary"),
    supportedTypes: ["json"],
});
