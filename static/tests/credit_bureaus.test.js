import { expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

class BureauFile extends models.Model {
    _name = "bureau.file";

    bureau_name = fields.Char();
    score = fields.Float();

    _records = [
        { id: 1, bureau_name: "Creditsafe", score: 64 },
        { id: 2, bureau_name: "Altares", score: 22 },
        { id: 3, bureau_name: "Creditsafe", score: 81 },
        { id: 4, bureau_name: "Altares", score: 47 },
    ];
}

class Followed extends models.Model {
    _name = "followed.company";

    file_ids = fields.Many2many({ relation: "bureau.file" });
    bureaus = fields.Json();

    _records = [
        {
            id: 1,
            file_ids: [1, 2],
            bureaus: [
                {
                    code: "altares",
                    name: "Altares",
                    error: false,
                    is_known: true,
                    updated_on: "21/11/2026",
                    rating: false,
                    risk: false,
                    score: "22 / 100",
                    portfolios: ["Clients"],
                    buttons: [
                        {
                            method: "action_open_credit_page",
                            label: "Open the Intuiz+ page",
                            icon: "fa-external-link",
                            help: "",
                        },
                    ],
                },
            ],
        },
        { id: 2, file_ids: [3, 4] },
        { id: 3, file_ids: [1] },
    ];
}

defineMailModels();
defineModels([BureauFile, Followed]);

function mountFiles(resId) {
    return mountView({
        type: "form",
        resModel: "followed.company",
        resId,
        resIds: [1, 2, 3],
        arch: `
            <form>
                <field name="file_ids" widget="credit_files" mode="form">
                    <form><field name="score" /></form>
                </field>
            </form>`,
    });
}

test("the switch shows one bureau at a time and stays on it", async () => {
    await mountFiles(1);
    expect(queryAllTexts(".nav-link")).toEqual(["Creditsafe", "Altares"]);
    expect(".o_field_widget[name=score]").toHaveText("64.00");
    await click(".nav-link:contains(Altares)");
    await animationFrame();
    expect(".o_field_widget[name=score]").toHaveText("22.00");
    expect(".nav-link[aria-selected=true]").toHaveText("Altares");
    await contains(".o_pager_next").click();
    expect(".o_field_widget[name=score]").toHaveText("47.00");
});

test("a single bureau needs no switch", async () => {
    await mountFiles(3);
    expect(".nav-link").toHaveCount(0);
    expect(".o_field_widget[name=score]").toHaveText("64.00");
});

test("a bureau's button says which bureau it means", async () => {
    onRpc("followed.company", "action_open_credit_page", ({ kwargs }) => {
        expect.step(kwargs.context.credit_source);
        return false;
    });
    await mountView({
        type: "form",
        resModel: "followed.company",
        resId: 1,
        arch: `<form><field name="bureaus" widget="credit_bureaus" /></form>`,
    });
    expect(".o_credit_bureau_altares").toHaveCount(1);
    expect(".o_credit_bureau_altares .o_credit_badge").toHaveCount(0);
    expect(".o_credit_bureau_altares .badge").toHaveText("Clients");
    await contains("button[name=action_open_credit_page]").click();
    expect.verifySteps(["altares"]);
});

test("without a bureau in use it says so", async () => {
    await mountView({
        type: "form",
        resModel: "followed.company",
        resId: 2,
        arch: `<form><field name="bureaus" widget="credit_bureaus" /></form>`,
    });
    expect(".o_credit_bureaus").toHaveText("No credit bureau is in use in this company.");
});
