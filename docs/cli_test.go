package docs_test

import (
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const cliPage = "docs/cli.md"

// helps are the help texts of kubectl skein, one for each command; test/cli holds them to what the program prints.
func helps(t *testing.T) map[string]string {
	t.Helper()
	const folder = "test/cli/testdata/help/"
	files, err := filepath.Glob(filepath.Join(root, folder, "*.txt"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%d help texts: %v", len(files), err)
	}
	out := map[string]string{}
	for _, file := range files {
		name := path.Base(filepath.ToSlash(file))
		out[strings.TrimSuffix(name, ".txt")] = read(t, folder+name)
	}
	delete(out, "root")
	return out
}

func TestEveryCommandOfTheCLIIsDocumented(t *testing.T) {
	p := readPages(t)[cliPage]
	var commands []string
	for name := range helps(t) {
		commands = append(commands, name)
	}
	same(t, "commands", commands, p.named("Command"))
}

// flagLine is a flag in a help text.
var flagLine = regexp.MustCompile(`(?m)^ +(?:-\w, )?--([\w-]+)`)

func TestEveryFlagOfTheCLIIsDocumented(t *testing.T) {
	var flags []string
	for command, text := range helps(t) {
		_, own, _ := strings.Cut(text, "\nFlags:\n")
		own, _, _ = strings.Cut(own, "\nFlags of every command")
		for _, match := range flagLine.FindAllStringSubmatch(own, -1) {
			if match[1] != "help" {
				flags = append(flags, command+" --"+match[1])
			}
		}
	}
	same(t, "flags", some(t, "the help", flags), readPages(t)[cliPage].named("Command flag"))
}
