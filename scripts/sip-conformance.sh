#!/usr/bin/env bash
# Every flow of SIP against other implementations (sipp, baresip, openssl) and to the
# letter, as a table; make sip-conformance calls it. The whole of it once more in a
# network namespace that loses 10 % (netem), which is made and removed here: root.
# usage: scripts/sip-conformance.sh [calls of each flow]
set -uo pipefail
cd "$(dirname "$0")/.."
calls=${1:-10}
work=$(mktemp -d)
space=hotline-sip-$$
trap 'ip netns del "$space" 2>/dev/null; rm -rf "$work"' EXIT

if [ "$(id -u)" -ne 0 ]; then
  echo "The losses need a network namespace: run this as root (sudo make sip-conformance)." >&2
  exit 1
fi

package=callcenter/sipua
go test -c -race -trimpath -o "$work/sipua.test" "./$package" || exit 1

# run COLUMN PATTERN [command before it]: the test's results as "flow verdict seconds".
run() {
  local column=$1 pattern=$2
  shift 2
  (cd "$package" && "$@" "$work/sipua.test" -test.v -test.timeout 20m -test.run "$pattern" -sipp-calls "$calls") >"$work/$column.log" 2>&1
  local code=$?
  sed -nE 's/^ *--- (PASS|FAIL): (Test[^ ]*) \(([0-9.]+)s\)$/\2 \1 \3/p' "$work/$column.log" | sort >"$work/$column"
  [ -s "$work/$column" ] || { cat "$work/$column.log" >&2; exit 1; }
  return $code
}

letter='^Test(Torture|TortureIPv6)$'
crossing='^Test(CancelCrossesAnswer|CancelCrossesTheirAnswer|ByeOvertakesAck|ReinviteOvertakesAck|HangUpWaitsForAck|LostAckEndsTheCall|AnswerRepeatsUntilAck|Glare|RefreshGlare|GlarePauses|UpdateWhileOurOfferIsOpen|SecondPhoneAnswersToo|ForkedEarlyMedia|EarlyMedia|AnswerIsTheEarlyOne|UpdateBeforeTheAnswer|ReliablyHeardBeforeTheAnswer|LateOffer|LateOfferNeverAnswered|RetransmittedInviteArrivesOnce|CrossingByes|LossBothWays)$'
secure='^Test(CallOverTLS|WrongCertificate|SIPSContact|OpenSSL|BaresipOverTLS|CertificateIsAskedForEachTime)$'
phones='^Test(Registrar|RegistrarRefuses|RegistrarGuessing|RegistrarTCP|SIPpRegisters|BaresipIsADeskPhone|Ring|RingSilence|RingNext|PhoneCallsOut)$'
peers='^Test(SIPp|Conformance)$'
failed=0

run letter "$letter" || failed=1
run crossing "$crossing" || failed=1
run secure "$secure" || failed=1
run phones "$phones" || failed=1
run peers "$peers" || failed=1

# Of the second world only the flows in which every message is repeated until it arrives.
lost='^TestConformance$/^(late|session|keys|fax|late-bye|hung-up|refused)$/^(udp|tcp)$'
if ip netns add "$space" && ip netns exec "$space" ip link set lo up; then
  if ip netns exec "$space" tc qdisc add dev lo root netem loss 10% 2>"$work/netem"; then
    run netem "$lost" ip netns exec "$space" || failed=1
  else
    echo "netem is not in this kernel ($(head -1 "$work/netem")): the losses are those that the tests' own socket makes (the loss column)." >&2
  fi
else
  echo "No network namespace can be made here: the losses are those that the tests' own socket makes (the loss column)." >&2
fi

# One row for each flow; the last part of its name is the way it goes, a column.
awk -v calls="$calls" '
  function mark(v) { return v == "PASS" ? "pass" : v == "FAIL" ? "FAIL" : "-" }
  FILENAME ~ /peers$|netem$/ && $1 ~ /^TestConformance\/.*\// {
    split($1, part, "/"); flow = part[2]; way = FILENAME ~ /netem$/ ? "netem-" part[3] : part[3]
    if (!(flow in seen)) { seen[flow] = 1; order[++n] = flow }
    cell[flow, way] = $2; next
  }
  $1 ~ /^TestConformance/ || FILENAME ~ /netem$/ { next }
  { # a test with parts counts them
    split(substr($1, 5), part, "/"); test = part[1]
    if (!(test in parts)) { parts[test] = 0; tests[++m] = test }
    if (part[2] != "") { parts[test]++; if ($2 == "PASS") good[test]++ } else verdict[test] = $2
  }
  END {
    printf "%-16s %-6s %-6s %-6s %-6s %-10s %-10s   (%d calls each, sipp)\n", "flow", "udp", "tcp", "ipv6", "loss", "netem udp", "netem tcp", calls
    for (i = 1; i <= n; i++) { f = order[i]
      printf "%-16s %-6s %-6s %-6s %-6s %-10s %-10s\n", f, mark(cell[f, "udp"]), mark(cell[f, "tcp"]), mark(cell[f, "ipv6"]), mark(cell[f, "loss"]), mark(cell[f, "netem-udp"]), mark(cell[f, "netem-tcp"]) }
    print "-: not played there. sipp cannot bear what gets lost of these; calls out with losses on both sides are LossBothWays.\n"
    for (i = 1; i <= m; i++) { t = tests[i]
      printf "%-34s %s%s\n", t, mark(verdict[t]), parts[t] ? sprintf(", %d of %d", good[t], parts[t]) : "" }
  }' "$work"/peers $([ -s "$work/netem" ] && grep -q "^Test" "$work/netem" && echo "$work/netem") "$work"/letter "$work"/crossing "$work"/secure "$work"/phones

if [ "$failed" -ne 0 ]; then
  for log in "$work"/*.log; do grep -vE '^(=== |PASS$| *--- PASS)' "$log" | head -300; done
  echo "SIP conformance: FAILED" >&2
  exit 1
fi
echo "SIP conformance: all pass"
