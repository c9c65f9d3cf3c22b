"""`python -m ewaste.traceability`, also installed as `ewaste-traceability`."""

from ewaste.runtime.cli import service_cli
from ewaste.traceability.app import build_app
from ewaste.traceability.settings import Settings

__all__ = ["main"]

main = service_cli(build_app, Settings)

if __name__ == "__main__":
    main()
