"""Snapshots, the repository they go to, and proofs that they can be restored.

Nothing is built in this room yet.
"""
