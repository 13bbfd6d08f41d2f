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

import { changedRuns } from "@partner_company_data/proposal/proposal_diff";

class Proposal extends models.Model {
    _name = "partner.update.proposal";

    state = fields.Selection({
        selection: [
            ["new", "New"],
            ["validated", "Validated"],
        ],
    });
    revision = fields.Integer();

    _records = [
        { id: 1, state: "new", revision: 3 },
        { id: 2, state: "validated", revision: 1 },
        { id: 3, state: "new", revision: 1 },
        { id: 4, state: "new", revision: 1 },
    ];
}

class Line extends models.Model {
    _name = "partner.update.proposal.line";

    old_display = fields.Char();
    new_display = fields.Char();

    _records = [
        { id: 1, old_display: "52 quai Paul Sedallian", new_display: "52 QUAI NEUF" },
        { id: 2, old_display: "", new_display: "<b>x</b>" },
    ];
}

defineMailModels();
defineModels([Proposal, Line]);

const ARCH = `
    <form js_class="partner_update_proposal_form">
        <header>
            <button name="action_validate" type="object" string="Validate"/>
            <button name="action_validate_next" type="object" string="Next"/>
        </header>
        <field name="state"/>
        <field name="revision"/>
    </form>`;

function mountForm(params) {
    return mountView({
        type: "form",
        resModel: "partner.update.proposal",
        arch: ARCH,
        resId: 1,
        resIds: [1, 2, 3, 4],
        ...params,
    });
}

test("validate, then next opens the next open update of the list", async () => {
    onRpc("partner.update.proposal", "action_validate_next", function ({ args, kwargs }) {
        expect.step(`validated ${args[0]} revision ${kwargs.context.shown_revision}`);
        this.env["partner.update.proposal"].write(args[0], { state: "validated" });
        return false;
    });
    await mountForm();
    expect(".o_pager_value").toHaveText("1");
    await contains("button[name=action_validate_next]").click();
    await animationFrame();
    expect.verifySteps(["validated 1 revision 3"]);
    expect(".o_pager_value").toHaveText("3", { message: "the validated one is skipped" });
    await contains("button[name=action_validate_next]").click();
    await animationFrame();
    expect(".o_pager_value").toHaveText("4");
    expect.verifySteps(["validated 3 revision 1"]);
});

test("the last one goes back to the list with the number left", async () => {
    onRpc("partner.update.proposal", "action_validate_next", () => false);
    await mountForm({
        resId: 4,
        config: { historyBack: () => expect.step("back") },
    });
    await contains("button[name=action_validate_next]").click();
    await animationFrame();
    expect.verifySteps(["back"]);
    expect(".o_notification_content").toHaveText("Updates left to decide: 3");
});

test("what has moved is shown again and nothing is left", async () => {
    onRpc("partner.update.proposal", "action_validate_next", () => ({
        type: "ir.actions.client",
        tag: "display_notification",
        params: { type: "warning", message: "Changed meanwhile" },
    }));
    onRpc("partner.update.proposal", "web_read", () => expect.step("read"));
    await mountForm();
    expect.verifySteps(["read"]);
    await contains("button[name=action_validate_next]").click();
    await animationFrame();
    expect(".o_notification_content").toHaveText("Changed meanwhile");
    expect(".o_pager_value").toHaveText("1");
    expect.verifySteps(["read"]);
});

test("validate tells the revision that was on screen", async () => {
    onRpc("partner.update.proposal", "action_validate", ({ kwargs }) => {
        expect.step(`revision ${kwargs.context.shown_revision}`);
        return false;
    });
    await mountForm();
    await contains("button[name=action_validate]").click();
    expect.verifySteps(["revision 3"]);
});

test("words that differ", () => {
    const changed = (oldText, newText) =>
        changedRuns(oldText, newText)
            .filter((run) => run.changed)
            .map((run) => run.text);
    expect(changed("52 quai Paul Sédallian", "52 QUAI PAUL SEDALLIAN")).toEqual([]);
    expect(changed("2 Rue des Erable", "2 RUE DES ERABLES")).toEqual(["ERABLES"]);
    expect(changed("1 rue du Lac", "2 BIS RUE DU BOIS")).toEqual(["2 BIS", "BOIS"]);
    expect(changed(false, "Moyenne entreprise")).toEqual(["Moyenne entreprise"]);
    expect(changedRuns("x", false)).toEqual([]);
});

test("new value marks what differs and escapes it", async () => {
    await mountView({
        type: "list",
        resModel: "partner.update.proposal.line",
        arch: `<list><field name="new_display" widget="partner_update_diff"/></list>`,
    });
    expect(".o_data_row:eq(0) .o_changed_words").toHaveText("NEUF");
    expect(".o_data_row:eq(1) .o_changed_words").toHaveText("<b>x</b>");
});
