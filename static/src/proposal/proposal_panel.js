import { Component, onWillUpdateProps, useSubEnv } from "@odoo/owl";
import { CallbackRecorder } from "@web/search/action_hook";
import { getDefaultConfig, View } from "@web/views/view";

/**
 * A partner update beside the list it comes from: its own form, with its own pager
 * and title, so that the list keeps its own.
 */
export class ProposalPanel extends Component {
    static template = "partner_company_data.ProposalPanel";
    static components = { View };
    static props = {
        resModel: String,
        resId: Number,
        resIds: { type: Array, element: Number },
        context: { type: Object, optional: true },
        /** Called after every decision with the id that is shown now, if any. */
        onDecided: Function,
        close: Function,
    };

    setup() {
        useSubEnv({
            config: getDefaultConfig(),
            proposalPanel: { onDecided: this.onDecided.bind(this) },
        });
        this.open(this.props);
        onWillUpdateProps(async (nextProps) => {
            if (nextProps.resId !== this.shownId) {
                await this.saveTicks();
                this.open(nextProps);
            }
        });
    }

    open({ resModel, resId, resIds, context }) {
        this.shownId = resId;
        this.viewProps = {
            type: "form",
            resModel,
            resId,
            resIds,
            context: context || {},
            display: { controlPanel: false },
            __beforeLeave__: new CallbackRecorder(),
        };
    }

    onDecided(nextId) {
        // The form has gone on by itself: it is not to be opened again.
        this.shownId = nextId;
        return this.props.onDecided(nextId);
    }

    /** Ticks of the update that is left are kept, as when one leaves a form. */
    saveTicks() {
        return Promise.all(
            this.viewProps.__beforeLeave__.callbacks.map((callback) => callback())
        );
    }

    async onClose() {
        await this.saveTicks();
        this.props.close();
    }
}
