#!/bin/sh
# Runs a Python program: the interpreter, then the program and its arguments. Leaves no byte code in the workspace.
set -eu
python=$1
shift
exec "$python" -B "$@"
