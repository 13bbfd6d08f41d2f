import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A trend as an arrow with its word: up green, flat orange, down red. */
export class CreditTrend extends Component {
    static template = "partner_company_data.CreditTrend";
    static props = { ...standardFieldProps };

    get trend() {
        return {
            up: { icon: "fa-arrow-up", level: "A", words: _t("Up") },
            flat: { icon: "fa-arrow-right", level: "C", words: _t("Flat") },
            down: { icon: "fa-arrow-down", level: "D", words: _t("Down") },
        }[this.props.record.data[this.props.name]];
    }
}

export const creditTrend = {
    component: CreditTrend,
    displayName: _t("Trend arrow"),
    supportedTypes: ["selection"],
    isEmpty: () => false,
};

registry.category("fields").add("credit_trend", creditTrend);
