import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * Tick box of a line of results. It can be ticked at once, without opening the line
 * first; with the option `single`, ticking one line unticks the others.
 */
export class CandidateTickField extends Component {
    static template = "partner_company_data.CandidateTickField";
    static props = {
        ...standardFieldProps,
        single: { type: Boolean, optional: true },
    };

    get ticked() {
        return Boolean(this.props.record.data[this.props.name]);
    }

    get title() {
        return this.props.single ? _t("Choose this company") : _t("Tick this company");
    }

    /** Lines of the same list, this one left out. */
    get siblings() {
        const { record } = this.props;
        const lists = Object.values(record.model.root.data);
        const list = lists.find((value) => value?.records?.includes(record));
        return (list?.records ?? []).filter((line) => line !== record);
    }

    async onChange(ev) {
        const { name, record, single } = this.props;
        if (single && ev.target.checked) {
            for (const line of this.siblings) {
                if (line.data[name]) {
                    await line.update({ [name]: false });
                }
            }
        }
        await record.update({ [name]: ev.target.checked });
    }
}

export const candidateTickField = {
    component: CandidateTickField,
    displayName: _t("Tick box of a result"),
    supportedTypes: ["boolean"],
    isEmpty: () => false,
    // A line that is not being edited can be ticked as well.
    extractProps: ({ options }, { readonly }) => ({
        single: Boolean(options.single),
        readonly: Boolean(readonly),
    }),
};

registry.category("fields").add("candidate_tick", candidateTickField);
