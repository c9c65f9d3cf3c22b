"""`python -m ewaste.dropoff`, also installed as `ewaste-dropoff`."""

from ewaste.dropoff.app import build_app
from ewaste.dropoff.settings import Settings
from ewaste.runtime.cli import service_cli

__all__ = ["main"]

main = service_cli(build_app, Settings)

if __name__ == "__main__":
    main()
