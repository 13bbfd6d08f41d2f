import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * Match rate in percent. What it is made of shows on hover: the text of the field
 * `match_details` of the line, or of the one named by the option `details`.
 */
export class MatchRateField extends Component {
    static template = "partner_company_data.MatchRateField";
    static props = {
        ...standardFieldProps,
        details: { type: String, optional: true },
    };
    static defaultProps = { details: "match_details" };

    get rate() {
        return this.props.record.data[this.props.name] || 0;
    }

    get details() {
        return this.props.record.data[this.props.details] || "";
    }

    get color() {
        if (this.rate >= 88) {
            return "text-bg-success";
        }
        return this.rate >= 60 ? "text-bg-warning" : "text-bg-light";
    }
}

export const matchRateField = {
    component: MatchRateField,
    displayName: _t("Match rate"),
    supportedOptions: [{ label: _t("Details field"), name: "details", type: "field" }],
    supportedTypes: ["integer"],
    isEmpty: () => false,
    extractProps: ({ options }) => ({ details: options.details }),
};

registry.category("fields").add("match_rate", matchRateField);
