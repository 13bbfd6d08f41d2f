import { Component, onWillStart, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat, formatMonetary } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { drawnPoints, PERIODS, ratingBands, timeOf, timeSpan } from "./credit_history_data";

const { DateTime } = luxon;
const DAY = 24 * 3600 * 1000;
// As many colours of the theme tell sources apart (credit.scss).
const LINE_COLORS = 3;
const MARKS = {
    report: { label: () => _t("Report bought"), style: "triangle" },
    event: { label: () => _t("Event"), style: "rectRot" },
};
// The colour of a mark by how bad the event is: that of a rating as bad.
const SEVERITY_LEVELS = { critical: "D", warning: "C", good: "A" };

/** A colour of the theme with another opacity. */
function faded(color, opacity) {
    return `color-mix(in srgb, ${color} ${100 * opacity}%, transparent)`;
}

/**
 * A bureau's history on a real time axis: the score or the limit as steps, the rating
 * behind the score, reports and events as marks. Reads the Json that `history` of a credit file
 * makes; several sources share the axis.
 */
export class CreditHistoryChart extends Component {
    static template = "partner_company_data.CreditHistoryChart";
    static props = {
        ...standardFieldProps,
        measure: { type: String, optional: true },
    };
    static defaultProps = { measure: "score" };

