#!/bin/sh
# Leaves a process in another session, whose parent is gone, and one in its own group; then goes on.
(setsid sleep 600 &)
sleep 601 &
echo ready
exec sleep 602
