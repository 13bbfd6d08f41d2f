import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * A share as people say it: without decimals, and written as their language does.
 *
 * @param {number} share 1 for the whole
 * @returns {string}
 */
export function formatWholePercentage(share) {
    const format = new Intl.NumberFormat(user.lang, {
        style: "percent",
        maximumFractionDigits: 0,
    });
    return format.format(share || 0);
}

/** A share to read: Odoo's own field of percentages has no thousands separator. */
export class WholePercentageField extends Component {
    static template = "partner_company_data.WholePercentageField";
    static props = { ...standardFieldProps };

    get formatted() {
        return formatWholePercentage(this.props.record.data[this.props.name]);
    }
}

export const wholePercentageField = {
    component: WholePercentageField,
    displayName: _t("Percentage without decimals"),
    supportedTypes: ["float"],
    isEmpty: () => false,
};

registry.category("fields").add("whole_percentage", wholePercentageField);
