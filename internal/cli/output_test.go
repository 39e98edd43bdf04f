package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/skein-dev/skein/internal/cloud"
)

// TestDataIsInert: data says what a message says, and does nothing to the terminal that it is printed on.
func TestDataIsInert(t *testing.T) {
	hostile := cloud.Message{
		ID: "id-0", Body: "\x1b[2J \u009b2J \u0085 \x7f \u202e \u2066 \U000E0001 \"\\ 日本 😀\r\n\t",
		Attributes: map[string]cloud.MessageAttribute{"digest": {Type: "Binary", Binary: []byte{0x1b, '['}}, "n": {Type: "Number", Value: "7\u009b"}},
	}
	for _, f := range []format{"json", "yaml"} {
		t.Run(string(f), func(t *testing.T) {
			var out bytes.Buffer
			s := newSession(genericiooptions.IOStreams{Out: &out, ErrOut: &out})
			if err := s.printData(f, "DeadLetters", lookedAt(cloud.QueueFacts{}, cloud.Looked{Messages: []cloud.Message{hostile}}).data()); err != nil {
				t.Fatal(err)
			}
			if at := strings.IndexFunc(out.String(), acts); at >= 0 {
				t.Errorf("prints %q", out.String()[at:])
			}
			var got struct {
				Messages []messageData
			}
			if err := map[format]func([]byte, any) error{"json": json.Unmarshal, "yaml": unmarshalYAML}[f](out.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			want := messageData{MessageID: "id-0", Body: hostile.Body, Attributes: map[string]attributeData{
				"digest": {Type: "Binary", Binary: []byte{0x1b, '['}}, "n": {Type: "Number", Value: "7\u009b"},
			}}
			if diff := cmp.Diff([]messageData{want}, got.Messages); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func unmarshalYAML(content []byte, into any) error { return yaml.Unmarshal(content, into) }
