#!/usr/bin/env bash
# Measures a fresh server on this machine: time to ready, memory when idle, how soon the first words of a reply are seen, how much later
# than straight from a model's server, and what the cache of lists saves. Starts its own servers on port $PORT (default 5089; the next
# port is the model's) with throw-away data, one after another, and ends them by their process id.
set -euo pipefail
cd "$(dirname "$0")/.."

port=${PORT:-5089}
starts=${STARTS:-5}
asks=${ASKS:-300}
address=http://127.0.0.1:$port
work=$(mktemp -d)
server=
end() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
  fi
}
trap 'end; rm -rf "$work"' EXIT

start() { # start DATABASE
  ConnectionStrings__HubChat="Data Source=$work/$1.db" RateLimits__Enabled=false Usage__User__RequestsPerMinute=0 Usage__Chat__RequestsPerMinute=0 \
    Usage__Key__RequestsPerMinute=0 Assistant__DemoWordsPerSecond=10000 \
    dotnet artifacts/bin/HubChat.Server/release/HubChat.Server.dll --urls "$address" >"$work/$1.log" 2>&1 &
  server=$!
  until curl -sf -o /dev/null "$address/readyz"; do
    kill -0 "$server" 2>/dev/null || { cat "$work/$1.log" >&2; exit 1; }
    sleep 0.01
  done
}

dotnet build HubChat.Server -c Release --nologo --verbosity quiet

for i in $(seq "$starts"); do
  began=$(date +%s%N)
  start "fresh-$i"
  printf 'ready after %d ms\n' $((($(date +%s%N) - began) / 1000000))
  end
done

start idle
sleep 10
printf 'idle: %d MB resident\n' $(($(awk '/VmRSS/ { print $2 }' "/proc/$server/status") / 1024))

cp HubChat.Tests/Clients/package*.json scripts/*.mjs "$work/"
(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null && node first-words.mjs "$address" "$asks")
(cd "$work" && node cached-answers.mjs "$address" 200 "$asks")
end

export Assistant__Models__0__Name=upstream Assistant__Models__0__BaseUrl="http://127.0.0.1:$((port + 1))/v1" Assistant__Models__0__WritesTitles=false
start upstream
(cd "$work" && node added-latency.mjs "$address" "$asks" "$((port + 1))")
