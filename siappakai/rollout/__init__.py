"""Release day: waves, gates, rehearsal, verdicts, and the drive through them.

Nothing is built in this room yet.
"""
