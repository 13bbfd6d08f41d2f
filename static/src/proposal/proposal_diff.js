import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const normal = (word) =>
    word.normalize("NFD").replace(/[\u0300-\u036f,.;]/g, "").toUpperCase();

/**
 * A new value in runs of words, each with whether the old value lacks them. Case,
 * accents and punctuation make no difference.
 *
 * @param {string} oldText
 * @param {string} newText
 * @returns {{ text: string, changed: boolean }[]}
 */
export function changedRuns(oldText, newText) {
    const known = new Set((oldText || "").split(/\s+/).map(normal));
    const runs = [];
    for (const word of (newText || "").split(/\s+/).filter(Boolean)) {
        const changed = !known.has(normal(word));
        if (runs.at(-1)?.changed === changed) {
            runs.at(-1).text += ` ${word}`;
        } else {
            runs.push({ text: word, changed });
        }
    }
    return runs;
}

/** New value of an update's line: what differs from the current value stands out. */
export class ProposalDiffField extends Component {
    static template = "partner_company_data.ProposalDiffField";
    static props = { ...standardFieldProps };

    get runs() {
        const { old_display: oldText } = this.props.record.data;
        return changedRuns(oldText, this.props.record.data[this.props.name]);
    }

    get nothing() {
        return _t("(emptied)");
    }
}

registry.category("fields").add("partner_update_diff", {
    component: ProposalDiffField,
    displayName: _t("New value with what differs"),
    supportedTypes: ["char"],
    // A SIRET is read on one line.
    listViewWidth: [130],
    fieldDependencies: [{ name: "old_display", type: "char" }],
});
