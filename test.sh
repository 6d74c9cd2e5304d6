#!/usr/bin/env bash
# Checks everything: installs what the tests need where it may, checks the format, builds without a warning, runs the tests. With --all it
# also runs the slow ones, and those that talk to a server in their own process once more with what it keeps in PostgreSQL.
set -euo pipefail
cd "$(dirname "$0")"

# Where Debian keeps nginx, for those who are not root too.
PATH=$PATH:/usr/sbin

all=
# Three at a time on two cores: many of them wait for processes and browsers rather than for a core.
options=(--no-ansi --no-progress --max-threads 3)
for argument; do
  if [ "$argument" = --all ]; then all=1; else options+=("$argument"); fi
done

step() { printf '\n== %s\n' "$1"; }

# What the tests run besides .NET: command, Debian package, what for.
needs=(
  'chromium:chromium:the browser tests'
  'redis-server:redis-server:the tests with Redis'
  'psql:postgresql:the tests with PostgreSQL'
  'nginx:nginx-light:the tests of deploy/nginx.conf'
)

step 'Tools'
missing=()
for need in "${needs[@]}"; do
  IFS=: read -r command package purpose <<<"$need"
  command -v "$command" >/dev/null || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
  else
    echo "Missing: ${missing[*]}. Install them (Debian: apt-get install ${missing[*]}), then run ./test.sh again." >&2
    exit 1
  fi
fi
for need in dotnet npm node; do
  command -v "$need" >/dev/null || { echo "Missing: $need. HubChat needs the .NET SDK 10 and Node.js 20 with npm." >&2; exit 1; }
done

step 'Restore'
dotnet restore HubChat.sln

step 'Build'
dotnet build HubChat.sln --no-restore

step 'Format'
dotnet format HubChat.sln --no-restore --verify-no-changes

mkdir -p artifacts/test
: >artifacts/test/output.txt
status=0
run() { # run LIMIT OPTION...; a test that waits for ever ends with the limit
  dotnet artifacts/bin/HubChat.Tests/debug/HubChat.Tests.dll --timeout "$@" | tee -a artifacts/test/output.txt || status=$?
}

step 'Tests'
if [ -n "$all" ]; then
  run 60m "${options[@]}"
  step 'Tests on PostgreSQL'
  HUBCHAT_TESTS_DATABASE=postgres run 40m "${options[@]}" --filter-namespace 'HubChat.Tests.Chats*' 'HubChat.Tests.Endpoints*' HubChat.Tests.Generations HubChat.Tests.Usage
else
  run 40m "${options[@]}" --filter-not-trait Category=Slow
fi

# The closing line, in the form that every runner of tests understands.
count() { awk -v line="$1:" '$1 == line { sum += $2 } END { print sum + 0 }' artifacts/test/output.txt; }
printf '\n%s passed, %s failed, %s skipped\n' "$(count succeeded)" "$(count failed)" "$(count skipped)"
exit "$status"
