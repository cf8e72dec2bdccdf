"""What an update may not lose: one TOML file a product, how it is read, what it means.

The format is told in docs/recipes.md; `siappakai.products.balance` is the door to this room.
"""
