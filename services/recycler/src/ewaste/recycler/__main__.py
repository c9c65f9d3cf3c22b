"""`python -m ewaste.recycler`, also installed as `ewaste-recycler`."""

from ewaste.recycler.app import build_app
from ewaste.recycler.settings import Settings
from ewaste.runtime.cli import service_cli

__all__ = ["main"]

main = service_cli(build_app, Settings)

if __name__ == "__main__":
    main()
