#!/usr/bin/env bash
# Nodes on one PostgreSQL and one Redis, people who talk and assistants that answer; every three seconds a node or Redis is killed and
# started again. At the end everything that anybody was shown is held against the promises, and what happened is printed. Fails when a
# promise was broken, and says then where the history is. A seed repeats the draws, not the moments: whom it hits depends on who lives.
# The longest silence of a reply may span several deaths; with --every 15 they are far enough apart for each to be one of its own.
#
#   scripts/chaos.sh [--seconds 120] [--every 3] [--seed N] [--nodes 3] [--clients 50] [--chats 20]
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=120 every=3 seed=$RANDOM nodes=3 clients=50 chats=20
while [ $# -gt 0 ]; do
  case $1 in
    --seconds | --every | --seed | --nodes | --clients | --chats)
      [ $# -gt 1 ] || { echo "$1 needs a number." >&2; exit 2; }
      printf -v "${1#--}" %s "$2"
      shift 2
      ;;
    *)
      echo "Unknown: $1" >&2
      exit 2
      ;;
  esac
done
for number in "$seconds" "$every" "$seed" "$nodes" "$clients" "$chats"; do
  [[ $number =~ ^[0-9]+$ ]] || { echo "Not a number: $number" >&2; exit 2; }
done
[ "$every" -gt 0 ] || { echo "--every needs at least a second." >&2; exit 2; }

dotnet build HubChat.sln --verbosity quiet --nologo
mkdir -p artifacts/test
report=$PWD/artifacts/test/chaos.txt
rm -f "$report"
echo "Seed $seed"

status=0
HUBCHAT_CHAOS_SECONDS=$seconds HUBCHAT_CHAOS_EVERY=$every HUBCHAT_CHAOS_SEED=$seed HUBCHAT_CHAOS_NODES=$nodes HUBCHAT_CHAOS_CLIENTS=$clients \
  HUBCHAT_CHAOS_CHATS=$chats HUBCHAT_CHAOS_REPORT=$report \
  dotnet artifacts/bin/HubChat.Tests/debug/HubChat.Tests.dll --no-ansi --no-progress --explicit only \
  --filter-class HubChat.Tests.Cluster.ChaosRun --timeout "$((seconds + 900))s" >artifacts/test/chaos-output.txt </dev/null || status=$?
[ "$status" = 0 ] || cat artifacts/test/chaos-output.txt
[ ! -f "$report" ] || cat "$report"
[ "$status" = 0 ] || exit 1
