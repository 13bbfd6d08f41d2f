"""What a button tells the person who pressed it."""

CLOSE = {"type": "ir.actions.act_window_close"}
RELOAD = {"type": "ir.actions.client", "tag": "soft_reload"}


def notification(message, kind="info", then=None, **params):
    """Action that shows ``message`` in the corner of the screen.

    :param kind: ``success``, ``info``, ``warning`` or ``danger``
    :param then: action that follows: :data:`CLOSE`, :data:`RELOAD` or any other
    :param params: more parameters of Odoo's ``display_notification``
    """
    params |= {"type": kind, "message": message}
    if then:
        params["next"] = then
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": params,
    }