    setup() {
        this.canvas = useRef("canvas");
        this.state = useState({ years: 0 });
        this.chart = null;
        this.periods = PERIODS;
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [JSON.stringify(this.series), this.state.years, this.props.measure]
        );
        onWillUnmount(() => this.destroy());
    }

    get series() {
        return this.props.record.data[this.props.name] || [];
    }

    get isScore() {
        return this.props.measure === "score";
    }

    get title() {
        return this.isScore ? _t("National score") : _t("Credit limit");
    }

    /** Series with their drawn points, of those that have a value at all. */
    get drawn() {
        return this.series
            .map((series) => ({
                ...series,
                drawn: drawnPoints(
                    series.points,
                    this.props.measure,
                    this.isScore ? series.scale : [0, Infinity]
                ),
            }))
            .filter((series) => series.drawn.some(({ y }) => y !== null));
    }

    /** What the canvas shows, for who cannot see it: newest first. */
    get rows() {
        return this.drawn
            .flatMap((series) =>
                series.drawn
                    .filter((point) => !point.isHelper)
                    .map((point) => ({
                        key: `${series.source}-${point.x}`,
                        source: series.source,
                        x: point.x,
                        date: this.date(point.x),
                        value:
                            point.y === null
                                ? this.missing
                                : this.format(point.y, series),
                        rating: point.point.rating || "",
                        change: point.change ? this.change(point.change, series) : "",
                    }))
            )
            .sort((a, b) => b.x - a.x);
    }

    get missing() {
        return this.isScore ? _t("Not rated") : _t("Not disclosed");
    }

    periodWords(years) {
        if (!years) {
            return _t("All");
        }
        return years === 1 ? _t("1 year") : _t("%s years", years);
    }

    date(x) {
        return formatDate(DateTime.fromMillis(x));
    }

    format(value, series) {
        if (this.isScore) {
            return formatFloat(value, { digits: [16, Number.isInteger(value) ? 0 : 1] });
        }
        return formatMonetary(value, { currencyId: series.currency, digits: [16, 0] });
    }

    change(value, series) {
        return (value > 0 ? "+" : "") + this.format(value, series);
    }

    color(name) {
        return getComputedStyle(this.canvas.el).getPropertyValue(name).trim();
    }

    destroy() {
        this.chart?.destroy();
        this.chart = null;
    }

    draw() {
        this.destroy();
        if (this.canvas.el) {
            // It follows its container with a ResizeObserver of its own.
            this.chart = new Chart(this.canvas.el, this.config());
        }
    }

    /** First and last moment shown. */
    range() {
        const [first, last] = timeSpan(this.series);
        // The last value is to be seen, even a single one.
        const end = last + Math.max(0.02 * (last - first), 10 * DAY);
        const start = this.state.years
            ? DateTime.fromMillis(last).minus({ years: this.state.years }).toMillis()
            : first;
        return [start, end];
    }

    datasets() {
        const drawn = this.drawn;
        const lines = drawn.map((series, index) => {
            const color = this.color(
                `--credit-line-${(series.color ?? index) % LINE_COLORS}`
            );
            return {
                label: series.source,
                series,
                data: series.drawn,
                stepped: "before",
                spanGaps: false,
                borderColor: color,
                backgroundColor: color,
                borderWidth: 2,
                pointRadius: series.drawn.map((point) => (point.isHelper ? 0 : 2)),
                pointHitRadius: series.drawn.map((point) => (point.isHelper ? 0 : 8)),
            };
        });
        const floor = this.isScore ? Math.min(...drawn.map(({ scale }) => scale[0])) : 0;
        for (const kind of Object.keys(MARKS)) {
            const marks = drawn.flatMap((series) =>
                series.marks
                    .filter((mark) => mark.kind === kind)
                    .map((mark) => ({ x: timeOf(mark.date), y: floor, mark, series }))
            );
            if (marks.length) {
                lines.push(this.markDataset(kind, marks));
            }
        }
        return lines;
    }

    markDataset(kind, marks) {
        const colors = marks.map(({ mark }) =>
            this.color(`--credit-${SEVERITY_LEVELS[mark.severity] || "ink"}`)
        );
        return {
            label: MARKS[kind].label(),
            isMarks: true,
            data: marks,
            showLine: false,
            pointStyle: MARKS[kind].style,
            pointRadius: 6,
            pointHitRadius: 10,
            clip: false,
            borderColor: this.color("--credit-ink"),
            backgroundColor: colors,
        };
    }

    /** Words of a mark: what happened, a line each. */
    markWords(mark) {
        return mark.label ? mark.label.split("\n") : [MARKS[mark.kind].label()];
    }

    /** The marks within the chart, for who cannot see it: newest first. */
    get markRows() {
        return this.drawn
            .flatMap((series) =>
                series.marks.map((mark, index) => ({
                    key: `${series.source}-${mark.kind}-${mark.date}-${index}`,
                    source: series.source,
                    x: timeOf(mark.date),
                    date: this.date(timeOf(mark.date)),
                    words: this.markWords(mark).join(", "),
                }))
            )
            .sort((a, b) => b.x - a.x);
    }

    config() {
        const [min, max] = this.range();
        const ink = this.color("--credit-ink");
        const grid = faded(ink, 0.12);
        const scales = this.drawn.map(({ scale }) => scale);
        const bounds = this.isScore
            ? {
                  min: Math.min(...scales.map(([low]) => low)),
                  max: Math.max(...scales.map(([, high]) => high)),
              }
            : // Without it, limits that are all zero get an axis of cents.
              { beginAtZero: true, grace: "10%", suggestedMax: 1000 };
        return {
            type: "line",
            data: { datasets: this.datasets() },
            plugins: this.isScore ? [this.bandsPlugin(max)] : [],
            options: {
                animation: false,
                responsive: true,
                maintainAspectRatio: false,
                parsing: false,
                interaction: { mode: "nearest", axis: "x", intersect: false },
                scales: {
                    x: {
                        type: "time",
                        min,
                        max,
                        time: { minUnit: "day", tooltipFormat: "DDD" },
                        ticks: { color: ink, maxRotation: 0, autoSkipPadding: 16 },
                        grid: { color: grid },
                    },
                    y: {
                        ...bounds,
                        ticks: {
                            color: ink,
                            callback: (value) => this.format(value, this.drawn[0]),
                        },
                        grid: { color: grid },
                    },
                },
                plugins: {
                    legend: {
                        display: this.drawn.length > 1,
                        labels: { color: ink, usePointStyle: true },
                    },
                    tooltip: {
                        filter: ({ raw }) => !raw.isHelper,
                        callbacks: {
                            title: (items) => (items.length ? this.date(items[0].raw.x) : ""),
                            label: ({ raw, dataset }) => this.hover(raw, dataset),
                        },
                    },
                },
            },
        };
    }

    hover(raw, dataset) {
        if (dataset.isMarks) {
            return this.markWords(raw.mark);
        }
        const words = [`${dataset.label}: ${this.format(raw.y, dataset.series)}`];
        if (raw.point.rating) {
            words[0] += ` (${raw.point.rating})`;
        }
        if (raw.change) {
            words.push(_t("Change: %s", this.change(raw.change, dataset.series)));
        }
        return words;
    }

    /** The first source's rating behind the lines, its letter on top. */
    bandsPlugin(end) {
        const bands = ratingBands(this.drawn[0].points, end).map((band) => ({
            ...band,
            color: this.color(`--credit-${band.level}`),
        }));
        const ink = this.color("--credit-ink");
        return {
            id: "credit_bands",
            beforeDatasetsDraw({ ctx, chartArea, scales }) {
                ctx.save();
                for (const band of bands) {
                    const left = Math.max(scales.x.getPixelForValue(band.from), chartArea.left);
                    const right = Math.min(scales.x.getPixelForValue(band.to), chartArea.right);
                    if (right <= left) {
                        continue;
                    }
                    ctx.globalAlpha = 0.25;
                    ctx.fillStyle = band.color;
                    ctx.fillRect(left, chartArea.top, right - left, chartArea.height);
                    if (right - left > 16) {
                        ctx.globalAlpha = 1;
                        ctx.fillStyle = ink;
                        ctx.textAlign = "center";
                        ctx.textBaseline = "top";
                        ctx.fillText(band.letter, (left + right) / 2, chartArea.top + 4);
                    }
                }
                ctx.restore();
            },
        };
    }
}

export const creditHistoryChart = {
    component: CreditHistoryChart,
    displayName: _t("Chart of a rating's history"),
    supportedTypes: ["json"],
    isEmpty: () => false,
    extractProps: ({ options }) => ({ measure: options.measure }),
};

registry.category("fields").add("credit_history_chart", creditHistoryChart);
