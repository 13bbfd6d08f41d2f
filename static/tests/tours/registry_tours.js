import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** A partner without any number gets the one of the best candidate. */
tours.add("partner_company_data_get_siren", {
    timeout: 60_000, // A cold server on a busy machine takes its time.
    steps: () => [
        {
            content: "The missing number is marked, the action one click away",
            trigger: "button[name=action_get_siren]:contains(Obtenir SIRET/SIREN)",
            run: "click",
        },
        {
            content: "Search with the partner's own words",
            trigger: ".modal button[name=action_search]:contains(OpenDataSoft)",
            run: "click",
        },
        {
            content: "Tick the garage of that address",
            trigger: ".modal .o_data_row:contains(43106728900014) .o_candidate_tick input",
            run: "click",
        },
        {
            content: "Confirm",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "The number is on the partner, and no longer marked",
            trigger: ".o_form_view .o_field_widget[name=company_registry] input:value(43106728900014)",
        },
        {
            trigger: ".o_form_view:not(:has(button[name=action_get_siren]))",
        },
    ],
});

/** Cells tell what differs; the ticked result is written on the partner. */
tours.add("partner_company_data_update_from_siren", {
    timeout: 60_000, // A cold server on a busy machine takes its time.
    steps: () => [
        {
            content: "Open the partner's actions",
            trigger: ".o_form_view .o_cp_action_menus .dropdown-toggle:has(.fa-cog)",
            run: "click",
        },
        {
            content: "Update from SIREN",
            trigger: ".o-dropdown--menu .o-dropdown-item:contains(Mise à jour via SIREN)",
            run: "click",
        },
        {
            content: "Search",
            trigger: "button[name=action_search]:contains(Rechercher)",
            run: "click",
        },
        {
            content: "The city is the partner's: green",
            trigger: ".o_data_row:contains(7 RUE DE MADRID) td[name=city] .o_compared_same",
        },
        {
            content: "The street is another one: red",
            trigger:
                ".o_data_row:contains(7 RUE DE MADRID) td[name=street] .o_compared_different",
        },
        {
            content: "The partner has no NAF code: red as well",
            trigger: ".o_data_row:contains(7 RUE DE MADRID) td[name=naf] .o_compared_missing",
        },
        {
            content: "Tick the new seat",
            trigger: ".o_data_row:contains(7 RUE DE MADRID) .o_candidate_tick input",
            run: "click",
        },
        {
            content: "Update the partner",
            trigger: "button[name=action_update]",
            run: "click",
        },
        {
            content: "The partner opens with the new values",
            trigger: ".o_form_view .o_field_widget[name=street] input:value(7 RUE DE MADRID)",
        },
    ],
});

function tickCompany(siret) {
    return {
        content: `Tick the company of ${siret}`,
        trigger: `.o_data_row:contains(${siret}) .o_candidate_tick input:not(:checked)`,
        run: "click",
    };
}

/** Three companies of a town become partners. */
tours.add("partner_company_data_search_create", {
    timeout: 60_000, // A cold server on a busy machine takes its time.
    steps: () => [
        {
            content: "Look for the companies of a town: Enter searches",
            trigger: ".o_field_widget[name=city] input",
            run: "edit Roubaix && press Enter",
        },
        tickCompany("45718330900014"),
        tickCompany("82337041600013"),
        tickCompany("49210753700010"),
        {
            content: "Create them",
            trigger: "button[name=action_create]:contains(Créer les sociétés cochées)",
            run: "click",
        },
        {
            content: "The new partners are shown",
            trigger:
                ".o_action_manager:has(.o_last_breadcrumb_item:contains(Sociétés créées)) .o_data_row:contains(FILATURES DU CANAL):contains(45718330900014)",
        },
    ],
});

/** The nightly check, started by hand. */
tours.add("partner_company_data_nightly_check", {
    timeout: 60_000, // A cold server on a busy machine takes its time.
    steps: () => [
        {
            content: "Run the scheduled action now",
            trigger: "button[name=method_direct_trigger]:contains(Exécuter manuellement)",
            run: "click",
        },
        {
            content: "It has run: buttons are disabled while they work",
            trigger: "button[name=method_direct_trigger]:enabled",
        },
    ],
});

/** The morning after the first night: what is empty is filled at once. */
tours.add("partner_company_data_fill", {
    timeout: 60_000, // A cold server on a busy machine takes its time.
    steps: () => [
        {
            trigger: ".o_data_row:contains(La Condition Textile)",
        },
        {
            content: "Fill the empty fields of all",
            trigger: "button:contains(Compléter les champs vides)",
            run: "click",
        },
        {
            content: "How many partners lack each field is told before",
            trigger: ".modal .o_data_row:contains(Code NAF) td:contains(1)",
        },
        {
            trigger: ".modal footer button:contains(Compléter les champs vides)",
            run: "click",
        },
        {
            content: "The incomplete partner has left the list",
            trigger:
                "body:not(:has(.modal)) .o_list_view:not(:contains(La Condition Textile)) .o_data_row:contains(Orphea Boutique)",
        },
    ],
});

/** Two updates, one after the other; one field is to be ignored for good. */
tours.add("partner_company_data_updates", {
    timeout: 60_000, // A cold server on a busy machine takes its time.
    steps: () => [
        {
            content: "Open the first update",
            trigger: ".o_data_row:contains(Café de la Mairie) td[name=partner_id]",
            run: "click",
        },
        {
            content: "Leave its street as it is",
            trigger: ".o_form_view .o_data_row:contains(6 place Saint-Sulpice) td[name=selected]",
            run: "click",
        },
        {
            content: "The screen says that it is not proposed again",
            trigger: ".o_form_view .alert:contains(Ne plus proposer)",
        },
        {
            content: "Validate, then next",
            trigger:
                "button[name=action_validate_next]:contains(Valider les sélections, puis suivant)",
            run: "click",
        },
        {
            content: "The next one is there",
            trigger: ".o_form_view h1:contains(Orphea Boutique)",
        },
        {
            trigger: "button[name=action_validate_next]:enabled",
            run: "click",
        },
        {
            content: "Back in the list: nothing is left",
            trigger:
                ".o_list_view .o_view_nocontent:contains(Aucune mise à jour)",
        },
    ],
});
