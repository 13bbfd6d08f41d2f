import { Component, onWillStart, onWillUnmount, useState } from "@odoo/owl";
import { formatDateTime, deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const ROWS = ["1", "2", "3", "4", "5", "none"];
const LEVELS = ["large", "medium", "small"];
const ACTIONS = ["develop", "keep", "watch", "secure", "reduce", "cash", "stop"];
const PARTS = ["relation", "reminders", "monitoring", "marketing"];
// What to try, by the part of the policy that it belongs to.
const FAMILIES = [
    ["medium_from", "large_from"],
    ["late_days", "very_late_days", "late_paydex", "very_late_paydex"],
    ["privilege_share", "fall_classes", "fall_points"],
    ["amber_use", "red_use", "old_after_days"],
];
const CLASSES = ["1", "2", "3", "4", "5"];
const WAIT = 300;
/** What is tried: thresholds by name, actions by cell, values by threshold of a class. */
const NOTHING_TRIED = () => ({ changes: {}, actionOf: {}, classOf: {} });

/**
 * The strategic matrix: a cell for each risk class and volume with its action, its
 * customers and their exposure. A click opens them; in a simulation, thresholds and
 * actions are tried on all customers before anything is saved.
 */
export class CreditMatrix extends Component {
    static template = "partner_company_data.CreditMatrix";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.display = { controlPanel: {} };
        this.rows = ROWS;
        this.levels = LEVELS;
        this.actions = ACTIONS;
        this.parts = PARTS;
        this.families = FAMILIES;
        this.classes = CLASSES;
        this.state = useState({
            data: null,
            tried: null,
            isTrying: false,
            isBusy: false,
            ...NOTHING_TRIED(),
            shown: null,
        });
        onWillStart(() => this.load());
        onWillUnmount(() => clearTimeout(this.timer));
    }

    async load() {
        this.state.data = await this.orm.call("partner.credit.policy", "matrix_data", []);
        this.state.shown ||= this.state.data.cells.find((cell) => cell.count)?.id || null;
    }

    // === What is shown === //

    get data() {
        return this.state.data;
    }

    get words() {
        return {
            relation: _t("Relation"),
            reminders: _t("Reminders"),
            monitoring: _t("Monitoring"),
            marketing: _t("Marketing"),
        };
    }

    get rowNames() {
        return {
            1: _t("1 – Very low risk"),
            2: _t("2 – Low risk"),
            3: _t("3 – Moderate risk"),
            4: _t("4 – High risk"),
            5: _t("5 – Very high risk"),
            none: _t("Not rated"),
        };
    }

    get actionNames() {
        return {
            develop: _t("Develop"),
            keep: _t("Keep confidence"),
            watch: _t("Watch more closely"),
            secure: _t("Secure"),
            reduce: _t("Reduce"),
            cash: _t("Cash only"),
            stop: _t("Stop"),
        };
    }

    get picture() {
        return (this.state.isTrying && this.state.tried) || this.data;
    }

    get asOf() {
        return this.data.as_of && formatDateTime(deserializeDateTime(this.data.as_of));
    }

    get basisName() {
        const basis = this.valueOf("volume_basis");
        return this.data.bases.find(([code]) => code === basis)?.[1];
    }

    levelName(level) {
        const medium = this.amount(Number(this.valueOf("medium_from")) || 0);
        const large = this.amount(Number(this.valueOf("large_from")) || 0);
        return {
            large: { name: _t("Large"), range: _t("from %s", large) },
            medium: { name: _t("Medium"), range: _t("from %s", medium) },
            small: { name: _t("Small"), range: _t("under %s", medium) },
        }[level];
    }

    cellAt(row, level, picture = this.picture) {
        return picture.cells.find((cell) => cell.row === row && cell.level === level);
    }

    get shownCell() {
        return this.picture.cells.find((cell) => cell.id === this.state.shown);
    }

    amount(value) {
        return formatMonetary(value, {
            currencyId: this.data.currency_id,
            digits: [16, 0],
        });
    }

    /** Customers more or fewer than before, in a simulation. */
    difference(cell) {
        if (!this.state.isTrying || !this.state.tried) {
            return "";
        }
        const change = cell.count - this.cellAt(cell.row, cell.level, this.data).count;
        return change > 0 ? `+${change}` : change < 0 ? `−${-change}` : "";
    }

    valueOf(name) {
        return this.state.changes[name] ?? this.data.thresholds[name];
    }

    get customers() {
        return this.picture.cells.reduce(
            (sum, cell) => sum + cell.count,
            this.picture.by_law.reduce((sum, part) => sum + part.count, 0)
        );
    }

    // === Opening === //

    openCell(cell) {
        this.openCustomers(cell.name, [
            ["row", "=", cell.row],
            ["level", "=", cell.level],
            ["action", "not in", ["cash", "stop"].filter((one) => one !== cell.action)],
        ]);
    }

    openByLaw(part) {
        this.openCustomers(part.label, [["action", "=", part.action]]);
    }

    openCustomers(name, domain) {
        this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: "partner.credit.assessment",
            views: [
                [false, "list"],
                [false, "pivot"],
            ],
            domain: [["is_supplier", "=", false], ...domain],
        });
    }

    editCell(cell) {
        this.action.doAction(
            {
                type: "ir.actions.act_window",
                name: cell.name,
                res_model: "partner.credit.policy.cell",
                res_id: cell.id,
                views: [[false, "form"]],
                target: "new",
            },
            { onClose: () => this.load() }
        );
    }

    show(cell) {
        this.state.shown = cell.id;
    }

    async refresh() {
        this.state.isBusy = true;
        try {
            const isDone = await this.orm.call(
                "partner.credit.policy",
                "matrix_refresh",
                []
            );
            if (!isDone) {
                this.notification.add(
                    _t("The customers are being assessed: come back in some minutes."),
                    { type: "info" }
                );
            }
            await this.load();
        } finally {
            this.state.isBusy = false;
        }
    }

    // === What if === //

    startTrying() {
        Object.assign(this.state, { isTrying: true, tried: null, ...NOTHING_TRIED() });
        this.accepted = NOTHING_TRIED();
    }

    stopTrying() {
        clearTimeout(this.timer);
        Object.assign(this.state, { isTrying: false, tried: null, ...NOTHING_TRIED() });
    }

    change(name, value) {
        const number = name === "volume_basis" ? value : Number(value);
        if (value === "" || Number.isNaN(number)) {
            return;
        }
        this.state.changes[name] = number;
        this.trySoon();
    }

    changeAction(cell, action) {
        this.state.actionOf[cell.id] = action;
        this.trySoon();
    }

    classValue(threshold, name) {
        return this.state.classOf[threshold.id]?.[name] ?? threshold[name];
    }

    changeClass(threshold, name, value) {
        if (name === "score_from") {
            if (value === "" || Number.isNaN(Number(value))) {
                return;
            }
            value = Number(value);
        }
        this.state.classOf[threshold.id] = {
            ...this.state.classOf[threshold.id],
            [name]: value,
        };
        this.trySoon();
    }

    trySoon() {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.try(), WAIT);
    }

    async try() {
        const asked = (this.asked = (this.asked || 0) + 1);
        const wanted = this.wanted;
        let tried;
        try {
            tried = await this.orm.call("partner.credit.policy", "matrix_try", [
                [this.data.policy_id],
                ...Object.values(wanted),
            ]);
        } catch (error) {
            // What is refused is no longer shown as if it were tried.
            if (asked === this.asked && this.state.isTrying) {
                Object.assign(this.state, copyOf(this.accepted));
            }
            throw error;
        }
        // An older answer that comes late counts no more.
        if (asked === this.asked && this.state.isTrying) {
            this.accepted = wanted;
            this.state.tried = tried;
        }
    }

    /** A copy of what is to be tried, in the order of the call's arguments. */
    get wanted() {
        const { changes, actionOf, classOf } = this.state;
        return copyOf({ changes, actionOf, classOf });
    }

    async useQuantiles() {
        Object.assign(
            this.state.changes,
            await this.orm.call("partner.credit.policy", "matrix_quantiles", [
                [this.data.policy_id],
            ])
        );
        await this.try();
    }

    get hasChanges() {
        return Object.values(this.wanted).some((part) => Object.keys(part).length > 0);
    }

    async save() {
        clearTimeout(this.timer);
        await this.orm.call("partner.credit.policy", "matrix_save", [
            [this.data.policy_id],
            ...Object.values(this.wanted),
        ]);
        this.stopTrying();
        await this.load();
    }
}

const copyOf = (plain) => JSON.parse(JSON.stringify(plain));

registry.category("actions").add("partner_company_data.credit_matrix", CreditMatrix);
