"""A stand-in of outside company services, over real HTTP.

For trying, tests and benchmarks; nothing of it is needed in production. It imports
nothing of the addon and nothing of Odoo. Start it with ``python -m sandbox``.
"""
