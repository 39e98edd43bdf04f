// Package session plays the session of docs/cli-session.md: kubectl skein, with the operator at work on a local AWS, all of them programs of their own.
// It links neither the AWS SDK nor the operator.
package session

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/testenv"
)

var env testenv.Env

func TestMain(m *testing.M) { os.Exit(testenv.Run(m, &env)) }

const (
	accountID = "123456789012"
	region    = "eu-west-1"
)

// patience is how long anything may take.
const patience = time.Minute

// build builds programs of cmd/ into the control plane's folder; what runs from there ends with it.
func build(t *testing.T, names ...string) (folder string) {
	t.Helper()
	folder = filepath.Join(env.Dir, "bin")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{"build", "-ldflags=-s -w", "-o", folder + string(filepath.Separator)}
	for _, name := range names {
		args = append(args, "github.com/skein-dev/skein/cmd/"+name)
	}
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Fatalf("go %q: %v\n%s", args, err, out)
	}
	return folder
}

// environment is that of every program: the credentials of the account, and where nothing else is found.
func environment(kubeconfig string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + env.Dir, "KUBECONFIG=" + kubeconfig,
		"AWS_ACCESS_KEY_ID=" + accountID, "AWS_SECRET_ACCESS_KEY=local", "AWS_EC2_METADATA_DISABLED=true",
	}
}

// startOperator runs the operator until the test ends.
func startOperator(t *testing.T, folder string) {
	t.Helper()
	operator := exec.Command(filepath.Join(folder, "manager"), "--kubeconfig="+env.Kubeconfig, "--namespace=default",
		"--leader-elect=false", "--zap-log-level=error", "--metrics-bind-address=0", "--health-probe-bind-address=0")
	var said bytes.Buffer
	operator.Env, operator.Stdout, operator.Stderr = environment(env.Kubeconfig), &said, &said
	if err := operator.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = operator.Process.Signal(syscall.SIGTERM)
		if err := operator.Wait(); err != nil || t.Failed() {
			t.Errorf("the operator ended: %v\n%s", err, said.String())
		}
	})
}

// aws is a local AWS at an endpoint.
type aws string

func startAWS(t *testing.T) aws {
	t.Helper()
	server := httptest.NewServer(localaws.New())
	t.Cleanup(server.Close)
	return aws(server.URL)
}

// sqs makes a call of SQS as the account itself, into out.
func (a aws) sqs(t *testing.T, operation string, in map[string]any, out any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, string(a), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Target", "AmazonSQS."+operation)
	request.Header.Set("Authorization", strings.Join([]string{"AWS4-HMAC-SHA256 Credential=" + accountID, "20260101", region, "sqs", "aws4_request, SignedHeaders=host, Signature=00"}, "/"))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", operation, answer.Status)
	}
	if out == nil {
		return
	}
	if err := json.NewDecoder(answer.Body).Decode(out); err != nil {
		t.Fatal(err)
	}
}
