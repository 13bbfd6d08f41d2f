import { expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    allowTranslations,
    defineModels,
    fields,
    models,
    mountView,
} from "@web/../tests/web_test_helpers";

import { ageWords, ratingLevel } from "@partner_company_data/credit/credit_words";

const { DateTime } = luxon;
const LETTERS = ["A", "B", "C", "D", "E"].map((letter) => [letter, letter]);
const RISKS = ["very_low", "low", "moderate", "high", "failing", "not_rated"].map((key) => [
    key,
    key,
]);
const TRENDS = ["up", "flat", "down"].map((key) => [key, key]);

class Rated extends models.Model {
    _name = "rated.company";

    rating = fields.Selection({ selection: LETTERS });
    risk = fields.Selection({ selection: RISKS });
    rating_description = fields.Char();
    updated_on = fields.Datetime();
    is_old = fields.Boolean();
    score = fields.Float();
    has_score = fields.Boolean();
    score_max = fields.Float();
    trend = fields.Selection({ selection: TRENDS });
    facts = fields.Json();

    _records = [
        {
            id: 1,
            rating: "B",
            risk: "low",
            updated_on: "2026-08-15 10:00:00",
            has_score: true,
            score: 64,
            score_max: 100,
            trend: "up",
            facts: [
                {
                    key: "figures",
                    title: "Key figures",
                    columns: ["2025", "2024"],
                    rows: [{ key: "t", label: "Turnover", values: ["1 €", ""] }],
                    empty: "Not disclosed",
                },
                {
                    key: "judgments",
                    title: "Judgments",
                    columns: [],
                    rows: [],
                    empty: "None known",
                },
            ],
        },
        { id: 2, rating: "E", risk: "failing", has_score: true, score: 0, score_max: 100 },
        { id: 3, rating: "E", risk: "not_rated", trend: false },
        { id: 4, rating: "A", risk: "very_low", is_old: true, trend: "down" },
        { id: 5, trend: "flat", has_score: true, score: 130, score_max: 100 },
    ];
}

defineMailModels();
defineModels([Rated]);

function mountRated(resId) {
    return mountView({
        type: "form",
        resModel: "rated.company",
        resId,
        arch: `
            <form>
                <div class="o_badge_here"><field name="rating" widget="credit_rating_badge"/></div>
                <div class="o_scale_here"><field name="rating" widget="credit_rating_scale"/></div>
                <field name="score" widget="credit_score"/>
                <field name="trend" widget="credit_trend"/>
                <field name="facts" widget="credit_facts"/>
            </form>`,
    });
}

test("the current letter stands out on the scale, in its colour", async () => {
    await mountRated(1);
    expect(".o_credit_letter").toHaveCount(5);
    expect(".o_credit_current").toHaveText("B");
    expect(".o_credit_current").toHaveClass("o_credit_B");
    expect(".o_credit_words").toHaveText(/Low risk/);
});

test("E is dark red only for who fails, and grey for who is not rated", async () => {
    await mountRated(2);
    expect(".o_credit_current").toHaveClass("o_credit_E");
    expect(".o_credit_badge").toHaveClass("o_credit_E");
    expect(".o_credit_words").toHaveText(/failing/);
    expect(".o_credit_score strong").toHaveText("0 / 100");
});

test("a company that is not rated has no score", async () => {
    await mountRated(3);
    expect(".o_credit_current").toHaveClass("o_credit_none");
    expect(".o_credit_badge").toHaveClass("o_credit_none");
    expect(".o_credit_words").toHaveText(/not rated/);
    expect(".o_credit_score").toHaveCount(0);
    expect("[name=score]").toHaveText("Not disclosed");
    expect("[name=trend]").toHaveText("Not disclosed");
    expect("[name=trend] i").toHaveCount(0);
});

test("where nothing is known there is no badge and no current letter", async () => {
    await mountRated(5);
    expect(".o_credit_badge").toHaveCount(0);
    expect(".o_credit_current").toHaveCount(0);
    // A score above its scale stays inside the drawing.
    expect(".o_credit_needle").toHaveStyle({ left: /./ });
    expect(document.querySelector(".o_credit_needle").style.left).toBe("100%");
});

test("old data are marked on the badge", async () => {
    await mountRated(4);
    expect(".o_credit_badge i.fa-clock-o").toHaveCount(1);
    expect(".o_credit_badge").toHaveAttribute("data-tooltip", /Old data/);
    expect("[name=trend] i").toHaveClass(["fa-arrow-down", "o_credit_ink_D"]);
});

test("trends are arrows with their words", async () => {
    await mountRated(1);
    expect("[name=trend]").toHaveText("Up");
    expect("[name=trend] i").toHaveClass(["fa-arrow-up", "o_credit_ink_A"]);
});

test("facts: unknown figures are dashes, empty sections say why", async () => {
    await mountRated(1);
    expect(".o_credit_section_figures td:eq(0)").toHaveText("1 €");
    expect(".o_credit_section_figures td:eq(1)").toHaveText("–");
    expect(".o_credit_section_judgments p").toHaveText("None known");
});

test("a list shows a badge a line", async () => {
    await mountView({
        type: "list",
        resModel: "rated.company",
        arch: `<list><field name="rating" widget="credit_rating_badge"/></list>`,
    });
    await animationFrame();
    expect(".o_credit_badge").toHaveCount(4);
});

test("the age is said in one unit", () => {
    allowTranslations();
    const now = DateTime.fromISO("2026-11-21T12:00:00");
    const age = (text) => String(ageWords(DateTime.fromISO(text), now));
    expect(age("2026-11-21T08:00:00")).toBe("today");
    expect(age("2026-11-20T23:00:00")).toBe("1 day");
    expect(age("2026-11-09T12:00:00")).toBe("12 days");
    expect(age("2026-10-20T12:00:00")).toBe("1 month");
    expect(age("2026-08-15T12:00:00")).toBe("3 months");
    expect(age("2024-01-01T12:00:00")).toBe("2 years");
    expect(ageWords(false, now)).toBe("");
});

test("a letter E without a reason is not shown as failing", () => {
    expect(ratingLevel("E", false)).toBe("none");
    expect(ratingLevel("C", "moderate")).toBe("C");
    expect(ratingLevel(false, false)).toBe(false);
});
