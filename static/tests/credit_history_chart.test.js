import { destroy, expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    preloadBundle,
} from "@web/../tests/web_test_helpers";

import {
    drawnPoints,
    ratingBands,
    timeOf,
    timeSpan,
} from "@partner_company_data/credit/credit_history_data";

function point(date, rating, score, limit = null) {
    return { date, rating, score, limit, origin: "history" };
}

const POINTS = [
    point("2024-03-15", "B", 60, 20000),
    point("2024-01-01", "C", 40, 10000),
    point("2025-02-01", "E", null, null),
    point("2025-06-01", "A", 100, 0),
    point("2025-07-01", "A", 250, 90000),
];
const SERIES = {
    source: "Creditsafe",
    scale: [0, 100],
    currency: 1,
    points: POINTS,
    marks: [{ date: "2025-03-10", kind: "report" }],
};

const EVENTS = [
    { date: "2025-04-02", kind: "event", severity: "good", label: "The limit rises" },
    {
        date: "2025-05-02",
        kind: "event",
        severity: "critical",
        label: "The limit falls\nPrivileges: 2",
    },
];

class Watched extends models.Model {
    _name = "watched.company";

    history = fields.Json();

    _records = [
        { id: 1, history: [SERIES] },
        { id: 2, history: [SERIES, { ...SERIES, source: "Altares", marks: [] }] },
        { id: 3, history: [{ ...SERIES, points: [], marks: [] }] },
        { id: 4, history: false },
        { id: 5, history: [{ ...SERIES, points: POINTS.slice(0, 1), marks: [] }] },
        { id: 6, history: [{ ...SERIES, marks: [...SERIES.marks, ...EVENTS] }] },
    ];
}

defineMailModels();
defineModels([Watched]);
preloadBundle("web.chartjs_lib");

async function mountChart(resId, measure = "score", style = "width: 600px") {
    const view = await mountView({
        type: "form",
        resModel: "watched.company",
        resId,
        arch: `
            <form>
                <div class="o_box" style="${style}">
                    <field name="history" widget="credit_history_chart"
                           options="{'measure': '${measure}'}"/>
                </div>
            </form>`,
    });
    await animationFrame();
    return view;
}

function chartShown() {
    return Chart.getChart(document.querySelector(".o_credit_chart canvas"));
}

test("points are drawn on their own day and never aggregated", () => {
    const drawn = drawnPoints(POINTS, "score", [0, 100]);
    const shown = drawn.filter(({ isHelper }) => !isHelper);
    expect(shown.map(({ x }) => x)).toEqual(
        ["2024-01-01", "2024-03-15", "2025-02-01", "2025-06-01", "2025-07-01"].map(timeOf)
    );
    expect(shown.map(({ y }) => y)).toEqual([40, 60, null, 100, null]);
    expect(shown.map(({ change }) => change)).toEqual([null, 20, null, 40, null]);
});

test("the line goes on to the day when the rating ended, and breaks", () => {
    const drawn = drawnPoints(POINTS.slice(0, 3), "score", [0, 100]);
    expect(drawn.map(({ y }) => y)).toEqual([40, 60, 60, null]);
    expect(drawn[2].isHelper).toBe(true);
    expect(drawn[2].x).toBe(timeOf("2025-02-01"));
});

test("a limit of 0 is a value, no limit is a gap", () => {
    const shown = drawnPoints(POINTS, "limit").filter(({ isHelper }) => !isHelper);
    expect(shown.map(({ y }) => y)).toEqual([10000, 20000, null, 0, 90000]);
});

test("a point that tells the other measure only is no gap", () => {
    const points = [
        point("2024-01-01", "B", 60),
        { ...point("2024-02-01", false, null, 5000) },
        point("2024-03-01", "B", 62),
    ];
    expect(drawnPoints(points, "score").map(({ y }) => y)).toEqual([60, 62]);
    expect(drawnPoints(points, "limit").map(({ y }) => y)).toEqual([5000]);
    expect(ratingBands(points, timeOf("2024-04-01"))).toHaveLength(1);
});

