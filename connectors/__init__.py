"""The outside services: HTTP in, dataclasses out, typed errors. No Odoo here."""
