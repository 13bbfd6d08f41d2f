import { expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    getService,
    makeServerError,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";

const ROWS = ["1", "2", "3", "4", "5", "none"];
const LEVELS = ["small", "medium", "large"];

/** A picture whose cells have these numbers of customers, by row and level. */
function picture(counts) {
    return {
        cells: ROWS.flatMap((row, i) =>
            LEVELS.map((level, j) => ({
                id: 3 * i + j + 1,
                row,
                level,
                name: `${row} ${level}`,
                action: "watch",
                label: "Watch more closely",
                count: counts[`${row}-${level}`] || 0,
                exposure: 1000,
                others: [],
                words: { relation: "Call <b>them</b>" },
                payment_term: "30 days",
                scenario: "",
                limit_share: 75,
            }))
        ),
        by_law: [
            { action: "cash", label: "Cash only", count: 0, exposure: 0 },
            { action: "stop", label: "Stop", count: 2, exposure: 500 },
        ],
    };
}

async function openMatrix(values = {}) {
    onRpc("partner.credit.policy", "matrix_data", () => ({
        policy_id: 7,
        currency_id: 1,
        as_of: "2026-11-21 08:00:00",
        can_edit: true,
        thresholds: { medium_from: 10000, large_from: 50000, volume_basis: "business" },
        bases: [["business", "Exposure or turnover"]],
        labels: { medium_from: "Medium from", large_from: "Large from" },
        class_sources: [],
        ...picture({ "1-small": 3, "5-large": 1 }),
        ...values,
    }));
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "partner_company_data.credit_matrix",
    });
}

defineMailModels();

test("cells show their customers, and the words of the one under the pointer", async () => {
    await openMatrix();
    expect(".o_credit_matrix_cell").toHaveCount(18);
    expect("[data-cell='1-small'] .o_credit_matrix_count").toHaveText("3");
    expect(".o_credit_matrix_text").toHaveText("Call <b>them</b>");
    expect(".o_credit_matrix_law button:last").toHaveText(/Stop · 2/);
    expect(".o_credit_matrix_save").toHaveCount(0);
});

test("what if: customers move, and nothing is saved before it is asked for", async () => {
    onRpc("partner.credit.policy", "matrix_try", ({ args }) => {
        expect.step(["try", args[1]]);
        return {
            ...picture({ "1-medium": 3, "5-large": 1 }),
            moved: { count: 3, exposure: 900 },
            changed: { count: 0, exposure: 0 },
        };
    });
    onRpc("partner.credit.policy", "matrix_save", ({ args }) => {
        expect.step(["save", args[1]]);
        return true;
    });
    await openMatrix();
    await contains(".o_credit_matrix_try").click();
    expect(".o_credit_matrix_save").not.toBeEnabled();
    await contains("input[name=medium_from]").edit("100");
    await advanceTime(300);
    await animationFrame();
    expect.verifySteps([["try", { medium_from: 100 }]]);
    expect("[data-cell='1-small'] sup").toHaveText("−3");
    expect("[data-cell='1-medium'] sup").toHaveText("+3");
    expect(".o_credit_matrix_moves b:first").toHaveText("3");
    await contains(".o_credit_matrix_save").click();
    expect.verifySteps([["save", { medium_from: 100 }]]);
    expect(".o_credit_matrix_try").toHaveCount(1);
});

test("what if: thresholds of the bureaus' classes; what is refused is taken back", async () => {
    onRpc("partner.credit.policy", "matrix_try", ({ args }) => {
        expect.step(args.slice(1));
        if (args[3][4]?.risk_class === "1") {
            throw makeServerError({ message: "Not so" });
        }
        return {
            ...picture({ "5-small": 3, "5-large": 1 }),
            moved: { count: 3, exposure: 900 },
            changed: { count: 3, exposure: 900 },
        };
    });
    expect.errors(1);
    const threshold = {
        id: 4,
        name: "Score from",
        has_score: true,
        score_from: 30,
        risk_class: "3",
        is_confirmed: false,
    };
    await openMatrix({
        class_sources: [{ code: "altares", name: "Altares", thresholds: [threshold] }],
    });
    await contains(".o_credit_matrix_try").click();
    await contains("[data-source=altares] summary").click();
    await contains("[data-threshold='4'] .o_credit_matrix_score").edit("40");
    await contains("[data-threshold='4'] input[type=checkbox]").click();
    await advanceTime(300);
    await animationFrame();
    const tried = { score_from: 40, is_confirmed: true };
    expect.verifySteps([[{}, {}, { 4: tried }]]);
    expect("[data-cell='5-small'] sup").toHaveText("+3");
    await contains("[data-threshold='4'] select").select("1");
    await advanceTime(300);
    await animationFrame();
    expect.verifySteps([[{}, {}, { 4: { ...tried, risk_class: "1" } }]]);
    expect.verifyErrors(["Not so"]);
    expect("[data-threshold='4'] select").toHaveValue("3");
    expect("[data-threshold='4'] .o_credit_matrix_score").toHaveValue(40);
});

test("whoever may not change the policy may try, not save", async () => {
    await openMatrix({ can_edit: false });
    await contains(".o_credit_matrix_try").click();
    expect(".o_credit_matrix_save").toHaveCount(0);
    expect("input[name=medium_from]").toHaveCount(1);
    expect(".o_credit_matrix_cell select").toHaveCount(0);
});
