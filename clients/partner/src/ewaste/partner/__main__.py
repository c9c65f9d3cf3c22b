"""`python -m ewaste.partner`, also installed as `ewaste-partner`."""

from ewaste.partner.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
