#!/bin/sh
# A step of a CI job: fails if a program of an image has C in it, or does not start there, and keeps an SBOM of each platform.
#
#   cgo-check.sh IMAGE DIR
set -eu
image=$1 dir=$2
mkdir -p "$dir"
cgo-check --image "$image" --all -o text -o "$dir/report.json"
for platform in $(sed -n 's/^ *"platform": "\(.*\)",$/\1/p' "$dir/report.json" | sort -u); do
	cgo-check --image "$image" --platform "$platform" -o "$dir/$(echo "$platform" | tr / -).spdx.json"
done
if grep -Eq '"verdict": "(cgo|dynamic|unknown)"' "$dir/report.json"; then
	echo "$image has a program with C in it" >&2
	exit 1
fi
