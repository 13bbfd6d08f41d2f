import { expect, test } from "@odoo/hoot";
import { hover, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
    mockService,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";

import { user } from "@web/core/user";

import { formatWholePercentage } from "@partner_company_data/risk/whole_percentage";
import { linePoints } from "@partner_company_data/risk/trend_line";

class Risk extends models.Model {
    _name = "partner.credit.risk";

    currency_id = fields.Many2one({ relation: "res.currency" });
    receivable = fields.Monetary({ string: "Receivable", currency_field: "currency_id" });
    trend = fields.Json();

    _records = [
        {
            id: 1,
            receivable: 1200,
            trend: [
                { date: "2026-01-01", receivable: 600 },
                { date: "2026-02-01", receivable: null },
                { date: "2026-03-01", receivable: 1200 },
            ],
        },
        { id: 2, receivable: 0, trend: [{ date: "2026-03-01", receivable: 0 }] },
    ];
}

defineMailModels();
defineModels([Risk]);

test("a line leaves out the months that are not known", () => {
    const points = linePoints(Risk._records[0].trend, "receivable", 100, 26);
    expect(points.map(({ value }) => value)).toEqual([600, 1200]);
    expect(points.map(({ x }) => x)).toEqual([3, 97]);
    expect(points.map(({ y }) => y)).toEqual([13, 3]);
});

test("the line begins at zero, and may go below", () => {
    const trend = [
        { date: "2026-01-01", change: -50 },
        { date: "2026-02-01", change: 50 },
    ];
    expect(linePoints(trend, "change", 100, 26).map(({ y }) => y)).toEqual([23, 3]);
});

test("an amount opens its documents and draws its months", async () => {
    onRpc("action_open_exposure", ({ args }) => {
        expect.step(`${args[0]} ${args[1]}`);
        return { type: "ir.actions.act_window" };
    });
    mockService("action", {
        doAction(action) {
            expect.step(action.type);
        },
    });
    await mountView({
        type: "list",
        resModel: "partner.credit.risk",
        arch: `
            <list>
                <field name="trend" column_invisible="True"/>
                <field name="receivable" widget="exposure_amount"/>
            </list>`,
    });
    expect(".o_exposure_amount button").toHaveCount(1, { message: "nothing to open for 0" });
    await hover(".o_exposure_amount:first");
    await animationFrame();
    expect(".o_trend_popover polyline").toHaveCount(1);
    expect(queryAllTexts(".o_trend_popover .text-muted")[0]).toBe("Receivable");
    await contains(".o_exposure_amount button").click();
    expect.verifySteps(["1 receivable", "ir.actions.act_window"]);
});

test("amounts leave the cents to the tooltip where that is asked for", async () => {
    await mountView({
        type: "list",
        resModel: "partner.credit.risk",
        arch: `
            <list>
                <field name="trend" column_invisible="True"/>
                <field
                    name="receivable"
                    widget="exposure_amount"
                    options="{'rounded': True}"
                />
            </list>`,
    });
    expect(".o_exposure_amount:first").toHaveText("1,200");
    expect(".o_exposure_amount:first").toHaveAttribute("title", "1,200.00");
    expect(".o_exposure_amount:last span").toHaveClass("text-muted");
});

test("shares are whole, and written as the language does", async () => {
    expect(formatWholePercentage(13.0115)).toBe("1,301%");
    patchWithCleanup(user, { lang: "fr-FR" });
    expect(formatWholePercentage(13.0115).replace(/\s/g, " ")).toBe("1 301 %");
    expect(formatWholePercentage(false).replace(/\s/g, " ")).toBe("0 %");
});
