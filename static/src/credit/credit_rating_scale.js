import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

import { CreditRatingField, ratingDependencies } from "./credit_rating_field";
import { LETTERS, riskWords } from "./credit_words";

/** The scale A–E with the current letter standing out, and what it means. */
export class CreditRatingScale extends CreditRatingField {
    static template = "partner_company_data.CreditRatingScale";

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
    fieldDependencies: ratingDependencies(
        ["risk", "selection"],
        ["rating_description", "char"]
    ),
};

registry.category("fields").add("credit_rating_scale", creditRatingScale);
