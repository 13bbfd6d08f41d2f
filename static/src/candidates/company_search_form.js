import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { useEffect } from "@odoo/owl";

// Where Enter has a meaning of its own.
const OWN_ENTER = ".o_field_x2many, .o-autocomplete, textarea";

/** A form of search criteria: Enter in one of them searches. */
export class CompanySearchFormController extends FormController {
    setup() {
        super.setup();
        useEffect(
            (root) => {
                const onKeydown = (event) => this.onKeydown(event);
                root?.addEventListener("keydown", onKeydown);
                return () => root?.removeEventListener("keydown", onKeydown);
            },
            () => [this.rootRef.el]
        );
    }

    onKeydown(event) {
        const { key, isComposing, target } = event;
        if (key !== "Enter" || isComposing || !target.matches("input[type=text]")) {
            return;
        }
        const button = this.rootRef.el.querySelector("button[name=action_search]");
        if (button && !target.closest(OWN_ENTER)) {
            event.preventDefault();
            button.click();
        }
    }
}

registry.category("views").add("company_search_form", {
    ...formView,
    Controller: CompanySearchFormController,
});
