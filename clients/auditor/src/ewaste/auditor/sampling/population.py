"""What a sample is drawn from: in an order that follows from the records alone, so that both sides count the same."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from ewaste.auditor.chains import Chains
from ewaste.evidence.custody.fold import Custody, fold
from ewaste.evidence.custody.graph import node
from ewaste.evidence.custody.model import CertificateState
from ewaste.evidence.custody.states import batch_of, certificate_state

__all__ = ["Population", "certified"]


class Population(StrEnum):
    RECORDS = "records"
    """Every record of the ledger, by index."""
    ITEMS = "items"
    """Every item in a bag of a certificate that is valid."""
    BAGS = "bags"
    """Every bag that such a certificate counts."""
    CERTIFICATES = "certificates"
    """Every certificate that is valid: neither suspended nor replaced."""


def certified(chains: Chains, population: Population) -> list[str]:
    """The ids of this population, each once, in the order of their UTF-8 bytes."""
    found = {id for certificate_id in chains.ids("certificate") for id in _under(chains, certificate_id, population)}
    return sorted(found, key=str.encode)


def _under(chains: Chains, certificate_id: str, population: Population) -> Iterable[str]:
    name = node("certificate", certificate_id)
    custody = fold(chains.evidence_of(name))
    if certificate_state(custody, certificate_id) is not CertificateState.VALID:
        return ()
    if population is Population.CERTIFICATES:
        return (certificate_id,)
    return _in_batches(custody, custody.inside(name, "batch"), population)


def _in_batches(custody: Custody, batch_ids: Iterable[str], population: Population) -> Iterator[str]:
    for batch_id in batch_ids:
        batch = batch_of(custody, batch_id)
        for bag_id in batch.bag_ids if batch else ():
            if population is Population.BAGS:
                yield bag_id
            else:
                yield from custody.inside(node("bag", bag_id), "item")
