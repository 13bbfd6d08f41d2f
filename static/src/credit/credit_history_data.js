import { ratingLevel } from "./credit_words";

/** Periods that people choose, in years; 0 for all. */
export const PERIODS = [1, 3, 5, 0];

const { DateTime } = luxon;

/** Midnight of a date as text, in milliseconds. */
export function timeOf(date) {
    return DateTime.fromISO(date).toMillis();
}

/** Whether a point tells the other measure only: that is no gap of this one. */
function isSilent(point, measure) {
    return measure === "limit" ? point.score !== null : !point.rating && point.limit !== null;
}

/** Points of a series, oldest first. */
function inOrder(points) {
    return [...points].sort((a, b) => a.date.localeCompare(b.date));
}

/**
 * The points to draw of a series: what was known on its own day, held until the next
 * one, never aggregated. Where the value ends (not rated, no limit) the line goes on to
 * that day and breaks.
 *
 * @param {Object[]} points as the server's history has them
 * @param {"score"|"limit"} measure
 * @param {[number, number]} scale values outside it are no values
 * @returns {Object[]} `x` (ms), `y` (or null), `change` since the last value, `point`;
 *  `isHelper` where nothing is to be hovered
 */
export function drawnPoints(points, measure, scale = [-Infinity, Infinity]) {
    const drawn = [];
    let last = null;
    for (const point of inOrder(points)) {
        const x = timeOf(point.date);
        let y = point[measure] ?? null;
        if (y !== null && (y < scale[0] || y > scale[1])) {
            y = null;
        }
        if (y === null && isSilent(point, measure)) {
            continue;
        }
        if (y === null) {
            if (drawn.length && drawn.at(-1).y !== null) {
                drawn.push({ x, y: drawn.at(-1).y, isHelper: true, point });
            }
            drawn.push({ x, y: null, change: null, point });
        } else {
            drawn.push({ x, y, change: last === null ? null : y - last, point });
            last = y;
        }
    }
    return drawn;
}

/**
 * Spans of one rating: `from` and `to` (ms), `letter`, `level` (its colour).
 *
 * @param {Object[]} points
 * @param {number} end where the last span ends
 */
export function ratingBands(points, end) {
    const bands = [];
    for (const point of inOrder(points)) {
        if (isSilent(point, "score") && point.score === null) {
            continue;
        }
        const from = timeOf(point.date);
        const isFailing = point.rating === "E" && point.score === 0;
        const level = ratingLevel(point.rating, isFailing ? "failing" : false) || "none";
        const last = bands.at(-1);
        if (last) {
            last.to = from;
        }
        if (!last || last.level !== level) {
            bands.push({ from, to: end, letter: point.rating || "", level });
        } else {
            last.to = end;
        }
    }
    return bands.filter((band) => band.to > band.from);
}

/** First and last moment of all series, marks included; `null` without any. */
export function timeSpan(series) {
    const times = series.flatMap(({ points, marks }) =>
        [...points, ...marks].map(({ date }) => timeOf(date))
    );
    return times.length ? [Math.min(...times), Math.max(...times)] : null;
}
