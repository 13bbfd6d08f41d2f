import { expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountWithCleanup,
    getService,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";

class Proposal extends models.Model {
    _name = "partner.update.proposal";

    name = fields.Char();
    state = fields.Char();
    revision = fields.Integer();
    note = fields.Char();

    _records = [
        { id: 1, name: "CEGID", state: "new", revision: 1 },
        { id: 2, name: "LDLC", state: "new", revision: 4 },
        { id: 3, name: "SEB", state: "new", revision: 1 },
    ];
    _views = {
        search: `<search/>`,
        list: `
            <list js_class="partner_update_proposal_list">
                <header>
                    <button name="action_validate" type="object" string="Validate"/>
                </header>
                <field name="revision" column_invisible="1"/>
                <field name="name"/><field name="state"/>
            </list>`,
        form: `
            <form js_class="partner_update_proposal_form">
                <header>
                    <button name="action_validate_next" type="object" string="Next"/>
                </header>
                <field name="name" readonly="1"/>
                <field name="note"/>
                <field name="revision" invisible="1"/>
            </form>`,
    };
}

defineMailModels();
defineModels([Proposal]);

async function openList() {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.act_window",
        res_model: "partner.update.proposal",
        views: [
            [false, "list"],
            [false, "form"],
        ],
    });
}

const row = (number) => `.o_data_row:eq(${number - 1}) .o_data_cell:first`;
const panelName = ".o_proposal_panel .o_field_widget[name=name]";

test.tags("desktop");
test("updates open over the list unless the panel is asked for", async () => {
    await openList();
    await contains(row(1)).click();
    expect(".o_proposal_panel").toHaveCount(0);
    expect(".o_form_view").toHaveCount(1);
});

test.tags("desktop");
test("panel: go through the updates beside the list", async () => {
    onRpc("partner.update.proposal", "action_validate_next", function ({ args }) {
        expect.step(`validated ${args[0]}`);
        this.env["partner.update.proposal"].write(args[0], { state: "validated" });
        return false;
    });
    await openList();
    await contains(".o_proposal_panel_toggle").click();
    await contains(row(1)).click();
    await animationFrame();
    expect(".o_list_view .o_proposal_panel .o_form_view").toHaveCount(1);
    expect(panelName).toHaveText("CEGID");
    await contains(".o_proposal_panel button[name=action_validate_next]").click();
    await animationFrame();
    expect.verifySteps(["validated 1"]);
    expect(panelName).toHaveText("LDLC");
    expect(".o_data_row:eq(0)").toHaveText("CEGID validated");
    expect(".o_proposal_panel_toggle").toHaveClass("active");

    await contains(row(3)).click();
    await animationFrame();
    expect(panelName).toHaveText("SEB");
    await contains(".o_proposal_panel button[name=action_validate_next]").click();
    await animationFrame();
    expect.verifySteps(["validated 3"]);
    expect(".o_proposal_panel").toHaveCount(0, { message: "the last one closes it" });
    expect(".o_list_view").toHaveCount(1);
});

test.tags("desktop");
test("panel: what was typed is kept when another update is opened", async () => {
    onRpc("partner.update.proposal", "web_save", ({ args }) =>
        expect.step(`saved ${args[0]} ${args[1].note}`)
    );
    await openList();
    await contains(".o_proposal_panel_toggle").click();
    await contains(row(1)).click();
    await animationFrame();
    await contains(".o_proposal_panel .o_field_widget[name=note] input").edit("seen");
    await contains(row(2)).click();
    await animationFrame();
    expect.verifySteps(["saved 1 seen"]);
    expect(panelName).toHaveText("LDLC");
    await contains(".o_proposal_panel .btn-close").click();
    expect(".o_proposal_panel").toHaveCount(0);
});

test.tags("desktop");
test("a selection is validated as it was shown", async () => {
    onRpc("partner.update.proposal", "action_validate", ({ args, kwargs }) => {
        expect.step(args[0].map((id) => `${id}: ${kwargs.context.shown_revisions[id]}`));
        return false;
    });
    await openList();
    await contains(".o_data_row:eq(1) .o_list_record_selector input").click();
    await contains("button[name=action_validate]").click();
    expect.verifySteps([["2: 4"]]);
});
