"""The JSON face of the panel: parse, call, answer.

Nothing is built in this room yet.
"""
