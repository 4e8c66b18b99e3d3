#!/usr/bin/env bash
# Train on two machines that SSH reaches. Read by a test, and not run here.
#
#   bash examples/clusters/two_machines.sh ann@10.0.0.1 ann@10.0.0.2 --epochs 3
#
# Each machine needs Python 3.11 or later and the packages of requirements.txt,
# the same versions on both; PYTHON="~/.venv/bin/python" names a Python there. The
# address behind the @ is where the other machine finds it, so both must let PORT
# pass. What follows the two is for scale_out.py. Results stay on the first
# machine, in play-with-mnist/runs. Ctrl-C ends both; start again with --resume.
set -euo pipefail

if [ "$#" -lt 2 ]; then
    echo "usage: $0 USER@FIRST USER@SECOND [options of scale_out.py]" >&2
    exit 2
fi
machines=("$1" "$2")
shift 2
python=${PYTHON:-python3}
port=${PORT:-2222}
cluster="${machines[0]#*@}:$port,${machines[1]#*@}:$port"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

options=""
[ "$#" -eq 0 ] || options=$(printf ' %q' "$@")

for machine in "${machines[@]}"; do
    ssh "$machine" mkdir -p play-with-mnist
    scp -qr "$here" "$machine:play-with-mnist/"
done

# With a terminal (-tt), a process there ends with its connection.
start() {
    ssh -tt "${machines[$1]}" "cd play-with-mnist &&" \
        "exec $python examples/scale_out.py --cluster $cluster --index $1$options"
}
start 1 </dev/null >second.log 2>&1 &
second=$!
trap 'kill "$second" 2>/dev/null || true' EXIT

code=0
start 0 || code=$?
if [ "$code" -eq 0 ]; then
    wait "$second" || code=$?
else
    echo "The second machine said: (second.log)" >&2
    tail -n 3 second.log >&2
fi
exit "$code"
