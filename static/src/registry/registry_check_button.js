import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component } from "@odoo/owl";

/**
 * The check against the register: the button's words are the result of the last one.
 * A click asks the register now, and opens the proposal when there is one; those who
 * may not ask are shown what waits.
 */
export class RegistryCheckButton extends Component {
    static template = "partner_company_data.RegistryCheckButton";
    static props = { ...standardWidgetProps };

    get display() {
        const { data, isNew } = this.props.record;
        return (!isNew && data.registry_check_display) || null;
    }

    get tooltip() {
        return this.display.can_check ? _t("Ask the register now") : "";
    }

    get method() {
        return this.display.can_check
            ? "update_check_from_ods"
            : "action_registry_proposals";
    }

    call(method) {
        const { record } = this.props;
        return this.env.onClickViewButton({
            clickParams: { type: "object", name: method },
            getResParams: () => ({
                context: record.context,
                evalContext: record.evalContext,
                resModel: record.resModel,
                resId: record.resId,
                resIds: record.resIds,
            }),
        });
    }
}

registry.category("view_widgets").add("registry_check_button", {
    component: RegistryCheckButton,
    fieldDependencies: [{ name: "registry_check_display", type: "json" }],
});
