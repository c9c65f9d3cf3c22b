"""A small world whose events are written and read as real records: the recycler and what follows from it."""

from typing import Any
from uuid import UUID

from ewaste.contracts.envelope import source_of
from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.events.dropoff import Category
from ewaste.contracts.events.recycler import (
    BatchInput,
    BatchOpened,
    BatchRecycled,
    FractionTreated,
    LoadReceived,
    LoadRejected,
    OutputFraction,
    ReceivedBag,
    RejectionReason,
    SortedGrams,
)
from ewaste.contracts.events.traceability import CertificateIssued, CertificateSuspended, SuspensionReason
from ewaste.contracts.fields import Context

from .world_street import PARTNER, WHO, Street  # noqa: TID252 - tests are no package; this is the folder beside


class World(Street):
    """The whole chain, from the box to the certificate."""

    def receive(self, load_id: str, *bag_ids: str, seal: str | None = None, off: int = 0) -> UUID:
        rows = self._rows(bag_ids)
        return self.accept(
            LoadReceived(
                load_id=load_id,
                bags=tuple(
                    ReceivedBag(bag_id=id, seal_read=seal or known, received_grams=grams + off)
                    for id, known, grams in rows
                ),
                received_grams=sum(grams + off for _, _, grams in rows),
                **WHO,
            )
        )

    def reject(self, load_id: str, *bag_ids: str) -> UUID:
        return self.accept(LoadRejected(load_id=load_id, bag_ids=bag_ids, reason=RejectionReason.CONTAMINATED, **WHO))

    def open(
        self, batch_id: str, grams: dict[str, int], other: int = 0, sorted: dict[Category, int] | None = None
    ) -> UUID:
        inputs = tuple(BatchInput(bag_id=id, grams=amount) for id, amount in grams.items())
        found = tuple(SortedGrams(category=category, grams=amount) for category, amount in (sorted or {}).items())
        return self.accept(BatchOpened(batch_id=batch_id, inputs=inputs, other_client_grams=other, sorted=found, **WHO))

    def recycle(self, batch_id: str, *outputs: OutputFraction, loss: int = 0) -> UUID:
        return self.accept(
            BatchRecycled(batch_id=batch_id, partner_id=PARTNER, outputs=outputs, process_loss_grams=loss)
        )

    def treat(
        self,
        batch_id: str,
        fraction_id: str,
        grams: int,
        *outputs: OutputFraction,
        id: str = "T-1",
        loss: int = 0,
        **rest: Any,
    ) -> UUID:
        """`rest` is what else a treatment may say: another facility, its country, Basel numbers."""
        return self.accept(
            FractionTreated(
                treatment_id=id,
                batch_id=batch_id,
                fraction_id=fraction_id,
                grams=grams,
                outputs=outputs,
                process_loss_grams=loss,
                **{**WHO, **rest},
            )
        )

    def certificate(self, certificate_id: str, batch_id: str, replaces: str | None = None) -> UUID:
        return self.say(
            Context.TRACEABILITY,
            CertificateIssued(
                certificate_id=certificate_id,
                batch_id=batch_id,
                partner_id=PARTNER,
                ledger_size=1,
                ledger_root="00" * 32,
                rules_digest="00" * 32,
                content_digest="00" * 32,
                input_grams=1,
                output_grams=1,
                process_loss_grams=0,
                landfill_grams=0,
                replaces_certificate_id=replaces,
            ),
        )

    def suspend(self, certificate_id: str) -> UUID:
        why = SuspensionReason.EVIDENCE_CORRECTED
        return self.say(
            Context.TRACEABILITY, CertificateSuspended(certificate_id=certificate_id, reason=why, evidence=(0,))
        )

    def correct(
        self, context: Context, event_id: UUID | str, *, source: str | None = None, id: UUID | None = None
    ) -> UUID:
        return self.say(
            context,
            EventCorrected(
                corrected_event_id=str(event_id),
                corrected_source=source or source_of("cm", context),
                reason=CorrectionReason.MISTYPED,
            ),
            id=id,
        )

    def deliver(self, load_id: str, *bag_ids: str) -> None:
        """Bags hung, collected, driven to the recycler and weighed in, nothing unusual."""
        for bag_id in bag_ids:
            self.install(bag_id)
            self.drop(f"I-{bag_id}", bag_id)
            self.collect(bag_id)
        self.dispatch(load_id, *bag_ids)
        self.hand_over(load_id, *bag_ids)
        self.receive(load_id, *bag_ids)
