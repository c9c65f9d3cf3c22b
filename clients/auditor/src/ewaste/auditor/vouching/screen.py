"""What people see of a certificate that was vouched for."""

from ewaste.auditor.findings import what_to_do
from ewaste.auditor.vouching.basis import Basis, Role
from ewaste.auditor.vouching.vouch import Vouched
from ewaste.evidence.custody.model import CertificateState
from rich.console import Console
from rich.text import Text

__all__ = ["show_vouched"]


def show_vouched(console: Console, found: Vouched) -> None:
    """Every record with its place and its signature, then each finding with what to do."""
    data = found.certificate
    state = found.state.value if found.state else "taken back"
    console.print(Text(f"{data.certificate_id}  batch {data.batch_id}, {data.partner_id}: {state}", style="bold"))
    console.print(Text(f"announced at index {found.index}, from the first {data.ledger_size:,} records"))
    for each in found.basis:
        console.print(Text.assemble((f"{each.place.index:>9}  ", "dim"), f"{each.type or '?':<22}", _answer(each)))
        console.print(Text(f"           {_kafka(each)}", style="dim"))
    for finding in found.findings.by_place():
        console.print(Text(f"\n{finding.code.value}: {finding.message}", style="red"))
        console.print(Text(f"  {finding.place or 'no single record'}"))
        console.print(Text(f"  {what_to_do(finding.code)}"))
    counts = {role: sum(each.role is role for each in found.basis) for role in Role}
    console.print(
        f"\n{len(found.basis)} records, all under root {found.head.root.hex()} at size {found.head.size:,}: "
        f"signed by partners {counts[Role.CLAIM]}, resting on those {counts[Role.CONFIRMED]}, "
        f"said by services {counts[Role.SERVICE]}, key registrations {counts[Role.KEY]}"
    )
    total = found.findings.counts.total()
    verdict = Text(f"{total} findings", style="bold red") if total else Text("vouched for", style="bold green")
    # Records may stand behind a certificate that others have overtaken since.
    holds = "" if found.state is CertificateState.VALID else f", and it is {state}: it does not count now"
    console.print(Text.assemble(f"{data.certificate_id}: ", verdict, (holds, "bold yellow")))


def _answer(each: Basis) -> Text:
    if each.role is Role.CLAIM:
        holds = Text(f"signed with {each.key_id}", style="green")
        return holds if each.signed else Text(f"NOT SIGNED: {each.fault}", style="bold red")
    if each.role is Role.CONFIRMED:
        return Text(f"rests on #{each.rests_on}" if each.rests_on is not None else "its claim is MISSING")
    return Text(f"registers {each.key_id}" if each.role is Role.KEY else "said by a service")


def _kafka(each: Basis) -> str:
    place = each.place
    return f"{place.topic} · partition {place.partition} · offset {place.offset} · {each.time or ''}".rstrip(" ·")
