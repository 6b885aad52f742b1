"""What each kind of product is asked for: read, kept, checked, compared, drafted."""
