import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { FormRenderer } from "@web/views/form/form_renderer";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * One bureau's file at a time, drawn by the field's own form view. With several bureaus
 * their names are a switch; the choice stays when another partner is shown.
 */
export class CreditFiles extends Component {
    static template = "partner_company_data.CreditFiles";
    static components = { FormRenderer };
    static props = {
        ...standardFieldProps,
        archInfo: { type: Object },
    };

    setup() {
        this.state = useState({ bureau: false });
    }

    get files() {
        return this.props.record.data[this.props.name].records;
    }

    get shown() {
        return (
            this.files.find((file) => file.data.bureau_name === this.state.bureau) ||
            this.files[0]
        );
    }

    show(file) {
        this.state.bureau = file.data.bureau_name;
    }
}

export const creditFiles = {
    component: CreditFiles,
    displayName: _t("Credit files of several bureaus"),
    supportedTypes: ["many2many", "one2many"],
    useSubView: true,
    relatedFields: [{ name: "bureau_name", type: "char" }],
    extractProps: ({ views }) => ({ archInfo: views.form }),
};

registry.category("fields").add("credit_files", creditFiles);
