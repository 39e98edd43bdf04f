package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usual are the flags of every command that its help shows. The others are shown by kubectl skein options.
var usual = []string{"namespace", "context", "kubeconfig"}

const usageTemplate = `Usage:
  {{if .HasAvailableSubCommands}}{{.CommandPath}} COMMAND [flags]{{else}}{{.UseLine}}{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}}  {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

Flags of every command (kubectl skein options has more of them):
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableSubCommands}}

kubectl skein COMMAND --help says more about a command.{{end}}
`

// document gives all commands one form of help, and what is wrong in a command line one form of error.
func document(root *cobra.Command) {
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) { f.Hidden = !slices.Contains(usual, f.Name) })
	root.AddCommand(newOptions(root))
	root.SetUsageTemplate(usageTemplate)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return wrongLine(c, "%v", err) })
}

func newOptions(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "options",
		Short: "Show the flags that every command takes",
		Args:  noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			shown := pflag.NewFlagSet("", pflag.ContinueOnError)
			root.PersistentFlags().VisitAll(func(f *pflag.Flag) {
				unhidden := *f
				unhidden.Hidden = false
				shown.AddFlag(&unhidden)
			})
			_, err := fmt.Fprint(c.OutOrStdout(), "These flags can be given to every command:\n\n", shown.FlagUsages())
			return err
		},
	}
}

// noSuchCommand refuses what is no command, and names the commands that are written alike.
func noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	c.SuggestionsMinimumDistance = 2
	if alike := c.SuggestionsFor(args[0]); len(alike) > 0 {
		return wrongLine(c, "there is no command %q; did you mean %s?", args[0], strings.Join(alike, " or "))
	}
	return wrongLine(c, "there is no command %q", args[0])
}

func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return wrongLine(c, "%s takes no arguments, and got %q", c.CommandPath(), args)
	}
	return nil
}

// oneName asks for exactly one argument, the name of an object.
func oneName(c *cobra.Command, args []string) error {
	if len(args) != 1 {
		return wrongLine(c, "%s takes the name of one object, and got %d", c.CommandPath(), len(args))
	}
	return nil
}

// atMostOneName allows one argument, the name of an object.
func atMostOneName(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return wrongLine(c, "%s takes the name of one object at most, and got %d", c.CommandPath(), len(args))
	}
	return nil
}
