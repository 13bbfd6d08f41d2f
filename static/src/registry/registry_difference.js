import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component } from "@odoo/owl";

/**
 * Beside a fact of the partner: what the register says otherwise, if it does. The label
 * is for facts whose field is not beside it.
 */
export class RegistryDifference extends Component {
    static template = "partner_company_data.RegistryDifference";
    static props = {
        ...standardWidgetProps,
        fact: { type: String },
        label: { type: String, optional: true },
    };

    setup() {
        this.action = useService("action");
    }

    get display() {
        return this.props.record.data.registry_check_display || {};
    }

    get isDifferent() {
        return this.props.fact in (this.display.differences || {});
    }

    openProposal() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "partner.update.proposal",
            res_id: this.display.proposal_id,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("registry_difference", {
    component: RegistryDifference,
    extractProps: ({ attrs }) => ({ fact: attrs.fact, label: attrs.label }),
    fieldDependencies: [{ name: "registry_check_display", type: "json" }],
});
