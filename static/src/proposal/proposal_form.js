import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

/**
 * Form of a partner update: what is validated is what the person has seen, and
 * "then next" goes on to the next open update among the records of the list.
 */
export class ProposalFormController extends FormController {
    setup() {
        super.setup();
        this.notification = useService("notification");
    }

    async beforeExecuteActionButton(clickParams) {
        // Saving the ticks reads the record anew: the revision that was on screen is
        // the one before.
        const shownRevision = this.model.root.data.revision;
        const proceed = await super.beforeExecuteActionButton(clickParams);
        if (proceed === false) {
            return false;
        }
        if (clickParams.name === "action_validate_next") {
            await this.validateThenNext(shownRevision);
            return false;
        }
        clickParams.buttonContext = {
            ...clickParams.buttonContext,
            shown_revision: shownRevision,
        };
        return proceed;
    }

    async validateThenNext(shownRevision) {
        const { resId, resIds, resModel } = this.model.root;
        const problem = await this.orm.call(resModel, "action_validate_next", [[resId]], {
            context: { ...this.props.context, shown_revision: shownRevision },
        });
        if (problem) {
            await this.actionService.doAction(problem);
            return this.model.load();
        }
        const nextId = await this.findNext(resId, resIds);
        if (nextId) {
            await this.model.load({ resId: nextId, resIds });
        } else {
            await this.tellLeft();
            this.env.config.historyBack();
        }
        await this.env.proposalPanel?.onDecided(nextId);
    }

    async afterExecuteActionButton(clickParams) {
        await super.afterExecuteActionButton(clickParams);
        await this.env.proposalPanel?.onDecided(this.model.root.resId);
    }

    /** The next open update after this one, in the order of the list. */
    async findNext(resId, resIds) {
        const following = resIds.slice(resIds.indexOf(resId) + 1);
        if (!following.length) {
            return false;
        }
        const openIds = await this.orm.search(this.props.resModel, [
            ["id", "in", following],
            ["state", "=", "new"],
        ]);
        return following.find((id) => openIds.includes(id)) || false;
    }

    async tellLeft() {
        const left = await this.orm.searchCount(this.props.resModel, [["state", "=", "new"]]);
        this.notification.add(
            left ? _t("Updates left to decide: %s", left) : _t("No update is left to decide."),
            { type: "success" }
        );
    }
}

registry.category("views").add("partner_update_proposal_form", {
    ...formView,
    Controller: ProposalFormController,
});
