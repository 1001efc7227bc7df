"""`python -m cisim` is `cisim`."""

from cisim.cli import main

if __name__ == "__main__":
    main()
