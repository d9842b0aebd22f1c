#!/bin/bash
# Counts the primes of a hundred numbers in each step, and goes on where it was when it is stopped.
# usage: count_primes.sh --steps N --seconds S

steps=$2
seconds=$4

step=0
primes=0
[[ -f state ]] && read -r step primes < state
echo "begins with step $step"

# The state is replaced as a whole: a node that dies in between leaves the last one, not half of one.
save() {
  echo "$step $primes" > state.new
  mv state.new state
  echo saved > "${JUQUEUE_CHECKPOINT_FILE:-/dev/null}"
}

# A signal only leaves a note: it may come in the middle of a step.
asked=
trap 'asked=yes' USR1 TERM

is_prime() {
  local number=$1 divisor
  (( number > 1 )) || return 1
  for (( divisor = 2; divisor * divisor <= number; divisor++ )); do
    (( number % divisor )) || return 1
  done
}

while (( step < steps )); do
  for (( number = step * 100; number < (step + 1) * 100; number++ )); do
    is_prime "$number" && (( ++primes ))
  done
  step=$(( step + 1 ))
  sleep "$seconds" & wait $!

  echo "$(( step * 1000 / steps ))e-3 $primes primes below $(( step * 100 ))" > "${JUQUEUE_PROGRESS_FILE:-/dev/null}"
  if [[ $asked ]]; then
    save
    exit 85
  fi
done

echo "$primes primes below $(( steps * 100 ))"
