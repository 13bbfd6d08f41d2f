import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** The facts of a bureau in words: sections of rows, made by the server. */
export class CreditFacts extends Component {
    static template = "partner_company_data.CreditFacts";
    static props = { ...standardFieldProps };

    get sections() {
        return this.props.record.data[this.props.name] || [];
    }

    isWide(section) {
        return section.columns.length > 2;
    }
}

/** The facts of a report beside those of the previous one, changes marked. */
export class CreditFactsCompared extends CreditFacts {
    static template = "partner_company_data.CreditFactsCompared";

    get sections() {
        return super.sections.filter((section) => section.rows.length);
    }

    get changes() {
        return this.sections.flatMap((section) => section.rows).filter((row) => row.is_changed)
            .length;
    }

    get hasPrevious() {
        return Boolean(this.props.record.data.previous_id);
    }
}

const TYPES = { supportedTypes: ["json"], isEmpty: () => false };

export const creditFacts = {
    ...TYPES,
    component: CreditFacts,
    displayName: _t("Facts of a bureau"),
};

export const creditFactsCompared = {
    ...TYPES,
    component: CreditFactsCompared,
    displayName: _t("Facts compared"),
    fieldDependencies: [
        { name: "previous_id", type: "many2one", relation: "partner.credit.report" },
    ],
};

registry.category("fields").add("credit_facts", creditFacts);
registry.category("fields").add("credit_facts_compared", creditFactsCompared);
