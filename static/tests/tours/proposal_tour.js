import { registry } from "@web/core/registry";

/** Two updates one after the other, with the keys; a line of the first is ignored. */
registry.category("web_tour.tours").add("partner_company_data_proposals", {
    timeout: 60_000, // A cold server on a busy machine takes its time.
    steps: () => [
        {
            content: "Open the first update",
            trigger: ".o_data_row:contains(CEGID) td[name=partner_id]",
            run: "click",
        },
        {
            content: "Leave its street as it is",
            trigger: ".o_data_row:contains(1 RUE NEUVE) td[name=selected]",
            run: "click",
        },
        {
            content: "The screen says what that means",
            trigger: ".alert [name=ignored_summary]:not(:empty)",
        },
        {
            content: "Validate, then next",
            trigger: "button[name=action_validate_next]",
            run: "click",
        },
        {
            content: "The next one of the list is there: validate it as well",
            trigger: ".o_form_view h1:contains(LDLC BOUTIQUES)",
        },
        {
            trigger: "button[name=action_validate_next]:enabled",
            run: "click",
        },
        {
            content: "Back in the list, with the number left",
            trigger: ".o_notification_content:contains(1)",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(SEB)",
        },
        {
            trigger: ".o_list_view:not(:has(.o_data_row:contains(CEGID)))",
        },
    ],
});
