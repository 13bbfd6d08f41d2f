import { MonetaryField, monetaryField } from "@web/views/fields/monetary/monetary_field";
import { registry } from "@web/core/registry";

/** A limit that nobody has given yet is shown as nothing, never as zero. */
export class GrantedLimit extends MonetaryField {
    get formattedValue() {
        const { has_limit: isGiven } = this.props.record.data;
        return isGiven || this.value ? super.formattedValue : "";
    }

    onInput(ev) {
        super.onInput(ev);
        const isGiven = Boolean(ev.target.value.trim());
        if (isGiven !== this.props.record.data.has_limit) {
            this.props.record.update({ has_limit: isGiven });
        }
    }
}

registry.category("fields").add("granted_limit", {
    ...monetaryField,
    component: GrantedLimit,
    fieldDependencies: [{ name: "has_limit", type: "boolean" }],
});
