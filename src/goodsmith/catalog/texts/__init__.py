"""Tables written as text: which encoding, which separator, which cells."""
