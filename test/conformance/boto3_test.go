package conformance

import (
	"os/exec"
	"testing"

	"github.com/skein-dev/skein/internal/testaws"
)

// TestBoto3SeesAlarms: boto3 and the aws CLI speak JSON to CloudWatch, where the Go SDK speaks CBOR.
func TestBoto3SeesAlarms(t *testing.T) {
	const want = `{"state": "ALARM", "threshold": 0.5, "recent": true, "tags": [{"Key": "k", "Value": "v"}], "points": [], "left": 0, "code": "ResourceNotFound"}`
	for _, backend := range []testaws.Backend{testaws.Local(t), testaws.Shared(t).Moto} {
		command := exec.CommandContext(t.Context(), testaws.Python(t), "testdata/alarms.py", backend.Endpoint, "boto3-"+backend.Name)
		out, err := command.CombinedOutput()
		if err != nil || string(out) != want {
			t.Errorf("%s: boto3 saw (%v)\n%s, want\n%s", backend.Name, err, out, want)
		}
	}
}
