"""`python -m ewaste.auditor`, also installed as `ewaste-auditor`."""

from ewaste.auditor.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
