#!/bin/sh
# Writes faster than anybody reads.
exec head -c 50000000 /dev/zero
