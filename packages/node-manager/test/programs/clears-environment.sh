#!/bin/sh
# Leaves a process of the given length in another session, whose environment is empty and whose parent is gone; goes on.
(env -i setsid sleep "$1" &)
exec sleep 600
