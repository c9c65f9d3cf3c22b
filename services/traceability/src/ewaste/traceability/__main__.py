"""`python -m ewaste.traceability`, also installed as `ewaste-traceability`."""

import typer
from ewaste.runtime.cli import service_cli
from ewaste.traceability.app import build_app
from ewaste.traceability.certificates.keyring import Keyring
from ewaste.traceability.settings import Settings

__all__ = ["main"]

main = service_cli(build_app, Settings)


@main.command()
def rotate_credential_key() -> None:
    """Sign credentials with a fresh key from now on; those signed before go on verifying."""
    settings = Settings()
    keyring = Keyring(settings.key_file, settings.issuer_url)
    typer.echo(f"{keyring.did}#{keyring.rotate().kid} signs from now on; back up {keyring.path}")


if __name__ == "__main__":
    main()
