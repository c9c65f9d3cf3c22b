"""`python -m ewaste.local` is the command `ewaste`."""

from ewaste.local.cli import main

if __name__ == "__main__":
    main()
