#!/usr/bin/env bash
# Who may do what on the cluster, as commands that may be run again. Nothing is allowed that is not named here.
#
#   acls.sh services                 one user per service: writes its own topics, reads the evidence topics
#   acls.sh partner ID               one recycler: writes ewaste.partner.ID and nothing else
#   acls.sh auditor NAME             one auditor: reads every evidence topic, writes nothing
#   acls.sh revoke partner ID        (or auditor NAME) takes the permissions (at once) and the password away
#
# BOOTSTRAP  servers, e.g. kafka-1:9092,kafka-2:9092,kafka-3:9092
# ADMIN      properties file that lets the administrator in (security.protocol, sasl.*, ssl.truststore.*)
# PASSWORD   the new user's password (services: the same variable for all, or PASSWORD_<SERVICE>)
# KAFKA_BIN  folder of kafka-acls.sh and kafka-configs.sh; default: found on PATH
set -euo pipefail

case "${1:-}" in
  services | partner | auditor | revoke) ;;
  *) sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
: "${BOOTSTRAP:?set BOOTSTRAP to the servers of the cluster}"
: "${ADMIN:?set ADMIN to the properties file of the administrator}"
readonly SERVICES=(dropoff logistics recycler education traceability)
readonly PARTNER_BYTES_PER_SECOND="${PARTNER_BYTES_PER_SECOND:-1048576}"

tool() {
  local name="$1"
  shift
  "${KAFKA_BIN:+$KAFKA_BIN/}$name" --bootstrap-server "$BOOTSTRAP" --command-config "$ADMIN" "$@"
}

# add, or remove: revoking takes away exactly what granting gave.
ACTION=add

allow() { # USER, then what kafka-acls takes
  local user="$1"
  shift
  tool kafka-acls.sh "--$ACTION" --force --allow-principal "User:$user" "$@" > /dev/null
}

configure() { # USER NAME VALUE
  local change=(--add-config "$2=$3")
  [[ "$ACTION" == add ]] || change=(--delete-config "$2")
  tool kafka-configs.sh --alter --entity-type users --entity-name "$1" "${change[@]}" > /dev/null
}

user() { # USER PASSWORD
  configure "$1" SCRAM-SHA-512 "[iterations=8192,password=$2]"
  echo "$ACTION $1"
}

writes() { allow "$1" --operation Write --operation Describe --topic "$2" --resource-pattern-type "${3:-literal}"; }
reads() { allow "$1" --operation Read --operation Describe --topic "$2" --resource-pattern-type "${3:-literal}"; }

service() {
  local name="$1" secret="PASSWORD_${1^^}"
  user "$name" "${!secret:-${PASSWORD:?set PASSWORD or $secret}}"
  writes "$name" "ewaste.$name"
  writes "$name" "ewaste.$name.dead"
  reads "$name" "ewaste." prefixed
  allow "$name" --operation Read --operation Describe --group "ewaste.$name" --resource-pattern-type prefixed
  allow "$name" --operation IdempotentWrite --cluster
}

partner() {
  local name="partner-$1"
  user "$name" "${PASSWORD:?set PASSWORD}"
  writes "$name" "ewaste.partner.$1"
  allow "$name" --operation IdempotentWrite --cluster
  # One partner's broken loop must not slow the city down.
  configure "$name" producer_byte_rate "$PARTNER_BYTES_PER_SECOND"
  configure "$name" request_percentage 50
}

auditor() {
  local name="auditor-$1"
  user "$name" "${PASSWORD:?set PASSWORD}"
  reads "$name" "ewaste." prefixed
  allow "$name" --operation Read --operation Describe --group "ewaste-auditor.$1"
}

# Ids become parts of topic names and of commands.
if [[ "${1:-}" == revoke ]]; then
  ACTION=remove PASSWORD=none
  shift
fi
[[ "${2:-a}" =~ ^[a-z0-9-]+$ ]] || { echo "an id has a-z, 0-9 and '-': ${2}" >&2; exit 2; }
case "${1:-}:$ACTION" in
  services:add) for name in "${SERVICES[@]}"; do service "$name"; done ;;
  partner:*) partner "${2:?which partner?}" ;;
  auditor:*) auditor "${2:?which auditor?}" ;;
  *) echo "only a partner's or an auditor's permissions can be revoked" >&2; exit 2 ;;
esac
