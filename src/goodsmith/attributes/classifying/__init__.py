"""Which category a product belongs to: alike known products and names, how sure, and what a person must decide."""
