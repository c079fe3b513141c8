#!/usr/bin/env bash
# A payment with curl. KERMESSE_URL, KERMESSE_KEY: what `npm start` prints. KERMESSE_GENESIS: whom you trust.
set -euo pipefail
U="$KERMESSE_URL/v1" H="authorization: Bearer $KERMESSE_KEY" J='content-type: application/json'
TAG="${1:-04$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')}"

# A UUIDv7: 48 bits of time, the version, the variant, the rest random. The id is made before it is sent.
uuid7() {
  local ms random
  ms=$(printf '%012x' "$(date +%s%3N)")
  random=$(od -An -N10 -tx1 /dev/urandom | tr -d ' \n')
  echo "${ms:0:8}-${ms:8:4}-7${random:0:3}-a${random:3:3}-${random:6:12}"
}

# The same request, with the same id, until the answer is one: not after 202, 429, 5xx or silence.
settle() {
  local path=$1 body=$2 status
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    status=$(curl -s --max-time 15 -o answer.json -w '%{http_code}' "$U$path" -H "$H" -H "$J" -d "$body" || echo 000)
    case $status in
      200 | 201 | 410 | 422) break ;;
      000 | 202 | 429 | 5??) sleep "$((attempt < 5 ? 1 : 5))" ;;
      *) break ;;
    esac
  done
  echo "$path $status $(cat answer.json)"
}

settle /cards "{\"id\":\"$(uuid7)\",\"tag\":\"$TAG\",\"activate\":true}"
settle /topups "{\"id\":\"$(uuid7)\",\"tag\":\"$TAG\",\"amount\":2000}"
ID=$(uuid7)
echo "$ID" >> journal.txt
settle /payments "{\"id\":\"$ID\",\"payers\":[{\"tag\":\"$TAG\"}],\"amount\":650}"
# Again: the same answer, and no second charge.
settle /payments "{\"id\":\"$ID\",\"payers\":[{\"tag\":\"$TAG\"}],\"amount\":650}"
# After a crash: what became of the ids in the journal, and what the node still keeps of this place.
curl -s "$U/transactions/$ID" -H "$H" && echo
curl -s "$U/payments?state=open" -H "$H" && echo
curl -s "$U/transactions/$ID/receipt" -H "$H" > receipt.json
