#!/usr/bin/env bash
# Checks what can be checked without running the code: generated files, modules, vet, linters,
# formatting and manifests. Every check runs; the last line names those that failed. Nothing in the
# tree or in git's index is changed, and it works with uncommitted changes and without git.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tool() { go tool -modfile=tools/go.mod "$@"; }

# Generates in a copy of the tree and compares the copies: whatever `make generate` would change is stale.
generated() {
  mkdir "$scratch/before" "$scratch/after"
  tar --create --exclude=./.git --exclude=./bin --exclude=node_modules . | tar --extract --directory "$scratch/before"
  cp -R "$scratch/before/." "$scratch/after"
  make --silent --directory "$scratch/after" generate >/dev/null
  if ! (cd "$scratch" && diff --recursive --unified=1 before after); then
    echo "stale: run make generate"
    return 1
  fi
}

modules() {
  go mod tidy -diff && go mod verify >/dev/null
}

# Which tests show which row; what came of them is known only after make test.
gauntlet() { go run ./hack/gauntlet --check; }

vet() { go vet ./...; }

# Formatters are linters here: a file that gofumpt would change is a finding.
lint() { tool golangci-lint run ./...; }

manifests() {
  local folder
  for folder in $(find config -name kustomization.yaml -exec dirname {} \; | sort); do
    tool kustomize build "$folder" >/dev/null || return 1
  done
}

# A test program that links both the SDK and controller-runtime takes long to build: four at most.
links() {
  local heavy
  heavy=$(go list -test -f '{{if eq .Name "main"}}{{.ImportPath}} {{join .Deps " "}}{{end}}' ./... | grep '^[^ ]*\.test ' |
    grep ' github.com/aws/aws-sdk-go-v2/service/' | grep ' sigs.k8s.io/controller-runtime/pkg/client ' | cut -d' ' -f1 || true)
  if (($(wc -w <<<"$heavy") > 4)); then
    printf 'more than four test packages link both the AWS SDK and controller-runtime:\n%s\n' "$heavy"
    return 1
  fi
}

scripts() {
  local script
  for script in .ci/run $(find hack -name '*.sh' -not -path '*/node_modules/*'); do
    bash -n "$script" && [[ -x $script ]] || return 1
  done
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=()
for check in generated modules gauntlet manifests scripts links vet lint; do
  started=$SECONDS
  # In a subshell with -e of its own, which a condition would switch off.
  set +e
  (set -e; "$check") >"$scratch/output" 2>&1
  status=$?
  set -e
  if ((status == 0)); then
    printf 'verify: %-10s ok      %3d s\n' "$check" $((SECONDS - started))
  else
    cat "$scratch/output"
    printf 'verify: %-10s FAILED  %3d s\n' "$check" $((SECONDS - started))
    failed+=("$check")
  fi
done
if ((${#failed[@]} > 0)); then
  echo "verify: failed: ${failed[*]}"
  exit 1
fi
echo "verify: all is well"
