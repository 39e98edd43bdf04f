package show

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// everything writes one of each.
func everything(p *Printer) {
	p.Heading(2, 7, "What AWS holds")
	p.Say("first\nsecond")
	p.Command("aws", "sqs", "list-queues", "--query", "QueueUrls[]")
	p.Output("one\ntwo\n\n")
	p.Progress("waiting %d", 1)
	p.Progress("waiting %d", 2)
	p.Seen("%d queues", 2)
	p.Failed("step %d", 3)
}

func TestPlainOutputHasNoControlCodes(t *testing.T) {
	var out strings.Builder
	everything(New(&out, false, true, 80))
	want := `
[2/7] What AWS holds
  first
  second
  $ aws sqs list-queues --query 'QueueUrls[]'
    one
    two
  ✓ 2 queues

✗ step 3
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	if strings.ContainsAny(out.String(), "\x1b\r") {
		t.Error("control codes on what is no terminal")
	}
}

func TestTerminalOverwritesProgress(t *testing.T) {
	var out strings.Builder
	p := New(&out, true, false, 16)
	p.Progress("waiting for %s", "long")
	p.Progress("done")
	p.Seen("ready")
	want := "\r\x1b[K  … waiting fo…\r\x1b[K  … done\r\x1b[K  ✓ ready\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestColoursAreForTerminals(t *testing.T) {
	for _, test := range []struct{ terminal, colours, want bool }{
		{true, true, true}, {true, false, false}, {false, true, false},
	} {
		var out strings.Builder
		New(&out, test.terminal, test.colours, 80).Seen("ready")
		if got := strings.Contains(out.String(), green); got != test.want {
			t.Errorf("terminal %v, colours %v: coloured %v", test.terminal, test.colours, got)
		}
	}
}

func TestProgressIsThinnedOutElsewhere(t *testing.T) {
	var out strings.Builder
	now := time.Unix(0, 0)
	p := New(&out, false, false, 80)
	p.Now = func() time.Time { return now }
	for range 25 {
		now = now.Add(time.Second)
		p.Progress("at %d", now.Unix())
	}
	p.Seen("done")
	for range 5 {
		now = now.Add(time.Second)
		p.Progress("at %d", now.Unix())
	}
	want := "  … at 11\n  … at 21\n  ✓ done\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
