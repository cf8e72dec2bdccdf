"""Release day: plans, waves, gates, rehearsals, verdicts, receipts, and the drive through them."""
