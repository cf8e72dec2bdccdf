"""One look for the regency: layers, locks, tokens, packages.

Nothing is built in this room yet.
"""
