"""`python -m goodsmith` is `goodsmith`."""

from goodsmith.cli import main

if __name__ == "__main__":
    main()
