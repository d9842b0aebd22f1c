/**
 * What stands between a node and the command of a job: it executes the command and ends it, with everything in its process group,
 * when the instant (seconds of the epoch) in the lease file has passed. The same text for every job; all that differs comes as
 * arguments. A renewed lease is a new instant in the file. When the file cannot be read (a file system that hangs), the last
 * instant that was read holds: whoever sleeps until it needs no file.
 */
export const fenceScript = `#!/bin/sh
# fence.sh LEASE COMMAND [ARGUMENT...]
until_of() {
  instant=
  { read -r instant < "$1"; } 2>/dev/null
  case $instant in '' | *[!0-9]*) instant= ;; esac
}

if [ "$1" = --watch ]; then
  lease=$2 group=$3 known= killer=
  end() { kill -s KILL -- "-$group" 2>/dev/null; kill -KILL "$group" 2>/dev/null; }
  while kill -0 "$group" 2>/dev/null; do
    until_of "$lease"
    now=$(date +%s)
    if [ -n "$instant" ] && [ "$instant" != "$known" ]; then
      left=$((instant - now))
      [ "$left" -gt 0 ] || left=0
      (sleep "$left"; end) &
      [ -z "$killer" ] || kill -KILL "$killer" 2>/dev/null
      killer=$! known=$instant
    fi
    [ -z "$known" ] || [ "$now" -lt "$known" ] || end
    sleep 3
  done
  exit
fi

lease=$1
shift
until_of "$lease"
[ -n "$instant" ] && [ "$(date +%s)" -lt "$instant" ] || kill -KILL $$
# Where in the log of the run what the job writes begins.
[ -z "\${JUQUEUE_RUN_DIR:-}" ] || [ -e "$lease.log" ] || { wc -c < "$JUQUEUE_RUN_DIR/logs/stdout.log" > "$lease.log"; } 2>/dev/null
# Signals for the whole group are for the command; this waits for its end.
trap : TERM INT HUP USR1 USR2
# Processes of others are neither seen nor reached. The first process of a table gets no signals by default, so it is a shell.
[ -z "\${JUQUEUE_HUB_ALONE:-}" ] || set -- unshare --map-current-user --pid --fork --kill-child --mount-proc -- /bin/sh -c '"$@"; exit $?' sh "$@"
setsid /bin/sh "$0" --watch "$lease" $$ < /dev/null > /dev/null 2>&1 &
watcher=$!
"$@"
code=$?
kill -s KILL -- "-$watcher" 2>/dev/null || kill -KILL "$watcher" 2>/dev/null
exit "$code"
`;

/** The one line of bash before a job's command. The paths come in variables, so no text of anybody becomes part of a script. */
export const fenceLine = 'set -- /bin/sh "$JUQUEUE_HUB_FENCE" "$JUQUEUE_HUB_LEASE" "$@"';
