def open_records(records, **action):
    """Action that opens records: the form of one, else their list.

    :param action: more of the action: ``name``, ``target``, ``context`` …
    """
    action |= {
        "type": "ir.actions.act_window",
        "res_model": records._name,
        "domain": [("id", "in", records.ids)],
    }
    if len(records) == 1:
        return action | {"res_id": records.id, "views": [(False, "form")]}
    return action | {"views": [(False, "list"), (False, "form")]}
