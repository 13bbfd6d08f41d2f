import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const state = (value) => `.o_arrow_button_current[data-value=${value}]`;

/** A limit above what one person grants alone. */
tours.add("partner_company_data_decision_submitted", {
    timeout: 60_000, // A cold server on a busy machine takes its time.
    steps: () => [
        {
            trigger: "[name=limit] input",
            run: "edit 70000",
        },
        {
            trigger: "[name=comment] textarea",
            run: "edit Comptes vus avec le client",
        },
        {
            trigger: "button[name=action_submit]",
            run: "click",
        },
        {
            content: "It waits for a second person",
            trigger: state("to_approve"),
        },
    ],
});

/** The second person sees what was known, and approves. */
tours.add("partner_company_data_decision_approved", {
    timeout: 60_000, // A cold server on a busy machine takes its time.
    steps: () => [
        {
            content: "What was known stands there",
            trigger: "[name=evidence_display] .o_credit_facts table",
        },
        {
            trigger: "button[name=action_approve]",
            run: "click",
        },
        {
            trigger: state("granted"),
        },
    ],
});

/** Who would be told, before the rule is left to itself. */
tours.add("partner_company_data_alert_previewed", {
    timeout: 60_000, // A cold server on a busy machine takes its time.
    steps: () => [
        {
            trigger: "[name=condition_ids] td[name=value]",
            run: "click",
        },
        {
            trigger: "[name=condition_ids] [name=value] input",
            run: "edit 60",
        },
        {
            trigger: "button[name=action_preview]",
            run: "click",
        },
        {
            content: "The customers are listed",
            trigger: ".o_list_view .o_data_row:contains(Acier du Rhône)",
        },
    ],
});
