import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const normal = (word) =>
    word.normalize("NFD").replace(/[\u0300-\u036f,.;]/g, "").toUpperCase();

/**
 * The words of a new value, each with whether the old value lacks it. Case, accents
 * and punctuation make no difference.
 *
 * @param {string} oldText
 * @param {string} newText
 * @returns {{ text: string, changed: boolean }[]}
 */
export function changedWords(oldText, newText) {
    const known = new Set((oldText || "").split(/\s+/).map(normal));
    return (newText || "")
        .split(/\s+/)
        .filter(Boolean)
        .map((text) => ({ text, changed: !known.has(normal(text)) }));
}

/** New value of an update's line: what differs from the current value stands out. */
export class ProposalDiffField extends Component {
    static template = "partner_company_data.ProposalDiffField";
    static props = { ...standardFieldProps };

    get words() {
        const { old_display: oldText } = this.props.record.data;
        return changedWords(oldText, this.props.record.data[this.props.name]);
    }

    get nothing() {
        return _t("(emptied)");
    }
}

registry.category("fields").add("partner_update_diff", {
    component: ProposalDiffField,
    displayName: _t("New value with what differs"),
    supportedTypes: ["char"],
    fieldDependencies: [{ name: "old_display", type: "char" }],
});
