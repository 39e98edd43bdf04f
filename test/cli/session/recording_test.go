package session

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/cli-session.md instead of comparing with it")

// recording is a session as it goes on: what is said, typed and shown.
type recording struct {
	folder, kubeconfig string
	// shown replaces what differs in every run and means nothing.
	shown *strings.Replacer
	text  strings.Builder
}

// say puts a paragraph.
func (r *recording) say(text string) { r.text.WriteString("\n" + text + "\n") }

// run carries out a command line, which must succeed, and puts it down with what it shows.
func (r *recording) run(t *testing.T, line string) {
	t.Helper()
	words := strings.Fields(line)
	if len(words) < 3 || words[0] != "kubectl" || words[1] != "skein" {
		t.Fatalf("%q is no command of kubectl skein", line)
	}
	command := exec.CommandContext(t.Context(), filepath.Join(r.folder, "kubectl-skein"), words[2:]...)
	var stdout, stderr bytes.Buffer
	command.Env, command.Stdout, command.Stderr = environment(r.kubeconfig), &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", line, err, stdout.String(), stderr.String())
	}
	r.text.WriteString("\n```text\n$ " + line + "\n" + r.shown.Replace(stdout.String()+stderr.String()) + "```\n")
}

// differs is what is another in every run: ages, times, ids of messages, names by time, and which of the messages SQS hands out first.
var differs = regexp.MustCompile(`\b(\d+m)?\d+(\.\d+)?s\b|\b\d{4}-\d\d-\d\dT[0-9:.]+Z|[0-9a-f]{8}-[0-9a-f-]{27}|-\d{8}-\d{6}\b|\{"order": \d\}`)

// blanks between columns depend on how wide the others are.
var blanks = regexp.MustCompile(` {2,}`)

// progress is how far a run was whenever it was looked at.
var progress = regexp.MustCompile(`(?m)^(Pending|Starting|Running|Observing|Succeeded): .*\n`)

func settled(text string) string {
	text = progress.ReplaceAllString(text, "")
	return blanks.ReplaceAllString(differs.ReplaceAllString(text, "*"), "  ")
}

// compare holds the document to the session.
func (r *recording) compare(t *testing.T, document string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(document, []byte(r.text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(settled(string(want)), settled(r.text.String())); diff != "" {
		t.Errorf("%s is not what happens; go test ./test/cli/session -update writes it anew (-document +session):\n%s", document, diff)
	}
}
