import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

import { CreditRatingField, ratingDependencies } from "./credit_rating_field";
import { ageWords, riskWords } from "./credit_words";

/**
 * A rating with the age of the data, "B · 3 months". Reads the fields `risk`,
 * `updated_on` and `is_old` that bear the same prefix as the rating.
 */
export class CreditRatingBadge extends CreditRatingField {
    static template = "partner_company_data.CreditRatingBadge";

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
    fieldDependencies: ratingDependencies(
        ["risk", "selection"],
        ["updated_on", "datetime"],
        ["is_old", "boolean"]
    ),
};

registry.category("fields").add("credit_rating_badge", creditRatingBadge);
