import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

import { onWillStart, useState } from "@odoo/owl";

const PROBLEMS = [
    "registry_siren_missing",
    "registry_siren_invalid",
    "registry_same_siret",
    "registry_vat_mismatch",
];

/** A list with a pill for each problem: its number, and the filter in one click. */
export class QualityListController extends ListController {
    static template = "partner_company_data.QualityListView";

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.quality = useState({ counts: {} });
        onWillStart(async () => {
            this.quality.counts = await this.orm.call(
                "res.partner",
                "registry_problem_counts",
                [this.env.searchModel.globalDomain]
            );
        });
    }

    get problems() {
        const items = this.env.searchModel.getSearchItems(({ name }) =>
            PROBLEMS.includes(name)
        );
        const active = items.filter((item) => item.isActive);
        return items.map((item) => ({
            id: item.id,
            label: item.description,
            count: this.quality.counts[item.name] || 0,
            isOnly: item.isActive && active.length === 1,
        }));
    }

    /** Show this problem only; once more: all of them. */
    choose(problem) {
        const { searchModel } = this.env;
        const ids = problem.isOnly ? this.problems.map(({ id }) => id) : [problem.id];
        searchModel.clearQuery();
        for (const id of ids) {
            searchModel.toggleSearchItem(id);
        }
    }
}

registry.category("views").add("registry_quality_list", {
    ...listView,
    Controller: QualityListController,
});
