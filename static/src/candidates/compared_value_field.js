import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { getFormattedValue } from "@web/views/utils";

const STATES = {
    same: { icon: "fa fa-check", label: _t("As on the partner") },
    different: { sign: "≠", label: _t("Different on the partner") },
    missing: { sign: "≠", label: _t("Missing on the partner") },
};

/**
 * Value of the register coloured by how it compares with the partner's: green where
 * equal, red where different or missing, with a sign that tells it without colour.
 *
 * The option `comparison` names the Json field `{column: "same" | "different" |
 * "missing"}` of the line, "comparison" by default. A column that it leaves out is
 * shown plainly.
 */
export class ComparedValueField extends Component {
    static template = "partner_company_data.ComparedValueField";
    static props = {
        ...standardFieldProps,
        comparison: { type: String, optional: true },
    };
    static defaultProps = { comparison: "comparison" };

    get state() {
        const comparison = this.props.record.data[this.props.comparison] || {};
        return Object.hasOwn(comparison, this.props.name)
            ? comparison[this.props.name]
            : "";
    }

    get sign() {
        return STATES[this.state];
    }

    get value() {
        return getFormattedValue(this.props.record, this.props.name, {
            attrs: {},
            options: { numeric: true },
        });
    }
}

export const comparedValueField = {
    component: ComparedValueField,
    displayName: _t("Value compared with the partner's"),
    supportedOptions: [
        { label: _t("Comparison field"), name: "comparison", type: "field" },
    ],
    supportedTypes: ["char", "text", "date", "datetime", "integer", "float", "selection"],
    isEmpty: () => false,
    extractProps: ({ options }) => ({ comparison: options.comparison }),
};

registry.category("fields").add("compared_value", comparedValueField);
