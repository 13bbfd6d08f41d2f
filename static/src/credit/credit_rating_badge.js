import { Component } from "@odoo/owl";
import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { ageWords, prefixOf, ratingLevel, riskWords } from "./credit_words";

/**
 * A rating with the age of the data, "B · 3 months". Reads the fields `risk`,
 * `updated_on` and `is_old` that bear the same prefix as the rating.
 */
export class CreditRatingBadge extends Component {
    static template = "partner_company_data.CreditRatingBadge";
    static props = { ...standardFieldProps };

    value(suffix) {
        return this.props.record.data[prefixOf(this.props.name, "rating") + suffix];
    }

    get level() {
        return ratingLevel(this.value("rating"), this.value("risk"));
    }

    get letter() {
        return this.value("rating") || "E";
    }

    get age() {
        return ageWords(this.value("updated_on"));
    }

    get isOld() {
        return this.value("is_old");
    }

    get title() {
        const moment = this.value("updated_on");
        return [
            riskWords(this.value("risk")),
            moment && _t("Last update: %s", formatDateTime(moment, { showTime: false })),
            this.isOld && _t("Old data"),
        ]
            .filter(Boolean)
            .join(" · ");
    }
}

export const creditRatingBadge = {
    component: CreditRatingBadge,
    displayName: _t("Rating with its age"),
    supportedTypes: ["selection"],
    isEmpty: () => false,
    fieldDependencies: ({ name }) => {
        const prefix = prefixOf(name, "rating");
        return [
            { name: `${prefix}risk`, type: "selection" },
            { name: `${prefix}updated_on`, type: "datetime" },
            { name: `${prefix}is_old`, type: "boolean" },
        ];
    },
};

registry.category("fields").add("credit_rating_badge", creditRatingBadge);
