"""How the control database came to its present shape, one step a file."""
