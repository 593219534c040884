#!/bin/sh
# An agent without a model: the commands of skills/crosstown/SKILL.md, in its order. The prompt is the first argument.
set -u
number() { sed -n "s/.*\"$1\":\"\{0,1\}\([0-9]*\).*/\1/p" | head -n 1; }
most=$(printf '%s\n' "$1" | sed -n 's/.*at most \([0-9.]*\) M2M.*/\1/p')
most_units=$(awk "BEGIN { printf \"%d\", $most * 1000000 }")

crosstown doctor --output json >/dev/null || exit 1
plan=$(crosstown job submit ci-run --input . --param command="sh test.sh" --dry-run --output json) || {
  echo '{"job_id":null}' > answer.json
  exit 0
}
price=$(printf '%s' "$plan" | number total_units)
if [ "$price" -gt "$most_units" ]; then
  echo '{"job_id":null}' > answer.json
  exit 0
fi
job=$(crosstown job submit ci-run --input . --param command="sh test.sh" --bid "$most" --wait --output json)
id=$(printf '%s' "$job" | sed -n 's/.*"job_id":"\([^"]*\)".*/\1/p')
code=$(printf '%s' "$job" | number exit_code)
printf '{"job_id":"%s","exit_code":%s}\n' "$id" "$code" > answer.json
