"""What is done inside of Odoo's own process for a database that is kept."""


def prepare_bundles(env) -> None:
    """Make the bundles of scripts and styles that Odoo makes before browser tests."""
    env["ir.qweb"]._pregenerate_assets_bundles()
    env.cr.commit()
