"""The JSON face of the panel: parse, call, answer.

Nothing is built in this room yet; docs/map.md says which issue builds it.
"""
