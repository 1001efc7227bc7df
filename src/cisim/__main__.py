"""`python -m cisim` is the command `cisim`."""

from cisim.cli import main

if __name__ == "__main__":
    main()
