package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"
	"sigs.k8s.io/yaml"
)

// dataVersion is the apiVersion of what -o json and -o yaml print.
const dataVersion = "cli.skein.dev/v1alpha1"

// format is the value of --output: empty for people, json or yaml for programs.
type format string

// add gives a command the flag --output.
func (f *format) add(c *cobra.Command) {
	c.Flags().VarP(f, "output", "o", "json or yaml: print data for programs")
	// The only error is a flag that does not exist.
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"json", "yaml"}, cobra.ShellCompDirectiveNoFileComp))
}

// String implements pflag.Value.
func (f *format) String() string { return string(*f) }

// Type implements pflag.Value.
func (f *format) Type() string { return "format" }

// Set implements pflag.Value.
func (f *format) Set(value string) error {
	if value != "json" && value != "yaml" {
		return fmt.Errorf("have json and yaml")
	}
	*f = format(value)
	return nil
}

// printData prints a value, a pointer to a struct with JSON tags, as an object of that kind.
func (s *session) printData(f format, kind string, value any) error {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(value)
	if err != nil {
		return fmt.Errorf("printing %s: %w", kind, err)
	}
	object := &unstructured.Unstructured{Object: content}
	object.SetAPIVersion(dataVersion)
	object.SetKind(kind)
	text, err := json.MarshalIndent(object, "", "    ")
	if err != nil {
		return fmt.Errorf("printing %s: %w", kind, err)
	}
	printed := f.escaped(string(text)) + "\n"
	if f == "yaml" {
		asYAML, err := yaml.JSONToYAML([]byte(printed))
		if err != nil {
			return fmt.Errorf("printing %s: %w", kind, err)
		}
		// YAML writes some of what was escaped as it is. What there was before is YAML too.
		if strings.IndexFunc(string(asYAML), acts) < 0 {
			printed = string(asYAML)
		}
	}
	_, err = io.WriteString(s.Out, printed)
	return err
}

// escaped is JSON, or YAML in JSON's form, with escapes for what acts upon a terminal, all of which stands in strings: both let some of it stand as it
// is, such as U+009B, which begins control codes.
func (f format) escaped(text string) string {
	if strings.IndexFunc(text, acts) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch high, low := utf16.EncodeRune(r); {
		case !acts(r):
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		case f == "yaml":
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
	}
	return b.String()
}

// age says how long ago a time was, such as 5m; "-" where there is none.
func (s *session) age(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return duration.HumanDuration(max(s.now().Sub(at), 0))
}

// list joins with commas and a last word between the last two, such as "a, b or c".
func list(word string, items ...string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + " " + word + " " + items[last]
}

// shortDuration is a length of time without units that are zero, such as 10m.
func shortDuration(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = strings.TrimSuffix(text, zero[1:])
		}
	}
	return text
}
