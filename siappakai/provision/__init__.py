"""One operation on one instance: some files think, the others touch; see docs/map.md."""
