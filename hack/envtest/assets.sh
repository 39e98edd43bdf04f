#!/usr/bin/env bash
# Prints the directory that holds the control plane's programs (etcd, kube-apiserver, kubectl and
# kube-controller-manager) and makes what is missing there, in this order:
#
#   1. KUBEBUILDER_ASSETS, as every envtest user knows it, wins where it is set
#   2. what an earlier run left in the cache
#   3. setup-envtest: what was sideloaded into its store, else its download
#   4. a build from Go modules (hack/envtest/go.mod), about seven minutes on two cores
#
# Only the directory goes to stdout; progress goes to stderr. Each program is built to a temporary
# name and renamed, so an interrupted run goes on where it stopped.
set -euo pipefail

version=1.36.3
programs=(etcd kube-apiserver kubectl kube-controller-manager)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/skein/envtest/$version

say() { printf 'control plane: %s\n' "$*" >&2; }

# missing prints those programs that directory $1 lacks.
missing() {
  local program
  for program in "${programs[@]}"; do
    [[ -x $1/$program ]] || printf '%s\n' "$program"
  done
}

# ticking runs a command and says every 15 seconds that it still does; $1 is what to call it.
ticking() {
  local what=$1 start=$SECONDS status=0
  shift
  say "$what …"
  while sleep 15 </dev/null >/dev/null 2>&1; do say "$what … $((SECONDS - start)) s"; done &
  ticker=$!
  "$@" || status=$?
  kill "$ticker" 2>/dev/null && wait "$ticker" 2>/dev/null || true
  ((status == 0)) && say "$what: done after $((SECONDS - start)) s"
  return "$status"
}

# from_setup_envtest links what setup-envtest has in its store, or can download, into the cache.
from_setup_envtest() {
  local found program limit=()
  command -v timeout >/dev/null && limit=(timeout 180)
  found=$(cd "$root" && ${limit[@]+"${limit[@]}"} go tool -modfile=tools/go.mod setup-envtest use "$version" -p path 2>/dev/null) || return 1
  for program in "${programs[@]}"; do
    if [[ ! -x $cache/$program && -x $found/$program ]]; then
      ln -sf "$found/$program" "$cache/$program"
    fi
  done
  say "taken from setup-envtest: $found"
}

# build compiles one program of the control plane into the cache.
build() {
  local program=$1 package temporary=$cache/.$1.$$
  case $program in
    etcd) package=go.etcd.io/etcd/server/v3 ;;
    *) package=k8s.io/kubernetes/cmd/$program ;;
  esac
  local stamp=k8s.io/component-base/version
  (
    cd "$here"
    CGO_ENABLED=0 GOWORK=off go build -trimpath -o "$temporary" -ldflags "-s -w \
      -X $stamp.gitVersion=v$version -X $stamp.gitMajor=${version%%.*} -X $stamp.gitMinor=$(cut -d. -f2 <<<"$version")" \
      "$package"
  ) && mv -f "$temporary" "$cache/$program"
}

if [[ -n ${KUBEBUILDER_ASSETS:-} ]]; then
  # Such a directory seldom has kube-controller-manager: the tests then take that one from the cache.
  programs=(etcd kube-apiserver kubectl)
  absent=$(missing "$KUBEBUILDER_ASSETS")
  if [[ -n $absent ]]; then
    say "KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS lacks ${absent//$'\n'/, }: unset it, or add them"
    exit 1
  fi
  directory=$KUBEBUILDER_ASSETS
  programs=(kube-controller-manager)
  [[ -n $(missing "$directory") ]] || programs=()
else
  directory=$cache
fi

mkdir -p "$cache"
lacking=$( ((${#programs[@]} == 0)) || missing "$cache")
if [[ $lacking == *etcd* || $lacking == *apiserver* || $lacking == *kubectl* ]]; then
  from_setup_envtest || say "setup-envtest has no $version and cannot download it: building it from source, once"
  lacking=$(missing "$cache")
fi
ticker=
trap 'rm -f "$cache"/.*."$$"; [[ -z $ticker ]] || kill "$ticker" 2>/dev/null || true' EXIT
for program in $lacking; do
  ticking "building $program $version (minutes the first time)" build "$program"
done
printf '%s\n' "$directory"