test("bands follow the rating; E is failing only with a score of 0", () => {
    const end = timeOf("2025-09-01");
    const bands = ratingBands(
        [point("2025-01-01", "C", 40), point("2025-02-01", "E", null), point("2025-03-01", "E", 0)],
        end
    );
    expect(bands.map(({ level }) => level)).toEqual(["C", "none", "E"]);
    expect(bands[0].to).toBe(bands[1].from);
    expect(bands[2].to).toBe(end);
});

test("the span covers marks as well", () => {
    expect(timeSpan([{ points: [], marks: [] }])).toBe(null);
    expect(timeSpan([SERIES])).toEqual([timeOf("2024-01-01"), timeOf("2025-07-01")]);
});

test("the score's axis is its scale, whatever arrives", async () => {
    await mountChart(1);
    const { y, x } = chartShown().scales;
    expect([y.min, y.max]).toEqual([0, 100]);
    expect(x.type).toBe("time");
    const [line] = chartShown().data.datasets;
    expect(line.stepped).toBe("before");
    expect(line.spanGaps).toBe(false);
    expect(Math.max(...line.data.map((drawn) => drawn.y ?? 0))).toBe(100);
});

test("it is right at the first drawing and follows its container", async () => {
    await mountChart(1);
    expect(chartShown().width).toBe(600);
    document.querySelector(".o_box").style.width = "300px";
    await new Promise((resolve) => setTimeout(resolve, 300));
    await animationFrame();
    expect(chartShown().width).toBe(300);
});

test("several sources share the chart, and reports are marks", async () => {
    await mountChart(2);
    expect(chartShown().data.datasets.map(({ label }) => label)).toEqual([
        "Creditsafe",
        "Altares",
        "Report bought",
    ]);
    expect(chartShown().options.plugins.legend.display).toBe(true);
});

test("events are marks of their own, in the colour of their severity", async () => {
    await mountChart(6);
    const [events] = chartShown().data.datasets.filter(({ label }) => label === "Event");
    expect(events.data).toHaveLength(2);
    expect(new Set(events.backgroundColor).size).toBe(2);
    expect(".o_credit_chart ul li").toHaveCount(3);
    expect(".o_credit_chart ul li:first").toHaveText(/The limit falls, Privileges: 2/);
});

test("the period is chosen without losing points", async () => {
    await mountChart(1);
    const all = chartShown().scales.x;
    expect(all.min).toBe(timeOf("2024-01-01"));
    await contains(".o_credit_chart button:contains(1 year)").click();
    await animationFrame();
    expect(chartShown().scales.x.min).toBe(timeOf("2024-07-01"));
    expect(chartShown().data.datasets[0].data.filter(({ isHelper }) => !isHelper)).toHaveLength(5);
});

test("a table says the same, newest first", async () => {
    await mountChart(1);
    expect(".o_credit_chart table tbody tr").toHaveCount(5);
    expect(".o_credit_chart tbody tr:eq(1) td:eq(1)").toHaveText("100");
    expect(".o_credit_chart tbody tr:eq(1) td:eq(3)").toHaveText("+40");
    expect(".o_credit_chart tbody tr:eq(2) td:eq(1)").toHaveText("Not rated");
});

test("without history it says so; a single point is drawn", async () => {
    const view = await mountChart(3);
    expect(".o_credit_chart canvas").toHaveCount(0);
    expect(".o_credit_chart").toHaveText(/No history is known/);
    destroy(view);
    await mountChart(5);
    expect(chartShown().data.datasets[0].data).toHaveLength(1);
});

test("it is destroyed with its screen", async () => {
    const view = await mountChart(1, "limit");
    const chart = chartShown();
    expect(chart.scales.y.min).toBe(0);
    destroy(view);
    expect(chart.ctx).toBe(null);
});
