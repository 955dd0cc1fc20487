#!/usr/bin/env bash
# Puts the commands of Modship into the PATH of the steps that follow: see action.yml.
set -euo pipefail

if [[ -z $VERSION ]]; then
  root=$(cd "$GITHUB_ACTION_PATH/../../.." && pwd)
  make -C "$root" --no-print-directory all
  echo "$root/bin" >>"$GITHUB_PATH"
  exit
fi

if [[ -z $PUBLIC_KEY ]]; then
  echo "::error::a release needs the input public-key: the checksums are worth as much as their signature"
  exit 2
fi
case "$(uname -s)-$(uname -m)" in
Linux-x86_64) platform=linux-amd64 ;;
Linux-aarch64) platform=linux-arm64 ;;
Darwin-x86_64) platform=darwin-amd64 ;;
Darwin-arm64) platform=darwin-arm64 ;;
*)
  echo "::error::there is no archive for $(uname -s) on $(uname -m) that this action can unpack"
  exit 2
  ;;
esac

dir=$(mktemp -d "$RUNNER_TEMP/modship.XXXXXX")
cd "$dir"
name=modship-$VERSION-$platform
for file in SHA256SUMS SHA256SUMS.sig "$name.tar.gz"; do
  curl --fail --silent --show-error --location --retry 3 --output "$file" "$RELEASES/$VERSION/$file"
done
printf '%s\n' "$PUBLIC_KEY" >release.pub
base64 -d <SHA256SUMS.sig >sums.der
openssl dgst -sha256 -verify release.pub -signature sums.der SHA256SUMS
grep -F "  $name.tar.gz" SHA256SUMS >own
if command -v sha256sum >/dev/null; then sha256sum --check own; else shasum -a 256 --check own; fi
tar -xzf "$name.tar.gz"
echo "$dir/$name" >>"$GITHUB_PATH"
