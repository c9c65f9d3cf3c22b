"""What is asked of the statements resource by GET (Communication 2.1.3)."""

from typing import Annotated, Final, Literal

from ewaste.contracts.refusal import Refused
from ewaste.education.xapi.mentions import activity_key, agent_key
from ewaste.education.xapi.model import BAD_REQUEST, PAGE_STATEMENTS, Query, key_of
from ewaste.education.xapi.reading import parse
from ewaste.education.xapi.routes import Iri, Timestamp, UuidText
from ewaste.education.xapi.rules.actors import identified
from ewaste.education.xapi.rules.formats import moment
from ewaste.education.xapi.rules.shape import Invalid
from ewaste.education.xapi.views import Format
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["StatementFilter", "read_agent"]

_ALONE: Final = frozenset({"statement_id", "voided_statement_id", "format", "attachments"})
Boolean = Literal["true", "false"]


class StatementFilter(BaseModel):
    """The parameters of GET; every other name is refused."""

    model_config = ConfigDict(extra="forbid")

    statement_id: Annotated[UuidText | None, Field(alias="statementId")] = None
    voided_statement_id: Annotated[UuidText | None, Field(alias="voidedStatementId")] = None
    agent: str | None = None
    verb: Iri | None = None
    activity: Iri | None = None
    registration: UuidText | None = None
    related_activities: Boolean = "false"
    related_agents: Boolean = "false"
    since: Timestamp | None = None
    until: Timestamp | None = None
    limit: Annotated[int, Field(ge=0)] = 0
    format: Format = Format.EXACT
    attachments: Boolean = "false"
    ascending: Boolean = "false"
    more: str | None = None

    def check_alone(self) -> None:
        """Raise `Refused` where one statement is asked for together with a filter (XAPI-00150, XAPI-00151)."""
        if self.statement_id and self.voided_statement_id:
            detail = "statementId and voidedStatementId can't be asked for at once"
            raise Refused("parameters-exclude", detail, field="voidedStatementId", status=BAD_REQUEST)
        beside = self.model_fields_set - _ALONE
        if beside:
            detail = f"{', '.join(sorted(beside))} can't stand beside statementId or voidedStatementId"
            raise Refused("parameters-exclude", detail, field=min(beside), status=BAD_REQUEST)

    def to_query(self) -> Query:
        """Raises `Refused`."""
        keys = [(key_of(f"verb:{self.verb}"), False)] if self.verb else []
        if self.activity:
            keys.append((key_of(activity_key(self.activity)), self.related_activities == "true"))
        if self.agent is not None:
            keys.append((key_of(read_agent(self.agent)), self.related_agents == "true"))
        if self.registration:
            keys.append((key_of(f"registration:{self.registration.lower()}"), False))
        return Query(
            keys=tuple(keys),
            since=moment(self.since) if self.since else None,
            until=moment(self.until) if self.until else None,
            ascending=self.ascending == "true",
            limit=min(self.limit or PAGE_STATEMENTS, PAGE_STATEMENTS),
        )


def read_agent(text: str) -> str:
    """The key of the agent or identified group in a parameter; raises `Refused`."""
    try:
        agent = parse(text)
        identified(agent, "agent")
    except Invalid as invalid:
        raise Refused("agent-invalid", f"agent {invalid}", field="agent", status=BAD_REQUEST) from None
    found = agent_key(agent)
    assert found, "an identified agent has a key"
    return found
