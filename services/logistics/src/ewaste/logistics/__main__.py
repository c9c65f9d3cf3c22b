"""`python -m ewaste.logistics`, also installed as `ewaste-logistics`."""

from ewaste.logistics.app import build_app
from ewaste.logistics.settings import Settings
from ewaste.runtime.cli import service_cli

__all__ = ["main"]

main = service_cli(build_app, Settings)

if __name__ == "__main__":
    main()
