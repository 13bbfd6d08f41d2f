import { expect, test } from "@odoo/hoot";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

class Company extends models.Model {
    _name = "numbered.company";

    name = fields.Char();
    state = fields.Char();
    twin = fields.Boolean();

    _records = [
        { id: 1, name: "Without number", state: "missing" },
        { id: 2, name: "Twin", state: "siret", twin: true },
        { id: 3, name: "Ready", state: "siret" },
    ];
}

const SEARCH = `
    <search>
        <filter name="registry_siren_missing" string="SIREN missing" domain="[('state', '=', 'missing')]"/>
        <filter name="registry_same_siret" string="Same SIRET" domain="[('twin', '=', True)]"/>
    </search>`;

defineMailModels();
defineModels([Company]);

test("a pill leaves one problem, once more shows all", async () => {
    onRpc("res.partner", "registry_problem_counts", () => ({
        registry_siren_missing: 1,
        registry_same_siret: 0,
    }));
    await mountView({
        type: "list",
        resModel: "numbered.company",
        arch: `<list js_class="registry_quality_list"><field name="name"/></list>`,
        searchViewArch: SEARCH,
        context: {
            search_default_registry_siren_missing: 1,
            search_default_registry_same_siret: 1,
        },
    });
    expect(".o_data_row").toHaveCount(2);
    expect(".o_quality_problems button").toHaveCount(2);
    expect(".o_quality_problems .badge:eq(0)").toHaveText("1");
    expect(".o_quality_problems .badge:eq(0)").toHaveClass("text-bg-danger");
    expect(".o_quality_problems .badge:eq(1)").toHaveClass("text-bg-success");
    await contains(".o_quality_problems button:contains(SIREN missing)").click();
    expect(".o_data_row").toHaveText("Without number");
    expect(".o_quality_problems button:eq(0)").toHaveClass("btn-primary");
    await contains(".o_quality_problems button:contains(SIREN missing)").click();
    expect(".o_data_row").toHaveCount(2);
});
