import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const openTab = {
    content: "Open the financial results",
    trigger: ".o_notebook .nav-link:contains(Résultats financiers)",
    run: "click",
};

/** The first report: the tab is empty before, and tells everything afterwards. */
tours.add("partner_company_data_credit_update", {
    timeout: 60_000, // A cold server on a busy machine takes its time.
    steps: () => [
        openTab,
        {
            content: "Nothing is known yet: get it",
            trigger:
                "[name=credit_empty] button[name=action_credit_update]:contains(Mise à jour manuelle)",
            run: "click",
        },
        {
            content: "It is said that the report was bought",
            trigger: ".o_notification:contains(a été acheté)",
        },
        {
            content: "The rating stands beside the partner's name",
            trigger: ".oe_stat_button .o_credit_badge:contains(A)",
        },
        openTab,
        {
            content: "Both charts are drawn",
            trigger:
                ".o_credit_charts:has(.o_credit_chart:eq(0) canvas):has(.o_credit_chart:eq(1) canvas)",
        },
        {
            content: "Look at one year alone",
            trigger: ".o_credit_chart:eq(0) button:contains(1 an)",
            run: "click",
        },
        {
            trigger: ".o_credit_chart:eq(0) button.active:contains(1 an)",
        },
        {
            content: "Asked again at once, the same report is meant",
            trigger: ".o_credit_files button[name=action_update]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(a été acheté)",
        },
    ],
});

/** Some hours later: the dialog asks before it buys again, and no is no. */
tours.add("partner_company_data_credit_declined", {
    timeout: 60_000, // A cold server on a busy machine takes its time.
    steps: () => [
        openTab,
        {
            trigger: ".o_credit_files button[name=action_update]",
            run: "click",
        },
        {
            content: "The report is young: buy again? No",
            trigger: ".modal:contains(racheter) footer button:contains(Annuler)",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ],
});

/** Several partners from their list: what it costs is said before. */
tours.add("partner_company_data_credit_bulk", {
    timeout: 60_000, // A cold server on a busy machine takes its time.
    steps: () => [
        {
            content: "Take all that were found",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_cp_action_menus .dropdown-toggle:has(.fa-cog)",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu .o-dropdown-item:contains(Mise à jour manuelle)",
            run: "click",
        },
        {
            content: "Two are to be bought, one report is young",
            trigger: ".modal [name=to_buy_count]:contains(2)",
        },
        {
            trigger: ".modal [name=young_count]:contains(1)",
        },
        {
            trigger: ".modal footer button[name=action_confirm]",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_notification",
        },
    ],
});

/** The report that was bought, with its PDF, inside Odoo. */
tours.add("partner_company_data_credit_pdf", {
    timeout: 60_000, // A cold server on a busy machine takes its time.
    steps: () => [
        openTab,
        {
            trigger: ".o_credit_files button[name=action_open_reports]",
            run: "click",
        },
        {
            trigger: ".o_data_row:eq(0) td:eq(1)",
            run: "click",
        },
        {
            trigger: ".o_notebook .nav-link:contains(Rapport PDF)",
            run: "click",
        },
        {
            trigger: ".o_credit_pdf iframe",
        },
    ],
});
