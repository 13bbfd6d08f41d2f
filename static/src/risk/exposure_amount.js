import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { TrendLine } from "./trend_line";

export class TrendLinePopover extends Component {
    static template = "partner_company_data.TrendLinePopover";
    static components = { TrendLine };
    static props = ["title", "trend", "figure", "currencyId?", "close?"];
}

/**
 * An amount of a customer's exposure: a click opens its documents, and where months were
 * kept, pointing at it draws them. The options `part` (as Python names the amount),
 * `trend` (a Json field) and `currency_field` are for records whose fields are named
 * otherwise than those of `partner.credit.risk`; `rounded` leaves the cents to the
 * tooltip.
 */
export class ExposureAmount extends Component {
    static template = "partner_company_data.ExposureAmount";
    static props = {
        ...standardFieldProps,
        part: { type: String, optional: true },
        trend: { type: String, optional: true },
        currencyField: { type: String, optional: true },
        isLink: { type: Boolean, optional: true },
        isRounded: { type: Boolean, optional: true },
    };
    static defaultProps = { trend: "trend", currencyField: "currency_id", isLink: true };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.popover = usePopover(TrendLinePopover, { position: "top" });
    }

    get part() {
        return this.props.part || this.props.name;
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get currencyId() {
        return this.props.record.data[this.props.currencyField]?.id;
    }

    get isLink() {
        return this.props.isLink && Boolean(this.value) && Boolean(this.props.record.resId);
    }

    get exact() {
        return formatMonetary(this.value, { currencyId: this.currencyId });
    }

    get formatted() {
        return this.props.isRounded
            ? formatMonetary(this.value, { currencyId: this.currencyId, digits: [16, 0] })
            : this.exact;
    }

    get trend() {
        return (this.props.record.data[this.props.trend] || []).filter(
            (point) => typeof point[this.part] === "number"
        );
    }

    async open() {
        const { resModel, resId } = this.props.record;
        this.popover.close();
        await this.action.doAction(
            await this.orm.call(resModel, "action_open_exposure", [[resId], this.part])
        );
    }

    showTrend(ev) {
        if (this.trend.length > 1) {
            this.popover.open(ev.currentTarget, {
                title: this.props.record.fields[this.props.name].string,
                trend: this.trend,
                figure: this.part,
                currencyId: this.currencyId,
            });
        }
    }
}

export const exposureAmount = {
    component: ExposureAmount,
    displayName: _t("Amount of exposure"),
    supportedTypes: ["monetary"],
    listViewWidth: [85, 140],
    isEmpty: () => false,
    extractProps: ({ options }) => ({
        part: options.part,
        trend: options.trend,
        currencyField: options.currency_field,
        isLink: !options.no_open,
        isRounded: options.rounded,
    }),
};

registry.category("fields").add("exposure_amount", exposureAmount);
