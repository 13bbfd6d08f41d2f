import { expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    MockServer,
    mockService,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

const UP_TO_DATE = {
    state: "up_to_date",
    label: "Update from SIRET: up to date (register of 09/02/2026)",
    level: "success",
    icon: "fa-check-circle",
    stale: false,
    can_check: true,
    proposal_id: false,
    differences: {},
};
const UPDATES = {
    ...UP_TO_DATE,
    state: "updates",
    label: "Update from SIRET: updates available",
    level: "warning",
    stale: "The register's copy is 285 days old.",
    proposal_id: 7,
    differences: { street: "2 RUE <b>NEUVE</b>", category: "Mid-sized company (2023)" },
};

class Company extends models.Model {
    _name = "checked.company";

    name = fields.Char();
    registry_check_display = fields.Json();

    _records = [
        { id: 1, name: "CEGID", registry_check_display: UP_TO_DATE },
        { id: 2, name: "LDLC", registry_check_display: UPDATES },
        { id: 3, name: "Jean", registry_check_display: false },
        {
            id: 4,
            name: "Reader's",
            registry_check_display: { ...UPDATES, can_check: false },
        },
        {
            id: 5,
            name: "Unknown",
            registry_check_display: { ...UP_TO_DATE, state: "not_found" },
        },
        {
            id: 6,
            name: "Reader's, up to date",
            registry_check_display: { ...UP_TO_DATE, can_check: false },
        },
    ];
}

defineMailModels();
defineModels([Company]);

function mountCompany(resId) {
    return mountView({
        type: "form",
        resModel: "checked.company",
        resId,
        arch: `
            <form>
                <field name="name"/>
                <widget name="registry_check_button"/>
                <div class="o_street">
                    <widget name="registry_difference" fact="street" label="Street"/>
                </div>
                <div class="o_naf">
                    <widget name="registry_difference" fact="naf"/>
                </div>
                <div class="o_category">
                    <widget name="registry_difference" fact="category"/>
                </div>
            </form>`,
    });
}

test("the button says the state of the check with an icon", async () => {
    await mountCompany(1);
    expect(".o_registry_check button").toHaveCount(1);
    expect(".o_registry_check button").toHaveText(UP_TO_DATE.label);
    expect(".o_registry_check button").toHaveClass("text-success-emphasis");
    expect(".o_registry_check i").toHaveClass("fa-check-circle");
});

test("a click saves the partner, checks it and shows the new state", async () => {
    onRpc("checked.company", "web_save", () => expect.step("save"));
    onRpc("checked.company", "update_check_from_ods", ({ args }) => {
        expect.step(`check ${args[0]}`);
        MockServer.env["checked.company"].write(args[0], {
            registry_check_display: UPDATES,
        });
        return false;
    });
    await mountCompany(1);
    await contains("[name=name] input").edit("CEGID SA");
    await contains(".o_registry_check button").click();
    await animationFrame();
    expect.verifySteps(["save", "check 1"]);
    expect(".o_registry_check button:first").toHaveText(UPDATES.label);
});

test("an old register offers the daily source", async () => {
    onRpc("checked.company", "update_check_from_daily_source", () => {
        expect.step("daily source");
        return false;
    });
    await mountCompany(2);
    expect(".o_registry_check").toHaveText(/285 days old/);
    await contains(".o_registry_check button:contains(Check in the daily source)").click();
    expect.verifySteps(["daily source"]);
});

test("a number that the copy does not know is for the daily source", async () => {
    await mountCompany(5);
    expect(".o_registry_check button:contains(daily source)").toHaveCount(1);
});

test("who may not check sees the state, and what waits", async () => {
    onRpc("checked.company", "action_registry_proposals", ({ args }) => {
        expect.step(`updates of ${args[0]}`);
        return false;
    });
    await mountCompany(4);
    expect(".o_registry_check button").toHaveCount(1);
    await contains(".o_registry_check button").click();
    expect.verifySteps(["updates of 4"]);
});

test("who may not check has nothing to click where nothing waits", async () => {
    await mountCompany(6);
    expect(".o_registry_check button").not.toBeEnabled();
});

test("nothing is shown where there is nothing to check", async () => {
    await mountCompany(3);
    expect(".o_registry_check").toHaveCount(0);
    expect(".o_registry_difference").toHaveCount(0);
});

test("what differs from the register is marked and opens the proposal", async () => {
    mockService("action", {
        doAction(action) {
            expect.step(`${action.res_model} ${action.res_id}`);
        },
    });
    await mountCompany(2);
    expect(".o_registry_difference").toHaveCount(2);
    expect(".o_naf .o_registry_difference").toHaveCount(0);
    expect(".o_street .o_registry_difference").toHaveText(
        "Street · In the register: 2 RUE <b>NEUVE</b>"
    );
    expect(".o_category .o_registry_difference").toHaveText(
        "In the register: Mid-sized company (2023)"
    );
    await contains(".o_street .o_registry_difference").click();
    expect.verifySteps(["partner.update.proposal 7"]);
});
