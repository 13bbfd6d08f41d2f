import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

export const LETTERS = ["A", "B", "C", "D", "E"];

/**
 * What colours a rating: its letter, but "none" for an E that only says that nobody
 * rated the company, and false where nothing is known.
 *
 * @param {string|false} rating
 * @param {string|false} risk
 */
export function ratingLevel(rating, risk) {
    if (risk === "failing") {
        return "E";
    }
    if (risk === "not_rated" || rating === "E") {
        return "none";
    }
    return rating || false;
}

/** The letter's meaning in words. */
export function riskWords(risk) {
    return (
        {
            very_low: _t("Very low risk"),
            low: _t("Low risk"),
            moderate: _t("Moderate risk"),
            high: _t("High risk"),
            failing: _t("E – failing"),
            not_rated: _t("E – not rated"),
        }[risk] || ""
    );
}

/**
 * How long ago that was, in one unit: "today", "12 days", "3 months", "2 years".
 *
 * @param {DateTime|false} moment
 */
export function ageWords(moment, now = DateTime.now()) {
    if (!moment) {
        return "";
    }
    const days = Math.floor(now.startOf("day").diff(moment.startOf("day"), "days").days);
    if (days <= 0) {
        return _t("today");
    }
    const months = Math.floor(now.diff(moment, "months").months);
    if (months < 1) {
        return days === 1 ? _t("1 day") : _t("%s days", days);
    }
    if (months < 24) {
        return months === 1 ? _t("1 month") : _t("%s months", months);
    }
    return _t("%s years", Math.floor(months / 12));
}

/** The other fields of a record are named as the rating is: `credit_` on partners. */
export function prefixOf(name, suffix) {
    return name.endsWith(suffix) ? name.slice(0, -suffix.length) : "";
}
