#!/usr/bin/env bash
# Runs modship build with the inputs of action.yml, and writes its outputs.
set -euo pipefail

flags=()
[[ -z $FILE ]] || flags+=(--file "$FILE")
[[ -z $TARGET ]] || flags+=(--target "$TARGET")
[[ -z $PLATFORMS ]] || flags+=(--platform "$PLATFORMS")
[[ $PUSH != true ]] || flags+=(--push)

# each FLAG LINES adds a flag for each line that is not empty; of an empty FLAG the lines stand alone.
each() {
  local line
  while IFS= read -r line; do
    [[ -z $line ]] || flags+=(${1:+"$1"} "$line")
  done <<<"$2"
}
each --tag "$TAGS"
each --cache-from "$CACHE_FROM"
each --cache-to "$CACHE_TO"
each "" "$FLAGS"

dir=$(mktemp -d "$RUNNER_TEMP/modship-build.XXXXXX")
[[ -z $TAGS ]] || flags+=(--image-ref-file "$dir/image")
# A list of nothing is unset for the bash of macOS.
modship build ${flags[@]+"${flags[@]}"} --metadata-file "$dir/metadata.json" -- "$CONTEXT"

end=modship_$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
{
  if [[ -s $dir/image ]]; then
    image=$(head -n 1 "$dir/image")
    echo "image=$image"
    echo "digest=${image##*@}"
  fi
  printf 'metadata<<%s\n' "$end"
  cat "$dir/metadata.json"
  echo "$end"
} >>"$GITHUB_OUTPUT"
