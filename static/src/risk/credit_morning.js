import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** What waits in the morning: sections of a few rows, each a click from its list. */
export class CreditMorning extends Component {
    static template = "partner_company_data.CreditMorning";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.display = { controlPanel: {} };
        this.state = useState({ date: "", sections: [] });
        this.env.config.setDisplayName(_t("To handle this morning"));
        onWillStart(() => this.load());
    }

    async load() {
        Object.assign(
            this.state,
            await this.orm.call("partner.credit.morning", "read_page", [])
        );
    }

    /** What waits first, then what is done. */
    get sections() {
        return [
            ...this.state.sections.filter((section) => section.count),
            ...this.state.sections.filter((section) => !section.count),
        ];
    }

    get total() {
        return this.state.sections.reduce((total, section) => total + section.count, 0);
    }

    level(section) {
        if (!section.count) {
            return "success";
        }
        return section.is_urgent ? "danger" : "warning";
    }

    openList(section) {
        this.action.doAction({
            type: "ir.actions.act_window",
            name: section.title,
            res_model: section.model,
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: section.domain,
        });
    }

    openRow(section, row) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: section.model,
            res_id: row.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("partner_company_data.credit_morning", CreditMorning);
