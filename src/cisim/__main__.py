"""`python -m cisim` is `cisim`."""

from cisim.cli.main import main

if __name__ == "__main__":
    main()
