#!/bin/sh
# Compares an image with one that was built again, as a step of a CI job: fails if they differ in more than when they were built,
# and leaves a page that says in what.
#
#     oci-diff.sh IMAGE REBUILT [PAGE]
set -eu
page=${3:-oci-diff.html}
ignore=created,file-times,attestation,formatting

# 0: no difference. 1: the page is worth reading. Others: an image could not be read, and there is no page.
code=0
oci-diff --ignore "$ignore" --deep --output html "$1" "$2" >"$page" || code=$?
case $code in
0) rm "$page" ;;
1) echo "$1 and $2 differ, see $page" ;;
*) rm "$page" ;;
esac
exit "$code"
