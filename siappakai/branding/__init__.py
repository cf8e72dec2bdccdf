"""One look for the regency: layers, locks, tokens, packages.

Nothing is built in this room yet; docs/map.md says which issue builds it.
"""
