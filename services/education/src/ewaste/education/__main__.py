"""`python -m ewaste.education`, also installed as `ewaste-education`."""

from ewaste.education.app import build_app
from ewaste.education.settings import Settings
from ewaste.runtime.cli import service_cli

__all__ = ["main"]

main = service_cli(build_app, Settings)

if __name__ == "__main__":
    main()
