import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { ViewButton } from "@web/views/view_button/view_button";

import { ratingLevel, riskWords } from "./credit_words";

/** One block a bureau: what it knows of the company, and its buttons. */
export class CreditBureaus extends Component {
    static template = "partner_company_data.CreditBureaus";
    static components = { ViewButton };
    static props = { ...standardFieldProps };

    get bureaus() {
        return this.props.record.data[this.props.name] || [];
    }

    title(bureau) {
        return _t("%s: sync", bureau.name);
    }

    unknown(bureau) {
        return _t("Nothing is known of this company from %s yet.", bureau.name);
    }

    level(bureau) {
        return ratingLevel(bureau.rating, bureau.risk);
    }

    letter(bureau) {
        return bureau.rating || "E";
    }

    words(bureau) {
        return riskWords(bureau.risk);
    }

    clickParams(bureau, button) {
        return {
            type: "object",
            name: button.method,
            context: { credit_source: bureau.code },
            help: button.help,
        };
    }
}

export const creditBureaus = {
    component: CreditBureaus,
    displayName: _t("Credit bureaus"),
    supportedTypes: ["json"],
    isEmpty: () => false,
};

registry.category("fields").add("credit_bureaus", creditBureaus);
