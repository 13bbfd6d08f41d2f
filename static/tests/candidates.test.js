import { expect, test } from "@odoo/hoot";
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

class Candidate extends models.Model {
    _name = "found.company";

    selected = fields.Boolean();
    match_rate = fields.Integer();
    match_details = fields.Char();
    legal_name = fields.Char();
    street = fields.Char();
    street2 = fields.Char();
    creation_date = fields.Date();
    category = fields.Selection({ selection: [["PME", "Small company"]] });
    comparison = fields.Json();

    _records = [
        {
            id: 1,
            match_rate: 92,
            match_details: "Name 100 % · Street 50 %",
            legal_name: "CEGID <b>GROUP</b>",
            street: "52 QUAI PAUL SEDALLIAN",
            creation_date: "2005-01-01",
            category: "PME",
            comparison: {
                legal_name: "same",
                street: "different",
                street2: "same",
                creation_date: "missing",
                category: "nonsense",
            },
        },
        {
            id: 2,
            match_rate: 40,
            match_details: "Name 40 %",
            legal_name: "SEGID",
            comparison: false,
        },
    ];
}

class Wizard extends models.Model {
    _name = "look.up";

    candidate_ids = fields.One2many({ relation: "found.company" });

    _records = [{ id: 1, candidate_ids: [1, 2] }];
}

defineMailModels();
defineModels([Candidate, Wizard]);

const LIST = (tick) => `
    <list editable="bottom" create="0" delete="0">
        <field name="selected" ${tick}/>
        <field name="comparison" column_invisible="1"/>
        <field name="match_details" column_invisible="1"/>
        <field name="match_rate" widget="match_rate"/>
        <field name="legal_name" widget="compared_value"/>
        <field name="street" widget="compared_value"/>
        <field name="street2" widget="compared_value"/>
        <field name="creation_date" widget="compared_value"/>
        <field name="category" widget="compared_value"/>
    </list>`;

function mountWizard(tick = `widget="candidate_tick" options="{'single': True}"`) {
    return mountView({
        type: "form",
        resModel: "look.up",
        resId: 1,
        arch: `<form><field name="candidate_ids">${LIST(tick)}</field></form>`,
    });
}

const row = (number) => `.o_data_row:eq(${number - 1})`;
const cell = (number, name) => `${row(number)} td[name='${name}']`;
const tick = (number) => `${row(number)} .o_candidate_tick input`;

test("cells say how they compare, with a sign and in words", async () => {
    await mountWizard();
    expect(`${cell(1, "legal_name")} .o_compared_same .fa-check`).toHaveCount(1);
    expect(`${cell(1, "legal_name")} .o_compared_value`).toHaveAttribute(
        "title",
        "As on the partner"
    );
    expect(`${cell(1, "street")} .o_compared_different b`).toHaveText("≠");
    expect(`${cell(1, "street")} .visually-hidden`).toHaveText(
        "Different on the partner"
    );
    expect(`${cell(1, "creation_date")} .o_compared_missing`).toHaveAttribute(
        "title",
        "Missing on the partner"
    );
});

test("an empty cell is compared as well", async () => {
    await mountWizard();
    expect(`${cell(1, "street2")} .o_compared_same .fa-check`).toHaveCount(1);
    expect(`${cell(1, "street2")} .o_compared_text`).toHaveText("");
});

test("same and different cells are coloured as a whole", async () => {
    await mountWizard();
    const colour = (name) =>
        getComputedStyle(document.querySelector(`td[name='${name}']`)).backgroundColor;
    expect(colour("legal_name")).not.toBe(colour("street"));
    expect(colour("street")).toBe(colour("creation_date"));
    expect(colour("legal_name")).toBe(colour("street2"));
});

test("what is not compared is shown plainly", async () => {
    await mountWizard();
    expect(`${cell(1, "category")} .o_compared_text`).toHaveText("Small company");
    expect(`${cell(1, "category")} i, ${cell(1, "category")} b`).toHaveCount(0);
    expect(`${row(2)} .o_compared_value i, ${row(2)} .o_compared_value b`).toHaveCount(
        0
    );
});

test("values are text, dates are dates", async () => {
    await mountWizard();
    expect(`${cell(1, "legal_name")} .o_compared_text`).toHaveText(
        "CEGID <b>GROUP</b>"
    );
    expect(`${cell(1, "creation_date")} .o_compared_text`).toHaveText(/2005/);
});

test("the match rate tells what it is made of", async () => {
    await mountWizard();
    expect(`${row(1)} .o_match_rate`).toHaveText(/92 %/);
    expect(`${row(1)} .o_match_rate`).toHaveClass("text-bg-success");
    expect(`${row(1)} .o_match_rate`).toHaveAttribute(
        "title",
        "Name 100 % · Street 50 %"
    );
    expect(`${row(2)} .o_match_rate`).toHaveClass("text-bg-light");
});

test("ticking one unticks the other", async () => {
    onRpc("look.up", "web_save", ({ args }) => {
        const commands = args[1].candidate_ids;
        expect.step(commands.map(([, id, values]) => [id, values.selected]));
    });
    await mountWizard();
    await contains(tick(1)).click();
    expect(tick(1)).toBeChecked();
    await contains(tick(2)).click();
    await animationFrame();
    expect(tick(1)).not.toBeChecked();
    expect(tick(2)).toBeChecked();
    await contains(".o_form_button_save").click();
    expect.verifySteps([
        [
            [1, false],
            [2, true],
        ],
    ]);
});

test("several can be ticked, and a readonly one cannot", async () => {
    await mountWizard(`widget="candidate_tick" readonly="match_rate &lt; 50"`);
    await contains(tick(1)).click();
    expect(tick(1)).toBeChecked();
    expect(tick(2)).not.toBeEnabled();
});
