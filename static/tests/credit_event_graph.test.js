import { expect, test } from "@odoo/hoot";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    defineModels,
    fields,
    findComponent,
    models,
    mountView,
} from "@web/../tests/web_test_helpers";

import { CreditEventGraphRenderer } from "@partner_company_data/credit/credit_event_graph";

class BureauEvent extends models.Model {
    _name = "bureau.event";

    kind = fields.Char();
    severity = fields.Selection({
        selection: [
            ["critical", "Critical"],
            ["warning", "Warning"],
            ["info", "Information"],
            ["good", "Good news"],
        ],
    });

    _records = [
        { id: 1, kind: "Rating", severity: "good" },
        { id: 2, kind: "Rating", severity: "critical" },
        { id: 3, kind: "Limit", severity: "critical" },
    ];
}

defineMailModels();
defineModels([BureauEvent]);

test("each severity has its own colour", async () => {
    const view = await mountView({
        type: "graph",
        resModel: "bureau.event",
        arch: `
            <graph js_class="credit_event_graph">
                <field name="kind"/>
                <field name="severity"/>
            </graph>`,
    });
    const renderer = findComponent(
        view,
        (component) => component instanceof CreditEventGraphRenderer
    );
    const style = getComputedStyle(document.documentElement);
    const colors = Object.fromEntries(
        renderer.chart.data.datasets.map(({ label, backgroundColor }) => [
            label,
            backgroundColor,
        ])
    );
    expect(colors["Critical"]).toBe(style.getPropertyValue("--danger").trim());
    expect(colors["Good news"]).toBe(style.getPropertyValue("--success").trim());
    expect(colors["Critical"]).not.toBe("");
});
