package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/cli-runtime/pkg/genericclioptions"
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
	printer, err := genericclioptions.NewJSONYamlPrintFlags().ToPrinter(string(f))
	if err != nil {
		return err
	}
	return printer.PrintObj(object, s.Out)
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
