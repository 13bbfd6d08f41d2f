import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { LETTERS, prefixOf, ratingLevel, riskWords } from "./credit_words";

/** The scale A–E with the current letter standing out, and what it means. */
export class CreditRatingScale extends Component {
    static template = "partner_company_data.CreditRatingScale";
    static props = { ...standardFieldProps };

    value(suffix) {
        return this.props.record.data[prefixOf(this.props.name, "rating") + suffix];
    }

    get level() {
        return ratingLevel(this.value("rating"), this.value("risk"));
    }

    get current() {
        return this.level && (this.value("rating") || "E");
    }

    get letters() {
        return LETTERS.map((letter) => ({
            letter,
            isCurrent: letter === this.current,
            level: letter === "E" && this.level !== "E" ? "none" : letter,
        }));
    }

    get words() {
        if (!this.level) {
            return _t("Not disclosed");
        }
        return riskWords(this.value("risk")) || this.value("rating_description") || "";
    }
}

export const creditRatingScale = {
    component: CreditRatingScale,
    displayName: _t("Rating on its scale"),
    supportedTypes: ["selection"],
    isEmpty: () => false,
    fieldDependencies: ({ name }) => {
        const prefix = prefixOf(name, "rating");
        return [
            { name: `${prefix}risk`, type: "selection" },
            { name: `${prefix}rating_description`, type: "char" },
        ];
    },
};

registry.category("fields").add("credit_rating_scale", creditRatingScale);
