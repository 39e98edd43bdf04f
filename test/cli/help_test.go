package cli

import (
	"regexp"
	"strings"
	"testing"
)

// command finds the commands of a help text.
var command = regexp.MustCompile(`(?m)^  ([a-z]+)  `)

// commands gives the names of all commands, from the program's own help.
func commands(t *testing.T, u user) []string {
	t.Helper()
	_, below, ok := strings.Cut(u.ok(t, "--help"), "\nCommands:\n")
	if !ok {
		t.Fatal("the help shows no commands")
	}
	var names []string
	for _, match := range command.FindAllStringSubmatch(below, -1) {
		names = append(names, match[1])
	}
	return names
}

// TestHelp: every command says what it does, with examples, and under the name by which it is called.
func TestHelp(t *testing.T) {
	t.Parallel()
	var nobody user
	goldenExact(t, "help/root", nobody.ok(t, "--help"))
	if got, want := nobody.ok(t), nobody.ok(t, "--help"); got != want {
		t.Errorf("without arguments:\n%s", got)
	}
	for _, name := range commands(t, nobody) {
		text := nobody.ok(t, name, "--help")
		goldenExact(t, "help/"+name, text)
		if strings.Contains(text, "kubectl-skein ") && name != "version" {
			t.Errorf("%s --help does not say kubectl skein:\n%s", name, text)
		}
		if name != "help" && name != "options" && !strings.Contains(text, "\nExamples:\n") {
			t.Errorf("%s --help has no examples", name)
		}
	}
}
