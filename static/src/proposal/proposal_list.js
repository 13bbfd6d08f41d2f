import { useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { ProposalPanel } from "./proposal_panel";

const STORAGE_KEY = "partner_company_data.proposal_panel";

/** List of partner updates: one can be opened beside the list instead of over it. */
export class ProposalListController extends ListController {
    static template = "partner_company_data.ProposalListView";
    static components = { ...ListController.components, ProposalPanel };

    setup() {
        super.setup();
        this.panel = useState({
            enabled: browser.localStorage.getItem(STORAGE_KEY) === "1",
            resId: false,
            resIds: [],
        });
    }

    get canShowPanel() {
        return !this.env.isSmall && !this.env.inDialog;
    }

    togglePanel() {
        this.panel.enabled = !this.panel.enabled;
        browser.localStorage.setItem(STORAGE_KEY, this.panel.enabled ? "1" : "0");
        if (!this.panel.enabled) {
            this.closePanel();
        }
    }

    closePanel() {
        this.panel.resId = false;
    }

    async openRecord(record, options = {}) {
        if (!this.panel.enabled || !this.canShowPanel || options.newWindow) {
            return super.openRecord(record, options);
        }
        this.panel.resIds = this.model.root.records.map((datapoint) => datapoint.resId);
        this.panel.resId = record.resId;
    }

    async beforeExecuteActionButton(clickParams) {
        const proceed = await super.beforeExecuteActionButton(clickParams);
        // What has moved since the list was loaded is shown again, not written.
        clickParams.buttonContext = {
            ...clickParams.buttonContext,
            shown_revisions: Object.fromEntries(
                this.model.root.records.map(({ resId, data }) => [resId, data.revision])
            ),
        };
        return proceed;
    }

    async onDecided(nextId) {
        this.panel.resId = nextId;
        await this.model.load();
    }
}

registry.category("views").add("partner_update_proposal_list", {
    ...listView,
    Controller: ProposalListController,
});
