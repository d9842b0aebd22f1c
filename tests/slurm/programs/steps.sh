#!/bin/bash
# A run that works in steps of a fifth of a second, goes on from what it saved, and tells on itself: each step appends
# "<attempt> <pid> <time> <step>" to the file `trace`.
# A file `finish` in its directory ends its work early.
# usage: steps.sh <number of steps> [deaf]
# USR1, and TERM as it comes from Slurm: saves and exits with 85. With "deaf" it never saves. Nothing is forked but for saving.
steps=$1
step=0
[[ -f saved ]] && step=$(<saved)
exec {never}<> <(:)

save() {
  echo "$step" > saved.new
  mv saved.new saved
  echo saved > "$JUQUEUE_CHECKPOINT_FILE"
  exit 85
}
[[ ${2:-} == deaf ]] || trap save USR1 TERM

while (( step < steps )) && [[ ! -e finish ]]; do
  echo "$JUQUEUE_ATTEMPT $$ $EPOCHREALTIME $step" >> trace
  read -r -t 0.2 -u "$never"
  step=$((step + 1))
done
echo "$JUQUEUE_ATTEMPT $$ $EPOCHREALTIME done" >> trace
