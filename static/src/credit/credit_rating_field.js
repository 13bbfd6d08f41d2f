import { Component } from "@odoo/owl";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { prefixOf, ratingLevel } from "./credit_words";

/** A rating drawn from its letter and the fields that bear the same prefix. */
export class CreditRatingField extends Component {
    static props = { ...standardFieldProps };

    value(suffix) {
        return this.props.record.data[prefixOf(this.props.name, "rating") + suffix];
    }

    get level() {
        return ratingLevel(this.value("rating"), this.value("risk"));
    }
}

/** Declares the fields that such a widget reads: `[suffix, type]` of each. */
export function ratingDependencies(...suffixes) {
    return ({ name }) =>
        suffixes.map(([suffix, type]) => ({
            name: prefixOf(name, "rating") + suffix,
            type,
        }));
}
