import { Component } from "@odoo/owl";
import { formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;
const MARGIN = 3;

/**
 * Where the points of a figure lie on a drawing, on a real time axis from zero up.
 * A month whose figure is not known is left out.
 *
 * @param {{date: string}[]} trend oldest first
 * @param {string} figure
 * @param {number} width
 * @param {number} height
 */
export function linePoints(trend, figure, width, height) {
    const known = trend
        .filter((point) => typeof point[figure] === "number")
        .map((point) => ({
            time: DateTime.fromISO(point.date).toMillis(),
            value: point[figure],
            date: point.date,
        }));
    const times = known.map(({ time }) => time);
    const values = known.map(({ value }) => value);
    const [start, end] = [Math.min(...times), Math.max(...times)];
    const [lowest, highest] = [Math.min(0, ...values), Math.max(0, ...values)];
    const share = (value, from, to) => (to > from ? (value - from) / (to - from) : 1);
    return known.map((point) => ({
        ...point,
        x: MARGIN + share(point.time, start, end) * (width - 2 * MARGIN),
        y: height - MARGIN - share(point.value, lowest, highest) * (height - 2 * MARGIN),
    }));
}

/** A figure from month to month as a line, today's value at its end. */
export class TrendLine extends Component {
    static template = "partner_company_data.TrendLine";
    static props = {
        trend: { type: Array },
        figure: { type: String },
        currencyId: { type: [Number, Boolean], optional: true },
        width: { type: Number, optional: true },
        height: { type: Number, optional: true },
        withLegend: { type: Boolean, optional: true },
    };
    static defaultProps = { width: 90, height: 24, withLegend: false };

    get points() {
        return linePoints(
            this.props.trend,
            this.props.figure,
            this.props.width,
            this.props.height
        );
    }

    get isDrawn() {
        return this.points.length > 1;
    }

    get last() {
        return this.points.at(-1);
    }

    get line() {
        return this.points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
    }

    get words() {
        const first = this.points[0];
        return _t("%(first)s on %(first_date)s, %(last)s on %(last_date)s", {
            first: this.amount(first),
            first_date: this.date(first),
            last: this.amount(this.last),
            last_date: this.date(this.last),
        });
    }

    amount({ value }) {
        return formatMonetary(value, { currencyId: this.props.currencyId, digits: [16, 0] });
    }

    date({ date }) {
        return formatDate(DateTime.fromISO(date));
    }
}

/** The trend of a figure as a field: Json of dated figures. */
export class TrendLineField extends Component {
    static template = "partner_company_data.TrendLineField";
    static components = { TrendLine };
    static props = {
        ...standardFieldProps,
        figure: { type: String, optional: true },
        width: { type: Number, optional: true },
        height: { type: Number, optional: true },
        withLegend: { type: Boolean, optional: true },
    };
    static defaultProps = { figure: "exposure" };

    get line() {
        const { figure, width, height, withLegend } = this.props;
        return {
            trend: this.props.record.data[this.props.name] || [],
            currencyId: this.props.record.data.currency_id?.id,
            figure,
            ...(width && { width }),
            ...(height && { height }),
            ...(withLegend && { withLegend }),
        };
    }
}

export const trendLineField = {
    component: TrendLineField,
    displayName: _t("Trend line"),
    supportedTypes: ["json"],
    listViewWidth: [100, 110],
    isEmpty: () => false,
    extractProps: ({ options }) => ({
        figure: options.figure,
        width: options.width,
        height: options.height,
        withLegend: options.with_legend,
    }),
};

registry.category("fields").add("trend_line", trendLineField);
