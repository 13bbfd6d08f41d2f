import { registry } from "@web/core/registry";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

/** Colours of the theme by severity, as on the badges of the list. */
const COLORS = {
    critical: "--danger",
    warning: "--warning",
    info: "--info",
    good: "--success",
};

/** Events by severity: each has the colour that it has elsewhere. */
export class CreditEventGraphRenderer extends GraphRenderer {
    getBarChartData() {
        const data = super.getBarChartData();
        const style = getComputedStyle(document.documentElement);
        const labels = this.model.metaData.fields.severity.selection;
        for (const [severity, label] of labels) {
            for (const dataset of data.datasets) {
                if (dataset.label === label) {
                    dataset.backgroundColor = style
                        .getPropertyValue(COLORS[severity])
                        .trim();
                }
            }
        }
        return data;
    }
}

registry.category("views").add("credit_event_graph", {
    ...graphView,
    Renderer: CreditEventGraphRenderer,
});
