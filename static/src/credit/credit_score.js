import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { prefixOf } from "./credit_words";

/** A score as a mark on its scale; nothing is drawn where there is none. */
export class CreditScore extends Component {
    static template = "partner_company_data.CreditScore";
    static props = { ...standardFieldProps };

    value(suffix) {
        return this.props.record.data[prefixOf(this.props.name, "score") + suffix];
    }

    get isKnown() {
        return this.value("has_score");
    }

    get highest() {
        return this.value("score_max") || 100;
    }

    get percent() {
        return Math.min(100, Math.max(0, (100 * this.value("score")) / this.highest));
    }

    get words() {
        return `${this.format(this.value("score"))} / ${this.format(this.highest)}`;
    }

    format(value) {
        return formatFloat(value, { digits: [16, Number.isInteger(value) ? 0 : 1] });
    }
}

export const creditScore = {
    component: CreditScore,
    displayName: _t("Score on its scale"),
    supportedTypes: ["float"],
    isEmpty: () => false,
    fieldDependencies: ({ name }) => {
        const prefix = prefixOf(name, "score");
        return [
            { name: `${prefix}has_score`, type: "boolean" },
            { name: `${prefix}score_max`, type: "float" },
        ];
    },
};

registry.category("fields").add("credit_score", creditScore);
