"""Where each product keeps its look: a file a product, asked by its recipe."""
