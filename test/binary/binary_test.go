// Package binary holds the operator's program to its bounds. It builds it, and links none of it.
package binary

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// maxMiB is how large the operator's program may get, stripped as for its image.
const maxMiB = 80

// manager is the operator's package.
const manager = "github.com/skein-dev/skein/cmd/manager"

const sdk = "github.com/aws/aws-sdk-go-v2/service/"

// command runs the go command here, with additions to the environment.
func command(t *testing.T, environment []string, arguments ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", arguments...)
	var stderr bytes.Buffer
	c.Env, c.Stderr = append(os.Environ(), environment...), &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(arguments, " "), err, stderr.String())
	}
	return string(out)
}

// TestP64OneSmallProgram: the operator is one file of bounded size. It brings no other program, no tool that manages anything there is, and of
// AWS only the services that it speaks to.
func TestP64OneSmallProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "manager")
	command(t, nil, "build", "-ldflags", "-s -w", "-o", program, manager)
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	if size := info.Size() >> 20; size < 1 || size > maxMiB {
		t.Errorf("the program has %d MiB, want at most %d", size, maxMiB)
	}
	dependencies := strings.Fields(command(t, nil, "list", "-deps", manager))
	var services []string
	foreign := regexp.MustCompile(`terraform|pulumi|crossplane|docker|helm|k8s\.io/kubernetes|/localaws|/testenv`)
	for _, pkg := range dependencies {
		service, of := strings.CutPrefix(pkg, sdk)
		switch {
		case of && !strings.Contains(service, "/"):
			services = append(services, service)
		case foreign.MatchString(pkg):
			t.Errorf("the operator brings %s along", pkg)
		}
	}
	slices.Sort(services)
	// The last four are how the SDK comes by credentials.
	want := []string{"cloudwatch", "kms", "resourcegroupstaggingapi", "signin", "sns", "sqs", "sso", "ssooidc", "sts"}
	if diff := cmp.Diff(want, services); diff != "" {
		t.Errorf("services of AWS (-wanted +linked):\n%s", diff)
	}
}

// TestP64NothingBesidesTheProgram: with the flags of the image no package needs a C library, so the program runs in an image that holds nothing else.
func TestP64NothingBesidesTheProgram(t *testing.T) {
	dockerfile, err := os.ReadFile(filepath.Join("..", "..", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []string{`CGO_ENABLED=0 `, `-trimpath -ldflags "-s -w"`, "FROM gcr.io/distroless/static:nonroot", `ENTRYPOINT ["/manager"]`} {
		if !bytes.Contains(dockerfile, []byte(wanted)) {
			t.Errorf("the Dockerfile does not say %s", wanted)
		}
	}
	if n := strings.Count(string(dockerfile), "COPY --from"); n != 1 {
		t.Errorf("the image gets %d files, want the program alone", n)
	}
	for _, platform := range []string{"GOARCH=amd64", "GOARCH=arm64"} {
		out := command(t, []string{"CGO_ENABLED=0", "GOOS=linux", platform}, "list", "-deps", "-f", "{{if .CgoFiles}}{{.ImportPath}}{{end}}", manager)
		if needs := strings.Fields(out); len(needs) > 0 {
			t.Errorf("with %s these need C: %v", platform, needs)
		}
	}
}
